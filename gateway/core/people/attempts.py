"""Attempts to sign in, counted by user name, whether or not there is such an account: guessing is slowed down, and
tells nothing about who has one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.core.errors import TooSoon
from gateway.core.model import Stored, milliseconds
from gateway.core.ports import Store

ATTEMPTS = "sign_in_attempts"
FORGOTTEN = timedelta(days=1)
PAGE = 500
_RACES = 8


@dataclass(frozen=True, slots=True)
class Pauses:
    """free: attempts without a pause. After that each costs one, in seconds: first, then twice as long each time, up
    to longest."""

    free: int
    first: float
    longest: float

    def after(self, count: int) -> float:
        """Seconds to wait when so many have failed."""
        over = count - self.free
        return min(self.longest, self.first * 2 ** min(over, 30)) if over >= 0 else 0.0


class Failing(Stored):
    """`id`: the user name as it was typed."""

    count: int
    last_ms: int
    until_ms: int


class Attempts:
    def __init__(self, store: Store, now: Callable[[], datetime], pauses: Pauses) -> None:
        self._store = store
        self._now = now
        self._pauses = pauses

    async def begin(self, username: str) -> None:
        """Count one, before anything is looked at, so that many at a time are no way round. Raises `TooSoon`."""
        for _ in range(_RACES):
            now = milliseconds(self._now())
            document = await self._store.get(ATTEMPTS, username)
            known = Failing.of(document) if document else None
            if known is not None and known.until_ms > now:
                raise TooSoon("试得太多了，请稍后再登录", (known.until_ms - now) / 1000)
            forgotten = known is None or known.last_ms <= now - FORGOTTEN / timedelta(milliseconds=1)
            count = 1 if known is None or forgotten else known.count + 1
            until = now + round(self._pauses.after(count) * 1000)
            version = known.version if known else 1
            counted = Failing(id=username, version=version, count=count, last_ms=now, until_ms=until).document()
            if await (self._store.replace if known else self._store.insert)(ATTEMPTS, counted):
                return
        raise TooSoon("试得太多了，请稍后再登录", self._pauses.first)

    async def forget(self, username: str) -> None:
        """It succeeded, or somebody answers for it."""
        await self._store.delete(ATTEMPTS, [username])

    async def waiting(self, usernames: Sequence[str]) -> dict[str, datetime]:
        """Who has to wait, and until when."""
        now = self._now()
        found = [Failing.of(document) for document in await self._store.get_many(ATTEMPTS, usernames)]
        return {
            one.id: now + timedelta(milliseconds=one.until_ms - milliseconds(now))
            for one in found
            if one.until_ms > milliseconds(now)
        }

    async def sweep(self) -> int:
        """Remove what is forgotten; how many."""
        where = {"last_ms": {"$lte": milliseconds(self._now() - FORGOTTEN)}}
        gone = [document["_id"] for document in await self._store.find(ATTEMPTS, where, limit=PAGE)]
        return await self._store.delete(ATTEMPTS, gone) if gone else 0
