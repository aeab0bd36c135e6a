"""Who is signed in. A session is a document; every request asks for it, so one that is ended is ended everywhere.

The token is 256 random bits that only the browser or program has; its SHA-256 names the session.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import Field

from gateway.core.model import Document, Stored, milliseconds
from gateway.core.ports import Store

SESSIONS = "staff_sessions"
MOST = 50  # of one person at a time
PAGE = 200
_LONGEST_TOKEN = 64
_AGENT = 200  # characters of what a browser says it is
_SEEN_EVERY = 0.05  # of the idle time: how exact its end is, so that reading does not mean writing


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Seconds. idle: after the last use. whole: after signing in."""

    idle: float
    whole: float


class StaffSession(Stored):
    """`id`: the SHA-256 of its token. epoch: the account's when it began; it ends when the account has another."""

    username: str
    epoch: int
    began: datetime
    seen: datetime
    ends_ms: int = Field(description="When it ends if it is not used any more.")
    address: str
    agent: str


def csrf_token(token: str) -> str:
    """What a page must say beside its cookie: only who was told it, by us, can. Another for every session."""
    return urlsafe_b64encode(hmac.digest(token.encode(), b"desk page", "sha256")).decode().rstrip("=")


class Sessions:
    def __init__(self, store: Store, now: Callable[[], datetime], lifetimes: Lifetimes) -> None:
        self._store = store
        self._now = now
        self._idle = timedelta(seconds=lifetimes.idle)
        self._whole = timedelta(seconds=lifetimes.whole)

    def new(self, username: str, epoch: int, *, address: str, agent: str) -> tuple[str, StaffSession]:
        """A token and its session, which begins when it is kept."""
        token, now = secrets.token_urlsafe(32), self._now()
        session = StaffSession(
            id=_id(token),
            username=username,
            epoch=epoch,
            began=now,
            seen=now,
            ends_ms=milliseconds(min(now + self._idle, now + self._whole)),
            address=address,
            agent=agent[:_AGENT],
        )
        return token, session

    async def keep(self, session: StaffSession) -> None:
        """It begins. A person's oldest end when there are too many. Repeatable."""
        await self._store.insert(SESSIONS, session.document())
        found = sorted(await self._documents(session.username), key=lambda document: document["began"], reverse=True)
        if len(found) > MOST:
            await self._store.delete(SESSIONS, [document["_id"] for document in found[MOST:]])

    async def of_token(self, token: str) -> StaffSession | None:
        """None when there is none, or not any more."""
        if not 0 < len(token) <= _LONGEST_TOKEN:
            return None
        document = await self._store.get(SESSIONS, _id(token))
        session = StaffSession.of(document) if document else None
        if session is None or self._ends(session) <= self._now():
            return None
        now = self._now()
        if now - session.seen >= self._idle * _SEEN_EVERY:
            ends = milliseconds(min(now + self._idle, session.began + self._whole))
            # ended or seen elsewhere meanwhile, it stays as that left it
            await self._store.replace(SESSIONS, session.model_copy(update={"seen": now, "ends_ms": ends}).document())
        return session

    def _ends(self, session: StaffSession) -> datetime:
        """By the lifetimes of today, which may be shorter than when it began."""
        return min(session.seen + self._idle, session.began + self._whole)

    async def of_person(self, username: str, epoch: int) -> list[StaffSession]:
        """Those that go on, the latest first."""
        now = self._now()
        found = [StaffSession.of(document) for document in await self._documents(username)]
        going = [session for session in found if session.epoch == epoch and self._ends(session) > now]
        return sorted(going, key=lambda session: session.began, reverse=True)

    async def end(self, username: str, id: str) -> bool:
        """Whether it was this person's and there."""
        document = await self._store.get(SESSIONS, id)
        if document is None or document["username"] != username:
            return False
        return bool(await self._store.delete(SESSIONS, [id]))

    async def end_all(self, username: str, *, before_epoch: int) -> None:
        """Remove those that ended when the account's epoch rose. Repeatable."""
        gone = [document["_id"] for document in await self._documents(username) if document["epoch"] < before_epoch]
        if gone:
            await self._store.delete(SESSIONS, gone)

    async def _documents(self, username: str) -> list[Document]:
        return await self._store.find(SESSIONS, {"username": username}, limit=PAGE)

    async def sweep(self) -> int:
        """Remove what has ended by itself; how many."""
        where = {"ends_ms": {"$lte": milliseconds(self._now())}}
        gone = [document["_id"] for document in await self._store.find(SESSIONS, where, limit=PAGE)]
        return await self._store.delete(SESSIONS, gone) if gone else 0


def _id(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
