"""`/api/v1/desk/tickets`: what staff see of tickets and do to them. Handlers parse, ask the desk, answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, RootModel
from tornado.routing import URLSpec

from channels.description import StaffOperations
from gateway.core.tickets import words
from gateway.core.tickets.desk import Desk
from gateway.core.tickets.ledger import Matter
from gateway.core.tickets.ledger import Person as Told
from gateway.core.tickets.lists import Filters, Page, Sort
from gateway.core.tickets.model import STATES, Kind, Place, Reporter, State, Ticket, TicketEvent
from gateway.core.tickets.moves import STAFF_MOVES, Move, StaffMove
from gateway.core.tickets.outcomes import Outcome, outcome
from gateway.web.desk.access import Access, DeskHandler, needs

SEES = ("tickets.read", "tickets.read_unit")
_MOVES = tuple(sorted({scope for move in STAFF_MOVES for scope in move.scope.split("|")}))


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TicketFilters(_Shape):
    """What tickets are narrowed to; what is not given narrows nothing."""

    q: str = Field("", max_length=200, description="A number, a phone, or words.")
    state: tuple[State | Literal["all"], ...] = Field(
        (), max_length=12, description="Those of open work when none is named; all when `q` is given."
    )
    unit: str = Field("", pattern=r"^[a-z0-9-]{0,40}$", description="It, and those below it.")
    kind: Kind | None = None
    category: str = Field("", max_length=60)
    via: str = Field("", max_length=16, pattern=r"^[a-z]*$", description="The channel it came by, as `phone`.")
    urgent: bool | None = None
    overdue: bool | None = None
    supervised: bool | None = None
    due_after: AwareDatetime | None = Field(
        None, description="From then on. A deadline is the lead unit's, or that of the units asked for."
    )
    due_before: AwareDatetime | None = None
    filed_after: AwareDatetime | None = Field(None, description="From then on.")
    filed_before: AwareDatetime | None = None

    def filters(self) -> Filters:
        given = {name: getattr(self, name) for name in TicketFilters.model_fields if name not in ("q", "state")}
        named = tuple(state for state in self.state if state != "all")
        states = named if len(named) == len(self.state) else tuple(STATES)
        return Filters(text=self.q, states=states, **given)


class TicketQuery(TicketFilters):
    """Filters narrow what is read; a page may be short, and `next` still lead on."""

    order: Sort = Field(
        "latest",
        description="As they were filed; due: what waits for a call back, and that alone, by when it is due. What a "
        "deadline is asked of is due first, what `q` finds is latest.",
    )
    before: str = Field("", max_length=400, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=100)


class WorkQuery(_Shape):
    unit: str = Field("", pattern=r"^[a-z0-9-]{0,40}$", description="One's own when it is not given.")
    after: str = Field("", max_length=400, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=100)


class TicketFields(_Shape):
    """What staff file of a matter."""

    client_id: str = Field(
        "", pattern=r"^([A-Za-z0-9_-]{8,64})?$", description="Names it: sent again, it is filed once."
    )
    kind: Kind
    matter: str = Field(min_length=2, max_length=4000)
    title: str = Field("", max_length=60)
    happened: str = Field("", max_length=200)
    place: Place = Place()
    category: str = Field("", max_length=60)
    name: str = Field("", max_length=40, description="Kept sealed.")
    phone: str = Field("", pattern=r"^(\+?[0-9][0-9 -]{4,19})?$", description="Kept sealed.")
    confidential: bool = False

    def told(self, **more: Any) -> Matter:
        """more: what a matter has beside these fields."""
        return Matter(
            kind=self.kind,
            matter=self.matter,
            title=self.title,
            happened=self.happened,
            place=self.place,
            category=self.category,
            confidential=self.confidential,
            **more,
        )


class NewTicket(TicketFields):
    """Filed for a caller."""

    accused: tuple[Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")], ...] = Field((), max_length=20)


class NewReveal(_Shape):
    reporter: str = Field(max_length=120)
    field: Literal["name", "phone", "id_number"]
    reason: str = Field(min_length=2, max_length=500, description="Kept in the audit log, before anything is shown.")


class Part(BaseModel):
    unit: str
    role: str
    at: datetime = Field(description="Since when it has it.")
    due: datetime
    sign_due: datetime
    signed_at: datetime | None
    contacted_at: datetime | None
    answered_at: datetime | None
    answer: str | None


class CardView(BaseModel):
    id: str
    colour: str
    cause: str
    unit: str
    at: datetime
    stands: bool
    appeal: str | None = Field(description="asked, granted, refused; null without one.")


class SupervisionView(BaseModel):
    """The last one: what the unit has to explain in writing, and whether it did."""

    unit: str
    at: datetime
    due: datetime
    answered_at: datetime | None
    answer: str | None
    ended_at: datetime | None


class CallBackView(BaseModel):
    """The citizen is to be asked whether it is solved."""

    at: datetime = Field(description="When they were last asked in writing.")
    due: datetime = Field(description="By then somebody has called; else they are asked once more, or it is closed.")


class TicketView(BaseModel):
    """A ticket as staff see it. Who told it is listed apart, and masked."""

    number: str
    kind: Kind
    state: State
    title: str
    matter: str
    happened: str
    place: Place
    category: str
    confidential: bool
    urgent: bool
    complex: bool
    via: str
    filed_at: datetime
    unit: str | None
    round_at: datetime | None = Field(description="When the limit began.")
    due: datetime | None
    limit: str
    round: int
    parts: tuple[Part, ...]
    reply: str | None
    call_back: CallBackView | None = Field(description="While it waits for that.")
    return_asked: str | None = Field(description="asked, granted, refused; null without one.")
    extension_asked: str | None
    supervised: bool
    supervision: SupervisionView | None
    cards: tuple[CardView, ...]
    verdict: str | None
    solved: bool | None
    merged_into: str | None
    events: int
    moves: tuple[str, ...] = Field(description="What this person may do to it now.")

    @classmethod
    def of(cls, ticket: Ticket, possible: list[type[Move]]) -> TicketView:
        fields = {name: getattr(ticket, name) for name in cls.model_fields if hasattr(ticket, name)}
        supervision = ticket.supervision
        fields |= {
            "parts": tuple(Part.model_validate(part, from_attributes=True) for part in ticket.assignments),
            "reply": ticket.reply.text if ticket.reply else None,
            "call_back": _call_back(ticket),
            "return_asked": ticket.returned.state if ticket.returned else None,
            "extension_asked": ticket.extension.state if ticket.extension else None,
            "supervised": supervision is not None and supervision.ended_at is None,
            "supervision": supervision and SupervisionView.model_validate(supervision, from_attributes=True),
            "cards": tuple(
                CardView(
                    id=card.id,
                    colour=card.colour,
                    cause=card.cause,
                    unit=card.unit,
                    at=card.at,
                    stands=card.stands,
                    appeal=card.appeal.state if card.appeal else None,
                )
                for card in ticket.cards
            ),
            "verdict": ticket.rating.verdict if ticket.rating else None,
            "solved": ticket.rating.solved if ticket.rating else None,
            "moves": tuple(sorted(str(kind.model_fields["move"].default) for kind in possible)),
        }
        return cls(**fields)


class TicketPage(BaseModel):
    tickets: tuple[TicketView, ...]
    next: str | None = Field(description="Pass it on for more; null at the end.")


class FiledTicket(BaseModel):
    number: str
    code: str = Field(description="To be read to the caller, with the number.")
    ticket: TicketView


class EventView(BaseModel):
    seq: int
    at: datetime
    move: str
    actor: str
    unit: str | None
    reason: str
    note: str
    outcome: Outcome
    state: State


class EventList(BaseModel):
    events: tuple[EventView, ...]


class ReporterView(BaseModel):
    id: str
    main: bool
    channel: str = Field(description="Where they are told how it goes; empty when they only phoned.")
    name: str = Field(description="Masked; to see it, ask to reveal it.")
    phone: str = Field(description="Masked.")
    at: datetime
    conversation_id: str | None = Field(
        description="Where they wrote; null when they only phoned, or for somebody who may not look into every one."
    )


class ReporterList(BaseModel):
    reporters: tuple[ReporterView, ...]


class Revealed(BaseModel):
    value: str


class TicketMove(RootModel[StaffMove]):
    """One move; `move` names which."""


class TicketHandler(DeskHandler):
    def _at_desk(self, access: Access, desk: Desk) -> None:
        super().initialize(access)
        self.desk = desk

    initialize: Callable[..., None] = _at_desk  # subclasses may be given more

    async def view(self, ticket: Ticket) -> TicketView:
        (view,) = await self.views([ticket])
        return view

    async def views(self, tickets: Sequence[Ticket]) -> list[TicketView]:
        """As this person may see them; one they must not know of is not named where another went into it."""
        into = [ticket.merged_into for ticket in tickets if ticket.merged_into]
        known = {ticket.id for ticket in await self.desk.several(self.person, into)} if into else set()
        views = [TicketView.of(ticket, self.desk.possible(self.person, ticket)) for ticket in tickets]
        return [view if view.merged_into in known else view.model_copy(update={"merged_into": None}) for view in views]

    async def page(self, page: Page) -> TicketPage:
        return TicketPage(tickets=tuple(await self.views(page.tickets)), next=page.next)


class Tickets(TicketHandler):
    @needs(*SEES)
    async def get(self) -> None:
        asked = self.query(TicketQuery)
        found = await self.desk.lists.page(
            self.person, asked.filters(), order=asked.order, before=asked.before, limit=asked.limit
        )
        self.reply(await self.page(found))

    @needs("tickets.file")
    async def post(self) -> None:
        given = self.body(NewTicket)
        matter = given.told(accused=given.accused)
        ticket, name = await self.desk.file(
            self.person, matter, Told(name=given.name, phone=given.phone), client_id=given.client_id
        )
        self.reply(FiledTicket(number=name.number, code=name.code, ticket=await self.view(ticket)), 201)


class Work(TicketHandler):
    @needs(*SEES)
    async def get(self) -> None:
        asked = self.query(WorkQuery)
        found = await self.desk.lists.work(self.person, unit=asked.unit, after=asked.after, limit=asked.limit)
        self.reply(await self.page(found))


class OneTicket(TicketHandler):
    @needs(*SEES)
    async def get(self, number: str) -> None:
        self.reply(await self.view(await self.desk.look(self.person, number)))


class Events(TicketHandler):
    @needs(*SEES)
    async def get(self, number: str) -> None:
        ticket = await self.desk.get(self.person, number)
        self.reply(EventList(events=tuple(map(_event, await self.desk.events(self.person, ticket)))))


class Reporters(TicketHandler):
    @needs(*SEES)
    async def get(self, number: str) -> None:
        ticket = await self.desk.get(self.person, number)
        found = await self.desk.reporters(self.person, ticket)
        wrote = await self.desk.conversations(self.person, found)
        self.reply(ReporterList(reporters=tuple(_reporter(one, self.desk, wrote) for one in found)))


class Reveals(TicketHandler):
    @needs("personal.reveal")
    async def post(self, number: str) -> None:
        given = self.body(NewReveal)
        value = await self.desk.reveal(self.person, number, given.reporter, given.field, given.reason)
        self.reply(Revealed(value=value))


class Moves(TicketHandler):
    @needs(*_MOVES)
    async def post(self, number: str) -> None:
        move: Any = self.body(TicketMove).root
        self.reply(await self.view(await self.desk.move(self.person, number, move)))


def _call_back(ticket: Ticket) -> CallBackView | None:
    if ticket.state != "callback" or ticket.callback_due is None:
        return None
    asked = max(attempt.at for attempt in ticket.attempts if attempt.how == "message")
    return CallBackView(at=asked, due=ticket.callback_due)


def _event(event: TicketEvent) -> EventView:
    return EventView(
        seq=event.seq,
        at=event.at,
        move=event.move,
        # a citizen is not named, nor known by an id, in the log as it is shown
        actor=event.actor.name or event.actor.id if event.actor.kind == "staff" else event.actor.kind,
        unit=event.actor.unit,
        reason=event.reason,
        note="" if event.move in ("join", "rate_beside") else event.note,
        outcome=outcome(event),
        state=event.state,
    )


def _reporter(reporter: Reporter, desk: Desk, wrote: Mapping[str, str]) -> ReporterView:
    name, phone = desk.ledger.reveal(reporter.name), desk.ledger.reveal(reporter.phone)
    return ReporterView(
        id=reporter.id,
        main=reporter.main,
        channel=(reporter.identity or "").partition(":")[0],
        name=words.masked_name(name),
        phone=words.masked_phone(phone),
        at=reporter.at,
        conversation_id=wrote.get(reporter.identity or ""),
    )


_operation = StaffOperations("desk: tickets", "/api/v1/desk", SEES, {"number": "DG and 15 digits"})

OPERATIONS = (
    _operation(
        "get", "/tickets", "List or search tickets", (200, "The latest first", TicketPage), 422, query=TicketQuery
    ),
    _operation(
        "post",
        "/tickets",
        "File a ticket for a caller",
        (201, "The ticket, with its number and code", FiledTicket),
        422,
        takes=NewTicket,
        scopes=("tickets.file",),
    ),
    _operation("get", "/work", "A unit's open work", (200, "What is due first", TicketPage), 422, query=WorkQuery),
    _operation("get", "/tickets/{number}", "One ticket", (200, "The ticket", TicketView)),
    _operation("get", "/tickets/{number}/events", "What was done to it", (200, "In order", EventList)),
    _operation(
        "get",
        "/tickets/{number}/reporters",
        "Who told it, masked",
        (200, "The first one first; of a confidential one a unit learns nothing", ReporterList),
    ),
    _operation(
        "post",
        "/tickets/{number}/reveals",
        "See a name or number in clear",
        (200, "The value", Revealed),
        409,
        422,
        takes=NewReveal,
        scopes=("personal.reveal",),
        description="Recorded in the audit log with the reason.",
    ),
    _operation(
        "post",
        "/tickets/{number}/moves",
        "Do something to a ticket",
        (200, "The ticket afterwards", TicketView),
        409,
        422,
        takes=TicketMove,
        scopes=_MOVES,
        description="409 with `details.reason` when it is not allowed now; each move has a scope of its own.",
    ),
)


def routes(access: Access, desk: Desk) -> list[URLSpec]:
    given = {"access": access, "desk": desk}
    one = r"/api/v1/desk/tickets/(DG[0-9]{15})"
    return [
        URLSpec(r"/api/v1/desk/tickets", Tickets, given),
        URLSpec(r"/api/v1/desk/work", Work, given),
        URLSpec(one, OneTicket, given),
        URLSpec(f"{one}/events", Events, given),
        URLSpec(f"{one}/reporters", Reporters, given),
        URLSpec(f"{one}/reveals", Reveals, given),
        URLSpec(f"{one}/moves", Moves, given),
    ]
