"""Visitors' sessions: a signed token that names the visitor and tells when it was issued. Pure; nothing is stored."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from tornado.web import create_signed_value, decode_signed_value

from channels.contract import Address

_NAME = "yixian-visitor"
_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Sessions:
    """Issues and reads tokens (HMAC-SHA256, Tornado's signed values). lifetime: seconds since the last renewal."""

    key: bytes
    lifetime: float
    clock: Callable[[], float]
    account: str = "web"

    def new_visitor(self) -> Address:
        return Address(channel="web", account=self.account, external_id=secrets.token_urlsafe(18))

    def issue(self, visitor: Address) -> str:
        value = create_signed_value(self.key, _NAME, visitor.external_id, clock=self.clock)
        return value.decode()

    def visitor(self, token: str) -> Address | None:
        """Whose token it is; None when it is forged, damaged or too old."""
        if not token or len(token) > 512 or not token.isascii():
            return None
        value = decode_signed_value(self.key, _NAME, token, max_age_days=self.lifetime / _DAY, clock=self.clock)
        if value is None:
            return None
        return Address(channel="web", account=self.account, external_id=value.decode())
