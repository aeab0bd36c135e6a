"""Fixtures: processes with ticket desks, as `tests.core.tickets` has them, and what sums their days."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date

import pytest

from gateway.core.figures import Figures, Summing
from gateway.core.figures.desk import Report, Wanted
from gateway.core.figures.facts import FactName
from gateway.core.figures.periods import PeriodName
from gateway.core.model import new_id
from gateway.core.people import Person
from gateway.core.ports import Document
from gateway.core.tickets.workdays import Calendar
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisLocks
from tests.core.tickets.conftest import Clock, Desks, Process, desks, now, person

__all__ = ["desks", "now"]

LEADER = person("leader", "shift_leader")
ALICE = person("alice", "agent")
SUPERVISOR = person("sun", "supervisor")
WATER = person("wang", "unit_clerk", "unit_head", unit="water")
URBAN = person("chen", "unit_clerk", "unit_head", unit="urban")
POLICE = person("gao", "unit_clerk", "unit_head", unit="police")


class Books:
    """A process that sums, and what is read of its sums."""

    def __init__(self, process: Process, locks: RedisLocks, now: Clock) -> None:
        self.process = process
        self.store = process.store
        self.summing = Summing(process.store, locks, now, Calendar())
        self.figures = Figures(process.store, process.desk.sight, process.units, now)

    async def report(self, who: Person = LEADER, name: PeriodName = "day", on: str = "", by: str = "unit") -> Report:
        return await self.figures.report(who, name, date.fromisoformat(on) if on else None, by)  # type: ignore[arg-type]

    async def values(self, who: Person = LEADER, name: PeriodName = "day", on: str = "") -> dict[str, float]:
        """The figures that are not nothing."""
        report = await self.report(who, name, on)
        return {one.figure.name: one.amount.value for one in report.figures if one.amount.value}

    async def behind(self, fact: FactName, who: Person = LEADER, on: str = "", **narrowed: str) -> list[str]:
        wanted = Wanted(fact, **narrowed)
        found = await self.figures.behind(who, "day", date.fromisoformat(on) if on else None, wanted)
        return [ticket.id for ticket in found.tickets]


@pytest.fixture
def books(desks: Desks, locks: RedisLocks, now: Clock) -> Callable[[], Books]:
    """`books()`: a further process."""
    return lambda: Books(desks(), locks, now)


Log = Callable[..., Awaitable[None]]


@pytest.fixture
def log(store: MongoStore, now: Clock) -> Log:
    """`log(collection, **line)`: a line of a log, of now, as the domain writes it."""

    async def write(collection: str, **line: object) -> None:
        about: Document = {"_id": new_id(), "version": 1, "at_ms": round(now().timestamp() * 1000), "channel": "web"}
        await store.insert(collection, {**about, **line})

    return write
