"""Signatures by which another system knows that it is us (Standard Webhooks 1.0, symmetric scheme): pure.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Sequence

_PREFIX = "whsec_"
_SECRET_BYTES = 32  # the scheme asks for 24 to 64


def new_secret(random_bytes: Callable[[int], bytes]) -> str:
    """As the other system is given it."""
    return _PREFIX + base64.b64encode(random_bytes(_SECRET_BYTES)).decode()


def signature(secret: str, id: str, timestamp: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    digest = hmac.digest(key, f"{id}.{timestamp}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"


def headers(secrets: Sequence[str], id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """With a signature by each of the secrets, of which the receiver needs to know one. timestamp: seconds, of this
    attempt, so that an old request cannot be repeated by somebody else."""
    return {
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(secret, id, timestamp, body) for secret in secrets),
    }
