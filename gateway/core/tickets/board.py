"""How much waits, for a work board: counted by what a person may see, and never beyond a thousand.

Counts are made from what is kept beside the tickets for lists, which follows a ticket's move within moments. What the
people of the hotline, or those of one unit, are shown is read for all of them together, and again after a second or
two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.core.model import milliseconds
from gateway.core.paging import Order, read_any
from gateway.core.people import Person
from gateway.core.ports import Document, Store
from gateway.core.tickets.model import OPEN, WITH_UNIT, State
from gateway.core.tickets.sight import Sight
from gateway.core.tickets.words import BEIJING

MOST = 1000
FRESH = timedelta(seconds=2)
_SCOPES = (False, True)  # confidential ones are read on their own, so that they take nothing from a count without them
_DUE_FIRST: Order = (("due", 1),)


@dataclass(frozen=True, slots=True)
class Count:
    """more: there may be further ones that were not counted."""

    number: int
    more: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """due_today: not overdue, and to be finished before midnight in Beijing. supervised: open ones."""

    states: Mapping[State, Count]
    due_today: Count
    overdue: Count
    supervised: Count


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What is kept of a ticket that waits. due: of what a unit has still to do, milliseconds."""

    number: str
    state: State
    due: int | None
    supervised: bool
    confidential: bool
    accused: tuple[str, ...]
    recused: tuple[str, ...]
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """One query's answer. until: up to which `due` everything is in it, milliseconds; None when nothing is left out."""

    waiting: Sequence[_Waiting]
    until: int | None = None

    @property
    def whole(self) -> bool:
        return self.until is None

    def reaches(self, due: int) -> bool:
        return self.until is None or self.until >= due


_Readings = Mapping[str, Sequence[_Reading]]  # of each state, and of what is supervised


class _Kept:
    """What was read for some people together."""

    def __init__(self) -> None:
        self.reading = asyncio.Lock()
        self.at: datetime | None = None
        self.scopes: Sequence[_Readings] = ()


class Board:
    def __init__(self, store: Store, sight: Sight, now: Callable[[], datetime]) -> None:
        self._store = store
        self._sight = sight
        self._now = now
        self._kept: dict[str | None, _Kept] = {}

    async def counts(self, person: Person) -> Counts:
        """What waits that this person may see: all for people of the hotline, their own work for people of units."""
        kept = self._kept.setdefault(person.unit, _Kept())
        async with kept.reading:
            now = self._now()
            if kept.at is None or now - kept.at >= FRESH:
                own = sorted(self._sight.own_units(person))
                kept.scopes = [await self._of_units(own)] if own else await asyncio.gather(*map(self._of_all, _SCOPES))
                kept.at = now
        leave = person.unit is not None or self._sight.reads_confidential(person)
        return self._counted(person, kept.scopes if leave else kept.scopes[:1])

    def _counted(self, person: Person, scopes: Sequence[_Readings]) -> Counts:
        now = self._now()
        midnight = now.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        at, end = milliseconds(now), milliseconds(midnight)

        def of(names: Iterable[str]) -> list[_Reading]:
            return [reading for scope in scopes for name in names for reading in scope[name]]

        def count(readings: Sequence[_Reading], wanted: Callable[[_Waiting], bool], whole: bool) -> Count:
            seen = {
                one.number
                for reading in readings
                for one in reading.waiting
                if wanted(one) and self._sight.may_see(person, one)
            }
            return Count(min(len(seen), MOST), len(seen) > MOST or not whole)

        def due(first: int, end: int) -> Count:
            readings = of(sorted(WITH_UNIT))
            whole = all(reading.reaches(end) for reading in readings)
            return count(readings, lambda one: one.due is not None and first <= one.due < end, whole)

        states: dict[State, Count] = {}
        for state in OPEN:
            readings = of((state,))
            states[state] = count(readings, lambda _: True, all(reading.whole for reading in readings))
        supervised = of(("supervised",))
        return Counts(
            states,
            due_today=due(at, end),
            overdue=due(0, at),
            supervised=count(supervised, lambda one: one.supervised, all(reading.whole for reading in supervised)),
        )

    # -- reading --------------------------------------------------------------------------------------------------

    async def _of_all(self, confidential: bool) -> _Readings:
        with_part = sorted(OPEN - {"submitted"})
        read = await asyncio.gather(
            self._tickets({"state": "submitted", "confidential": confidential}),
            self._tickets({"supervised": 1, "confidential": confidential}),
            *(self._parts({"role": "lead", "state": state, "confidential": confidential}) for state in with_part),
        )
        names = ("submitted", "supervised", *with_part)
        return {name: [reading] for name, reading in zip(names, read, strict=True)}

    async def _of_units(self, units: Sequence[str]) -> _Readings:
        states = sorted(OPEN)
        read = await asyncio.gather(*(self._parts({"state": state}, units) for state in states))
        return {"supervised": read} | {state: [reading] for state, reading in zip(states, read, strict=True)}

    async def _parts(self, where: Mapping[str, Any], units: Sequence[str] = ()) -> _Reading:
        found = await read_any(self._store, "assignments", where, _DUE_FIRST, MOST, field="unit", values=units)
        waiting = [_waiting(document, document["due"]) for document in found.documents if document["role"] != "former"]
        return _Reading(waiting, None if found.whole else found.documents[-1]["due"])

    async def _tickets(self, where: Mapping[str, Any]) -> _Reading:
        found = await self._store.find("tickets", where, sort=[("number", -1)], limit=MOST)
        waiting = [_waiting(document, None) for document in found if document["state"] in OPEN]
        return _Reading(waiting, 0 if len(found) == MOST else None)


def _waiting(document: Document, due: int | None) -> _Waiting:
    unit = document.get("unit")
    return _Waiting(
        number=document.get("ticket") or document["_id"],
        state=document["state"],
        due=due if document.get("open") else None,
        supervised=bool(document.get("supervised")),
        confidential=document["confidential"],
        accused=tuple(document.get("accused", ())),
        recused=tuple(document.get("recused", ())),
        units=(unit,) if unit else (),
    )
