"""Canned replies: what people say often, kept once for all of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from gateway.core import audit
from gateway.core.errors import Conflict, NotFound
from gateway.core.model import Stored, new_id
from gateway.core.ports import Store

CANNED = "canned_replies"
MOST = 500
_ATTEMPTS = 5


class Canned(Stored):
    """shortcut: what is typed after `/` to find it."""

    shortcut: str
    title: str
    text: str


class CannedReplies:
    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    async def all(self) -> list[Canned]:
        """By shortcut."""
        found = await self._store.find(CANNED, {}, limit=MOST)
        return sorted(map(Canned.of, found), key=lambda reply: (reply.shortcut, reply.id))

    async def add(self, shortcut: str, title: str, text: str, *, by: str) -> Canned:
        reply = Canned(id=new_id(), shortcut=shortcut, title=title, text=text)
        await self._record(by, "canned.add", reply.id, shortcut)
        await self._store.insert(CANNED, reply.document())
        return reply

    async def change(self, id: str, shortcut: str, title: str, text: str, *, by: str) -> Canned:
        """Raises `NotFound`, `Conflict`."""
        await self._record(by, "canned.change", id, shortcut)
        for _ in range(_ATTEMPTS):
            document = await self._store.get(CANNED, id)
            if document is None:
                raise NotFound("没有这条常用语", id=id)
            changed = Canned.of(document).model_copy(update={"shortcut": shortcut, "title": title, "text": text})
            written = changed.document()
            if await self._store.replace(CANNED, written):
                return Canned.of(written)
        raise Conflict("别人正在改这条常用语，请再试一次")

    async def remove(self, id: str, *, by: str) -> None:
        await self._record(by, "canned.remove", id, "")
        await self._store.delete(CANNED, [id])

    async def _record(self, by: str, action: str, about: str, reason: str) -> None:
        await self._store.insert(audit.AUDIT, audit.entry(self._now(), by, action, about, reason))
