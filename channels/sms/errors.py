"""Why a callback is refused. Every way a callback can be wrong ends in one of these; nothing else leaves a provider."""

from __future__ import annotations

from typing import ClassVar


class CallbackError(Exception):
    """A callback that is not processed. `status` is the HTTP status to answer, `code` names the reason for programs,
    the message is for operators and carries nothing of the citizen's."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_callback"


class BadSignature(CallbackError):
    """Signature missing or wrong: the request does not come from the platform."""

    status = 403
    code = "bad_signature"


class WrongAccount(CallbackError):
    """A message to another account than the configured one."""

    status = 403
    code = "wrong_account"


class Malformed(CallbackError):
    """Not one short message: a field missing, given twice with different values, or longer than it can be."""

    code = "malformed_message"


class NotSms(CallbackError):
    """A message of another kind (WhatsApp, Messenger, RCS) or not from a phone number: it cannot be answered by SMS."""

    code = "not_sms"
