"""Citizens' wishes about tickets, as turns wrote them down: a verdict, something to add, to join a ticket. Carried out
by any process, once each: the ticket remembers the last wishes it heard."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from bot.contract import Verdict
from channels.contract import Address, Text
from gateway.core.conversations import ATTEMPTS, Conversations
from gateway.core.english import in_english
from gateway.core.errors import Conflict, NotFound
from gateway.core.model import Document, Sender, Stored
from gateway.core.ports import Store, StoreUnavailable
from gateway.core.tickets import danger, moves, phrases
from gateway.core.tickets.counter import WISHES, of_message
from gateway.core.tickets.ledger import Ledger, Person
from gateway.core.tickets.machine import Refused
from gateway.core.tickets.model import Actor, Rating, Reporter, Ticket
from gateway.core.tickets.reporters import Reporters

log = logging.getLogger("hotline.tickets")

PAGE = 50
_PUT_OFF = timedelta(seconds=30)


class Wish(Stored):
    ticket: str
    what: Literal["rate", "join", "supplement"]
    state: Literal["due", "done", "refused"]
    at: datetime
    identity: str
    contact_id: str
    conversation_id: str
    channel: str
    solved: bool = False
    verdict: Verdict = "dissatisfied"
    text: str = ""
    pictures: tuple[str, ...] = ()
    rung: bool = Field(False, description="The turn it comes from alarmed the desks.")
    name: str | None = Field(None, repr=False)
    phone: str | None = Field(None, repr=False)


class Wishes:
    def __init__(self, store: Store, conversations: Conversations, ledger: Ledger, now: Callable[[], datetime]) -> None:
        self._store = store
        self._conversations = conversations
        self._ledger = ledger
        self._reporters = Reporters(store, ledger)
        self._now = now
        self._put_off: dict[str, datetime] = {}

    async def sweep(self) -> int:
        """Carry out what is due; how many. Raises `StoreUnavailable`."""
        now = self._now()
        self._put_off = {id: until for id, until in self._put_off.items() if until > now}
        due = await self._store.find(WISHES, {"state": "due"}, sort=[("_id", 1)], limit=PAGE)
        for document in due:
            await self._attempt(document)
        return len(due)

    async def _attempt(self, document: Document) -> None:
        if document["_id"] in self._put_off:
            return
        try:
            await self._carry_out(Wish.of(document))
        except StoreUnavailable:
            raise
        except Conflict:
            log.info("a wish is tried again", extra={"about": document["_id"]})
        except Exception:
            # one that cannot be carried out must not keep the others waiting
            log.exception("a wish failed", extra={"about": document["_id"]})
            self._put_off[document["_id"]] = self._now() + _PUT_OFF

    async def _carry_out(self, wish: Wish) -> None:
        state: Literal["done", "refused"] = "done"
        try:
            await self._do(wish)
        except (Refused, NotFound) as refused:
            state = "refused"
            language = await self._conversations.language(wish.identity)
            why = in_english(refused.message) if language == "en" else refused.message
            words = phrases.NOT_DONE[wish.what](language, number=wish.ticket, why=why)
            sender = Sender(kind="system")
            await self._conversations.post(
                Address.of(wish.identity), [Text(text=words)], sender, key=f"{wish.id}:refused", intent="wish_refused"
            )
        await self._store.replace(WISHES, wish.model_copy(update={"state": state}).document())

    async def _do(self, wish: Wish) -> None:
        actor, words = Actor(kind="citizen", id=wish.contact_id), danger.Said(wish.text, wish.rung)
        if wish.what == "join":
            person = Person(
                wish.contact_id, wish.identity, self._ledger.reveal(wish.name), self._ledger.reveal(wish.phone)
            )
            await self._ledger.join(wish.ticket, person, actor)
            if wish.text.strip():
                added = moves.Supplement(text=wish.text)
                await self._ledger.move(wish.ticket, added, actor, key=wish.id, said=words)
        elif wish.what == "supplement":
            added = moves.Supplement(text=wish.text, attachments=tuple(map(of_message, wish.pictures)))
            await self._reporter(wish)
            await self._ledger.move(wish.ticket, added, actor, key=wish.id, said=words)
        else:
            rating = _rating(wish, self._now())
            await self.rate(wish.ticket, await self._reporter(wish), rating, key=wish.id, rung=wish.rung)

    async def rate(
        self, number: str, reporter: Reporter, rating: Rating, *, key: str = "", rung: bool = False
    ) -> Ticket:
        """The verdict of a reporter: of the one who told the matter first it moves the ticket, of others it is kept.
        rung: see `danger.Said`. Raises `Refused`, `NotFound`."""
        said = danger.Said(rating.words, rung)
        actor = Actor(kind="citizen", id=reporter.contact_id or reporter.id)
        if reporter.main:
            move: moves.Move = moves.Rate(
                solved=rating.solved, verdict=rating.verdict, words=rating.words, via=rating.via
            )
            return await self._ledger.move(number, move, actor, key=key, said=said)
        if reporter.rating is not None:
            raise Refused("once_only", "您已经评价过了")
        move = moves.RateBeside(reporter=reporter.id, solved=rating.solved, verdict=rating.verdict)
        # once, also when a process was killed before it kept the verdict itself
        key = key or f"rate:{reporter.id}"
        ticket = await self._ledger.move(number, move, actor, key=key, said=said)
        for _ in range(ATTEMPTS):
            document = await self._store.get("reporters", reporter.id)
            if document is None or Reporter.of(document).rating is not None:
                return ticket
            rated = Reporter.of(document).model_copy(update={"rating": rating})
            if await self._store.replace("reporters", rated.document()):
                return ticket
        raise Conflict("评价没记上，请再试一次", number=number)

    async def _reporter(self, wish: Wish) -> Reporter:
        """Who wishes, among those who told the matter. Raises `Refused`."""
        reporter = await self._reporters.one(wish.ticket, wish.contact_id, wish.identity)
        if reporter is None:
            raise Refused("not_yours", "这张工单不是您反映的")
        return reporter


def _rating(wish: Wish, now: datetime) -> Rating:
    return Rating(solved=wish.solved, verdict=wish.verdict, words=wish.text[:1000], at=now, via=wish.channel)
