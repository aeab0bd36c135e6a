"""Why a callback is refused. Every way a callback can be wrong ends in one of these; nothing else leaves the codec."""

from __future__ import annotations

from typing import ClassVar


class CallbackError(Exception):
    """A callback that is not processed. `status` is the HTTP status to answer, `code` names the reason for programs,
    the message is for operators and carries nothing of the citizen's."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_callback"


class Malformed(CallbackError):
    """Not the XML of one WeChat message: broken, a DTD, another root, a repeated or nested envelope field."""

    code = "malformed_xml"


class TooLarge(CallbackError):
    """More bytes, elements or depth than any WeChat message has."""

    status = 413
    code = "too_large"


class Crowded(CallbackError):
    """More large bodies are being received at once than this process holds. No real message is that large."""

    status = 429
    code = "crowded"


class BadCiphertext(CallbackError):
    """The encrypted part cannot be opened with our key, or was not meant for our account."""

    code = "bad_ciphertext"


class BadSignature(CallbackError):
    """Signature missing or wrong: the request does not come from the platform."""

    status = 403
    code = "bad_signature"


class Stale(CallbackError):
    """The signed timestamp is too far from our clock."""

    status = 403
    code = "stale_timestamp"


class Replayed(CallbackError):
    """A signature already used for another message."""

    status = 403
    code = "replayed_signature"


class PlainRefused(CallbackError):
    """An unencrypted message to an account in safe mode."""

    status = 403
    code = "encryption_required"


class WrongAccount(CallbackError):
    """A message to another official account than the configured one."""

    code = "wrong_account"
