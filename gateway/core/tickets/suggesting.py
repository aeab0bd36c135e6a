"""Which unit a ticket is suggested to: a department by what it is about, the town or park by where it is.

What it knows is the model in force (`teaching`), the same in every process. The first one is made of duties and
knowledge as soon as there are units, by whichever process is at hand, and made anew when units change, until one has
been trained with tickets.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.dispatching import Classifier, Unreadable
from gateway.core.ports import Locks, Store
from gateway.core.tickets import teaching
from gateway.core.tickets.model import Ticket
from gateway.core.tickets.teaching import TERRITORY, Model
from gateway.core.tickets.towns import Towns
from gateway.core.units import Units

log = logging.getLogger("hotline.tickets")

MOST = 3
# after which another process makes the first model; it takes one of them a few seconds
_LEASE = 120.0


@dataclass(frozen=True, slots=True)
class SuggestedUnit:
    """confidence: the estimated probability, 0 to 1, that the ticket is this unit's."""

    unit: str
    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Town:
    unit: str
    name: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """units: the likeliest first, three at most; none when nothing is known. place: the words that tell where it is.
    town: the town or park it is in, when they name one and nothing else; towns: all it may be in."""

    units: tuple[SuggestedUnit, ...]
    place: str
    town: Town | None
    towns: tuple[Town, ...]


class Suggesting:
    """`refresh` every few seconds."""

    def __init__(self, store: Store, units: Units, towns: Towns, locks: Locks, now: Callable[[], datetime]) -> None:
        self._store = store
        self._units = units
        self._towns = towns
        self._locks = locks
        self._now = now
        self._classifier = Classifier.fit([])
        self._version = 0

    # -- asking ---------------------------------------------------------------------------------------------------

    async def suggest(self, ticket: Ticket) -> Suggestion:
        """Never a unit that the ticket is about, nor one that returned it."""
        # a long letter takes milliseconds, the first one more
        return await asyncio.to_thread(self._suggest, ticket)

    def _suggest(self, ticket: Ticket) -> Suggestion:
        whereabouts = self._towns.find(ticket.place, ticket.matter)
        barred = {below for unit in ticket.accused for below in self._units.subtree(unit)} | set(ticket.former)
        classifier = self._classifier
        found: list[SuggestedUnit] = []
        for one in classifier.suggest(teaching.words(ticket), len(classifier.labels)):
            unit = self._units.get(whereabouts.town if one.label == TERRITORY else one.label)
            if unit is not None and unit.active and unit.id not in barred:
                found.append(SuggestedUnit(unit.id, unit.short, one.confidence))
        towns = self._named(unit for unit in whereabouts.units if unit not in barred)
        town = towns[0] if towns and whereabouts.sure else None
        return Suggestion(tuple(found[:MOST]), whereabouts.words, town, towns)

    def _named(self, units: Iterable[str]) -> tuple[Town, ...]:
        return tuple(Town(unit, self._units.short(unit)) for unit in units)

    # -- following ------------------------------------------------------------------------------------------------

    async def refresh(self) -> bool:
        """Take up the model in force, or see that there is one; whether this process knows another one now. Raises
        `StoreUnavailable`, `Conflict`."""
        model = await teaching.in_force(self._store)
        if teaching.is_stale(model, self._units) and self._units.duties():
            async with self._locks.hold("first-model", _LEASE) as ours:
                model = await self._with_duties() if ours else model
        if model is None or model.version == self._version:
            return False
        return await self._take_up(model)

    async def _with_duties(self) -> Model:
        # as they are now, or two processes would undo each other's work
        await self._units.refresh()
        model = await teaching.in_force(self._store)
        if model is not None and not teaching.is_stale(model, self._units):
            return model  # somebody was quicker
        known = await teaching.of_knowledge(self._store, self._units, self._now())
        examples = [*teaching.of_duties(self._units), *known]
        classifier = await asyncio.to_thread(Classifier.fit, examples)
        return await teaching.put_in_force(self._store, classifier, "duties", self._units, self._now())

    async def _take_up(self, model: Model) -> bool:
        kept = await self._store.get_blob(model.blob_id)
        try:
            if kept is None:
                raise Unreadable("its file is not there")
            self._classifier = await asyncio.to_thread(Classifier.from_bytes, kept[1])
        except Unreadable as unreadable:
            log.warning("the model in force cannot be read; train anew", extra={"what": str(unreadable)})
            return False
        finally:
            self._version = model.version
        return True
