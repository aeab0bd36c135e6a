"""Canned replies: what people say often, kept once for all of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from gateway.core import audit
from gateway.core.errors import Conflict, NotFound, Refused
from gateway.core.model import Stored, new_id
from gateway.core.ports import Store

CANNED = "canned_replies"
MOST = 500
_AT_ONCE = 50  # may be added at one moment, when there is room for one more
_ATTEMPTS = 5


class Canned(Stored):
    """shortcut: what is typed after `/` to find it, in capitals or not; no two have the same."""

    shortcut: str
    title: str
    text: str

    @property
    def key(self) -> str:
        return self.shortcut.casefold()


class CannedReplies:
    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    async def all(self) -> list[Canned]:
        """By shortcut."""
        found = await self._store.find(CANNED, {}, limit=MOST + _AT_ONCE)
        return sorted(map(Canned.of, found), key=lambda reply: (reply.shortcut, reply.id))

    async def add(self, shortcut: str, title: str, text: str, *, by: str) -> Canned:
        """Raises `Refused` when one has this shortcut, or when there are as many as there may be."""
        reply = Canned(id=new_id(), shortcut=shortcut, title=title, text=text)
        if await self._others(reply) >= MOST:
            raise Refused("full", f"常用语最多 {MOST} 条，请先删掉用不着的")
        await self._record(by, "canned.add", reply.id, shortcut)
        await self._store.insert(CANNED, reply.document())
        try:
            # somebody else may have added one while neither was there to be seen
            await self._others(reply)
        except Refused:
            await self.remove(reply.id, by=by)
            raise
        return reply

    async def change(self, id: str, shortcut: str, title: str, text: str, *, by: str) -> Canned:
        """Raises `NotFound`, `Conflict`, `Refused` when another has this shortcut."""
        for _ in range(_ATTEMPTS):
            document = await self._store.get(CANNED, id)
            if document is None:
                raise NotFound("没有这条常用语", id=id)
            before = Canned.of(document)
            changed = before.model_copy(update={"shortcut": shortcut, "title": title, "text": text})
            is_new = changed.key != before.key
            if is_new:
                await self._others(changed)
            await self._record(by, "canned.change", id, shortcut)
            written = changed.document()
            if not await self._store.replace(CANNED, written):
                continue
            try:
                if is_new:
                    await self._others(changed)
            except Refused:
                await self._store.replace(CANNED, {**document, "version": written["version"]})
                raise
            return Canned.of(written)
        raise Conflict("别人正在改这条常用语，请再试一次")

    async def remove(self, id: str, *, by: str) -> None:
        await self._record(by, "canned.remove", id, "")
        await self._store.delete(CANNED, [id])

    async def _others(self, reply: Canned) -> int:
        """How many there are beside it. Raises `Refused` when one of them has its shortcut."""
        others = [one for one in await self.all() if one.id != reply.id]
        for one in others:
            if one.key == reply.key:
                taken = f"快捷词 /{one.shortcut} 已经给了“{one.title}”，请换一个"
                raise Refused("shortcut_taken", taken, shortcut=one.shortcut, id=one.id)
        return len(others)

    async def _record(self, by: str, action: str, about: str, reason: str) -> None:
        await self._store.insert(audit.AUDIT, audit.entry(self._now(), by, action, about, reason))
