"""The bot's types: what it is told (`Turn`) and what it decides (`Decision`). Imports nothing of ours.

The bot is pure: the same turn gives the same decision. What it must remember travels in `Memory`, which the gateway
keeps with the conversation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

CODE_LIFETIME = timedelta(minutes=10)  # how long a code sent to a phone is valid

TicketKind = Literal["consultation", "help", "complaint", "report", "suggestion", "praise"]
Verdict = Literal["satisfied", "fairly", "dissatisfied"]


class Offered(BaseModel):
    """A numbered choice put to the citizen. `kind` tells what choosing it does: `entry` answers with the knowledge
    entry `target`; `say` is treated as if the citizen had written `target`."""

    model_config = ConfigDict(frozen=True)

    key: str
    label: str
    kind: Literal["entry", "say"]
    target: str


class Lately(BaseModel):
    """Something sent outside of any flow. text: the words, a place's label, or the id of a picture's message. at:
    seconds."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["words", "place", "picture"]
    text: str
    at: int
    latitude: float | None = None
    longitude: float | None = None


class Draft(BaseModel):
    """A matter half told. It outlives the flow, so that it can be taken up days later.

    asking: the question that was put last. settled: names of what is not to be asked again. unread: words that may
    belong to the matter, if the citizen says so. at: when it last changed, seconds.
    """

    model_config = ConfigDict(frozen=True)

    at: int
    kind: TicketKind | None = None
    matter: str = ""
    happened: str = ""
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    caller: str = Field("", repr=False)
    phone: str = Field("", repr=False)
    confidential: bool | None = None
    pictures: tuple[str, ...] = ()
    asking: str = ""
    settled: tuple[str, ...] = ()
    unread: str = ""


class Memory(BaseModel):
    """What the bot remembers of a conversation; stored in it, replaced as a whole at each turn."""

    model_config = ConfigDict(frozen=True)

    offered: tuple[Offered, ...] = ()
    answered: tuple[str, ...] = Field((), description="Ids of the entries last answered with, oldest first, at most 5.")
    asked: str = Field("", description="The question the last answer or offer was for.")
    unsure: int = Field(0, description="How many turns in a row found nothing.")
    flow: str = Field("", description="The flow the citizen is in, if any, with `flow_state`.")
    flow_state: dict[str, str] = Field(default_factory=dict)
    language: Literal["zh", "en"] = Field("zh", description="What the citizen last wrote in.")
    told: tuple[str, ...] = Field((), description="Names of what need not be said or counted twice, at most 8.")
    draft: Draft | None = Field(None, description="A matter that is being told, or was left half told.")
    lately: tuple[Lately, ...] = Field((), description="What a matter told next may be about, oldest first; at most 6.")
    ticket: str = Field("", description="The number of the ticket last filed, joined, told of or rated here.")


@dataclass(frozen=True, slots=True)
class TicketName:
    """What a citizen finds a ticket by."""

    number: str
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Known:
    """A ticket as its reporter may hear of it, everything masked. stage: where it is, in a few words; story: what
    happened, oldest first; next: what comes and by when. rate: they are asked for their verdict."""

    number: str
    title: str
    stage: str
    story: tuple[str, ...] = ()
    next: str = ""
    open: bool = True
    rate: bool = False


@dataclass(frozen=True, slots=True)
class Similar:
    """Another open ticket that may be about the same matter, as anybody may hear of it."""

    number: str
    title: str
    place: str
    stage: str


@dataclass(frozen=True, slots=True)
class AskNumber:
    """A number and code for the ticket that is about to be filed."""


@dataclass(frozen=True, slots=True)
class AskProgress:
    """The ticket with this number, if the code is right or the citizen filed it here. code: "" when none was given."""

    number: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class AskMine:
    """The citizen's own tickets, the latest first, at most 5."""


@dataclass(frozen=True, slots=True)
class AskSimilar:
    """Open tickets of others about the same matter at the same place, at most 2."""

    matter: str
    place: str


Ask = AskNumber | AskProgress | AskMine | AskSimilar


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found for the `Ask` of the decision before. limited: the citizen has tried too often and must wait."""

    asked: Ask
    name: TicketName | None = None
    tickets: tuple[Known, ...] = ()
    similar: tuple[Similar, ...] = ()
    limited: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """The truth about the human desk, as known when the turn is decided."""

    staffed: bool  # somebody is on duty now
    ahead: int  # conversations already in the queue
    opens: datetime | None = None  # when people are back, when not staffed
    minutes: int = 0  # how long it will take, by how fast the queue has moved; 0 when that cannot be told
    attended: bool = True  # somebody is at a desk and takes conversations, as far as is known
    speaks: frozenset[str] | None = None  # what those at the desks can do beside Chinese; None when that is not known

    @property
    def answered(self) -> bool:
        """Whether a person will look at it soon."""
        return self.staffed and self.attended


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing the citizen did. Exactly one of: text (typed, or heard by voice recognition), or `happened`."""

    text: str
    memory: Memory
    now: datetime
    channel: str
    waiting: Waiting
    # follow | menu_click | image | voice | video | location | link | file | unknown | "" when it is text;
    # opt_out | opt_in | help: a word to the carrier about short messages
    happened: str = ""
    detail: str = ""  # a menu click's key; a location's label
    owner: Literal["bot", "queue", "agent"] = "bot"
    # E.164 number of the citizen when the channel itself is a phone: nobody is asked to prove what they write from
    phone: str = ""
    # six random decimal digits, new for every turn and from a secret source: the code, if one is to be sent
    dice: str = field(kw_only=True)
    # names the message, so that a flow can keep a picture or voice by it
    message_id: str = ""
    latitude: float | None = None  # of a shared location
    longitude: float | None = None
    # the answer to what the decision before asked for; the turn is then decided again with it
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Say:
    text: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A prompt and numbered options; a channel that cannot draw buttons prints them as numbers."""

    prompt: str
    options: tuple[Offered, ...]


@dataclass(frozen=True, slots=True)
class Handoff:
    """Put the conversation into the queue of people."""

    reason: Literal["asked", "unsure", "emergency", "anger", "rule"]
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Alarm:
    """Somebody may be in danger: `kind` is crime, fire, medical, traffic or mental; `number` whom the citizen was told
    to call."""

    kind: str
    number: str
    matched: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """The citizen's word on an answer."""

    entry_id: str
    question: str
    helpful: bool


@dataclass(frozen=True, slots=True)
class Prove:
    """Have this code sent to this phone by SMS. phone: E.164. sent_at: names the sending, for the `Join` that may
    follow; whole milliseconds."""

    phone: str
    code: str = field(repr=False)
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Join:
    """The citizen wrote the code that was sent to this phone by the `Prove` of this moment."""

    phone: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Filing:
    """A ticket the citizen confirmed. name: as `Facts` gave it. pictures: ids of messages of this conversation whose
    pictures, voices or files belong to it. phone: E.164, or as written when it is a landline; "" when the channel is
    enough to reach them."""

    name: TicketName
    kind: TicketKind
    matter: str
    happened: str = ""
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    caller: str = field(default="", repr=False)  # the name they gave
    phone: str = field(default="", repr=False)
    confidential: bool = False
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rate:
    """The citizen's verdict on a ticket of theirs."""

    number: str
    solved: bool
    verdict: Verdict
    words: str = ""


@dataclass(frozen=True, slots=True)
class JoinTicket:
    """Instead of a ticket of their own: be told of this one, and rate it."""

    number: str
    matter: str
    caller: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Supplement:
    """Something more on a ticket of theirs."""

    number: str
    text: str
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What to say and what to do. `intent` names the rule that decided, for figures and logs; `confidence` is the
    probability that the first entry is right, when one was looked for. `ask`: decide again with this known; nothing
    else of the decision counts then."""

    intent: str
    memory: Memory
    says: tuple[Say | Offer, ...] = ()
    handoff: Handoff | None = None
    release: bool = False  # out of the queue, back to the bot
    alarm: Alarm | None = None
    feedback: Feedback | None = None
    prove: Prove | None = None
    join: Join | None = None
    ask: Ask | None = None
    file: Filing | None = None
    wish: Rate | JoinTicket | Supplement | None = None
    entries: tuple[str, ...] = field(default=())
    confidence: float | None = None


def masked(phone: str) -> str:
    """How an E.164 number is shown to people: enough for its owner to know it, too little for anybody else
    (138****8000, +852****4567)."""
    if phone.startswith("+86") and len(phone) == 14:
        return f"{phone[3:6]}****{phone[-4:]}"
    return f"{phone[:4]}****{phone[-4:]}" if len(phone) > 10 else f"{phone[:3]}****{phone[-2:]}"
