"""When people answer, and what can honestly be said to somebody who waits for one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from math import ceil

from bot.contract import Waiting
from gateway.core.handoff.agents import Agents
from gateway.core.handoff.board import Board
from gateway.core.model import Conversation

BEIJING = timezone(timedelta(hours=8))


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

    def next_opening(self, now: datetime) -> datetime:
        """When people are back, in Beijing time."""
        local = now.astimezone(BEIJING)
        for ahead in range(8):
            opening = datetime.combine(local.date() + timedelta(days=ahead), self.opens, BEIJING)
            if opening > local and opening.isoweekday() in self.days:
                return opening
        raise ValueError("there is a day on which people work")


class Queue:
    """What somebody who waits for a person can be told. agents: who is at a desk; None: that is not looked at."""

    def __init__(self, board: Board, hours: Hours, agents: Agents | None = None) -> None:
        self._board = board
        self._hours = hours
        self._agents = agents

    def staffed(self, now: datetime) -> bool:
        return self._hours.staffed(now)

    def waiting(self, conversation: Conversation, now: datetime) -> Waiting:
        """The truth for this conversation: who is ahead of it, how long it will take as far as can be told, whether
        it is the time when people answer and somebody is there to, when they are back."""
        ahead = self._board.ahead(conversation)
        if self._hours.staffed(now):
            wait = self._board.expected_wait(ahead)
            there = self._agents.answering(conversation.owner.unit) if self._agents else None
            return Waiting(
                staffed=True,
                ahead=ahead,
                minutes=ceil(wait.total_seconds() / 60) if wait else 0,
                attended=there is None or bool(there),
                speaks=None if there is None else frozenset(skill for agent in there for skill in agent.skills),
            )
        return Waiting(staffed=False, ahead=ahead, opens=self._hours.next_opening(now))
