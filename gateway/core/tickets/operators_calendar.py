"""The operator's own table of workdays: years that are not published yet, and days that differ from what is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from pydantic import Field

from gateway.core.errors import Conflict, Invalid
from gateway.core.model import Stored, new_id
from gateway.core.ports import Store
from gateway.core.tickets.workdays import Calendar

WORKDAYS = "workdays"
ATTEMPTS = 5


class Year(Stored):
    """One year. off, worked: days that are no workdays, or are, whatever their weekday. whole: this table speaks for
    the year alone; else only for the days it names."""

    off: tuple[str, ...] = ()
    worked: tuple[str, ...] = ()
    whole: bool = Field(False, description="The year is not published, and Monday to Friday are workdays.")


class OperatorsCalendar:
    """calendar: kept in step with the store by `refresh`."""

    def __init__(self, store: Store, calendar: Calendar) -> None:
        self._store = store
        self._calendar = calendar

    async def years(self) -> list[Year]:
        found = await self._store.find(WORKDAYS, {}, sort=[("_id", 1)], limit=200)
        return [Year.of(document) for document in found]

    async def refresh(self) -> None:
        """Raises `StoreUnavailable`."""
        days: dict[date, bool] = {}
        whole = set()
        for year in await self.years():
            days |= {date.fromisoformat(day): False for day in year.off}
            days |= {date.fromisoformat(day): True for day in year.worked}
            if year.whole:
                whole.add(int(year.id))
        self._calendar.use(days, whole)

    async def put(self, year: int, days: Mapping[str, bool], *, whole: bool, by: str, at: object) -> Year:
        """Set a year's table. days: ISO days, whether each is a workday. Raises `Invalid`, `Conflict`."""
        wrong = [day for day in days if not _is_day_of(day, year)]
        if wrong or not 2000 <= year <= 2100:
            raise Invalid("这些日期不对", days=wrong[:10], year=year)
        for _ in range(ATTEMPTS):
            stored = await self._store.get(WORKDAYS, str(year))
            made = Year(
                id=str(year),
                version=stored["version"] if stored else 1,
                off=tuple(sorted(day for day, worked in days.items() if not worked)),
                worked=tuple(sorted(day for day, worked in days.items() if worked)),
                whole=whole,
            )
            written = await (
                self._store.replace(WORKDAYS, made.document())
                if stored
                else self._store.insert(WORKDAYS, made.document())
            )
            if written:
                audit = {"_id": new_id(), "version": 1, "at": at, "actor": by, "action": "calendar.put"}
                await self._store.insert("audit", {**audit, "about": str(year), "reason": ""})
                await self.refresh()
                return made
        raise Conflict("别人正在改这一年的工作日表，请再试一次")


def _is_day_of(text: str, year: int) -> bool:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return False
    try:
        return date.fromisoformat(text).year == year
    except ValueError:
        return False
