"""Tickets as staff work with them: what each may see, in lists, searches and one by one, and what each may do.

Every way to a ticket passes `may_see`. A confidential report is seen by those who may read such, and by the unit that
handles it, never by a unit it is about: not in a list, a search, a count, an export or an event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot import proof, reading, ticket_numbers
from bot.contract import TicketName
from gateway.core.errors import Forbidden, Invalid, NotFound
from gateway.core.model import new_id
from gateway.core.people import Person
from gateway.core.ports import Document, Store
from gateway.core.tickets import machine, moves
from gateway.core.tickets.ledger import Ledger, Matter
from gateway.core.tickets.ledger import Person as Told
from gateway.core.tickets.model import OPEN, Actor, Attachment, Reporter, State, Ticket, TicketEvent
from gateway.core.tickets.moves import STAFF_MOVES, Move, StaffMove
from gateway.core.tickets.search import Search, says
from gateway.core.units import Units

PAGE = 50
MOST_READ = 400  # documents looked at for one page of a list
_BLOB_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Page:
    """Tickets, and what to pass on for more; None when there is none."""

    tickets: tuple[Ticket, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to. states: any of them. unit: it and those below it. due_before: of open work."""

    states: tuple[State, ...] = ()
    unit: str = ""
    kind: str = ""
    urgent: bool | None = None
    overdue: bool | None = None
    supervised: bool | None = None


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a list is read from. field: its ticket's number."""

    collection: str
    field: str
    where: dict[str, Any]


class Desk:
    def __init__(self, store: Store, ledger: Ledger, search: Search, units: Units, now: Callable[[], datetime]) -> None:
        self._store = store
        self.ledger = ledger
        self._search = search
        self._units = units
        self._now = now

    # -- seeing ---------------------------------------------------------------------------------------------------

    def may_see(self, person: Person, ticket: Ticket) -> bool:
        """Whether this person may know of this ticket at all."""
        own = self._own_units(person)
        if person.username in ticket.recused:
            return False
        if own & self._with_below(ticket.accused):
            return False
        if own:
            return "tickets.read_unit" in person.scopes and any(part.unit in own for part in ticket.assignments)
        if "tickets.read" not in person.scopes:
            return False
        return not ticket.confidential or "confidential.read" in person.scopes

    def _own_units(self, person: Person) -> frozenset[str]:
        return frozenset(self._units.subtree(person.unit)) if person.unit else frozenset()

    def _with_below(self, units: Iterable[str]) -> frozenset[str]:
        return frozenset(below for unit in units for below in self._units.subtree(unit))

    async def get(self, person: Person, number: str) -> Ticket:
        """Raises `NotFound` for what is not there and for what this person may not know of, alike."""
        ticket = await self.ledger.get(number)
        if not self.may_see(person, ticket):
            raise NotFound("没有这张工单", number=number)
        return ticket

    async def events(self, person: Person, ticket: Ticket, after: int = 0) -> list[TicketEvent]:
        """The log, without what a unit must not read of the hotline's own deliberations."""
        events = await self.ledger.events(ticket, after=after)
        if not person.unit:
            return events
        own = self._own_units(person)
        return [event for event in events if event.move != "note" or event.actor.unit in own]

    async def reporters(self, person: Person, ticket: Ticket) -> list[Reporter]:
        """Who told it. Of a confidential one a unit learns nothing."""
        if ticket.confidential and "confidential.read" not in person.scopes:
            return []
        return await self.ledger.reporters(ticket.id)

    # -- lists ----------------------------------------------------------------------------------------------------

    async def page(self, person: Person, filters: Filters, *, before: str = "", limit: int = PAGE) -> Page:
        """Tickets, the latest first. before: what `Page.next` said."""
        own = self._own_units(person)
        if filters.unit and own and filters.unit not in own:
            return Page((), None)
        units = self._units.subtree(filters.unit) if filters.unit else sorted(own)
        if units:
            return await self._of_units(person, units, filters, before, limit)
        where: dict[str, Any] = {"state": {"$in": list(filters.states or OPEN)}}
        return await self._filtered(person, _Source("tickets", "number", where), filters, before, limit)

    async def _of_units(self, person: Person, units: Sequence[str], filters: Filters, before: str, limit: int) -> Page:
        where: dict[str, Any] = {"unit": {"$in": list(units)[:32]}}
        return await self._filtered(person, _Source("assignments", "ticket", where), filters, before, limit)

    async def _filtered(self, person: Person, source: _Source, filters: Filters, before: str, limit: int) -> Page:
        """Reads on until the page is full, everything is read, or enough was looked at."""
        found: list[Ticket] = []
        read = 0
        while True:
            where = {**source.where, **({source.field: {"$lt": before}} if before else {})}
            documents = await self._store.find(source.collection, where, sort=[(source.field, -1)], limit=limit)
            read += len(documents)
            for ticket in await self._tickets(source.collection, documents):
                if self._is_wanted(ticket, filters) and self.may_see(person, ticket):
                    found.append(ticket)
            if len(documents) < limit:
                return Page(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None)
            # what shares the last number with this page is read again, and told apart by it
            before = documents[-1][source.field]
            if len(found) >= limit or read >= MOST_READ:
                return Page(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else before)

    async def _tickets(self, collection: str, documents: Sequence[Document]) -> list[Ticket]:
        """The tickets behind documents, each once, in their order."""
        if collection == "tickets":
            return list(map(Ticket.of, documents))
        numbers = list(dict.fromkeys(document["ticket"] for document in documents))
        return await self._by_numbers(numbers)

    async def _by_numbers(self, numbers: Sequence[str]) -> list[Ticket]:
        by_number = {document["_id"]: document for document in await self._store.get_many("tickets", numbers)}
        return [Ticket.of(by_number[number]) for number in numbers if number in by_number]

    def _is_wanted(self, ticket: Ticket, filters: Filters) -> bool:
        now = self._now()
        overdue = ticket.due is not None and ticket.due < now and ticket.state in ("dispatched", "signed")
        supervised = ticket.supervision is not None and ticket.supervision.ended_at is None
        return (
            (not filters.states or ticket.state in filters.states)
            and filters.kind in ("", ticket.kind)
            and filters.urgent in (None, ticket.urgent)
            and filters.overdue in (None, overdue)
            and filters.supervised in (None, supervised)
        )

    async def work(self, person: Person, *, unit: str = "", after: str = "", limit: int = PAGE) -> Page:
        """A unit's open work, what is due first. after: what `Page.next` said."""
        own = self._own_units(person)
        unit = unit or person.unit or ""
        if not unit or (own and unit not in own):
            raise Forbidden("只能看自己单位的工单")
        where: dict[str, Any] = {"unit": unit, "open": 1}
        due, _, last = after.partition(":")
        if due.isdecimal():
            where["$or"] = [{"due": int(due), "_id": {"$gt": last}}, {"due": {"$gt": int(due)}}]
        order = [("due", 1), ("_id", 1)]
        found = await self._store.find("assignments", where, sort=order, limit=limit + 1)
        page, more = found[:limit], len(found) > limit
        tickets = [ticket for ticket in await self._tickets("assignments", page) if self.may_see(person, ticket)]
        return Page(tuple(tickets), f"{page[-1]['due']}:{page[-1]['_id']}" if more else None)

    async def search(self, person: Person, text: str, *, before: str = "", limit: int = PAGE) -> Page:
        """By number, by phone, or by words, whichever the text is."""
        number, _ = ticket_numbers.read(text)
        if number:
            found = await self._by_numbers([number])
            return Page(tuple(ticket for ticket in found if self.may_see(person, ticket)), None)
        if phone := _phone(text):
            return await self._by_phone(person, phone)
        scopes = [False] + ([True] if person.unit or "confidential.read" in person.scopes else [])
        found = []
        ends: list[str] = []
        for confidential in scopes:
            part = await self._search.find(text, confidential=confidential, before=before, most=limit)
            tickets = await self._by_numbers(part.numbers)
            found += [ticket for ticket in tickets if self.may_see(person, ticket) and says(ticket, text)]
            if part.next:
                ends.append(part.next)
        # what lies below the higher end was not looked at in both scopes
        end = max(ends, default="")
        found = sorted((ticket for ticket in found if ticket.id >= end), key=lambda ticket: ticket.id, reverse=True)
        return Page(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else end or None)

    async def _by_phone(self, person: Person, phone: str) -> Page:
        """A phone tells who somebody is, so confidential tickets are not found by it without leave to read them."""
        where = {"phone_key": {"$in": self.ledger.phone_keys(phone)}}
        reporters = await self._store.find("reporters", where, sort=[("_id", -1)], limit=200)
        tickets = await self._by_numbers(list(dict.fromkeys(document["ticket"] for document in reporters)))
        return Page(
            tuple(
                ticket
                for ticket in tickets
                if self.may_see(person, ticket) and (not ticket.confidential or "confidential.read" in person.scopes)
            ),
            None,
        )

    async def file(self, person: Person, matter: Matter, told: Told) -> tuple[Ticket, TicketName]:
        """File for a caller. Raises `Invalid` for a unit that is not there, `Forbidden`."""
        if "tickets.file" not in person.scopes:
            raise Forbidden("您的岗位不能登记工单")
        named = [*matter.accused, *([matter.place.unit] if matter.place.unit else [])]
        unknown = [unit for unit in named if self._units.get(unit) is None]
        if unknown:
            raise Invalid("没有这个单位", units=unknown)
        return await self.ledger.file(matter, told, self.actor(person), "phone")

    # -- doing ----------------------------------------------------------------------------------------------------

    def actor(self, person: Person, ticket: Ticket | None = None) -> Actor:
        """The person as the log names them. Whose part they act for: their own unit's, or that of one below it."""
        unit = person.unit
        if ticket is not None and unit is not None and ticket.assignment(unit) is None:
            own = self._own_units(person)
            unit = next((part.unit for part in ticket.assignments if part.unit in own), unit)
        return Actor(kind="staff", id=person.username, name=person.name, unit=unit)

    def possible(self, person: Person, ticket: Ticket) -> list[type[Move]]:
        """What this person may try on this ticket now."""
        actor = self.actor(person, ticket)
        return [
            kind
            for kind in STAFF_MOVES
            if _in_scope(person, kind) and machine.refusal(ticket, kind, actor, self._now(), self.ledger.rules) is None
        ]

    async def move(self, person: Person, number: str, move: StaffMove) -> Ticket:
        """Raises `NotFound`, `Forbidden`, `Refused`, `Invalid` for a unit or ticket that is not there, `Conflict`."""
        if not _in_scope(person, type(move)):
            raise Forbidden("您的岗位不能这样做", move=move.move)
        await self._check_particulars(person, number, move)

        def check(ticket: Ticket) -> None:
            if not self.may_see(person, ticket):
                raise NotFound("没有这张工单", number=number)

        actor = self.actor(person, await self.get(person, number))
        return await self.ledger.move(number, move, actor, check=check)

    async def _check_particulars(self, person: Person, number: str, move: StaffMove) -> None:
        named: list[str] = []
        match move:
            case moves.Dispatch(lead=lead, joint=joint):
                named = [lead, *joint]
            case moves.AddJoint(joint=joint):
                named = [*joint]
            case moves.Mark(accused=accused) if accused:
                named = [*accused]
            case moves.Merge(into=into):
                await self._check_merge(person, number, into)
        unknown = [unit for unit in named if self._units.get(unit) is None]
        if unknown:
            raise Invalid("没有这个单位", units=unknown)
        if isinstance(move, moves.Dispatch | moves.AddJoint):
            retired = [unit for unit in named if not self._units.known(unit).active]
            if retired:
                raise Invalid("这个单位已经停用", units=retired)
        ticket = await self.get(person, number)
        if isinstance(move, moves.Dispatch | moves.AddJoint) and set(named) & self._with_below(ticket.accused):
            raise machine.Refused("accused", "举报针对的单位不能办理这张工单")

    async def _check_merge(self, person: Person, number: str, into: str) -> None:
        target = await self.get(person, into)
        source = await self.get(person, number)
        if target.state not in OPEN or target.state == "callback":
            raise machine.Refused("wrong_state", "要并入的工单已经有结果了")
        if target.confidential != source.confidential:
            raise machine.Refused("confidential", "保密的工单只能和保密的并在一起")

    async def attach(
        self, person: Person, number: str, name: str, data: bytes, content_type: str, *, public: bool
    ) -> tuple[Ticket, Attachment]:
        """Keep a file with the ticket. Raises as `move`; `Invalid` when it is too large."""
        ticket = await self.get(person, number)
        if not {"tickets.handle", "unit.handle"} & person.scopes:
            raise Forbidden("您的岗位不能添加附件")
        if len(data) > _BLOB_BYTES:
            raise Invalid("文件太大", limit=_BLOB_BYTES)
        blob = await self._store.put_blob(name, data, content_type, {"owner": number})
        attachment = Attachment(
            id=new_id(), blob_id=blob, name=name, content_type=content_type, by=person.username, public=public
        )
        actor = self.actor(person, ticket)
        return await self.ledger.move(number, moves.Attach(attachment=attachment), actor), attachment

    async def reveal(self, person: Person, number: str, reporter_id: str, field: str, reason: str) -> str:
        """A name, phone or ID number in clear, for a reason that is kept in the audit log first."""
        if "personal.reveal" not in person.scopes:
            raise Forbidden("您的岗位不能查看个人信息")
        if len(reason.strip()) < 2:
            raise Invalid("请写明查看的理由")
        ticket = await self.get(person, number)
        reporter = next((one for one in await self.reporters(person, ticket) if one.id == reporter_id), None)
        if reporter is None:
            raise NotFound("没有这个反映人", number=number)
        await self.record(person, f"reveal.{field}", reporter.id, reason)
        fields: Mapping[str, str | None] = {
            "name": reporter.name,
            "phone": reporter.phone,
            "id_number": reporter.id_number,
        }
        return self.ledger.reveal(fields.get(field))

    async def record(self, person: Person, action: str, about: str, reason: str) -> None:
        """Into the audit log."""
        await self._store.insert(
            "audit",
            {
                "_id": new_id(),
                "version": 1,
                "at": self._now(),
                "actor": person.username,
                "action": action,
                "about": about,
                "reason": reason.strip()[:500],
            },
        )


def _in_scope(person: Person, kind: type[Move]) -> bool:
    return bool(set(kind.scope.split("|")) & person.scopes)


def _phone(text: str) -> str | None:
    return proof.number(reading.plain(text)) or None
