"""A ticket and what belongs to it. Frozen values; `Ticket` is the point of decision: one replacement of its document
under its version makes a move happen, and `tail` holds the move's further writes until they are carried out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.core.model import Effect, Stored

Kind = Literal["consultation", "help", "complaint", "report", "suggestion", "praise"]
KINDS: dict[Kind, str] = {
    "consultation": "咨询",
    "help": "求助",
    "complaint": "投诉",
    "report": "举报",
    "suggestion": "建议",
    "praise": "表扬",
}
State = Literal[
    "draft",
    "submitted",
    "dispatched",
    "signed",
    "replied",
    "callback",
    "answered",
    "declined",
    "merged",
    "closed",
    "archived",
]
STATES: dict[State, str] = {
    "draft": "草稿",
    "submitted": "待受理",
    "dispatched": "待签收",
    "signed": "办理中",
    "replied": "待审核",
    "callback": "待回访",
    "answered": "即时答复办结",
    "declined": "不予受理",
    "merged": "已并案",
    "closed": "办结",
    "archived": "已归档",
}
OPEN: frozenset[State] = frozenset(("submitted", "dispatched", "signed", "replied", "callback"))
WITH_UNIT: frozenset[State] = frozenset(("dispatched", "signed"))

Verdict = Literal["satisfied", "fairly", "dissatisfied"]
VERDICTS: dict[Verdict, str] = {"satisfied": "满意", "fairly": "基本满意", "dissatisfied": "不满意"}

# What the hotline does not accept; `phrases` says where it belongs instead.
Declined = Literal[
    "litigation", "arbitration", "discipline", "reconsideration", "disclosure", "petition", "secret", "private", "order"
]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Place(_Value):
    """Where it happened. unit: the town or park, once it is known."""

    label: str = Field("", max_length=200)
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)
    unit: str | None = None


class Attachment(_Value):
    """A file. message: of the conversation it was sent in, whose part may be fetched later than the ticket is filed;
    blob_id: when it was uploaded. by, unit: who did, and for whom. public: the citizen may see it."""

    id: str
    message: str | None = None
    part: int | None = None
    blob_id: str | None = None
    name: str = ""
    content_type: str = ""
    by: str = ""
    unit: str | None = None
    public: bool = True


class Assignment(_Value):
    """A unit's part in a ticket. The lead owns the clock; joint units answer to it. Due: when it must be finished."""

    unit: str
    role: Literal["lead", "joint"]
    at: datetime
    sign_due: datetime
    due: datetime
    signed_at: datetime | None = None
    signed_by: str | None = None
    contacted_at: datetime | None = None
    answered_at: datetime | None = None
    answer: str | None = None


class Request(_Value):
    """A unit's wish that the hotline decides on: to return a ticket, or for more time."""

    by: str
    unit: str
    at: datetime
    reason: str
    workdays: float | None = None
    state: Literal["asked", "granted", "refused"] = "asked"
    decided_by: str | None = None
    decided_at: datetime | None = None
    answer: str | None = None


class Answer(_Value):
    """What the citizen is told. by: who wrote it; unit: for whom, None for the hotline itself."""

    text: str
    by: str
    unit: str | None = None
    at: datetime


class Attempt(_Value):
    """One attempt to call the citizen back. how: message, phone."""

    at: datetime
    by: str
    how: Literal["message", "phone"]
    reached: bool = False
    note: str = ""


class Supervision(_Value):
    """The unit must answer and explain itself in writing, to the supervision department."""

    unit: str
    cause: str
    at: datetime
    by: str
    due: datetime
    answer: str | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None


Cause = Literal[
    "unsigned", "overdue", "joint_overdue", "long_overdue", "supervision_unanswered", "three_yellows", "supervisor"
]
CAUSES: dict[Cause, str] = {
    "unsigned": "逾期未签收",
    "overdue": "逾期未办结",
    "joint_overdue": "会办逾期未答复",
    "long_overdue": "逾期超过两个工作日",
    "supervision_unanswered": "督办逾期未回复",
    "three_yellows": "一个月内三张黄牌",
    "supervisor": "督查发现问题",
}


class Card(_Value):
    """A yellow or red card. `id` names what it is for, so that each is given once. due: the moment that passed."""

    id: str
    colour: Literal["yellow", "red"]
    cause: Cause
    unit: str
    at: datetime
    due: datetime | None = None
    by: str = "system"
    reason: str = ""
    appeal: Request | None = None

    @property
    def stands(self) -> bool:
        """Not taken back on appeal."""
        return self.appeal is None or self.appeal.state != "granted"


class Rating(_Value):
    """The citizen's own verdict. Solved and satisfied are two things, kept and published apart."""

    solved: bool
    verdict: Verdict
    words: str = ""
    at: datetime
    via: str = ""


class Ticket(Stored):
    """One matter. `id` is its number. Personal data of who told it is kept apart, in `Reporter`.

    round: 0, then 1 for the rework; cards and limits count anew in each. unit: the lead, for looking up. next_due: when
    time will do something to it, milliseconds. told_events: the number of its last event.
    """

    number: str = Field(description="The id once more: not every engine has compound indexes with ids.")
    kind: Kind
    state: State
    title: str
    matter: str
    happened: str = ""
    place: Place = Place()
    category: str = ""
    confidential: bool = False
    urgent: bool = False
    complex: bool = False
    via: str
    filed_by: str
    conversation_id: str | None = None
    code: str = Field(repr=False, description="The query code, sealed.")
    attachments: tuple[Attachment, ...] = ()
    supplements: tuple[Answer, ...] = ()
    filed_at: datetime
    round: int = 0
    unit: str | None = None
    mode: Literal["function", "territory", "joint"] | None = None
    assignments: tuple[Assignment, ...] = ()
    former: tuple[str, ...] = Field((), description="Units that returned it.")
    accused: tuple[str, ...] = Field((), description="Units a confidential report is about.")
    recused: tuple[str, ...] = Field((), description="People who must not handle it.")
    dispatched_at: datetime | None = Field(None, description="First; the clock keeps running through a return.")
    round_at: datetime | None = Field(None, description="When this round's limit began.")
    limit: str = Field("", description="This round's limit, as `5wd`.")
    terms: str = Field("", repr=False, description="All limits it was given with this round, as `rules.write`.")
    due: datetime | None = None
    replied_at: datetime | None = None
    reply: Answer | None = None
    returned: Request | None = None
    extension: Request | None = None
    reminded: tuple[str, ...] = Field((), description="What time has said already.")
    attempts: tuple[Attempt, ...] = ()
    callback_due: datetime | None = None
    supervision: Supervision | None = None
    cards: tuple[Card, ...] = ()
    decline: Declined | None = None
    rating: Rating | None = None
    merged_into: str | None = None
    ended_at: datetime | None = None
    ended_how: str = ""
    events: int = 0
    heard: tuple[str, ...] = Field((), description="The last wishes carried out, so that none is twice.")
    tail: tuple[str, ...] = Field((), repr=False, description="Packed effects of the last moves.")
    unsettled: int | None = Field(None, description="Since when the tail may not be carried out; milliseconds.")
    next_due: int | None = None
    supervised: Literal[1] | None = Field(None, description="While supervision lasts; for looking up.")

    @property
    def units(self) -> tuple[str, ...]:
        """Those that have a part in it."""
        return tuple(part.unit for part in self.assignments)

    @property
    def lead(self) -> Assignment | None:
        return next((one for one in self.assignments if one.role == "lead"), None)

    def assignment(self, unit: str) -> Assignment | None:
        """The unit's part, if it has one."""
        return next((one for one in self.assignments if one.unit == unit), None)

    def unsettled_effects(self) -> list[Effect]:
        return [Effect.unpack(packed) for packed in self.tail]


# Fields that are bookkeeping of the store and of the log itself, and so no part of what an event changes.
BOOKKEEPING = frozenset(("version", "events", "heard", "tail", "unsettled", "next_due", "supervised"))


class Actor(_Value):
    """Who moves a ticket. unit: whose part a unit's person acts for."""

    kind: Literal["citizen", "staff", "system"]
    id: str
    name: str = ""
    unit: str | None = None


SYSTEM = Actor(kind="system", id="system", name="系统")


class TicketEvent(Stored):
    """One move, for ever. `id`: number#place in the ticket's log. changes: JSON, the fields it changed, each with what
    it was and what it became; as text, since it is kept and never looked into."""

    ticket: str
    seq: int
    at: datetime
    at_ms: int
    move: str
    actor: Actor
    reason: str = ""
    note: str = ""
    round: int = 0
    state: State
    changes: str


class Reporter(Stored):
    """Somebody who told the matter, or joined those who did. `id`: number:contact. Name, phone and ID number are
    sealed; phone_key finds a phone."""

    ticket: str
    main: bool
    contact_id: str | None = None
    identity: str | None = Field(None, description="Where to tell how it goes.")
    name: str | None = Field(None, repr=False)
    phone: str | None = Field(None, repr=False)
    phone_key: str | None = None
    id_number: str | None = Field(None, repr=False)
    at: datetime
    rating: Rating | None = None


def event_id(ticket: str, seq: int) -> str:
    return f"{ticket}#{seq:05d}"


Words = Annotated[str, Field(min_length=1, max_length=4000)]
Reason = Annotated[str, Field(min_length=2, max_length=1000)]
