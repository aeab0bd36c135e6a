"""Signatures and AES of the callback protocol, over wechatpy's cipher and signer.

Source: https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Message_encryption_and_decryption_instructions.html
wechatpy's own `WeChatCrypto` is not used whole: it compares signatures with `!=`, decodes Base64 leniently, trusts the
padding byte and the length field, and lets `ValueError`, `struct.error` and `KeyError` out.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import secrets
from binascii import a2b_base64, b2a_base64

from wechatpy.crypto.cryptography import WeChatCipher
from wechatpy.utils import WeChatSigner

from channels.wechat.errors import BadCiphertext, BadSignature

_BLOCK = 32  # the protocol pads to 32 bytes, twice AES's own block
_HEAD = 20  # 16 random bytes and the length


def sign(*values: str | bytes) -> str:
    """Hexadecimal SHA-1 over the sorted values: token, timestamp, nonce, and the ciphertext in encrypted modes."""
    signer = WeChatSigner()
    signer.add_data(*values)
    return str(signer.signature)


def verify(signature: bytes, *values: str | bytes) -> None:
    """Raises `BadSignature` unless `signature` is the one over `values`. Takes the same time wherever they differ."""
    if not hmac.compare_digest(sign(*values).encode(), signature):
        raise BadSignature("the signature does not match")


class Cipher:
    """Opens and seals messages with an account's EncodingAESKey.

    aes_key: the 43 characters of the platform's console. app_id: sealed into every message and checked in every one.
    Raises ValueError for a key that is none.
    """

    def __init__(self, aes_key: str, app_id: str) -> None:
        try:
            # Not strict: the last of the 43 characters carries two bits that mean nothing and need not be zero.
            key = a2b_base64(aes_key.encode() + b"=")
        except (binascii.Error, UnicodeEncodeError):
            key = b""
        if len(aes_key) != 43 or len(key) != 32:
            raise ValueError("the EncodingAESKey has 43 letters and digits")
        self._app_id = app_id.encode()
        self._cipher = WeChatCipher(key)

    def open(self, ciphertext: str) -> bytes:
        """The message inside `ciphertext` (Base64). Raises `BadCiphertext`.

        Call it only after the signature over the ciphertext was verified: the reason it gives would otherwise tell
        an attacker about the padding.
        """
        try:
            # Some encoders break the line every 76 characters; beyond that, only what is Base64 throughout.
            sealed = a2b_base64("".join(ciphertext.split()).encode("ascii"), strict_mode=True)
        except (binascii.Error, UnicodeEncodeError):
            raise BadCiphertext("not Base64") from None
        if len(sealed) < _BLOCK or len(sealed) % 16:
            raise BadCiphertext("not a whole number of cipher blocks")
        plain: bytes = self._cipher.decrypt(sealed)
        pad = plain[-1]
        # A pad of 16 or less on an odd number of AES blocks is valid PKCS#7 too; some senders pad to AES's block.
        if not 1 <= pad <= _BLOCK or plain[-pad:] != bytes((pad,)) * pad:
            raise BadCiphertext("bad padding")
        end = len(plain) - pad
        size = int.from_bytes(plain[16:_HEAD], "big")
        if end < _HEAD or size > end - _HEAD:
            raise BadCiphertext("the length is larger than the message")
        if plain[_HEAD + size : end] != self._app_id:
            raise BadCiphertext("encrypted for another account")
        return plain[_HEAD : _HEAD + size]

    def seal(self, message: bytes, random: bytes | None = None) -> str:
        """`message` encrypted, as Base64. `random`: 16 bytes, given by tests that need the same result twice."""
        plain = b"".join((random or secrets.token_bytes(16), len(message).to_bytes(4, "big"), message, self._app_id))
        pad = _BLOCK - len(plain) % _BLOCK
        sealed: bytes = self._cipher.encrypt(plain + bytes((pad,)) * pad)
        return b2a_base64(sealed, newline=False).decode("ascii")


def digest(*values: str) -> str:
    """32 hexadecimal digits that stand for the values, one by one."""
    return hashlib.sha256("\x00".join(values).encode()).hexdigest()[:32]
