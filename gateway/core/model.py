"""The one conversation model: contacts, their identities, conversations, messages.

Frozen values; `document()` and `of()` carry them to and from the store. A document's `_id` is the value's `id`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field
from ulid import ULID

from bot.contract import Memory
from channels.contract import Address, Part, Reply

Document = dict[str, Any]


def new_id() -> str:
    """A ULID: sorts by the time it was made."""
    return str(ULID())


class Stored(BaseModel):
    """A value with a natural or time-sorted id and a version that rises by one at each replacement."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    version: int = 1

    def document(self) -> Document:
        # what is not there is not written: every field costs the engine, and reads the same as null
        document = self.model_dump(exclude_none=True)
        document["_id"] = document.pop("id")
        return document

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        return cls.model_validate({**document, "id": document["_id"]})


class Contact(Stored):
    """A person, as far as we know. More than one identity joins only on proof."""

    created_at: datetime


class Identity(Stored):
    """A person on one account of one channel; `id` is the address's key, so there is only one. Which contact it belongs
    to follows from `first_contact_id` and the joins in force (`gateway.core.contacts`)."""

    channel: str
    account: str
    external_id: str
    contact_id: str
    conversation_id: str
    verified: bool = Field(False, description="The person proved to have it, by a code sent there.")
    verified_at: datetime | None = None
    first_contact_id: str | None = Field(None, description="The contact made for it, once it was moved to another.")
    created_at: datetime

    @property
    def home(self) -> str:
        """The contact it belongs to when nothing joins it to others."""
        return self.first_contact_id or self.contact_id

    @property
    def address(self) -> Address:
        return Address(channel=self.channel, account=self.account, external_id=self.external_id)


class Owner(BaseModel):
    """Who answers: exactly one of bot, queue (waiting for a person), agent."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["bot", "queue", "agent"] = "bot"
    id: str | None = None
    since: datetime
    reason: str = ""
    urgent: bool = False
    name: str | None = Field(None, description="The person's, when a person answers.")
    skill: str | None = Field(None, description="People with this skill answer first.")
    unit: str | None = Field(None, description="This unit's people answer first; its code.")
    wanted_since: datetime | None = Field(None, description="Since when the skill or the unit is waited for.")
    waiting_since: datetime | None = Field(None, description="Since when the citizen waits for a person's word.")
    snoozed_until: datetime | None = Field(None, description="Put aside by its person until then, or the next word.")


class Latest(BaseModel):
    """The last thing said in a conversation that people are concerned with, as lists show it."""

    model_config = ConfigDict(frozen=True)

    kind: str = Field("", description="Of the part, or the event's name. Empty: the text says that, too, in Chinese.")
    text: str
    at: datetime
    direction: Literal["in", "out"]


class Sender(BaseModel):
    model_config = ConfigDict(frozen=True)

    kind: Literal["citizen", "bot", "agent", "system"]
    id: str | None = None
    name: str | None = None


class Tried(BaseModel):
    """A way that did not reach the citizen. code, meaning: the platform's own, or ours where nobody was asked."""

    model_config = ConfigDict(frozen=True)

    to: str
    at: datetime
    code: str
    meaning: str


class Delivery(BaseModel):
    """How far an outgoing message has come. `queued` is the outbox. `sending`: claimed; what comes of it is not known
    before the claim ends. `uncertain`: the platform may have it and did not say so. `failed`, and `uncertain` without
    `due`, wait for an operator; `dropped`: an operator let it go.
    """

    model_config = ConfigDict(frozen=True)

    state: Literal["queued", "sending", "sent", "delivered", "read", "failed", "uncertain", "dropped"] = "queued"
    # A number, because on the embedded engine a range over dates reads all there are.
    due: int | None = Field(
        None, description="Milliseconds since the epoch: when to take it up; when the claim ends; when it failed."
    )
    via: str = Field(
        "", description="passive (in the webhook's response), pull (the citizen's page reads it), api, template"
    )
    at: datetime | None = None
    attempts: int = 0
    bounces: int | None = Field(
        None, description="Attempts that the platform took and could not bring to the citizen for now."
    )
    retried_at: datetime | None = Field(None, description="When an operator last had it tried again.")
    code: str = Field("", description="Why it last failed, in the platform's words.")
    meaning: str | None = None
    documentation: str | None = None
    channel: str | None = Field(None, description="Which channel takes it there; None when none has to.")
    to: str | None = Field(None, description="The identity it goes to instead of the conversation's own.")
    after: str | None = Field(None, description="The message of this conversation that must be through before it.")
    spent: int | None = Field(
        None,
        description="Messages sent by the platform's interface since the citizen acted; of one that goes to another "
        "identity, itself alone, or none where it travelled with one before it. None of one sent another way.",
    )
    doubts: int | None = Field(None, description="Attempts whose outcome nobody knows: it may arrive more than once.")
    holder: str | None = Field(None, description="The process that claimed it.")
    tried: tuple[Tried, ...] | None = None

    @property
    def is_open(self) -> bool:
        """Still on its way: what comes after it in the conversation waits."""
        return self.state in ("queued", "sending") or (self.state == "uncertain" and self.due is not None)


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def as_stored(moment: datetime) -> datetime:
    """In whole milliseconds, so that it is the same before it was stored and after."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class Message(Stored):
    """One thing said. Accepted first (durable, unnumbered), then numbered in its conversation. Parked: it was accepted
    and a defect of ours keeps it from being decided; kept for an operator.

    Incoming: `id` is channel:account:provider id, so a repeat cannot be stored twice. Outgoing: a ULID.
    """

    identity: str
    conversation_id: str | None = None
    contact_id: str | None = None
    seq: int | None = None
    state: Literal["accepted", "numbered", "parked"] = "accepted"
    direction: Literal["in", "out"]
    sender: Sender
    parts: tuple[Part, ...]
    sent_at: datetime
    accepted_at: datetime
    provider_id: str | None = None
    reply_to: str | None = None
    request_id: str = ""
    intent: str = ""
    entries: tuple[str, ...] = ()
    confidence: float | None = None
    delivery: Delivery | None = None
    platform_fields: dict[str, Any] = Field(default_factory=dict)

    def as_reply(self) -> Reply:
        return Reply(message_id=self.id, seq=self.seq or 0, parts=self.parts)


def _pack_date(value: object) -> dict[str, int]:
    if isinstance(value, datetime):
        return {"$at": round(value.timestamp() * 1000)}
    raise TypeError(f"an effect carries no {type(value).__name__}")


def _unpack_date(value: Document) -> Any:
    if value.keys() == {"$at"}:
        return datetime.fromtimestamp(value["$at"] / 1000, UTC)
    return value


@dataclass(frozen=True, slots=True)
class Effect:
    """A write that belongs to the last moves of a conversation, kept in it until it has been carried out.

    `replace` numbers an accepted message; `insert` adds a document under an id of its own. Both can be repeated.
    """

    how: Literal["insert", "replace"]
    collection: str
    document: Document

    @property
    def id(self) -> str:
        return str(self.document["_id"])

    def pack(self) -> str:
        """As one text. In a conversation it is carried, not looked into: an engine has less to do with a text than
        with a nested document, and a turn writes three of them."""
        packed = orjson.dumps(
            [self.how, self.collection, self.document], default=_pack_date, option=orjson.OPT_PASSTHROUGH_DATETIME
        )
        return packed.decode()

    @classmethod
    def unpack(cls, text: str) -> Effect:
        return cls(*json.loads(text, object_hook=_unpack_date))


class Window(BaseModel):
    """What a platform's rules for answering later are counted from (WeChat: 48 h and 5 messages after the citizen
    wrote, 1 min and 3 messages after they followed, scanned or pressed a menu button)."""

    model_config = ConfigDict(frozen=True)

    last_message_at: datetime | None = None
    last_act_at: datetime | None = None

    @property
    def opened_at(self) -> datetime | None:
        return max((at for at in (self.last_message_at, self.last_act_at) if at), default=None)


class ReadMarks(BaseModel):
    model_config = ConfigDict(frozen=True)

    citizen: int = 0
    staff: int = 0


def _citizen_end(identity: str, contact_id: str) -> str:
    """The four characters that lists end a citizen's name with."""
    address = Address.of(identity)
    return (address.external_id if address.channel == "sms" else contact_id)[-4:]


class Conversation(Stored):
    """One thread with one identity. The document is the point of decision: its replacement under its version is what
    makes a move happen; `tail` holds the move's writes until they are carried out elsewhere (ADR 2)."""

    channel: str
    identity: str
    contact_id: str
    owner: Owner
    status: Literal["open", "closed"] = "open"
    seq: int = 0
    memory: Memory = Memory()
    window: Window = Window()
    read: ReadMarks = ReadMarks()
    latest: Latest | None = None
    merged_into: str | None = Field(
        None, description="The conversation that this one is worked as one with, and follows."
    )
    last_out: str | None = Field(None, description="The last message that has to be delivered.")
    resent: tuple[str, ...] = Field((), description="The last that an operator had sent again after later ones.")
    forwarded: tuple[str, ...] = Field(
        (), description="Messages of the same person's other conversations that go here, while they count here."
    )
    opted_out_at: datetime | None = Field(None, description="Since when this address wants no messages.")
    tail: tuple[str, ...] = Field((), description="Packed effects of the last moves.")
    opened_at: datetime
    updated_at: datetime

    def document(self) -> Document:
        """With what it is found by: what tells its citizen apart in lists; and, for as long as the bot has it, when
        something last happened in it, once something was said."""
        document = super().document()
        document["citizen_end"] = _citizen_end(self.identity, self.contact_id)
        if self.owner.kind == "bot" and self.seq:
            document["bot_ms"] = milliseconds(self.updated_at)
        return document

    def unsettled(self) -> list[Effect]:
        return [Effect.unpack(packed) for packed in self.tail]

    def unsettled_messages(self) -> list[Message]:
        return [Message.of(effect.document) for effect in self.unsettled() if effect.collection == "messages"]
