"""`/api/v1/desk/calendar` and `/limits`: the days that count, and how long things may take."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from tornado.routing import URLSpec

from channels.description import Operation, Parameter
from gateway.core.tickets.model import KINDS, Kind
from gateway.core.tickets.operators_calendar import LONGEST_NAME, OperatorsCalendar, YearTable
from gateway.core.tickets.rules import Policy
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


class FinishLimit(BaseModel):
    """How long the unit has, from the first dispatch on."""

    kind: Kind
    ordinary: str
    complex: str
    urgent: str


class LimitTable(BaseModel):
    """Durations are written `30m`, `2h`, `1d` by the clock, and `5wd` in workdays."""

    finish: tuple[FinishLimit, ...]
    sign: str = Field(description="Of dispatch, to sign.")
    return_within: str = Field(description="Of dispatch, to ask for another unit.")
    contact: str = Field(description="Of signing, to speak with the citizen.")
    joint: str = Field(description="Of being asked, for units that help.")
    supervision: str = Field(description="To answer a supervision.")
    callback: str = Field(description="Of approval, for the citizen's first answer.")
    again_after: str = Field(description="Between further attempts to reach the citizen.")
    attempts: int
    most_extension: float = Field(description="Workdays.")
    remind_at: float = Field(description="The share of a limit at which the unit is reminded.")
    red_after: str = Field(description="Beyond the limit, for a red card.")
    yellows: int = Field(description="Yellow cards in one month that make a red one.")
    archive_after: str = Field(description="Of the end.")

    @classmethod
    def of(cls, policy: Policy) -> LimitTable:
        kinds = tuple(
            FinishLimit(
                kind=kind,
                ordinary=str(policy.finish[kind]),
                complex=str(policy.complex),
                urgent=str(policy.urgent),
            )
            for kind in KINDS
        )
        spans = {
            name: str(getattr(policy, name)) for name, field in cls.model_fields.items() if field.annotation is str
        }
        return cls(
            finish=kinds,
            attempts=policy.attempts,
            most_extension=policy.most_extension,
            remind_at=policy.remind_at,
            yellows=policy.yellows,
            **spans,
        )


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


class Limits(DeskHandler):
    def initialize(self, access: Access, policy: Policy) -> None:
        super().initialize(access)
        self.policy = policy

    @signed_in
    async def get(self) -> None:
        self.reply(LimitTable.of(self.policy))


_TAG = "desk: calendar and limits"
_YEAR = (Parameter("year", "path", "2000 to 2099", required=True),)

OPERATIONS = (
    Operation(
        "get",
        "/api/v1/desk/calendar/{year}",
        "A year's holidays and make-up workdays",
        {200: ("As limits are counted", CalendarYear)},
        parameters=_YEAR,
        staff=True,
        tag=_TAG,
        errors=(401, 403, 404, 503),
    ),
    Operation(
        "put",
        "/api/v1/desk/calendar/{year}",
        "Set a year's own table",
        {200: ("As limits are counted from now on", CalendarYear)},
        takes=CalendarTable,
        parameters=_YEAR,
        staff=True,
        scopes=("calendar.manage",),
        tag=_TAG,
        description="For a year that is not published, all its holidays and make-up workdays; for another, what "
        "differs. An empty table takes back what was set.",
        errors=(400, 401, 403, 404, 409, 413, 415, 422, 503),
    ),
    Operation(
        "get",
        "/api/v1/desk/limits",
        "The limits in force",
        {200: ("How long things may take", LimitTable)},
        staff=True,
        tag=_TAG,
        errors=(401, 403, 503),
    ),
)


def routes(
    access: Access, calendar: OperatorsCalendar, policy: Policy, now: Callable[[], dt.datetime]
) -> list[URLSpec]:
    return [
        URLSpec(r"/api/v1/desk/calendar/(20[0-9]{2})", OneYear, {"access": access, "calendar": calendar, "now": now}),
        URLSpec(r"/api/v1/desk/limits", Limits, {"access": access, "policy": policy}),
    ]
