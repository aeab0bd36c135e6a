"""Conversations as the desk's API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from channels.contract import Address, Part
from gateway.core.handoff import Row
from gateway.core.handoff.desk import Citizen
from gateway.core.handoff.notes import Act, Note, mark
from gateway.core.model import Document, Identity, Message
from gateway.core.tickets.model import Ticket

_MARK = "What tells citizens of a channel apart without telling who they are: a masked number, or four characters."
_CLIENT = 2  # of an answer's id, conversation:user name:client id


class OwnerView(BaseModel):
    kind: Literal["bot", "queue", "agent"]
    id: str | None = Field(description="The person's user name.")
    name: str | None
    since: datetime
    reason: str = Field(description="Why a person is asked for: asked, unsure, emergency, anger, rule.")
    urgent: bool
    skill: str | None
    unit: str | None = Field(description="The code of the unit whose people answer first.")
    snoozed_until: datetime | None


class LatestView(BaseModel):
    kind: str = Field(
        description="Of the part that was said last: text, image, voice, …; or the name of what the citizen did: "
        "subscribe, scan, click, … Empty for what was kept before this was told, whose text says it in Chinese."
    )
    text: str = Field(description="Its words, if it has any.")
    at: datetime
    direction: Literal["in", "out"]


class ConversationRow(BaseModel):
    """A conversation as lists show it."""

    id: str
    version: int = Field(description="Rises by one at each change; an older one changes nothing.")
    channel: str
    citizen: str = Field(description=_MARK)
    contact_id: str
    owner: OwnerView
    waiting_since: datetime | None = Field(description="Since when the citizen waits for a person's word.")
    latest: LatestView | None = Field(description="Of what the bot has only where many are listed.")
    seq: int
    unread: int
    merged_into: str | None = Field(description="The conversation that it follows and is worked as one with.")
    heard_at: datetime | None = Field(description="When something last happened in what the bot has; else null.")

    @classmethod
    def of(cls, row: Row) -> ConversationRow:
        return cls(
            id=row.id,
            version=row.version,
            channel=row.channel,
            citizen=mark(row.identity, row.contact_id),
            contact_id=row.contact_id,
            owner=OwnerView.model_validate(row.owner, from_attributes=True),
            waiting_since=row.waiting_since,
            latest=LatestView.model_validate(row.latest, from_attributes=True) if row.latest else None,
            seq=row.seq,
            unread=max(0, row.seq - row.read),
            merged_into=row.merged_into,
            heard_at=row.heard_at,
        )


class ConversationList(BaseModel):
    conversations: tuple[ConversationRow, ...]
    next: str | None = Field(description="Of the bot's: pass it on as `before` for more; null at the end.")


class ConversationsFound(BaseModel):
    conversations: tuple[ConversationRow, ...] = Field(description="The latest first.")


class SenderView(BaseModel):
    kind: Literal["citizen", "bot", "agent", "system"]
    id: str | None = Field(description="A person's user name.")
    name: str | None


class DeliveryView(BaseModel):
    state: str
    code: str
    meaning: str


class MessageView(BaseModel):
    id: str
    seq: int
    version: int = Field(description="Rises with each change of what became of it; an older one changes nothing.")
    direction: Literal["in", "out"]
    sender: SenderView
    parts: tuple[Part, ...]
    at: datetime
    delivery: DeliveryView | None
    intent: str = Field(description="The rule by which the bot said it.")
    client_id: str | None = Field(description="What the answer was named by who wrote it.")

    @classmethod
    def of(cls, message: Message) -> MessageView:
        sender, delivery = message.sender, message.delivery
        by_person = sender.kind == "agent"
        return cls(
            id=message.id,
            seq=message.seq or 0,
            version=message.version,
            direction=message.direction,
            # a citizen is not named by the id their platform knows them by
            sender=SenderView(kind=sender.kind, id=sender.id if by_person else None, name=sender.name),
            parts=message.parts,
            at=message.sent_at,
            delivery=DeliveryView(state=delivery.state, code=delivery.code, meaning=delivery.meaning or "")
            if delivery
            else None,
            intent=message.intent,
            client_id=_client_id(message.id) if by_person else None,
        )


def _client_id(id: str) -> str | None:
    parts = id.rpartition("#")[0].split(":", _CLIENT)
    return parts[_CLIENT] if len(parts) > _CLIENT else None


class Marked(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    channel: str
    citizen: str = Field(description=_MARK)


class NoteView(BaseModel):
    id: str
    conversation_id: str
    after: int = Field(description="The message it was written after.")
    author: str
    name: str
    text: str
    mentions: tuple[str, ...]
    at: datetime
    act: Act | None = Field(description="What was done, where the note says that in place of a text.")
    about: Marked | None = Field(description="With whose conversation it was done.")

    @classmethod
    def of(cls, note: Note) -> NoteView:
        return cls.model_validate(note, from_attributes=True)


class Thread(BaseModel):
    messages: tuple[MessageView, ...]
    notes: tuple[NoteView, ...]
    seq: int = Field(description="The number of the last message there is.")
    read_by_citizen: int


class Elsewhere(BaseModel):
    conversation_id: str
    channel: str
    citizen: str = Field(description=_MARK)
    verified: bool

    @classmethod
    def of(cls, identity: Identity) -> Elsewhere:
        return cls(
            conversation_id=identity.conversation_id,
            channel=Address.of(identity.id).channel,
            citizen=mark(identity.id, identity.contact_id),
            verified=identity.verified,
        )


class TicketBrief(BaseModel):
    number: str
    title: str
    state: str
    kind: str
    filed_at: datetime
    due: datetime | None


class HandoffView(BaseModel):
    model_config = ConfigDict(serialize_by_alias=True)

    at: datetime
    from_: str = Field(alias="from")
    to: str
    by: str
    to_id: str | None
    reason: str
    category: str
    note: str

    @classmethod
    def of(cls, document: Document) -> HandoffView:
        optional = {name: document.get(name, "") for name in ("reason", "category", "note")}
        kept = {name: document[name] for name in ("at", "from", "to", "by")}
        return cls.model_validate({**kept, **optional, "to_id": document.get("to_id")})


class AllowanceView(BaseModel):
    left: int = Field(description="Messages the citizen's platform still takes.")
    until: datetime


class CitizenView(BaseModel):
    contact_id: str
    citizen: str = Field(description=_MARK)
    channel: str
    verified: bool
    elsewhere: tuple[Elsewhere, ...]
    tickets: tuple[TicketBrief, ...]
    handoffs: tuple[HandoffView, ...] = Field(description="Who answered before, the latest first.")
    allowance: AllowanceView | None = Field(description="Null where the platform sets no limit.")

    @classmethod
    def of(cls, citizen: Citizen, tickets: list[Ticket]) -> CitizenView:
        allowed = citizen.allowance
        return cls(
            contact_id=citizen.contact_id,
            citizen=mark(citizen.identity.id, citizen.contact_id),
            channel=citizen.identity.channel,
            verified=citizen.identity.verified,
            elsewhere=tuple(map(Elsewhere.of, citizen.elsewhere)),
            tickets=tuple(TicketBrief.model_validate(one, from_attributes=True) for one in tickets),
            handoffs=tuple(map(HandoffView.of, citizen.handoffs)),
            allowance=AllowanceView(left=allowed.left, until=allowed.until) if allowed else None,
        )


class Drafts(BaseModel):
    answer: str
    note: str


class OneConversation(BaseModel):
    conversation: ConversationRow
    citizen: CitizenView
    drafts: Drafts = Field(description="What this person has written there and not sent.")
