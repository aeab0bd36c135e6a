"""Who may know of which ticket: the one rule that every list, search, count, export and event passes.

A confidential report is seen by those who may read such, and by the unit that handles it; never by a unit it is about,
nor by one above or below that unit.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from gateway.core.people import Person
from gateway.core.units import Units


class About(Protocol):
    """What of a ticket decides who may know of it: the ticket itself, or what a projection keeps of it."""

    @property
    def confidential(self) -> bool: ...

    @property
    def accused(self) -> tuple[str, ...]: ...

    @property
    def recused(self) -> tuple[str, ...]: ...

    @property
    def units(self) -> tuple[str, ...]: ...


class Sight:
    def __init__(self, units: Units) -> None:
        self._units = units

    def may_see(self, person: Person, ticket: About) -> bool:
        """Whether this person may know of this ticket at all."""
        own = self.own_units(person)
        if self._is_barred(person, own, ticket):
            return False
        if own:
            return "tickets.read_unit" in person.scopes and not own.isdisjoint(ticket.units)
        if "tickets.read" not in person.scopes:
            return False
        return not ticket.confidential or self.reads_confidential(person)

    def may_see_card(self, person: Person, ticket: About, unit: str) -> bool:
        """Whether they may know of a card that a unit was given on this ticket. A unit keeps its cards when the ticket
        has gone to another."""
        own = self.own_units(person)
        if self.may_see(person, ticket):
            return not own or unit in own
        return unit in own and not ticket.confidential and not self._is_barred(person, own, ticket)

    def _is_barred(self, person: Person, own: frozenset[str], ticket: About) -> bool:
        return person.username in ticket.recused or not own.isdisjoint(self.with_below(ticket.accused))

    def reads_confidential(self, person: Person) -> bool:
        """Also reports that no unit of theirs handles, and who told them."""
        return "confidential.read" in person.scopes

    def own_units(self, person: Person) -> frozenset[str]:
        """A unit's person's own and those below it; none for people of the hotline."""
        return self.with_below((person.unit,)) if person.unit else frozenset()

    def with_below(self, units: Iterable[str]) -> frozenset[str]:
        return frozenset(below for unit in units for below in self._units.subtree(unit))
