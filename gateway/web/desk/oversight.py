"""`/api/v1/desk/tickets/counts`, `…/held`, `…/cards`, `…/appeals`: how much waits, and how units are held to their
limits."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from tornado.routing import URLSpec

from channels.description import StaffOperations
from gateway.core.tickets.board import Count, Counts
from gateway.core.tickets.cards import CardFilters, CardPage, GivenCard
from gateway.core.tickets.desk import Desk
from gateway.core.tickets.holding import Held
from gateway.core.tickets.model import Cause
from gateway.web.desk.access import Access, DeskHandler, needs
from gateway.web.desk.tickets import SEES

OVERSEES = ("tickets.supervise", "unit.handle", "unit.decide")


class _Query(BaseModel):
    model_config = ConfigDict(extra="forbid")

    unit: str = Field("", pattern=r"^[a-z0-9-]{0,40}$", description="It, and those below it.")
    before: str = Field("", max_length=400, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=100)


class HeldQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    unit: str = Field("", pattern=r"^[a-z0-9-]{0,40}$", description="It, and those below it.")


class CardQuery(_Query):
    colour: Literal["yellow", "red"] | None = None
    month: str = Field("", pattern=r"^(20[0-9]{2}-(0[1-9]|1[0-2]))?$", description="As `2026-11`, in Beijing.")
    appealed: bool | None = Field(None, description="Whether there was an appeal, decided or not.")


class AppealQuery(_Query):
    pass


class CountView(BaseModel):
    number: int = Field(description="At most 1000.")
    more: bool = Field(description="There may be further ones that were not counted.")

    @classmethod
    def of(cls, count: Count) -> CountView:
        return cls(number=count.number, more=count.more)


class StateCounts(BaseModel):
    submitted: CountView
    dispatched: CountView
    signed: CountView
    replied: CountView
    callback: CountView


class WorkCounts(BaseModel):
    """What waits, of what this person may see; a second or two behind at most."""

    states: StateCounts
    due_today: CountView = Field(description="With a unit, not overdue, and due before midnight in Beijing.")
    overdue: CountView = Field(description="With a unit, and past its deadline.")
    supervised: CountView

    @classmethod
    def of(cls, counts: Counts) -> WorkCounts:
        return cls(
            states=StateCounts.model_validate({state: CountView.of(count) for state, count in counts.states.items()}),
            due_today=CountView.of(counts.due_today),
            overdue=CountView.of(counts.overdue),
            supervised=CountView.of(counts.supervised),
        )


class HeldCountView(CountView):
    number: int = Field(description="At most 99.")


class HeldCounts(BaseModel):
    """What the lists of supervision have."""

    overdue: HeldCountView
    supervised: HeldCountView = Field(description="Whatever became of the matter.")
    cards: HeldCountView
    appeals: HeldCountView = Field(description="Those to be decided.")

    @classmethod
    def of(cls, held: Held) -> HeldCounts:
        return cls(**{name: HeldCountView.of(getattr(held, name)) for name in cls.model_fields})


class AppealView(BaseModel):
    by: str
    at: datetime
    reason: str
    state: Literal["asked", "granted", "refused"]
    decided_by: str | None
    decided_at: datetime | None
    answer: str | None


class CardLine(BaseModel):
    """A card, and the ticket it is for."""

    id: str
    colour: Literal["yellow", "red"]
    cause: Cause
    unit: str
    at: datetime
    due: datetime | None = Field(description="The moment that had passed; null for a supervisor's own.")
    by: str
    reason: str
    stands: bool = Field(description="Not taken back on appeal.")
    appeal: AppealView | None
    ticket: str
    title: str

    @classmethod
    def of(cls, given: GivenCard) -> CardLine:
        card = given.card
        return cls(
            id=card.id,
            colour=card.colour,
            cause=card.cause,
            unit=card.unit,
            at=card.at,
            due=card.due,
            by=card.by,
            reason=card.reason,
            stands=card.stands,
            appeal=AppealView.model_validate(card.appeal, from_attributes=True) if card.appeal else None,
            ticket=given.ticket.id,
            title=given.ticket.title,
        )


class CardList(BaseModel):
    cards: tuple[CardLine, ...]
    next: str | None = Field(description="Pass it on as `before` for more; null at the end.")

    @classmethod
    def of(cls, page: CardPage) -> CardList:
        return cls(cards=tuple(map(CardLine.of, page.cards)), next=page.next)


class _OversightHandler(DeskHandler):
    def initialize(self, access: Access, desk: Desk) -> None:
        super().initialize(access)
        self.desk = desk


class TicketCounts(_OversightHandler):
    @needs(*SEES)
    async def get(self) -> None:
        self.reply(WorkCounts.of(await self.desk.board.counts(self.person)))


class HeldTo(_OversightHandler):
    @needs("tickets.supervise")
    async def get(self) -> None:
        asked = self.query(HeldQuery)
        self.reply(HeldCounts.of(await self.desk.holding.counts(self.person, asked.unit)))


class Cards(_OversightHandler):
    @needs(*OVERSEES)
    async def get(self) -> None:
        asked = self.query(CardQuery)
        filters = CardFilters(asked.unit, asked.colour, asked.month, asked.appealed)
        page = await self.desk.cards.page(self.person, filters, before=asked.before, limit=asked.limit)
        self.reply(CardList.of(page))


class Appeals(_OversightHandler):
    @needs(*OVERSEES)
    async def get(self) -> None:
        asked = self.query(AppealQuery)
        page = await self.desk.cards.appeals(self.person, unit=asked.unit, before=asked.before, limit=asked.limit)
        self.reply(CardList.of(page))


_operation = StaffOperations("desk: oversight", "/api/v1/desk", OVERSEES)

OPERATIONS = (
    _operation(
        "get",
        "/tickets/counts",
        "How much waits",
        (200, "By state, due today, overdue, supervised", WorkCounts),
        scopes=SEES,
    ),
    _operation(
        "get",
        "/held",
        "How much units are held to",
        (200, "Overdue, supervised, cards, appeals", HeldCounts),
        422,
        query=HeldQuery,
        scopes=("tickets.supervise",),
    ),
    _operation(
        "get",
        "/cards",
        "Yellow and red cards",
        (200, "The latest first; people of units read their own", CardList),
        422,
        query=CardQuery,
    ),
    _operation(
        "get",
        "/appeals",
        "Appeals against cards",
        (200, "Those to be decided first, the longest waiting at the top; then the latest that were", CardList),
        422,
        query=AppealQuery,
    ),
)


def routes(access: Access, desk: Desk) -> list[URLSpec]:
    given = {"access": access, "desk": desk}
    return [
        URLSpec(r"/api/v1/desk/tickets/counts", TicketCounts, given),
        URLSpec(r"/api/v1/desk/held", HeldTo, given),
        URLSpec(r"/api/v1/desk/cards", Cards, given),
        URLSpec(r"/api/v1/desk/appeals", Appeals, given),
    ]
