"""Lists of tickets as staff read them: narrowed, searched, page by page, and counted for a work board.

What a page costs is bounded. States and deadlines are read by an index; what else a list is narrowed to is looked at
ticket by ticket, and a page that found little after so many says where to go on. That place is sealed, because the
ticket it is at may be one that whoever reads must not know of.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from bot import proof, reading, ticket_numbers
from gateway.core.errors import Forbidden
from gateway.core.model import milliseconds
from gateway.core.paging import Order, Pages, Source, Stretch, after, place_of, read_any
from gateway.core.people import Person
from gateway.core.ports import Store
from gateway.core.tickets.ledger import Ledger
from gateway.core.tickets.model import OPEN, WITH_UNIT, Kind, State, Ticket
from gateway.core.tickets.search import Search, says
from gateway.core.tickets.sight import Sight
from gateway.core.tickets.words import BEIJING

PAGE = 50
Sort = Literal["latest", "oldest", "due"]
_FEW_STATES = 5  # up to which each is read by its index
_MOST_QUERIES = 64  # for one stretch; of more units and states the latest are read, and looked at
_MOST_TOLD = 200  # tickets of one phone
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=BEIJING), datetime(2999, 12, 31, tzinfo=BEIJING)

_LATEST: Order = (("number", -1),)
_OLDEST: Order = (("number", 1),)
_LATEST_PARTS: Order = (("ticket", -1),)
_OLDEST_PARTS: Order = (("ticket", 1),)
_DUE_FIRST: Order = (("due", 1), ("ticket", 1))


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; what is not given narrows nothing.

    text: a number, a phone or words. states: any of them; with none, those of open work, or all when a text is looked
    for. unit: it and those below it. A deadline is that of the lead unit, or of the units a list is of; work that is
    not with a unit has none. …_after: from that moment on; …_before: before it.
    """

    text: str = ""
    states: tuple[State, ...] = ()
    unit: str = ""
    kind: Kind | None = None
    category: str = ""
    via: str = ""
    urgent: bool | None = None
    overdue: bool | None = None
    supervised: bool | None = None
    due_after: datetime | None = None
    due_before: datetime | None = None
    filed_after: datetime | None = None
    filed_before: datetime | None = None

    @property
    def by_deadline(self) -> bool:
        return bool(self.overdue or self.due_after or self.due_before)


@dataclass(frozen=True, slots=True)
class Page:
    """Tickets, and what to pass on for more; None when there is none."""

    tickets: tuple[Ticket, ...]
    next: str | None


_Source = Source[Ticket]


def deadline(ticket: Ticket, units: frozenset[str] = frozenset()) -> datetime | None:
    """When the ticket is due; or what these units have still to do of it. None when nothing is due from a unit."""
    if ticket.state not in WITH_UNIT:
        return None
    if not units:
        return ticket.due
    parts = (part for part in ticket.assignments if part.unit in units and part.answered_at is None)
    return min((part.due for part in parts), default=None)


def is_wanted(ticket: Ticket, filters: Filters, now: datetime, units: frozenset[str] = frozenset()) -> bool:
    """Whether a ticket is what a list of these units (none: of all) is narrowed to. Its text is not looked at."""
    due = deadline(ticket, units)
    return (
        (not filters.states or ticket.state in filters.states)
        and (not units or not units.isdisjoint((*ticket.units, *ticket.former)))
        and filters.kind in (None, ticket.kind)
        and filters.category in ("", ticket.category)
        and filters.via in ("", ticket.via)
        and filters.urgent in (None, ticket.urgent)
        and filters.overdue in (None, due is not None and due < now)
        and filters.supervised in (None, bool(ticket.supervised))
        and _is_between(due, filters.due_after, filters.due_before)
        and _is_between(ticket.filed_at, filters.filed_after, filters.filed_before)
    )


class Lists:
    def __init__(self, store: Store, ledger: Ledger, search: Search, sight: Sight, now: Callable[[], datetime]) -> None:
        self._store = store
        self._ledger = ledger
        self._search = search
        self._sight = sight
        self._now = now
        self._pages = Pages(lambda: ledger.vault)

    async def page(
        self, person: Person, filters: Filters, *, order: Sort = "latest", before: str = "", limit: int = PAGE
    ) -> Page:
        """Tickets, the latest first, or the oldest; what is due first when a deadline is asked for, and the latest when
        a text is. Of what waits for a call back alone, "due" has first whose call is. before: what `Page.next` said.
        Raises `Invalid` for another."""
        filters = _with_states(filters)
        units = self._units(person, filters.unit)
        if units is None:
            return Page((), None)
        source = self._source(person, filters, units, order)
        return await self._page(source, self._is_for(person, filters, units), before, limit)

    async def work(self, person: Person, *, unit: str = "", after: str = "", limit: int = PAGE) -> Page:
        """A unit's open work, what is due first. after: what `Page.next` said. Raises `Invalid` for another."""
        unit = unit or person.unit or ""
        own = self._sight.own_units(person)
        if not unit or (own and unit not in own):
            raise Forbidden("只能看自己单位的工单")
        units = frozenset((unit,))
        return await self._page(self._open_parts(units, {}), self._is_for(person, Filters(), units), after, limit)

    def _units(self, person: Person, unit: str) -> frozenset[str] | None:
        """Whose tickets the list is of: all of a unit's person's, or those asked for; none for everybody's. None when
        this person must not read them."""
        own = self._sight.own_units(person)
        if not unit:
            return own
        asked = self._sight.with_below((unit,))
        return asked if not own or asked <= own else None

    async def _page(self, source: _Source, is_for: Callable[[Ticket], bool], before: str, limit: int) -> Page:
        return Page(*await self._pages.page(source, is_for, before, limit))

    def _is_for(self, person: Person, filters: Filters, units: frozenset[str]) -> Callable[[Ticket], bool]:
        """Whether a ticket belongs into the list; each does once, though several of the units have a part in it."""
        now = self._now()
        listed: set[str] = set()

        def is_for(ticket: Ticket) -> bool:
            wanted = self._sight.may_see(person, ticket) and is_wanted(ticket, filters, now, units)
            if not wanted or ticket.id in listed:
                return False
            listed.add(ticket.id)
            return True

        return is_for

    # -- sources --------------------------------------------------------------------------------------------------

    def _source(self, person: Person, filters: Filters, units: frozenset[str], order: Sort) -> _Source:
        if text := filters.text.strip():
            return self._told(person, text)
        if filters.by_deadline:
            now = self._now() if filters.overdue else None
            due = _between(filters.due_after, min(filter(None, (filters.due_before, now)), default=None))
            if units:
                return self._open_parts(units, due)
            where = {"role": "lead", "state": {"$in": sorted(WITH_UNIT.intersection(filters.states))}, **due}
            return self._parts(where, _DUE_FIRST)
        if order == "due" and filters.states == ("callback",):
            return self._parts({"state": "callback", **({} if units else {"role": "lead"})}, _DUE_FIRST, units)
        oldest = order == "oldest"
        states = sorted(filters.states) if len(filters.states) <= _FEW_STATES else []
        filed = _numbers_between(filters.filed_after, filters.filed_before)
        if filters.supervised:  # far fewer than a unit ever had
            return self._whole({"supervised": 1, "number": filed}, [], oldest=oldest)
        if units:
            in_states = {"state": {"$in": states}} if 0 < len(states) * len(units) <= _MOST_QUERIES else {}
            return self._parts({**in_states, "ticket": filed}, _OLDEST_PARTS if oldest else _LATEST_PARTS, units)
        return self._whole({"number": filed}, states, oldest=oldest)

    def _open_parts(self, units: frozenset[str], due: Mapping[str, Any]) -> _Source:
        return self._parts({"open": 1, **due}, _DUE_FIRST, units)

    def _whole(self, where: Mapping[str, Any], states: Sequence[str], *, oldest: bool) -> _Source:
        """Tickets in the order they were filed, or the other way round; in any of the states when some are given."""
        order = _OLDEST if oldest else _LATEST

        async def read(place: str, size: int) -> Stretch[Ticket]:
            narrowed = after(where, order, place)
            found = await read_any(self._store, "tickets", narrowed, order, size, field="state", values=states)
            tickets = [(Ticket.of(document), place_of(document, order)) for document in found.documents]
            return Stretch(tickets, None if found.whole else tickets[-1][1])

        return read

    def _parts(self, where: Mapping[str, Any], order: Order, units: frozenset[str] = frozenset()) -> _Source:
        """Tickets by the parts that units, or these, have in them."""

        async def read(place: str, size: int) -> Stretch[Ticket]:
            narrowed, values = after(where, order, place), sorted(units)
            found = await read_any(self._store, "assignments", narrowed, order, size, field="unit", values=values)
            tickets = await self._tickets([part["ticket"] for part in found.documents])
            there = [part for part in found.documents if part["ticket"] in tickets]
            end = None if found.whole else place_of(found.documents[-1], order)
            return Stretch([(tickets[part["ticket"]], place_of(part, order)) for part in there], end)

        return read

    def _told(self, person: Person, text: str) -> _Source:
        """What a text finds: by number, by phone, or by words, whichever it is."""
        number, _ = ticket_numbers.read(text)
        phone = None if number else proof.number(reading.plain(text))
        if not (number or phone):
            return self._saying(person, text)

        async def read(place: str, _: int) -> Stretch[Ticket]:
            tickets = await self._tickets(await self._of_phone(person, phone) if phone else [number])
            latest = sorted((number for number in tickets if not place or number < place), reverse=True)
            return Stretch([(tickets[number], number) for number in latest], None)

        return read

    async def _of_phone(self, person: Person, phone: str) -> list[str]:
        """A phone tells who somebody is, so confidential tickets are not found by it without leave to read them."""
        where = {"phone_key": {"$in": self._ledger.phone_keys(phone)}}
        told = await self._store.find("reporters", where, sort=[("_id", -1)], limit=_MOST_TOLD)
        tickets = await self._tickets([document["ticket"] for document in told])
        leave = self._sight.reads_confidential(person)
        return [number for number, ticket in tickets.items() if leave or not ticket.confidential]

    def _saying(self, person: Person, text: str) -> _Source:
        """Confidential reports are searched by those who may read them all; a unit's people look through their own."""

        async def openly(place: str, size: int) -> tuple[list[str], str | None]:
            found = await self._search.find(text, confidential=False, before=place, most=size)
            return list(found.numbers), found.next

        async def confidentially(place: str, size: int) -> tuple[list[str], str | None]:
            if self._sight.reads_confidential(person):
                found = await self._search.find(text, confidential=True, before=place, most=size)
                return list(found.numbers), found.next
            own = self._sight.own_units(person)
            if not own:
                return [], None
            stretch = await self._parts({"confidential": True}, _LATEST_PARTS, own)(place, size)
            return [ticket.id for ticket, _ in stretch.items], stretch.end

        async def read(place: str, size: int) -> Stretch[Ticket]:
            parts = await asyncio.gather(openly(place, size), confidentially(place, size))
            # what lies below the higher end was not looked at in both
            end = max((end for _, end in parts if end), default="")
            tickets = await self._tickets([number for numbers, _ in parts for number in numbers if number >= end])
            latest = sorted((number for number in tickets if says(tickets[number], text)), reverse=True)
            return Stretch([(tickets[number], number) for number in latest], end or None)

        return read

    async def _tickets(self, numbers: Sequence[str]) -> dict[str, Ticket]:
        wanted = list(dict.fromkeys(numbers))
        return {document["_id"]: Ticket.of(document) for document in await self._store.get_many("tickets", wanted)}


def _with_states(filters: Filters) -> Filters:
    """A text is looked for everywhere; else the open ones are meant when none is named."""
    if filters.states or filters.text.strip():
        return filters
    return replace(filters, states=tuple(sorted(OPEN)))


def _is_between(at: datetime | None, first: datetime | None, end: datetime | None) -> bool:
    if first is None and end is None:
        return True
    return at is not None and (first is None or at >= first) and (end is None or at < end)


def _between(first: datetime | None, end: datetime | None) -> dict[str, Any]:
    """The condition on a part's `due`."""
    bounds = {"$gte": first, "$lt": end}
    asked = {operator: milliseconds(at) for operator, at in bounds.items() if at is not None}
    return {"due": asked} if asked else {}


def _numbers_between(first: datetime | None, end: datetime | None) -> dict[str, str]:
    """What bounds the numbers of tickets that were filed between, by whole days."""
    bounds = {"$gte": ticket_numbers.PREFIX}
    if first is not None:
        bounds["$gte"] = f"{ticket_numbers.PREFIX}{_day(first):%Y%m%d}"
    if end is not None:
        bounds["$lt"] = f"{ticket_numbers.PREFIX}{_day(end) + timedelta(days=1):%Y%m%d}"
    return bounds


def _day(at: datetime) -> date:
    """In Beijing; days on which no ticket can have been filed are all alike."""
    return min(max(at, _FIRST), _LAST).astimezone(BEIJING).date()
