"""Tickets for the citizen's own clients, the web page and the mobile app: file one, look one up, add to it, rate it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from bot import elsewhere, reading
from bot.contract import TicketKind, TicketName, Verdict
from bot.phrases import Language
from channels.contract import Address, IntakeUnavailable, NotDone
from gateway.core.conversations import Conversations
from gateway.core.errors import Conflict, HotlineError
from gateway.core.model import Conversation, Effect, new_id
from gateway.core.ports import Store, StoreUnavailable
from gateway.core.tickets import danger, moves, phrases, words
from gateway.core.tickets.counter import Counter, TooManyGuesses, citizen
from gateway.core.tickets.ledger import Ledger, Matter, Person
from gateway.core.tickets.model import OPEN, Actor, Attachment, Place, Rating, Reporter, Ticket
from gateway.core.tickets.reporters import Reporters
from gateway.core.tickets.wishes import Wishes
from gateway.core.tickets.words import UnitName


@dataclass(frozen=True, slots=True)
class Told:
    """What a citizen fills in."""

    kind: TicketKind
    matter: str
    happened: str = ""
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    name: str = ""
    phone: str = ""
    confidential: bool = False
    blobs: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Step:
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Progress:
    """A ticket as a citizen may see it; everything masked."""

    number: str
    kind: str
    title: str
    state: str
    stage: str
    story: tuple[Step, ...]
    next: str
    due: datetime | None
    reply: str
    open: bool
    may_rate: bool


class Window:
    """Every call raises `IntakeUnavailable` when a store is away, `NotDone` when it is refused. language: of what is
    told of a ticket."""

    def __init__(
        self,
        store: Store,
        conversations: Conversations,
        now: Callable[[], datetime],
        *,
        ledger: Ledger,
        counter: Counter,
        wishes: Wishes,
        unit_name: UnitName,
        places: Callable[[], Sequence[str]],
    ) -> None:
        self._store = store
        self._conversations = conversations
        self._ledger = ledger
        self._counter = counter
        self._wishes = wishes
        self._reporters = Reporters(store, ledger)
        self._now = now
        self._unit_name = unit_name
        self._places = places

    def places(self) -> Sequence[str]:
        """The towns and parks, as people call them."""
        return self._places()

    @staticmethod
    def told(**given: Any) -> Told:
        """What a citizen fills in, as `file` takes it."""
        return Told(**given)

    @staticmethod
    def emergency(words: str) -> str:
        """See `danger.number_to_call`."""
        return danger.number_to_call(words)

    async def file(
        self, visitor: Address, client_id: str, told: Told, language: Language
    ) -> tuple[TicketName, Progress]:
        """File a ticket; the same one for the same visitor and client_id. What is said of it from then on is in this
        language."""
        async with _answered():
            found = danger.found(told.matter)
            if found is None and (cause := elsewhere.find(reading.folded(told.matter))):
                raise NotDone("not_accepted", phrases.DECLINED[cause].zh, details={"cause": cause})
            conversation = await self._conversation(visitor)
            attachments = await self._attachments(conversation, told.blobs)
            name = await self._ledger.name_for(f"{visitor.key}:{client_id}")
            place = Place(label=told.place, latitude=told.latitude, longitude=told.longitude)
            matter = Matter(
                kind=told.kind,
                matter=told.matter,
                happened=told.happened,
                place=place,
                confidential=told.confidential,
                urgent=found is not None,
                attachments=attachments,
                conversation_id=conversation.id,
            )
            person = Person(conversation.contact_id, conversation.identity, told.name, told.phone)
            alarms = []
            if found is not None:
                who = {"contact_id": conversation.contact_id}
                alarms.append(danger.alarm(name.number, found, name.number, conversation.id, self._now(), **who))
            effect = self._ledger.filed(name, matter, person, citizen(conversation), visitor.channel, also=alarms)
            await self._store.insert("tickets", effect.document)
            await self._ledger.settle(name.number)
            if conversation.memory.language != language:
                await self._conversations.change(visitor, partial(_in_language, language))
            return name, await self._progress(await self._ledger.get(name.number), language)

    async def progress(self, number: str, code: str, who: str, visitor: Address | None, language: Language) -> Progress:
        """By number and code, or by number alone for who told it. who: the caller's address, for limits."""
        async with _answered():
            own = await self._own(number, visitor) if visitor else None
            if own is not None:
                return await self._progress(await self._ledger.get(number), language)
            return await self._progress(await self._found(number, code, who), language)

    async def mine(self, visitor: Address, language: Language) -> list[Progress]:
        """What the visitor told, the latest first."""
        async with _answered():
            tickets = await self._counter.mine(await self._conversation(visitor))
            return [await self._progress(ticket, language) for ticket in tickets]

    async def rate(
        self,
        number: str,
        code: str,
        who: str,
        visitor: Address | None,
        language: Language,
        *,
        solved: bool,
        verdict: Verdict,
        text: str,
    ) -> Progress:
        """The verdict of whoever has the code, who speaks for the one that told it first, or of the visitor."""
        async with _answered():
            reporter = await self._reporter(number, code, who, visitor)
            rating = Rating(solved=solved, verdict=verdict, words=text, at=self._now(), via="web")
            return await self._progress(await self._wishes.rate(number, reporter, rating), language)

    async def supplement(
        self,
        number: str,
        code: str,
        who: str,
        visitor: Address | None,
        language: Language,
        *,
        client_id: str,
        text: str,
        blobs: Sequence[str],
    ) -> Progress:
        """Add what the citizen says afterwards; once for the same client_id. blobs: the visitor's files."""
        async with _answered():
            reporter = await self._reporter(number, code, who, visitor)
            attachments: tuple[Attachment, ...] = ()
            if blobs:
                if visitor is None:
                    raise NotDone("invalid", "附件不在这个会话里，请重新上传")
                attachments = await self._attachments(await self._conversation(visitor), blobs)
            added = moves.Supplement(text=text, attachments=attachments)
            actor = Actor(kind="citizen", id=reporter.contact_id or reporter.id)
            key, said = f"{reporter.id}:{client_id}", danger.Said(text)
            ticket = await self._ledger.move(number, added, actor, key=key, said=said)
            return await self._progress(ticket, language)

    async def _reporter(self, number: str, code: str, who: str, visitor: Address | None) -> Reporter:
        """The visitor's part in the ticket, else that of the one who told it first, for whoever has the code."""
        reporter = await self._own(number, visitor) if visitor else None
        if reporter is None:
            await self._found(number, code, who)
            reporter = next((one for one in await self._ledger.reporters(number) if one.main), None)
        if reporter is None:
            raise NotDone("not_found", "没有查到，编号或查询码不对")
        return reporter

    async def _found(self, number: str, code: str, who: str) -> Ticket:
        try:
            ticket = await self._counter.look_up(number, code, who)
        except TooManyGuesses as limited:
            raise NotDone("too_many_requests", "查得太多次了，请稍后再试", retry_after=limited.seconds) from None
        if ticket is None:
            raise NotDone("not_found", "没有查到，编号或查询码不对")
        return ticket

    async def _own(self, number: str, visitor: Address) -> Reporter | None:
        conversation = await self._conversation(visitor)
        return await self._reporters.one(number, conversation.contact_id, conversation.identity)

    async def _conversation(self, visitor: Address) -> Conversation:
        identity = await self._conversations.open(visitor)
        conversation = await self._conversations.get(identity.conversation_id)
        assert conversation is not None, "an identity has its conversation"
        return conversation

    async def _attachments(self, conversation: Conversation, blobs: Sequence[str]) -> tuple[Attachment, ...]:
        return tuple([await self._attachment(conversation, blob) for blob in blobs])

    async def _attachment(self, conversation: Conversation, blob_id: str) -> Attachment:
        about = await self._store.blob_about(blob_id)
        if about is None or about.metadata.get("owner") != conversation.id:
            raise NotDone("invalid", "附件不在这个会话里，请重新上传")
        return Attachment(id=new_id(), blob_id=blob_id, name=about.name, content_type=about.content_type, by="citizen")

    async def _progress(self, ticket: Ticket, language: Language) -> Progress:
        known = await self._counter.known(ticket, language)
        story = words.story(ticket, await self._ledger.events(ticket), self._unit_name, language)
        answered = ticket.reply is not None and ticket.state not in ("replied", "signed", "dispatched", "submitted")
        return Progress(
            number=ticket.id,
            kind=ticket.kind,
            title=known.title,
            state=ticket.state,
            stage=known.stage,
            story=tuple(Step(line.at, line.text) for line in story),
            next=known.next,
            due=ticket.due if ticket.state in OPEN else None,
            reply=words.reply_masked(words.reply(ticket, language)) if answered else "",
            open=known.open,
            may_rate=known.rate,
        )


def _in_language(language: Language, conversation: Conversation) -> tuple[Conversation, Sequence[Effect]] | None:
    memory = conversation.memory.model_copy(update={"language": language})
    return conversation.model_copy(update={"memory": memory}), ()


@asynccontextmanager
async def _answered() -> AsyncIterator[None]:
    try:
        yield
    except StoreUnavailable as error:
        raise IntakeUnavailable from error
    except Conflict as error:
        raise IntakeUnavailable from error
    except HotlineError as error:
        raise NotDone(error.code, error.message, details=error.details) from error
