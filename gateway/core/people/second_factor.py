"""One-time codes as a second factor (TOTP, RFC 6238): six digits, a new code every thirty seconds. Pure."""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp

_STEP = 30  # seconds
_ISSUER = "12345热线"


def new_secret() -> str:
    """160 bits in base 32, as authenticator apps take them."""
    return pyotp.random_base32()


def address(secret: str, username: str) -> str:
    """What the app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=_ISSUER)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Which step this code is of: the present one or one beside it, since clocks differ. None: of none of them.
    A step counts once; who asks remembers the last."""
    present = int(now.timestamp()) // _STEP
    codes = pyotp.TOTP(secret)
    found = None
    for step in (present - 1, present, present + 1):
        if hmac.compare_digest(codes.generate_otp(step).encode(), code.encode()):
            found = step
    return found
