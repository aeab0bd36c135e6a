"""A ticket from a conversation: drafted for the person who answers there, filed in the citizen's name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import drafts, intents, reading
from bot.contract import Draft, TicketName
from channels.contract import Address, Location
from gateway.core import turns
from gateway.core.errors import Forbidden, NotFound
from gateway.core.model import Conversation, Message
from gateway.core.people import Person
from gateway.core.tickets.desk import Desk
from gateway.core.tickets.ledger import Ledger, Matter
from gateway.core.tickets.ledger import Person as Told
from gateway.core.tickets.model import Place, Ticket
from gateway.core.tickets.reporters import Reporters

SHOWN = 10  # of a citizen's tickets
_PHONES = frozenset(("sms",))


def drafted(conversation: Conversation, messages: Sequence[Message], now: datetime) -> Matter:
    """What a ticket would say: the matter half told to the bot, and what was written, read as the bot reads it."""
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
    return Matter(
        kind=draft.kind or "help",
        matter=draft.matter,
        happened=draft.happened,
        place=Place(label=draft.place, latitude=draft.latitude, longitude=draft.longitude),
        confidential=bool(draft.confidential),
        conversation_id=conversation.id,
    )


class FromConversation:
    def __init__(self, desk: Desk, ledger: Ledger, reporters: Reporters) -> None:
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
    ) -> tuple[Ticket, TicketName]:
        """In the citizen's name, who is told of it where they wrote; once for one client_id. Raises `Forbidden`,
        `StoreUnavailable`."""
        if "tickets.file" not in person.scopes:
            raise Forbidden("您的岗位不能登记工单")
        address = Address.of(conversation.identity)
        own = address.external_id if address.channel in _PHONES else ""
        told = Told(contact_id=conversation.contact_id, identity=conversation.identity, name=name, phone=phone or own)
        key = f"staff:{person.username}:{client_id}" if client_id else ""
        return await self._ledger.file(matter, told, self._desk.actor(person), conversation.channel, key=key)
