"""The operator's own table of workdays: years that are not published yet, and days that differ from what is.

A year that nobody published is known once its table names a day off; until then limits that reach into it are refused.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import Field

from gateway.core import audit
from gateway.core.errors import Conflict, Invalid
from gateway.core.model import Document, Effect, Stored, new_id
from gateway.core.ports import Store
from gateway.core.tickets.workdays import Calendar, Day, is_published, published
from gateway.core.units import Problem

WORKDAYS = "workdays"
ATTEMPTS = 5
FIRST, LAST = 2000, 2099
LONGEST_NAME = 40
_KINDS = {"holiday": False, "workday": True}


class Year(Stored):
    """One year. off, worked: days that are no workdays, or are, whatever their weekday. names: what they are called.
    whole: this table speaks for the year alone; else only for the days it names."""

    off: tuple[str, ...] = ()
    worked: tuple[str, ...] = ()
    names: dict[str, str] = Field(default_factory=dict)
    whole: bool = Field(False, description="The year is not published, and Monday to Friday are workdays.")
    tail: tuple[str, ...] = Field((), repr=False, description="The last change's line in the audit log, packed.")

    @property
    def days(self) -> list[Day]:
        """In order."""
        named = [(day, False) for day in self.off] + [(day, True) for day in self.worked]
        return [Day(date.fromisoformat(day), worked, self.names.get(day, "")) for day, worked in sorted(named)]


@dataclass(frozen=True, slots=True)
class YearTable:
    """A year as limits are counted. days: those that are not as their weekday says, or are named. own: those of them
    the operator set. workdays: how many there are; None when nobody knows the year."""

    year: int
    published: bool
    workdays: int | None
    days: tuple[Day, ...]
    own: frozenset[date]


class OperatorsCalendar:
    """calendar: kept in step with the store by `refresh`."""

    def __init__(self, store: Store, calendar: Calendar) -> None:
        self._store = store
        self._calendar = calendar

    async def refresh(self) -> None:
        """Raises `StoreUnavailable`."""
        years = await self._years()
        days = {one.day: one.workday for year in years.values() for one in year.days}
        self._calendar.use(days, [number for number, year in years.items() if year.whole])

    async def unknown_ahead(self, now: datetime) -> int | None:
        """As `Calendar.unknown_ahead`, by what the store has. Raises `StoreUnavailable`."""
        await self.refresh()
        return self._calendar.unknown_ahead(now)

    async def table(self, year: int) -> YearTable:
        """Raises `StoreUnavailable`."""
        await self.refresh()
        stored = (await self._years()).get(year)
        own = {one.day: one for one in stored.days} if stored else {}
        days = {one.day: one for one in published(year)} | own
        return YearTable(
            year=year,
            published=is_published(year),
            workdays=self._calendar.workdays_in(year) if self._calendar.knows(year) else None,
            days=tuple(days[day] for day in sorted(days)),
            own=frozenset(own),
        )

    async def put(self, year: int, days: Sequence[Day], *, by: str, at: datetime, reason: str = "") -> YearTable:
        """Set a year's own table; an empty one takes back what was set. Raises `Invalid`, `Conflict`,
        `StoreUnavailable`."""
        _check(year, days)
        wanted = Year(
            id=str(year),
            off=tuple(sorted(str(one.day) for one in days if not one.workday)),
            worked=tuple(sorted(str(one.day) for one in days if one.workday)),
            names={str(one.day): name for one in days if (name := " ".join(one.name.split()))},
            whole=bool(days) and not is_published(year),
        )
        for _ in range(ATTEMPTS):
            document = await self._store.get(WORKDAYS, wanted.id)
            stored = Year.of(document) if document else None
            if stored is not None:
                # killed before it wrote it down, perhaps
                await self._write_down(stored)
                if _content(stored) == _content(wanted):
                    break
            line = audit.entry(at, by, "calendar.put", wanted.id, reason, id=new_id(), changes=_changes(stored, wanted))
            tail = (Effect("insert", audit.AUDIT, line).pack(),)
            made = wanted.model_copy(update={"version": stored.version if stored else 1, "tail": tail})
            write = self._store.replace if stored else self._store.insert
            if await write(WORKDAYS, made.document()):
                await self._write_down(made)
                break
        else:
            raise Conflict("别人正在改这一年的工作日表，请再试一次", year=year)
        return await self.table(year)

    async def _years(self) -> dict[int, Year]:
        found = await self._store.find(WORKDAYS, {}, sort=[("_id", 1)], limit=LAST - FIRST + 1)
        return {int(document["_id"]): Year.of(document) for document in found}

    async def _write_down(self, year: Year) -> None:
        for packed in year.tail:
            effect = Effect.unpack(packed)
            await self._store.insert(effect.collection, effect.document)


def read(text: str) -> tuple[list[Day], list[Problem]]:
    """The days of a file and what is wrong with the other lines. A line is `2027-01-01 holiday 元旦`, or the same with
    commas; a line that begins with `#` is a remark."""
    days: list[Day] = []
    problems: list[Problem] = []
    for row, line in enumerate(text.splitlines(), 1):
        given = line.strip()
        if not given or given.startswith("#"):
            continue
        day, kind, name = (*re.split(r"\s*,\s*|\s+", given, maxsplit=2), "", "")[:3]
        try:
            days.append(Day(date.fromisoformat(day), _KINDS[kind.lower()], name.strip()))
        except (ValueError, KeyError):
            problems.append(Problem(row, "要写成“2027-01-01 holiday 元旦”，放假写 holiday，上班写 workday"))
    return days, problems


def write(days: Sequence[Day]) -> str:
    """What `read` reads as the same days."""
    return "".join(f"{one.day} {'workday' if one.workday else 'holiday'} {one.name}".rstrip() + "\n" for one in days)


def _check(year: int, days: Sequence[Day]) -> None:
    if not FIRST <= year <= LAST:
        raise Invalid(f"年份要在 {FIRST} 到 {LAST} 之间", year=year)
    elsewhere = [str(one.day) for one in days if one.day.year != year]
    if elsewhere:
        raise Invalid(f"这些日期不在{year}年：{_listed(elsewhere)}", year=year, days=elsewhere)
    twice = [str(day) for day, times in Counter(one.day for one in days).items() if times > 1]
    if twice:
        raise Invalid(f"这些日期写了不止一次：{_listed(twice)}", year=year, days=twice)
    long = [str(one.day) for one in days if len(one.name) > LONGEST_NAME]
    if long:
        raise Invalid(f"节日的名称最多 {LONGEST_NAME} 个字：{_listed(long)}", year=year, days=long)
    if days and not is_published(year) and all(one.workday for one in days):
        raise Invalid(f"{year}年的放假安排还没有收录，请把这一年的节假日都写上", year=year)


def _listed(days: Sequence[str]) -> str:
    return "、".join(days[:10])


def _content(year: Year) -> Document:
    return year.model_dump(exclude={"version", "tail"})


def _changes(before: Year | None, after: Year) -> str:
    """As JSON: each day that is told otherwise, with what it was and what it became; null for not told."""
    was = {str(one.day): [one.workday, one.name] for one in before.days} if before else {}
    becomes = {str(one.day): [one.workday, one.name] for one in after.days}
    differing = sorted(day for day in was.keys() | becomes.keys() if was.get(day) != becomes.get(day))
    return json.dumps({day: [was.get(day), becomes.get(day)] for day in differing}, ensure_ascii=False)
