"""`/api/v1/desk/figures`: what the hotline is judged by, and the tickets and entries behind each figure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from tornado.routing import URLSpec

from channels.description import StaffOperations
from gateway.core.figures import Figures
from gateway.core.figures.desk import Compared, Kept, Report, Wanted
from gateway.core.figures.facts import FactName
from gateway.core.figures.measures import Amount, By, Group, Measured
from gateway.core.figures.periods import PeriodName, Stretch
from gateway.core.figures.upkeep import UpkeepName
from gateway.core.knowledge.entry import last_day
from gateway.core.knowledge.shelf import State
from gateway.core.tickets.desk import Desk
from gateway.core.tickets.model import Kind
from gateway.web.desk.access import Access, DeskHandler, needs
from gateway.web.desk.tickets import TicketHandler, TicketPage

_SCOPES = ("figures.read",)
_Day = Annotated[date, Field(ge=date(2000, 1, 1), lt=date(2100, 1, 1))]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FiguresQuery(_Request):
    period: PeriodName = "day"
    on: _Day | None = Field(None, description="A day in the period, in Beijing; today when it is not given.")
    by: By = "unit"


class _BehindQuery(_Request):
    """What a figure counted: its `opens` or `misses`, narrowed like the row it stands in."""

    period: PeriodName = "day"
    on: _Day | None = None
    unit: str = Field("", pattern=r"^[a-z0-9-]{0,40}$")
    limit: int = Field(50, ge=1, le=100)


class BehindQuery(_BehindQuery):
    fact: FactName
    kind: Kind | Literal[""] = ""
    channel: str = Field("", pattern=r"^[a-z]{0,16}$")
    before: str = Field("", max_length=40, description="`next` of the page before.")


class EntriesQuery(_BehindQuery):
    fact: UpkeepName
    before: str = Field("", max_length=140, description="`next` of the page before.")


class StretchView(BaseModel):
    first: date
    last: date
    hours: int | None = Field(description="How many hours of the last day are in it; null for all.")

    @classmethod
    def of(cls, stretch: Stretch) -> StretchView:
        return cls(first=stretch.first, last=stretch.last, hours=stretch.hours)


class AmountView(BaseModel):
    """of: how many it is told by, for what is not a count."""

    value: float | None
    of: int | None

    @classmethod
    def of_amount(cls, amount: Amount) -> AmountView:
        return cls(value=amount.value, of=amount.of)


class FigureView(BaseModel):
    name: str
    about: str = Field(description="How it is defined, and where its rule comes from.")
    group: Group
    measured: Measured
    amount: AmountView
    before: AmountView
    opens: FactName | UpkeepName | None = Field(
        description=(
            "What is behind it: `fact` of `GET /desk/figures/tickets`, or, for the group `knowledge`, of "
            "`GET /desk/figures/entries`."
        )
    )
    misses: FactName | UpkeepName | None = Field(description="What a share falls short by, in the same way.")

    @classmethod
    def of(cls, compared: Compared) -> FigureView:
        figure = compared.figure
        return cls(
            name=figure.name,
            about=figure.about,
            group=figure.group,
            measured=figure.measured,
            amount=AmountView.of_amount(compared.amount),
            before=AmountView.of_amount(compared.before),
            opens=figure.opens,
            misses=figure.misses,
        )


class FigureRow(BaseModel):
    """A unit, kind or channel: what to narrow `GET /desk/figures/tickets` to."""

    key: str
    amounts: dict[str, AmountView] = Field(description="By the figures' names.")


class HourView(BaseModel):
    """An hour of the day in Beijing, over all days of the period."""

    hour: int
    counts: dict[str, int]
    waited_median: int | None = Field(description="Seconds.")
    waited_p90: int | None


class DayView(BaseModel):
    day: date
    counts: dict[str, int]


class FigureReport(BaseModel):
    asked: StretchView
    compared_with: StretchView
    summed_at: datetime | None = Field(description="When the latest hour in it was summed.")
    figures: tuple[FigureView, ...]
    by: By
    rows: tuple[FigureRow, ...]
    handed: dict[str, int] = Field(description="From the bot to people, by reason; empty for a unit.")
    closed: dict[str, int] = Field(description="Closed by agents, by category; empty for a unit.")
    hours: tuple[HourView, ...] = Field(description="Empty for a unit.")
    days: tuple[DayView, ...]

    @classmethod
    def of(cls, report: Report, by: By) -> FigureReport:
        return cls(
            asked=StretchView.of(report.asked),
            compared_with=StretchView.of(report.compared_with),
            summed_at=report.summed_at,
            figures=tuple(map(FigureView.of, report.figures)),
            by=by,
            rows=tuple(
                FigureRow(
                    key=row.key, amounts={name: AmountView.of_amount(amount) for name, amount in row.amounts.items()}
                )
                for row in report.rows
            ),
            handed=dict(report.handed),
            closed=dict(report.closed),
            hours=tuple(
                HourView(
                    hour=one.hour,
                    counts=dict(one.counts),
                    waited_median=one.waited_median,
                    waited_p90=one.waited_p90,
                )
                for one in report.hours
            ),
            days=tuple(DayView(day=one.day, counts=dict(one.counts)) for one in report.days),
        )


class EntryView(BaseModel):
    id: str
    question: str
    unit: str = Field(description="Whose it was then, by name.")
    valid_until: str = Field(description="When it was to end, as the entry said: the last day, or an instant.")
    state: State | None = Field(description="How it is now; null when it has been deleted.")

    @classmethod
    def of(cls, kept: Kept) -> EntryView:
        last = last_day(kept.until)
        return cls(id=kept.id, question=kept.question, unit=kept.unit, valid_until=last, state=kept.state)


class EntryPage(BaseModel):
    entries: tuple[EntryView, ...]
    next: str | None


class Reports(DeskHandler):
    def initialize(self, access: Access, figures: Figures) -> None:
        super().initialize(access)
        self.figures = figures

    @needs(*_SCOPES)
    async def get(self) -> None:
        asked = self.query(FiguresQuery)
        report = await self.figures.report(self.person, asked.period, asked.on, asked.by)
        self.reply(FigureReport.of(report, asked.by))


class TicketsBehind(TicketHandler):
    def initialize(self, access: Access, desk: Desk, figures: Figures) -> None:
        super().initialize(access, desk)
        self.figures = figures

    @needs(*_SCOPES)
    async def get(self) -> None:
        asked = self.query(BehindQuery)
        wanted = Wanted(asked.fact, unit=asked.unit, kind=asked.kind, channel=asked.channel)
        found = await self.figures.behind(
            self.person, asked.period, asked.on, wanted, place=asked.before, limit=asked.limit
        )
        self.reply(await self.page(found))


class EntriesBehind(DeskHandler):
    def initialize(self, access: Access, figures: Figures) -> None:
        super().initialize(access)
        self.figures = figures

    @needs(*_SCOPES)
    async def get(self) -> None:
        asked = self.query(EntriesQuery)
        found = await self.figures.entries(
            self.person,
            asked.period,
            asked.on,
            asked.fact,
            unit=asked.unit,
            place=asked.before,
            limit=asked.limit,
        )
        self.reply(EntryPage(entries=tuple(map(EntryView.of, found.entries)), next=found.next))


_operation = StaffOperations("desk: figures", "/api/v1/desk/figures", _SCOPES)

OPERATIONS = (
    _operation(
        "get",
        "",
        "What the hotline is judged by, for a day, a week or a month",
        (200, "Each figure beside the period before; by unit, kind or channel; by hour and by day", FigureReport),
        query=FiguresQuery,
        description=(
            "Summed from the logs about once a minute. While a period is under way it is compared with as much of the "
            "one before. A unit's head sees the tickets of their units. Confidential tickets, and those that name "
            "units they are about, are in no row: only in the totals of those who may read them."
        ),
    ),
    _operation(
        "get",
        "/tickets",
        "The tickets a figure counted",
        (200, "The latest hour first, each as it is now", TicketPage),
        422,
        query=BehindQuery,
    ),
    _operation(
        "get",
        "/entries",
        "The entries of the knowledge base that its upkeep was told by",
        (200, "Those that were to end last come first, each as it is now", EntryPage),
        422,
        query=EntriesQuery,
    ),
)


def routes(access: Access, desk: Desk, figures: Figures) -> list[URLSpec]:
    return [
        URLSpec(r"/api/v1/desk/figures", Reports, {"access": access, "figures": figures}),
        URLSpec(r"/api/v1/desk/figures/entries", EntriesBehind, {"access": access, "figures": figures}),
        URLSpec(r"/api/v1/desk/figures/tickets", TicketsBehind, {"access": access, "desk": desk, "figures": figures}),
    ]
