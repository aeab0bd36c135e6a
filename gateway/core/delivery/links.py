"""Short links to what was too long to send: `https://host/m/xxxxxxxxxx`, readable by whoever was sent it."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32encode
from collections.abc import Callable
from datetime import datetime

from channels.contract import Part
from gateway.core.model import Message
from gateway.core.ports import Store

_CHARACTERS = 12  # 60 bits: nobody guesses one of a million among them


class Links:
    """public_url: what stands before the path; without it there are no links. key: makes the names unguessable."""

    def __init__(self, store: Store, public_url: str, key: bytes, now: Callable[[], datetime]) -> None:
        self._store = store
        self._public_url = public_url
        self._key = key
        self._now = now

    def address(self, message_id: str) -> str:
        """The same for the same message; empty when this gateway has no public address."""
        return f"{self._public_url}/m/{self._name(message_id)}" if self._public_url else ""

    async def keep(self, message_id: str) -> None:
        """Make the link work. Repeatable. Raises `StoreUnavailable`."""
        await self._store.insert(
            "short_links", {"_id": self._name(message_id), "version": 1, "message_id": message_id, "at": self._now()}
        )

    async def parts(self, name: str) -> tuple[Part, ...] | None:
        """What the link leads to; None for a name that was never given. Raises `StoreUnavailable`."""
        link = await self._store.get("short_links", name)
        document = link and await self._store.get("messages", link["message_id"])
        return Message.of(document).parts if document else None

    def _name(self, message_id: str) -> str:
        digest = hmac.digest(self._key, b"short link\0" + message_id.encode(), hashlib.sha256)
        return b32encode(digest).decode().lower()[:_CHARACTERS]
