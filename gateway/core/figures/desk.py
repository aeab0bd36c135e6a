"""The figures as people of the hotline and heads of units see them, and the tickets and entries behind them.

The hotline's people see all of it; what only totals may tell of (see `facts`) is in the totals of those who may read
confidential tickets. A unit's head sees the tickets of their unit and those below it, so nothing of confidential ones,
whoever they are about. What the bot answers from is no secret, but a unit's figure is of its own entries.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from gateway.core.days import day_of
from gateway.core.errors import Forbidden, Invalid
from gateway.core.figures.facts import Fact, FactName
from gateway.core.figures.measures import (
    FIGURES,
    TICKET_FIGURES,
    UNIT_FIGURES,
    Amount,
    By,
    Figure,
    Named,
    View,
    of_each,
    of_units,
    whole,
)
from gateway.core.figures.periods import PeriodName, Stretch, before, period
from gateway.core.figures.rows import DAYS, HOURLY, day_id, hour_id
from gateway.core.figures.sums import HOURS, About, Hour, Sums, of_day, of_period, waited_by_share
from gateway.core.figures.talks import CATEGORIES, REASONS
from gateway.core.figures.upkeep import Upkeep, UpkeepName
from gateway.core.knowledge.entry import KnowledgeEntry
from gateway.core.knowledge.history import ENTRIES
from gateway.core.knowledge.shelf import State, state_of
from gateway.core.people import Person
from gateway.core.ports import Store
from gateway.core.tickets.lists import PAGE, Page
from gateway.core.tickets.model import Ticket
from gateway.core.tickets.sight import Sight
from gateway.core.units import Units

_MOST_READ = 400  # tickets looked at for one page
_FIRST, _LAST = "", "~"  # before and behind all ids of hours and all numbers
_BY_DAY = ("filed", "dispatched", "finished", "overdue")


@dataclass(frozen=True, slots=True)
class Compared:
    figure: Figure
    amount: Amount
    before: Amount


@dataclass(frozen=True, slots=True)
class Row:
    """One unit, kind or channel."""

    key: str
    amounts: Mapping[str, Amount]


@dataclass(frozen=True, slots=True)
class OfHour:
    """An hour of the day, over all days of the period."""

    hour: int
    counts: Mapping[str, int]
    waited_median: int | None
    waited_p90: int | None


@dataclass(frozen=True, slots=True)
class OfDay:
    day: date
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Report:
    """summed_at: when the latest hour in it was summed; None when nothing is yet. handed: from the bot to people, by
    reason. closed: by agents, by category. hours, handed, closed: for people of the hotline."""

    asked: Stretch
    compared_with: Stretch
    summed_at: datetime | None
    figures: Sequence[Compared]
    rows: Sequence[Row]
    handed: Mapping[str, int]
    closed: Mapping[str, int]
    hours: Sequence[OfHour]
    days: Sequence[OfDay]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which facts; what is empty narrows nothing."""

    name: FactName
    unit: str = ""
    kind: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry that was to end then. state: how it is now; None when it has been deleted."""

    id: str
    question: str
    unit: str
    until: datetime
    state: State | None


@dataclass(frozen=True, slots=True)
class Entries:
    """next: what to pass on as `place` for more; None at the end."""

    entries: Sequence[Kept]
    next: str | None


@dataclass(frozen=True, slots=True)
class _Days:
    """summed_ms: of the latest hour."""

    of: Mapping[date, Sums]
    summed_ms: int


class Figures:
    def __init__(self, store: Store, sight: Sight, units: Units, now: Callable[[], datetime]) -> None:
        self._store = store
        self._sight = sight
        self._units = units
        self._now = now

    async def report(self, person: Person, name: PeriodName, on: date | None, by: By) -> Report:
        """The figures of the period that a day (today) is in. Raises `Forbidden`, `StoreUnavailable`."""
        own = self._own(person)
        now = self._now()
        asked = period(name, on or day_of(now))
        past = before(name, asked, now)
        days, previous = await asyncio.gather(self._days(asked), self._before(past))
        sums, sums_before = await asyncio.to_thread(lambda: (of_period(days.of.values()), of_period(previous)))
        figures = UNIT_FIGURES if own else FIGURES
        view, view_before = (self._view(person, own, one) for one in (sums, sums_before))
        return Report(
            asked=asked,
            compared_with=past,
            summed_at=datetime.fromtimestamp(days.summed_ms / 1000, UTC) if days.summed_ms else None,
            figures=[Compared(figure, figure.of(view), figure.of(view_before)) for figure in figures],
            rows=_rows(sums, by, own, self._named),
            handed={} if own else _counted(view, "handed", REASONS),
            closed={} if own else _counted(view, "closed", (*CATEGORIES, "other")),
            hours=[] if own else [_of_hour(sums, hour) for hour in range(HOURS)],
            days=[OfDay(day, self._of_day(person, own, one)) for day, one in days.of.items()],
        )

    async def behind(
        self, person: Person, name: PeriodName, on: date | None, wanted: Wanted, *, place: str = "", limit: int = PAGE
    ) -> Page:
        """The tickets that a figure counted, each once an hour, as far as this person may see them. place: what
        `Page.next` said. Raises `Forbidden`, `Invalid`, `StoreUnavailable`."""
        own = self._own(person)
        asked = period(name, on or day_of(self._now()))
        found: list[Ticket] = []
        looked, last = 0, place
        from_hour, from_number = _opened(place)

        def told(sums: Sums) -> bool:
            return any(counts[wanted.name] and _is_about(about, wanted, own) for about, counts in sums.tickets.items())

        async for hour, sums in self._hours(asked, from_hour, told):
            facts = {one.ticket for one in sums.facts if one.name == wanted.name and _is_about(one, wanted, own)}
            numbers = _before_place(facts, hour, from_hour, from_number)
            for ticket in await self._tickets(numbers):
                if not self._sight.may_see(person, ticket):
                    continue
                if len(found) == limit:
                    return Page(tuple(found), last)
                found.append(ticket)
                last = f"{hour}:{ticket.id}"
            looked += len(numbers)
            if looked >= _MOST_READ:
                # all of this hour was looked at
                return Page(tuple(found), f"{hour}:{_FIRST}")
        return Page(tuple(found), None)

    async def entries(
        self,
        person: Person,
        name: PeriodName,
        on: date | None,
        fact: UpkeepName,
        *,
        unit: str = "",
        place: str = "",
        limit: int = PAGE,
    ) -> Entries:
        """The entries that `renewed_share` counted: those that were renewed, or those that were not. unit: of that one
        alone. place: what `Entries.next` said. Raises `Forbidden`, `Invalid`, `StoreUnavailable`."""
        own = self._own(person)
        asked = period(name, on or day_of(self._now()))
        from_hour, from_entry = _opened(place)

        def is_wanted(owner: str) -> bool:
            return (not own or self._named(owner) in own) and (not unit or self._named(owner) == unit)

        found: list[tuple[str, Upkeep]] = []
        async for hour, sums in self._hours(asked, from_hour, lambda day: day.of_upkeep(is_wanted)[fact] > 0):
            there = {one.entry: one for one in sums.upkeep if one.name == fact and is_wanted(one.unit)}
            ids = _before_place(there, hour, from_hour, from_entry)
            found += [(f"{hour}:{id}", there[id]) for id in ids[: limit + 1 - len(found)]]
            if len(found) > limit:
                return Entries(await self._kept([one for _, one in found[:limit]]), found[limit - 1][0])
        return Entries(await self._kept([one for _, one in found]), None)

    # -- who sees what --------------------------------------------------------------------------------------------

    def _own(self, person: Person) -> frozenset[str]:
        """A unit's head's units; none for people of the hotline."""
        if "figures.read" not in person.scopes:
            raise Forbidden("您的岗位不能看数据")
        return self._sight.own_units(person)

    def _named(self, name: str) -> str:
        unit = self._units.named(name)
        return unit.id if unit else ""

    def _view(self, person: Person, own: frozenset[str], sums: Sums) -> View:
        if own:
            return of_units(sums, own, self._named)
        view = whole(sums)
        if self._sight.reads_confidential(person):
            return view
        return replace(view, tickets=sums.of_tickets(_is_open))

    def _of_day(self, person: Person, own: frozenset[str], sums: Sums) -> Mapping[str, int]:
        view = self._view(person, own, sums)
        counts = {name: view.tickets[name] for name in _BY_DAY}
        return counts if own else {"contacts": view.talks["contacts"], **counts}

    # -- reading --------------------------------------------------------------------------------------------------

    async def _days(self, stretch: Stretch) -> _Days:
        """Those of the days that there are."""
        days = [day for day in stretch.days() if day <= day_of(self._now())]
        rows = {row["_id"]: row for row in await self._store.get_many(DAYS, list(map(day_id, days)))}
        found = {day: rows[day_id(day)] for day in days if day_id(day) in rows}
        # a month is some megabytes
        sums = await asyncio.to_thread(lambda: {day: Sums.unpack(row["sums"]) for day, row in found.items()})
        return _Days(sums, max((max(row["summed"]) for row in found.values()), default=0))

    async def _before(self, past: Stretch) -> list[Sums]:
        if past.hours is None:
            return list((await self._days(past)).of.values())
        whole_days = [sums for day, sums in (await self._days(past)).of.items() if day != past.last]
        rows = await self._store.get_many(HOURLY, [hour_id(past.last, hour) for hour in range(past.hours)])
        return [*whole_days, of_day({int(row["_id"][-2:]): Hour.unpack(row["hour"]) for row in rows})]

    async def _hours(
        self, asked: Stretch, from_hour: str, told: Callable[[Sums], bool]
    ) -> AsyncIterator[tuple[str, Hour]]:
        """The hours of the days that have something to tell, the latest first, from one on."""
        days = (await self._days(asked)).of
        for day in sorted(days, reverse=True):
            if day_id(day) > from_hour[:8] or not told(days[day]):
                continue
            rows = await self._store.get_many(HOURLY, [hour_id(day, hour) for hour in range(HOURS)])
            for row in sorted(rows, key=lambda row: str(row["_id"]), reverse=True):
                if row["_id"] <= from_hour:
                    yield row["_id"], Hour.unpack(row["hour"])

    async def _tickets(self, numbers: Sequence[str]) -> list[Ticket]:
        there = {document["_id"]: document for document in await self._store.get_many("tickets", numbers)}
        return [Ticket.of(there[number]) for number in numbers if number in there]

    async def _kept(self, told: Sequence[Upkeep]) -> list[Kept]:
        ids = list({one.entry for one in told})
        there = {document["_id"]: KnowledgeEntry.of(document) for document in await self._store.get_many(ENTRIES, ids)}
        now = self._now()
        return [
            Kept(
                id=entry.id,
                question=entry.question,
                unit=one.unit,
                until=datetime.fromtimestamp(one.until_ms / 1000, UTC),
                state=None if entry.deleted else state_of(entry, now),
            )
            for one in told
            if (entry := there.get(one.entry)) is not None
        ]


def _is_open(about: About) -> bool:
    """Not of a ticket that only totals may tell of."""
    return about.kind != ""


def _is_about(about: About | Fact, wanted: Wanted, own: frozenset[str]) -> bool:
    return (
        (not own or about.unit in own)
        and wanted.unit in ("", about.unit)
        and wanted.kind in ("", about.kind)
        and wanted.channel in ("", about.via)
    )


def _rows(sums: Sums, by: By, own: frozenset[str], named: Named) -> list[Row]:
    figures = UNIT_FIGURES if own or by == "unit" else FIGURES if by == "channel" else TICKET_FIGURES
    views = sorted(of_each(sums, by, named, own).items())
    return [Row(key, {figure.name: figure.of(view) for figure in figures}) for key, view in views]


def _counted(view: View, what: str, names: Sequence[str]) -> Mapping[str, int]:
    return {name: view.talks[f"{what}_{name}"] for name in names}


def _of_hour(sums: Sums, hour: int) -> OfHour:
    waits = sums.waits_by_hour[hour]
    counts = {name: sums.by_hour[hour][name] for name in ("contacts", "filed", "queued", "answered")}
    return OfHour(hour, counts, waited_by_share(waits, 0.5), waited_by_share(waits, 0.9))


def _before_place(ids: Iterable[str], hour: str, from_hour: str, from_id: str) -> list[str]:
    """The last first: of the hour a page begins in, those before the id it begins at."""
    return sorted((id for id in ids if hour != from_hour or id < from_id), reverse=True)


def _opened(place: str) -> tuple[str, str]:
    """The hour to read from, and before which number in it."""
    if not place:
        return _LAST, _LAST
    hour, colon, number = place.partition(":")
    if not (colon and len(hour) == 10 and hour.isascii() and hour.isdecimal()):
        raise Invalid("翻页的位置不对，请从第一页看起")
    return hour, number
