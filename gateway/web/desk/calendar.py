"""`/api/v1/desk/calendar`: the days that count."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from tornado.routing import URLSpec

from channels.description import StaffOperations
from gateway.core.tickets.operators_calendar import LONGEST_NAME, OperatorsCalendar, YearTable
from gateway.core.tickets.workdays import Day
from gateway.web.desk.access import Access, DeskHandler, needs, signed_in


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NamedDay(_Request):
    day: dt.date
    workday: bool
    name: str = Field("", max_length=LONGEST_NAME, description="Of the holiday it belongs to.")


class CalendarTable(_Request):
    """The whole table; what was set before and is not in it is taken back."""

    days: Annotated[tuple[NamedDay, ...], Field(max_length=366)]
    reason: str = Field("", max_length=500, description="Kept in the audit log.")


class CalendarDay(BaseModel):
    day: dt.date
    workday: bool
    name: str
    own: bool = Field(description="Set here; else as announced.")


class CalendarYear(BaseModel):
    year: int
    published: bool = Field(description="Its holidays are known without a table of one's own.")
    workdays: int | None = Field(
        description="How many there are; null while nobody knows the year, and limits that reach into it are refused."
    )
    days: tuple[CalendarDay, ...] = Field(description="All others are workdays from Monday to Friday.")

    @classmethod
    def of(cls, table: YearTable) -> CalendarYear:
        days = (
            CalendarDay(day=one.day, workday=one.workday, name=one.name, own=one.day in table.own) for one in table.days
        )
        return cls(year=table.year, published=table.published, workdays=table.workdays, days=tuple(days))


class OneYear(DeskHandler):
    def initialize(self, access: Access, calendar: OperatorsCalendar, now: Callable[[], dt.datetime]) -> None:
        super().initialize(access)
        self.calendar = calendar
        self.now = now

    @signed_in
    async def get(self, year: str) -> None:
        self.reply(CalendarYear.of(await self.calendar.table(int(year))))

    @needs("calendar.manage")
    async def put(self, year: str) -> None:
        given = self.body(CalendarTable)
        days = [Day(one.day, one.workday, one.name) for one in given.days]
        by = self.person.username
        self.reply(CalendarYear.of(await self.calendar.put(int(year), days, by=by, at=self.now(), reason=given.reason)))


_operation = StaffOperations(
    "desk: calendar and limits", "/api/v1/desk/calendar", ("calendar.manage",), {"year": "2000 to 2099"}
)

OPERATIONS = (
    _operation(
        "get",
        "/{year}",
        "A year's holidays and make-up workdays",
        (200, "As limits are counted", CalendarYear),
        scopes=(),
    ),
    _operation(
        "put",
        "/{year}",
        "Set a year's own table",
        (200, "As limits are counted from now on", CalendarYear),
        409,
        422,
        takes=CalendarTable,
        description="For a year that is not published, all its holidays and make-up workdays; for another, what "
        "differs. An empty table takes back what was set.",
    ),
)


def routes(access: Access, calendar: OperatorsCalendar, now: Callable[[], dt.datetime]) -> list[URLSpec]:
    given = {"access": access, "calendar": calendar, "now": now}
    return [URLSpec(r"/api/v1/desk/calendar/(20[0-9]{2})", OneYear, given)]
