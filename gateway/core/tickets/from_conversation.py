"""A ticket from a conversation: drafted for the person who answers there, filed in the citizen's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot import drafts, intents, reading, telling
from bot.contract import Draft, TicketName
from channels.contract import Address, File, Image, Location, Video, Voice
from gateway.core import turns
from gateway.core.errors import Forbidden, Invalid, NotFound
from gateway.core.model import Conversation, Identity, Message, new_id
from gateway.core.people import Person
from gateway.core.ports import Store
from gateway.core.tickets.desk import Desk
from gateway.core.tickets.ledger import Ledger, Matter
from gateway.core.tickets.ledger import Person as Told
from gateway.core.tickets.model import Attachment, Kind, Place, Ticket
from gateway.core.tickets.reporters import Reporters

SHOWN = 10  # of a citizen's tickets
_PHONES = frozenset(("sms",))


@dataclass(frozen=True, slots=True)
class Sent:
    """A picture, voice, video or file of the citizen's: a part of a message."""

    message: str
    part: int
    content: Image | Voice | Video | File


@dataclass(frozen=True, slots=True)
class Drafted:
    """What a ticket would say. name, phone: as the citizen gave them there; "" for a phone they write from. matter:
    without these. sent: what could go with it, oldest first."""

    kind: Kind
    matter: str
    happened: str
    place: Place
    confidential: bool
    name: str = field(repr=False)
    phone: str = field(repr=False)
    sent: tuple[Sent, ...]


def drafted(conversation: Conversation, messages: Sequence[Message], now: datetime) -> Drafted:
    """The matter half told to the bot, and what was written, read as the bot reads it."""
    draft = conversation.memory.draft or Draft(at=int(now.timestamp()))
    for message in messages:
        if message.direction != "in":
            continue
        for part in message.parts:
            if isinstance(part, Location):
                draft = drafts.placed(draft, part.label, part.latitude, part.longitude)
        text = turns.words(message)
        if text and intents.command(reading.plain(text)) is None:
            draft = drafts.with_words(draft, text, now)
    address = Address.of(conversation.identity)
    own = address.external_id if address.channel in _PHONES else ""
    return Drafted(
        kind=draft.kind or "help",
        matter=telling.without_contact(draft.matter),
        happened=draft.happened,
        place=Place(label=draft.place, latitude=draft.latitude, longitude=draft.longitude),
        confidential=bool(draft.confidential),
        name=draft.caller,
        phone="" if draft.phone == own else draft.phone,
        sent=tuple(one for message in messages if message.direction == "in" for one in sent(message))[
            -drafts.PICTURES :
        ],
    )


def sent(message: Message) -> list[Sent]:
    """What the message brought that a ticket can keep; a voice that was heard is words."""
    return [
        Sent(message.id, place, part)
        for place, part in enumerate(message.parts)
        if isinstance(part, Image | Video | File) or (isinstance(part, Voice) and not part.recognition)
    ]


def phone_of(own: Identity, elsewhere: Sequence[Identity]) -> str:
    """The phone the gateway knows of somebody: the one they write from, else one they proved; "" for none."""
    proved = (one.external_id for one in elsewhere if one.channel in _PHONES and one.verified)
    return own.external_id if own.channel in _PHONES else next(proved, "")


class FromConversation:
    def __init__(self, store: Store, desk: Desk, ledger: Ledger, reporters: Reporters) -> None:
        self._store = store
        self._desk = desk
        self._ledger = ledger
        self._reporters = reporters

    async def tickets(self, person: Person, conversation: Conversation) -> list[Ticket]:
        """What the citizen told before, the latest first, as far as this person may see it."""
        if not {"tickets.read", "tickets.read_unit"} & person.scopes:
            return []
        told = await self._reporters.of(conversation.contact_id, conversation.identity)
        numbers = list(dict.fromkeys(reporter.ticket for reporter in told))[:SHOWN]
        return await self._desk.several(person, numbers)

    async def untold(self, conversation: Conversation, messages: Sequence[Message]) -> Sequence[Message]:
        """Those since a ticket was last filed there, which took in what was said before; all of them where the citizen
        has said nothing since. Raises `StoreUnavailable`."""
        where = {"identity": conversation.identity}
        told = await self._store.find("reporters", where, sort=[("_id", -1)], limit=SHOWN)
        tickets = map(Ticket.of, await self._store.get_many("tickets", [one["ticket"] for one in told]))
        filed = [ticket.filed_at for ticket in tickets if ticket.conversation_id == conversation.id]
        since = [message for message in messages if not filed or message.accepted_at > max(filed)]
        return since if any(message.direction == "in" for message in since) else messages

    async def told_in(self, person: Person, number: str) -> list[str]:
        """The keys of the identities a ticket was told from, none for one whose tellers this person must not know."""
        if not {"tickets.read", "tickets.read_unit"} & person.scopes:
            return []
        try:
            ticket = await self._desk.look(person, number)
        except NotFound:
            return []
        return [one.identity for one in await self._desk.reporters(person, ticket) if one.identity]

    async def file(
        self,
        person: Person,
        conversation: Conversation,
        matter: Matter,
        *,
        name: str = "",
        phone: str = "",
        client_id: str = "",
        sent: Sequence[tuple[str, int]] = (),
    ) -> tuple[Ticket, TicketName]:
        """In the citizen's name, who is told of it where they wrote; once for one client_id. sent: parts of messages
        of theirs that go with it. Raises `Forbidden`, `Invalid` for what is no such part, `StoreUnavailable`."""
        if "tickets.file" not in person.scopes:
            raise Forbidden("您的岗位不能登记工单")
        told = Told(contact_id=conversation.contact_id, identity=conversation.identity, name=name, phone=phone)
        matter = replace(matter, attachments=await self._attached(conversation, sent))
        key = f"staff:{person.username}:{client_id}" if client_id else ""
        return await self._ledger.file(matter, told, self._desk.actor(person), conversation.channel, key=key)

    async def _attached(self, conversation: Conversation, chosen: Sequence[tuple[str, int]]) -> tuple[Attachment, ...]:
        documents = await self._store.get_many("messages", list(dict.fromkeys(message for message, _ in chosen)))
        theirs = [one for one in map(Message.of, documents) if one.conversation_id == conversation.id]
        there = {(one.message, one.part) for message in theirs if message.direction == "in" for one in sent(message)}
        if not there.issuperset(chosen):
            raise Invalid("市民没有发过这个附件")
        # as the bot files what a message brought
        return tuple(Attachment(id=new_id(), message=id, part=part, by="citizen") for id, part in dict.fromkeys(chosen))
