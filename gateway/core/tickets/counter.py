"""What citizens ask and tell about tickets, on any channel: the answers to the bot's `Ask`s, the writes that belong to
its decisions, and the look-up by number and code.

Who asks from an identity that told the matter needs no code. Everybody else needs number and code, and may guess only
so often; whatever was wrong, the answer is the same.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.contract import (
    Ask,
    AskMine,
    AskNumber,
    AskProgress,
    AskSimilar,
    Decision,
    Facts,
    Filing,
    JoinTicket,
    Known,
    Rate,
    Similar,
    Supplement,
)
from bot.phrases import Language
from gateway.core.model import Conversation, Document, Effect, Message, new_id
from gateway.core.ports import Limits, Store, StoreUnavailable
from gateway.core.tickets import words
from gateway.core.tickets.ledger import Ledger, Matter, Person
from gateway.core.tickets.model import OPEN, Actor, Attachment, Place, Ticket
from gateway.core.tickets.reporters import Reporters
from gateway.core.tickets.search import Search
from gateway.core.tickets.words import UnitName

log = logging.getLogger("hotline.tickets")

MINE = 5
SIMILAR = 2
ALIKE = 0.45  # share of the words two tickets must have in common to be offered as one
SIMILAR_AGE = timedelta(days=60)
GUESSES_BY_ONE = 20  # look-ups with a code an hour, by one identity or address
GUESSES_AT_ONE = 30  # an hour, at one ticket
HOUR = 3600.0
STORY = 8
WISHES = "ticket_wishes"


class TooManyGuesses(Exception):
    """Wait before looking up again. seconds: until when."""

    def __init__(self, seconds: float) -> None:
        super().__init__("too many look-ups")
        self.seconds = seconds


class Counter:
    def __init__(
        self,
        store: Store,
        limits: Limits,
        ledger: Ledger,
        search: Search,
        now: Callable[[], datetime],
        *,
        unit_name: UnitName,
    ) -> None:
        self._store = store
        self._limits = limits
        self._ledger = ledger
        self._search = search
        self._reporters = Reporters(store, ledger)
        self._now = now
        self._unit_name = unit_name

    # -- the bot's questions --------------------------------------------------------------------------------------

    async def answer(self, ask: Ask, conversation: Conversation, language: Language) -> Facts:
        """Raises `StoreUnavailable`."""
        match ask:
            case AskNumber():
                return Facts(ask, name=await self._ledger.name())
            case AskMine():
                found = [await self.known(ticket, language) for ticket in await self.mine(conversation)]
                return Facts(ask, tickets=tuple(found))
            case AskProgress(number=number, code=code):
                return await self._progress(ask, number, code, conversation, language)
            case AskSimilar(matter=matter, place=place):
                return Facts(ask, similar=tuple(await self._similar(matter, place, conversation, language)))

    async def _progress(
        self, ask: AskProgress, number: str, code: str, conversation: Conversation, language: Language
    ) -> Facts:
        reporters = await self._reporters.of(conversation.contact_id, conversation.identity)
        if any(reporter.ticket == number for reporter in reporters):
            return Facts(ask, tickets=(await self.known(await self._ledger.get(number), language),))
        if not code:
            return Facts(ask)
        try:
            ticket = await self.look_up(number, code, conversation.identity)
        except TooManyGuesses:
            return Facts(ask, limited=True)
        # whoever only has the code may read on; the verdict is for those who told it
        return Facts(ask, tickets=(await self.known(ticket, language, own=False),) if ticket else ())

    async def look_up(self, number: str, code: str, who: str) -> Ticket | None:
        """The ticket with this number and code; None when either is wrong. who: the identity or address that asks.
        Raises `TooManyGuesses`, `StoreUnavailable`."""
        wait = await self._limits.allow(f"lookup:{who}", GUESSES_BY_ONE, HOUR)
        wait = wait or await self._limits.allow(f"lookup:{number}", GUESSES_AT_ONE, HOUR)
        if wait > 0:
            log.warning("too many look-ups of tickets", extra={"about": number})
            raise TooManyGuesses(wait)
        document = await self._store.get("tickets", number)
        ticket = Ticket.of(document) if document else None
        right = self._ledger.code(ticket) if ticket else "------"
        if not hmac.compare_digest(right.encode(), code.encode("utf-8", "replace")):
            return None
        return ticket

    async def known(self, ticket: Ticket, language: Language, *, own: bool = True) -> Known:
        """The ticket as its reporter may hear of it."""
        events = await self._ledger.events(ticket)
        now = self._now()
        story = words.story(ticket, events, self._unit_name, language)[-STORY:]
        return Known(
            number=ticket.id,
            title=words.masked(ticket.title),
            stage=words.stage(ticket, self._unit_name, language),
            story=tuple(f"{words.moment(line.at, now, language)} {line.text}" for line in story),
            next=words.next_step(ticket, now, self._unit_name, language),
            open=ticket.state in OPEN,
            rate=own and ticket.state in ("callback", "answered") and ticket.rating is None,
        )

    async def mine(self, conversation: Conversation) -> list[Ticket]:
        """The tickets of the person behind a conversation, the latest first."""
        numbers = {
            reporter.ticket for reporter in await self._reporters.of(conversation.contact_id, conversation.identity)
        }
        latest = sorted(numbers, reverse=True)[:MINE]
        documents = {document["_id"]: document for document in await self._store.get_many("tickets", latest)}
        return [Ticket.of(documents[number]) for number in latest if number in documents]

    async def _similar(self, matter: str, place: str, conversation: Conversation, language: Language) -> list[Similar]:
        shares = await self._search.similar(matter, place)
        alike = [number for number, share in shares if share >= ALIKE][:10]
        own = {reporter.ticket for reporter in await self._reporters.of(conversation.contact_id, conversation.identity)}
        documents = {document["_id"]: document for document in await self._store.get_many("tickets", alike)}
        found = []
        for number in alike:
            ticket = Ticket.of(documents[number]) if number in documents else None
            if ticket is None or ticket.id in own or not self._may_be_joined(ticket):
                continue
            found.append(
                Similar(
                    number=ticket.id,
                    title=words.masked(ticket.title),
                    place=words.masked(ticket.place.label),
                    stage=words.stage(ticket, self._unit_name, language),
                )
            )
        return found[:SIMILAR]

    def _may_be_joined(self, ticket: Ticket) -> bool:
        """A matter of a place that anybody may have seen; reports and what is confidential are nobody else's."""
        fresh = self._now() - ticket.filed_at < SIMILAR_AGE
        public = not ticket.confidential and ticket.kind not in ("report", "praise", "consultation")
        return public and fresh and ticket.state in ("submitted", "dispatched", "signed", "replied")

    # -- the bot's decisions --------------------------------------------------------------------------------------

    def effects(self, decision: Decision, conversation: Conversation, message: Message) -> Sequence[Effect]:
        """The writes a decision means for tickets; they belong to the turn."""
        effects = []
        if decision.file is not None:
            effects.append(self._filed(decision.file, conversation))
        if decision.wish is not None:
            wish = self._wish(decision.wish, conversation, message, rung=decision.alarm is not None)
            effects.append(Effect("insert", WISHES, wish))
        return effects

    async def filed(self, numbers: Sequence[str]) -> None:
        """Tickets whose writes were carried out just now: whose they are is found from here on, and the desks hear of
        them. What fails is left to the sweep."""
        for number in numbers:
            try:
                await self._ledger.settle(number)
            except StoreUnavailable:
                log.warning("a ticket is left to the sweep", extra={"about": number})

    def _filed(self, filing: Filing, conversation: Conversation) -> Effect:
        place = Place(label=filing.place, latitude=filing.latitude, longitude=filing.longitude)
        matter = Matter(
            kind=filing.kind,
            matter=filing.matter,
            happened=filing.happened,
            place=place,
            confidential=filing.confidential,
            attachments=tuple(map(of_message, filing.pictures)),
            conversation_id=conversation.id,
        )
        person = Person(conversation.contact_id, conversation.identity, filing.caller, filing.phone)
        return self._ledger.filed(filing.name, matter, person, citizen(conversation), conversation.channel)

    def _wish(
        self, wish: Rate | JoinTicket | Supplement, conversation: Conversation, message: Message, *, rung: bool
    ) -> Document:
        """rung: the turn alarms the desks already."""
        document: Document = {
            "_id": f"wish:{message.id}",
            "version": 1,
            "state": "due",
            "at": self._now(),
            "ticket": wish.number,
            "identity": conversation.identity,
            "contact_id": conversation.contact_id,
            "conversation_id": conversation.id,
            "channel": conversation.channel,
            **({"rung": True} if rung else {}),
        }
        match wish:
            case Rate():
                what = {"solved": wish.solved, "verdict": wish.verdict, "text": wish.words}
                return {**document, "what": "rate", **what}
            case JoinTicket():
                sealed = self._ledger.sealed(Person(name=wish.caller, phone=wish.phone))
                return {**document, "what": "join", "text": wish.matter, **sealed}
            case Supplement():
                return {**document, "what": "supplement", "text": wish.text, "pictures": list(wish.pictures)}


def citizen(conversation: Conversation) -> Actor:
    """The person behind a conversation, as the log names them: by their contact, never by name."""
    return Actor(kind="citizen", id=conversation.contact_id)


def of_message(message_id: str) -> Attachment:
    """The file that a message of the conversation brought."""
    return Attachment(id=new_id(), message=message_id, part=0, by="citizen")
