"""Telling citizens how their ticket goes: on their own channel, soon, several news in one message, and never twice.

A move writes what is to be told as a notice that becomes due after a while. When one is due, all that wait for the same
ticket travel along: the first takes the others in (`covers`), by one replacement under its version; then the message is
posted to every reporter under a key of the notice, which says it once however often it is tried.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol

from bot.contract import Offer
from bot.phrases import Language
from channels.contract import Address, Choice, Choices, Part, Text
from gateway.core.conversations import Conversations
from gateway.core.errors import Conflict
from gateway.core.model import Sender, Stored, milliseconds
from gateway.core.ports import Store, StoreUnavailable
from gateway.core.tickets import words
from gateway.core.tickets.ledger import Ledger
from gateway.core.tickets.model import Reporter, Ticket

log = logging.getLogger("hotline.tickets")

NOTICES = "ticket_notices"
INTENT = "ticket_notice"
PAGE = 50
AT_ONCE = 8  # tickets told of at the same time
_PUT_OFF = timedelta(seconds=30)


class Notice(Stored):
    """What is to be told of one move, in Chinese and in English. `id`: the event's. covers: the notices that travel
    with it."""

    ticket: str
    seq: int
    state: Literal["due", "telling", "told", "covered"]
    due: int | None = None
    text: str
    english: str = ""
    survey: bool = False
    covers: tuple[str, ...] = ()


class Survey(Protocol):
    """The choices by which a citizen gives the verdict."""

    def __call__(self, number: str, language: Language) -> Offer: ...


class Notices:
    def __init__(
        self,
        store: Store,
        conversations: Conversations,
        ledger: Ledger,
        now: Callable[[], datetime],
        *,
        survey: Survey,
    ) -> None:
        self._store = store
        self._conversations = conversations
        self._ledger = ledger
        self._now = now
        self._survey = survey
        self._put_off: dict[str, datetime] = {}

    async def sweep(self) -> int:
        """Tell what is due; how many tickets. Any number of processes at once. Raises `StoreUnavailable`."""
        now = self._now()
        self._put_off = {id: until for id, until in self._put_off.items() if until > now}
        due = {"state": {"$in": ["due", "telling"]}, "due": {"$lte": milliseconds(now)}}
        found = await self._store.find(NOTICES, due, sort=[("due", 1)], limit=PAGE)
        tickets = list(
            dict.fromkeys(document["ticket"] for document in found if document["ticket"] not in self._put_off)
        )
        for index in range(0, len(tickets), AT_ONCE):
            await asyncio.gather(*map(self._attempt, tickets[index : index + AT_ONCE]))
        return len(tickets)

    async def _attempt(self, number: str) -> None:
        try:
            await self._tell(number)
        except StoreUnavailable:
            raise
        except Conflict:
            log.info("a notice is tried again", extra={"about": number})
        except Exception:
            # one that cannot be told must not keep the others waiting
            log.exception("a notice failed", extra={"about": number})
            self._put_off[number] = self._now() + _PUT_OFF

    async def _tell(self, number: str) -> None:
        where = {"ticket": number, "state": {"$in": ["due", "telling"]}}
        waiting = sorted(map(Notice.of, await self._store.find(NOTICES, where, limit=200)), key=lambda one: one.seq)
        telling = next((notice for notice in waiting if notice.state == "telling"), None)
        if telling is None:
            if not waiting or waiting[0].due is None:
                return
            first, rest = waiting[0], waiting[1:]
            claimed = first.model_copy(update={"state": "telling", "covers": tuple(notice.id for notice in rest)})
            document = claimed.document()
            if not await self._store.replace(NOTICES, document):
                return  # another process tells of this ticket
            telling = Notice.of(document)
        covered = [notice for notice in waiting if notice.id in telling.covers]
        if len(covered) < len(telling.covers):
            documents = await self._store.get_many(NOTICES, list(telling.covers))
            covered = sorted(map(Notice.of, documents), key=lambda one: one.seq)
        ticket = await self._ledger.get(number)
        for reporter in await self._ledger.reporters(number):
            await self._tell_one(ticket, reporter, [telling, *covered])
        for notice in covered:
            if notice.state == "due":
                done = notice.model_copy(update={"state": "covered", "due": None})
                await self._store.replace(NOTICES, done.document())
        await self._store.replace(NOTICES, telling.model_copy(update={"state": "told", "due": None}).document())

    async def _tell_one(self, ticket: Ticket, reporter: Reporter, notices: Sequence[Notice]) -> None:
        """A reporter who only phoned has no channel of ours; an agent calls them back."""
        if reporter.identity is None:
            return
        language = await self._conversations.language(reporter.identity)
        news = [notice.english or notice.text if language == "en" else notice.text for notice in notices]
        parts: list[Part] = [Text(text="\n".join((words.headline(ticket, language), *news)))]
        offer = None
        if notices[-1].survey and ticket.state in ("callback", "answered"):
            offer = self._survey(ticket.id, language)
            choices = tuple(Choice(key=option.key, label=option.label) for option in offer.options)
            parts.append(Choices(prompt=offer.prompt, options=choices))
        await self._conversations.post(
            Address.of(reporter.identity),
            parts,
            Sender(kind="system"),
            key=f"notice:{notices[0].id}:{reporter.id}",
            offer=offer,
            intent=INTENT,
        )
