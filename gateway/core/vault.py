"""Personal data at rest: sealed so that only a holder of the keys reads it, and found by a keyed hash.

Sealed text is `v1.KEYID.BASE64`: AES-256-GCM with a fresh nonce, bound to what it is for, so that a sealed phone cannot
be passed off as a sealed code. The first key seals, all open; so a new key is put in front, everything is resealed, and
the old one is taken out.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = "v1"


class Unreadable(Exception):
    """The text was not sealed by any of these keys, or not for this."""


@dataclass(frozen=True, slots=True)
class Key:
    id: str
    secret: bytes = field(repr=False)


def derived(secret: bytes) -> Key:
    """The key of an installation that has set none: made from its signing key (RFC 5869). Its id is `0`."""
    made = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"yixian data at rest").derive(secret)
    return Key("0", made)


class Vault:
    """keys: the newest first; at least one."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = {key.id: AESGCM(key.secret) for key in keys}
        self._newest = keys[0].id
        self._hashing = {key.id: hmac.digest(key.secret, b"lookup", "sha256") for key in keys}

    def seal(self, text: str, purpose: str) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._keys[self._newest].encrypt(nonce, text.encode(), _about(self._newest, purpose))
        return f"{_VERSION}.{self._newest}.{_written(nonce + sealed)}"

    def open(self, sealed: str, purpose: str) -> str:
        """Raises `Unreadable`."""
        version, _, rest = sealed.partition(".")
        id, _, encoded = rest.partition(".")
        if version != _VERSION or id not in self._keys:
            raise Unreadable("sealed by a key that is not here")
        try:
            data = base64.urlsafe_b64decode(encoded)
            if _written(data) != encoded:
                raise ValueError("written in another way")
            opened = self._keys[id].decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], _about(id, purpose))
        except (InvalidTag, ValueError) as error:
            raise Unreadable("damaged, or sealed for something else") from error
        return opened.decode()

    def resealed(self, sealed: str, purpose: str) -> str | None:
        """The same under the newest key; None when it is already. Raises `Unreadable`."""
        if sealed.startswith(f"{_VERSION}.{self._newest}."):
            return None
        return self.seal(self.open(sealed, purpose), purpose)

    def key(self, text: str, purpose: str) -> str:
        """A keyed hash to find the text by, under the newest key."""
        return self._hashed(self._newest, text, purpose)

    def every_key(self, text: str, purpose: str) -> list[str]:
        """The hashes under all keys, the newest first: until they are renewed, some are still of an older one."""
        return [self._hashed(id, text, purpose) for id in self._keys]

    def _hashed(self, id: str, text: str, purpose: str) -> str:
        digest = hmac.digest(self._hashing[id], f"{purpose}\0{text}".encode(), hashlib.sha256)
        return f"{id}.{base64.urlsafe_b64encode(digest[:20]).decode().rstrip('=')}"


def _written(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def _about(id: str, purpose: str) -> bytes:
    return f"{_VERSION}.{id}.{purpose}".encode()
