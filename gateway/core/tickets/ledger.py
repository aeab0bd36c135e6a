"""The tickets in the store: filed, moved, settled.

A move happens when the ticket's document is replaced under its version; that one write carries, in `tail`, everything
else the move means. `settle` carries it out: the event into the log, what the citizen is told, what other systems are
told, and the projections by which units, supervisors and searches find the ticket. All of it can be repeated, by any
process; the sweep finds what was left.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot import telling, ticket_numbers
from bot.contract import TicketName
from gateway.core.alarms.model import told
from gateway.core.errors import Conflict, NotFound
from gateway.core.model import Document, Effect, milliseconds, new_id
from gateway.core.ports import Bus, Store, StoreUnavailable
from gateway.core.tickets import clock, danger, machine, words
from gateway.core.tickets.model import (
    SYSTEM,
    Actor,
    Attachment,
    Card,
    Kind,
    Place,
    Reporter,
    Ticket,
    TicketEvent,
)
from gateway.core.tickets.moves import CardFromClock, Join, Move
from gateway.core.tickets.projections import month, project
from gateway.core.tickets.rules import Rules
from gateway.core.tickets.search import Search
from gateway.core.tickets.words import BEIJING, UnitName
from gateway.core.vault import Vault

log = logging.getLogger("hotline.tickets")

ATTEMPTS = 8
HEARD = 20  # wishes a ticket remembers
PAGE = 100
AT_ONCE = 8  # tickets a sweep has under way
LEFT_BEHIND = timedelta(seconds=3)  # after which what a mover has not settled is taken up
_PUT_OFF = timedelta(seconds=60)
FILINGS = "ticket_filings"
CODE = "ticket.code"
PERSON = "ticket.person"
PHONE = "ticket.phone"

Outlet = Callable[[Ticket, Sequence[TicketEvent]], Sequence[Effect]]
Locate = Callable[[Place, str], Place]


def _no_outlet(_: Ticket, __: Sequence[TicketEvent]) -> Sequence[Effect]:
    return ()


def _as_told(place: Place, _: str) -> Place:
    return place


@dataclass(frozen=True, slots=True)
class Person:
    """Who tells the matter. contact_id, identity: where they were met, when they wrote themselves."""

    contact_id: str | None = None
    identity: str | None = None
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    id_number: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Matter:
    """What is filed."""

    kind: Kind
    matter: str
    title: str = ""
    happened: str = ""
    place: Place = field(default_factory=Place)
    category: str = ""
    confidential: bool = False
    urgent: bool = False
    accused: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    conversation_id: str | None = None


class Ledger:
    """unit_name: a unit's short name, for what citizens are told. outlet: further writes for new events. digits: a
    secret source of so many random decimal digits. locate: the place with its town, as it and the matter tell."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        now: Callable[[], datetime],
        *,
        vault: Vault,
        search: Search,
        rules: Rules,
        unit_name: UnitName,
        digits: Callable[[int], str],
        outlet: Outlet = _no_outlet,
        locate: Locate = _as_told,
    ) -> None:
        self._store = store
        self._bus = bus
        self.vault = vault
        self._search = search
        self.rules = rules
        self._now = now
        self._unit_name = unit_name
        self._digits = digits
        self._outlet = outlet
        self._locate = locate
        self._put_off: dict[str, datetime] = {}

    # -- filing ---------------------------------------------------------------------------------------------------

    async def name(self) -> TicketName:
        """A number nobody has had, and a query code. A number that is not used in the end is not given again."""
        day = self._now().astimezone(BEIJING).date()
        sequence = await self._store.increment("counters", f"tickets_{day:%Y%m%d}", "value")
        return TicketName(ticket_numbers.number(day, sequence), self._digits(6))

    async def name_for(self, key: str) -> TicketName:
        """A number that whoever asks again under this key gets again. Raises `StoreUnavailable`."""
        name = await self.name()
        kept = {"_id": key, "version": 1, "number": name.number, "code": self.sealed_code(name.code)}
        if await self._store.insert(FILINGS, {**kept, "at": self._now()}):
            return name
        before = await self._store.get(FILINGS, key)
        assert before is not None, "it was there already"
        return TicketName(before["number"], self.opened_code(before["code"]))

    def filed(
        self,
        name: TicketName,
        matter: Matter,
        person: Person,
        actor: Actor,
        via: str,
        *,
        also: Sequence[Effect] = (),
    ) -> Effect:
        """The one write that files a ticket; the rest is in its tail. Inserting it again changes nothing. also: inserts
        that belong to it."""
        now = self._now()
        ticket = Ticket(
            id=name.number,
            number=name.number,
            kind=matter.kind,
            state="submitted",
            title=matter.title or words.title(matter.matter),
            matter=matter.matter,
            happened=matter.happened,
            place=self._locate(matter.place, matter.matter),
            category=matter.category,
            confidential=matter.confidential,
            urgent=matter.urgent,
            accused=matter.accused,
            via=via,
            filed_by=actor.id,
            conversation_id=matter.conversation_id,
            code=self.sealed_code(name.code),
            attachments=matter.attachments,
            filed_at=now,
        )
        moved = machine.file(ticket, actor, now, self.rules)
        reporter = self._reporter(name.number, person, main=True)
        effects = [Effect("insert", "ticket_events", moved.event.document())]
        effects.append(Effect("insert", "reporters", reporter.document()))
        effects += also
        return Effect("insert", "tickets", self._with_tail(moved.ticket, effects, now).document())

    async def file(
        self, matter: Matter, person: Person, actor: Actor, via: str, *, key: str = ""
    ) -> tuple[Ticket, TicketName]:
        """File now; once for one key, when there is one. Raises `StoreUnavailable`."""
        name = await (self.name_for(key) if key else self.name())
        effect = self.filed(name, matter, person, actor, via)
        fresh = await self._store.insert("tickets", effect.document)
        ticket = Ticket.of(effect.document) if fresh else await self.get(name.number)
        await self._settle_soon(ticket)
        return ticket, name

    def _reporter(self, number: str, person: Person, *, main: bool) -> Reporter:
        return Reporter(
            id=f"{number}:{person.contact_id or new_id()}",
            ticket=number,
            main=main,
            contact_id=person.contact_id,
            identity=person.identity,
            at=self._now(),
            **self.sealed(person),
        )

    def sealed(self, person: Person) -> dict[str, str]:
        """What may be kept of a person's name and numbers, as a `Reporter` has it."""
        phone = _one_form(person.phone) if person.phone else ""
        given = {"name": person.name, "phone": phone, "id_number": person.id_number}
        kept = {field: self.vault.seal(text, PERSON) for field, text in given.items() if text}
        return kept | ({"phone_key": self.phone_key(person.phone)} if person.phone else {})

    def phone_key(self, phone: str) -> str:
        """By which a phone is found without being readable."""
        return self.vault.key(_one_form(phone), PHONE)

    def phone_keys(self, phone: str) -> list[str]:
        """What to look for to find it."""
        return self.vault.every_key(_one_form(phone), PHONE)

    async def join(self, number: str, person: Person, actor: Actor) -> Reporter:
        """Somebody else tells the same matter. Repeatable for a contact. Raises `NotFound`, `Refused`."""
        reporter = self._reporter(number, person, main=False)
        known = await self._store.get("reporters", reporter.id)
        if known is not None:
            return Reporter.of(known)
        also = [Effect("insert", "reporters", reporter.document())]
        await self.move(number, Join(reporter=reporter.id), actor, key=f"join:{reporter.id}", also=also)
        return reporter

    # -- reading --------------------------------------------------------------------------------------------------

    async def get(self, number: str) -> Ticket:
        """Raises `NotFound`."""
        document = await self._store.get("tickets", number)
        if document is None:
            raise NotFound("没有这张工单", number=number)
        return Ticket.of(document)

    async def events(self, ticket: Ticket, *, after: int = 0, limit: int = 500) -> list[TicketEvent]:
        """The log in its order, with what is decided and not carried out yet."""
        where = {"ticket": ticket.id, "seq": {"$gt": after, "$lte": ticket.events}}
        found = await self._store.find("ticket_events", where, sort=[("seq", 1)], limit=limit)
        events = {document["_id"]: TicketEvent.of(document) for document in found}
        for effect in ticket.unsettled_effects():
            if effect.collection == "ticket_events" and effect.document["seq"] > after:
                events.setdefault(effect.id, TicketEvent.of(effect.document))
        return sorted(events.values(), key=lambda event: event.seq)[:limit]

    async def reporters(self, number: str) -> list[Reporter]:
        """Who told it, the first one first."""
        found = await self._store.find("reporters", {"ticket": number}, limit=1000)
        return sorted(map(Reporter.of, found), key=lambda reporter: (not reporter.main, reporter.at, reporter.id))

    def code(self, ticket: Ticket) -> str:
        """The query code in clear."""
        return self.opened_code(ticket.code)

    def sealed_code(self, code: str) -> str:
        return self.vault.seal(code, CODE)

    def opened_code(self, sealed: str) -> str:
        return self.vault.open(sealed, CODE)

    def reveal(self, sealed: str | None) -> str:
        """A name, phone or ID number in clear; the caller has checked and recorded who may."""
        return self.vault.open(sealed, PERSON) if sealed else ""

    # -- moving ---------------------------------------------------------------------------------------------------

    async def move(
        self,
        number: str,
        move: Move | Callable[[Ticket], Move | None],
        actor: Actor,
        *,
        check: Callable[[Ticket], None] | None = None,
        key: str = "",
        also: Sequence[Effect] = (),
        said: danger.Said = danger.NOTHING,
    ) -> Ticket:
        """Make a move, or the one a function of the ticket says (None: none). check: raises when the actor may not.
        key: names the wish for it; carried out already, nothing happens. also: inserts that belong to it. said: by the
        citizen with it, which may tell of danger. Raises `NotFound`, `Refused`, `UnknownYear`, `Conflict` when others
        keep moving it, `StoreUnavailable`."""
        for _ in range(ATTEMPTS):
            ticket = await self.get(number)
            if key and key in ticket.heard:
                return ticket
            if check is not None:
                check(ticket)
            chosen = move(ticket) if callable(move) else move
            if chosen is None:
                return ticket
            now = self._now()
            moved = machine.apply(ticket, chosen, actor, now, self.rules)
            made, alarms = danger.heard(moved, said, now, self.rules)
            if stored := await self._write(made, now, key=key, also=(*also, *alarms)):
                return stored
        raise Conflict("别人正在改这张工单，请再试一次", number=number)

    async def _write(
        self, made: Sequence[machine.Moved], now: datetime, *, key: str = "", also: Sequence[Effect] = ()
    ) -> Ticket | None:
        """The one write by which moves happen, each made on what the one before it left; None when somebody else's
        came first."""
        after = made[-1].ticket
        if key:
            after = after.model_copy(update={"heard": (*after.heard, key)[-HEARD:]})
        effects = list(also)
        for moved in made:
            effects += [Effect("insert", "ticket_events", moved.event.document()), *self._notices(moved, now)]
        document = self._with_tail(after, effects, now).document()
        if not await self._store.replace("tickets", document):
            return None
        stored = Ticket.of(document)
        await self._settle_soon(stored)
        return stored

    def _with_tail(self, ticket: Ticket, effects: Iterable[Effect], now: datetime) -> Ticket:
        tail = (*ticket.tail, *(effect.pack() for effect in effects))
        return ticket.model_copy(update={"tail": tail, "unsettled": ticket.unsettled or milliseconds(now)})

    def _notices(self, moved: machine.Moved, now: datetime) -> list[Effect]:
        """What its reporters are told, soon, so that what happens meanwhile travels along."""
        text = words.notice(moved.ticket, moved.event, self._unit_name, "zh")
        if not text:
            return []
        at_once = moved.event.move in ("approve", "ask_again", "answer", "decline")
        due = now if at_once else now + timedelta(seconds=self.rules.policy.tell_after)
        document = {
            "_id": moved.event.id,
            "version": 1,
            "ticket": moved.ticket.id,
            "seq": moved.event.seq,
            "state": "due",
            "due": milliseconds(due),
            "text": text,
            "english": words.notice(moved.ticket, moved.event, self._unit_name, "en"),
            "survey": moved.event.move in ("approve", "ask_again", "answer"),
        }
        return [Effect("insert", "ticket_notices", document)]

    # -- settling -------------------------------------------------------------------------------------------------

    async def _settle_soon(self, ticket: Ticket) -> None:
        """At once, as far as the store allows; what fails is left to the sweep."""
        try:
            await self._settle(ticket)
        except StoreUnavailable:
            log.warning("a ticket is left to the sweep", extra={"about": ticket.id})

    async def settle(self, number: str) -> None:
        """Carry out what the ticket's moves mean elsewhere. Repeatable."""
        document = await self._store.get("tickets", number)
        if document is not None:
            await self._settle(Ticket.of(document))

    async def _settle(self, ticket: Ticket) -> None:
        for _ in range(ATTEMPTS):
            if ticket.unsettled is None:
                return
            effects = ticket.unsettled_effects()
            events = [TicketEvent.of(effect.document) for effect in effects if effect.collection == "ticket_events"]
            await asyncio.gather(
                self._insert([*effects, *self._outlet(ticket, events)]),
                project(self._store, ticket),
                self._search.index(ticket, events),
            )
            for effect in effects:
                if effect.collection == "alarms":
                    # before it counts as told, so that a process killed here does not keep it from the desks
                    self._bus.post("alarm", told(effect.document))
            if any(event.move == "merge" for event in events):
                await self._join_merged(ticket)
            if any(event.move in ("card", "give_card") for event in events):
                await self._three_yellows(ticket)
            settled = ticket.model_copy(update={"tail": (), "unsettled": None}).document()
            if await self._store.replace("tickets", settled):
                self._bus.post("ticket", {"number": ticket.id, "seq": ticket.events, "unit": ticket.unit or ""})
                return
            ticket = await self.get(ticket.id)
        # others keep moving it; each of them settles what it finds

    async def _insert(self, effects: Iterable[Effect]) -> None:
        by_collection: dict[str, list[Document]] = {}
        for effect in effects:
            by_collection.setdefault(effect.collection, []).append(effect.document)
        await asyncio.gather(*(self._store.insert_many(*one) for one in by_collection.items()))

    async def _join_merged(self, ticket: Ticket) -> None:
        """Who told a merged ticket is told of the other one from now on. Repeatable."""
        for reporter in await self.reporters(ticket.id):
            own = reporter.id.partition(":")[2]
            moved = reporter.model_copy(
                update={"id": f"{ticket.merged_into}:{own}", "ticket": ticket.merged_into, "main": False, "version": 1}
            )
            if await self._store.get("reporters", moved.id) is not None:
                continue
            also = [Effect("insert", "reporters", moved.document())]
            try:
                await self.move(
                    str(ticket.merged_into), Join(reporter=moved.id), SYSTEM, key=f"merge:{moved.id}", also=also
                )
            except machine.Refused:
                log.warning("a merged ticket's reporter could not join", extra={"about": ticket.id})

    async def _three_yellows(self, ticket: Ticket) -> None:
        """A red card on the ticket of the third yellow one a unit has in a month; the same one for whoever counts."""
        yellows = self.rules.policy.yellows
        for card in ticket.cards:
            if card.colour != "yellow" or not card.stands:
                continue
            where = {"unit": card.unit, "month": month(card.at), "colour": "yellow", "stands": True}
            found = await self._store.find("cards", where, sort=[("at_ms", 1), ("_id", 1)], limit=yellows)
            if len(found) == yellows:
                await self._red_for_yellows(found[-1]["ticket"], card.unit, month(card.at))

    async def _red_for_yellows(self, number: str, unit: str, month: str) -> None:
        id = f"{month}:three_yellows:{unit}"
        # yellow cards given at the same time may be counted in another order elsewhere: the first count stands
        claim = {"_id": id, "version": 1, "ticket": number}
        if not await self._store.insert("monthly_cards", claim):
            claim = await self._store.get("monthly_cards", id) or claim

        def red(ticket: Ticket) -> Move | None:
            if ticket.state == "archived" or any(card.id == id for card in ticket.cards):
                return None
            return CardFromClock(card=Card(id=id, colour="red", cause="three_yellows", unit=unit, at=self._now()))

        await self.move(str(claim["ticket"]), red, SYSTEM)

    # -- sweeping -------------------------------------------------------------------------------------------------

    async def sweep(self) -> int:
        """Do what time brings, and settle what was left behind; how many tickets. Costs what is due, not what there
        is. Any number of processes at once. Raises `StoreUnavailable`."""
        now = self._now()
        self._put_off = {id: until for id, until in self._put_off.items() if until > now}
        left = {"unsettled": {"$lte": milliseconds(now - LEFT_BEHIND)}}
        found = await self._store.find("tickets", left, sort=[("unsettled", 1)], limit=PAGE)
        count = await self._each(found, self._settle)
        due = {"next_due": {"$lte": milliseconds(now)}}
        found = await self._store.find("tickets", due, sort=[("next_due", 1)], limit=PAGE)
        return count + await self._each(found, self._let_pass)

    async def _each(self, found: Sequence[Document], work: Callable[[Ticket], Awaitable[None]]) -> int:
        """Several tickets at a time, so that what they write travels together; how many."""
        count = 0
        for start in range(0, len(found), AT_ONCE):
            some = found[start : start + AT_ONCE]
            count += sum(await asyncio.gather(*(self._attempt(document, work) for document in some)))
        return count

    async def _let_pass(self, ticket: Ticket) -> None:
        """All that time has brought to a ticket by now, by one write."""
        for _ in range(ATTEMPTS):
            now = self._now()
            made = machine.let_pass(ticket, now, self.rules)
            if not made:
                await self._look_again(ticket)
                return
            if await self._write(made, now):
                return
            ticket = await self.get(ticket.id)
        raise Conflict("别人正在改这张工单，请再试一次", number=ticket.id)

    async def _look_again(self, ticket: Ticket) -> None:
        """Limits or workdays were changed, and what was expected by now comes later: looked at then, not until then."""
        due = clock.next_due(ticket, self.rules)
        if due != ticket.next_due:
            await self._store.replace("tickets", ticket.model_copy(update={"next_due": due}).document())

    async def _attempt(self, document: Document, work: Callable[[Ticket], Awaitable[None]]) -> int:
        number = document["_id"]
        if number in self._put_off:
            return 0
        try:
            await work(Ticket.of(document))
        except StoreUnavailable:
            raise
        except Conflict:
            log.info("a ticket keeps changing; it is looked at again", extra={"about": number})
        except Exception:
            # one that cannot be moved must not keep the others waiting
            log.exception("time could not pass for a ticket", extra={"about": number})
            self._put_off[number] = self._now() + _PUT_OFF
        return 1


def _one_form(phone: str) -> str:
    """A number as it is looked for, however it was written."""
    return telling.phone(phone) or re.sub(r"[^0-9+]", "", phone)
