"""How the platforms sign and seal what they send; pure.

Sources: https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Message_encryption_and_decryption_instructions.html
and https://www.twilio.com/docs/usage/security#validating-requests
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from collections.abc import Iterable

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 32  # WeChat pads to twice AES's block


class BadEnvelope(Exception):
    """Nothing that this account could have sealed."""


def wechat_signature(*values: str) -> str:
    """Of token, timestamp and nonce, and the ciphertext for `msg_signature`."""
    return hashlib.sha1("".join(sorted(values)).encode()).hexdigest()  # noqa: S324  the protocol's own


class Envelope:
    """WeChat's encryption of one account. aes_key: the console's 43 characters."""

    def __init__(self, aes_key: str, app_id: str) -> None:
        key = base64.b64decode(aes_key + "=")
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))
        self._app_id = app_id.encode()

    def seal(self, text: str) -> str:
        """Base64 of the encrypted text."""
        content = text.encode()
        data = secrets.token_bytes(16) + struct.pack("!I", len(content)) + content + self._app_id
        pad = _BLOCK - len(data) % _BLOCK
        encryptor = self._cipher.encryptor()
        return base64.b64encode(encryptor.update(data + bytes([pad]) * pad) + encryptor.finalize()).decode()

    def open(self, sealed: str) -> str:
        """The text inside. Raises `BadEnvelope`."""
        try:
            data = base64.b64decode(sealed, validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadEnvelope("not Base64") from error
        if not data or len(data) % 16:
            raise BadEnvelope("not a whole number of blocks")
        decryptor = self._cipher.decryptor()
        plain = decryptor.update(data) + decryptor.finalize()
        pad = plain[-1]
        if not 1 <= pad <= _BLOCK or plain[-pad:] != bytes([pad]) * pad:
            raise BadEnvelope("bad padding")
        plain = plain[:-pad]
        if len(plain) < 20:
            raise BadEnvelope("too short")
        size = struct.unpack("!I", plain[16:20])[0]
        if plain[20 + size :] != self._app_id:
            raise BadEnvelope("sealed for another account")
        try:
            return plain[20 : 20 + size].decode()
        except UnicodeDecodeError as error:
            raise BadEnvelope("not UTF-8") from error


def twilio_signature(auth_token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """X-Twilio-Signature of a form: HMAC-SHA1 over the URL and every name and value, sorted by name."""
    signed = url + "".join(name + value for name, value in sorted(fields))
    return base64.b64encode(hmac.digest(auth_token.encode(), signed.encode(), "sha1")).decode()
