"""What units are held to, counted for supervision: what is late, what is supervised, cards, appeals to be decided.

Nobody needs more than a hundred told apart, so little is read: what is kept beside the tickets for lists, and of the
tickets only what decides who may know of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.core.model import milliseconds
from gateway.core.paging import Order, Read
from gateway.core.people import Person
from gateway.core.ports import Document, Store
from gateway.core.tickets.board import Count
from gateway.core.tickets.model import WITH_UNIT
from gateway.core.tickets.sight import Sight

MOST = 99
_READ = 200  # of each, so that some whoever asks must not know of take nothing from a count
_DUE_FIRST: Order = (("due", 1),)
_LATEST: Order = (("number", -1),)
_LATEST_CARDS: Order = (("at_ms", -1),)
_LONGEST_WAITING: Order = (("appeal_ms", 1),)


@dataclass(frozen=True, slots=True)
class Held:
    """What the lists of supervision have; appeals: those to be decided."""

    overdue: Count
    supervised: Count
    cards: Count
    appeals: Count


@dataclass(frozen=True, slots=True)
class _About:
    """What decides who may know of a ticket."""

    confidential: bool
    accused: tuple[str, ...]
    recused: tuple[str, ...]
    units: tuple[str, ...]

    @classmethod
    def of(cls, document: Document, units: Sequence[str]) -> _About:
        accused, recused = document.get("accused", ()), document.get("recused", ())
        return cls(document["confidential"], tuple(accused), tuple(recused), tuple(units))


class Holding:
    def __init__(self, store: Store, sight: Sight, now: Callable[[], datetime]) -> None:
        self._store = store
        self._sight = sight
        self._now = now

    async def counts(self, person: Person, unit: str = "") -> Held:
        """Of a unit and those below it, or of all; as far as this person may see them."""
        units = self._sight.with_below((unit,)) if unit else self._sight.own_units(person)
        leave = bool(person.unit) or self._sight.reads_confidential(person)
        where = {} if leave else {"confidential": False}
        overdue, supervised, cards, appeals = await asyncio.gather(
            self._overdue(person, units, where),
            self._supervised(person, units, where),
            self._cards(person, units, {**where, "at_ms": {"$gte": 0}}, _LATEST_CARDS),
            self._cards(person, units, {**where, "appeal": "asked"}, _LONGEST_WAITING),
        )
        return Held(overdue, supervised, cards, appeals)

    async def _overdue(self, person: Person, units: frozenset[str], where: Mapping[str, Any]) -> Count:
        which = {"open": 1} if units else {"role": "lead", "state": {"$in": sorted(WITH_UNIT)}}
        late = {**which, **where, "due": {"$lt": milliseconds(self._now())}}
        found = await self._find("assignments", late, _DUE_FIRST, units)
        parts = found.documents
        return _count(
            {part["ticket"] for part in parts if self._sight.may_see(person, _About.of(part, (part["unit"],)))}, found
        )

    async def _supervised(self, person: Person, units: frozenset[str], where: Mapping[str, Any]) -> Count:
        found = await self._find("tickets", {**where, "supervised": 1}, _LATEST)
        return _count(
            {
                ticket["_id"]
                for ticket in found.documents
                if (not units or not units.isdisjoint((*_units(ticket), *ticket.get("former", ()))))
                and self._sight.may_see(person, _About.of(ticket, _units(ticket)))
            },
            found,
        )

    async def _cards(self, person: Person, units: frozenset[str], where: Mapping[str, Any], order: Order) -> Count:
        found = await self._find("cards", where, order, units)
        numbers = list(dict.fromkeys(card["ticket"] for card in found.documents))
        tickets = {ticket["_id"]: ticket for ticket in await self._store.get_many("tickets", numbers)}
        return _count(
            {
                card["_id"]
                for card in found.documents
                if (ticket := tickets.get(card["ticket"])) is not None
                and self._sight.may_see_card(person, _About.of(ticket, _units(ticket)), card["unit"])
            },
            found,
        )

    async def _find(
        self, collection: str, where: Mapping[str, Any], order: Order, units: frozenset[str] = frozenset()
    ) -> Read:
        """Of each unit as much as is told apart, in no order among units: what is counted needs none."""
        among = [{"unit": unit} for unit in sorted(units)] or [{}]
        parts = await asyncio.gather(
            *(self._store.find(collection, {**one, **where}, sort=order, limit=_READ) for one in among)
        )
        return Read([document for part in parts for document in part], all(len(part) < _READ for part in parts))


def _units(ticket: Document) -> list[str]:
    return [part["unit"] for part in ticket.get("assignments", ())]


def _count(seen: set[str], found: Read) -> Count:
    return Count(min(len(seen), MOST), len(seen) > MOST or not found.whole)
