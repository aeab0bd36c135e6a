"""The queue of conversations that wait for a person, and what can honestly be said about it."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone

from bot.contract import Waiting
from gateway.core.model import Conversation
from gateway.core.ports import Store

BEIJING = timezone(timedelta(hours=8))
SEEN_LIMIT = 500
UNASKED = 5  # every so many refreshes it is read though nothing was heard


@dataclass(frozen=True, slots=True)
class Hours:
    """When people answer, Beijing time. days: ISO weekdays."""

    opens: time
    closes: time
    days: frozenset[int]

    @classmethod
    def parse(cls, hours: str, days: str) -> Hours:
        """hours `08:30-17:30`, days `1-5` or `6`."""
        opens, closes = (time.fromisoformat(part) for part in hours.split("-"))
        first, _, last = days.partition("-")
        return cls(opens, closes, frozenset(range(int(first), int(last or first) + 1)))

    def staffed(self, now: datetime) -> bool:
        local = now.astimezone(BEIJING)
        if local.isoweekday() in self.days and self._covers(local.time()):
            return True
        # a shift that ends after midnight belongs to the day it began
        overnight = self.closes <= self.opens
        return overnight and local.time() < self.closes and (local - timedelta(days=1)).isoweekday() in self.days

    def _covers(self, at: time) -> bool:
        if self.opens < self.closes:
            return self.opens <= at < self.closes
        return at >= self.opens

    def next_opening(self, now: datetime) -> str:
        """In words a citizen uses: 今天8:30, 明天8:30, 周一8:30."""
        local = now.astimezone(BEIJING)
        clock = f"{self.opens.hour}:{self.opens.minute:02d}"
        for ahead in range(8):
            day = local + timedelta(days=ahead)
            if day.isoweekday() not in self.days or (ahead == 0 and local.time() >= self.opens):
                continue
            name = {0: "今天", 1: "明天"}.get(ahead, "周" + "一二三四五六日"[day.isoweekday() - 1])
            return f"{name}{clock}"
        return clock


class Queue:
    """Who waits, oldest first, as last read from the store; at most `SEEN_LIMIT` are looked at."""

    def __init__(self, store: Store, hours: Hours) -> None:
        self._store = store
        self._hours = hours
        self._since: list[datetime] = []
        self._stale = True
        self._rounds = 0

    def touch(self) -> None:
        """Somebody entered or left, here or in another process; read it again at the next refresh."""
        self._stale = True

    async def refresh(self, *, force: bool = False) -> None:
        self._rounds += 1
        if not (force or self._stale or self._rounds % UNASKED == 0):
            return
        where = {"owner.kind": "queue"}
        waiting = await self._store.find("conversations", where, sort=[("owner.since", 1)], limit=SEEN_LIMIT)
        self._since = [document["owner"]["since"] for document in waiting]
        self._stale = False

    def waiting(self, conversation: Conversation, now: datetime) -> Waiting:
        """The truth for this conversation: who is ahead of it, whether somebody is on duty, when they are back."""
        if conversation.owner.kind == "queue":
            ahead = bisect_left(self._since, conversation.owner.since)
        else:
            ahead = len(self._since)
        staffed = self._hours.staffed(now)
        return Waiting(staffed=staffed, ahead=ahead, opens="" if staffed else self._hours.next_opening(now))
