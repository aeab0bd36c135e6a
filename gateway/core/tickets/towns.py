"""Which town or park a matter is in, as far as its words tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.dispatching import Gazetteer
from bot.dispatching import Place as Named
from gateway.core.tickets.model import Place
from gateway.core.units import Units


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """units: the towns and parks it may be in. words: those that tell. sure: they name one town and nothing else."""

    units: tuple[str, ...] = ()
    words: str = ""
    sure: bool = False

    @property
    def town(self) -> str | None:
        """The one it is in."""
        return self.units[0] if self.sure else None


class Towns:
    def __init__(self, units: Units) -> None:
        self._units = units
        self._names: Mapping[str, Sequence[str]] = {}
        self._gazetteer = Gazetteer({})

    def find(self, place: Place, matter: str) -> Whereabouts:
        """What is said of the place counts before what the matter mentions, which is asked where the place leaves it
        open. Pure but for the names, which follow the units."""
        unit = self._units.get(place.unit)
        if unit is not None and unit.active and unit.kind != "department":
            return Whereabouts((unit.id,), place.label, sure=True)
        gazetteer = self._current()
        told, mentioned = gazetteer.find(place.label), gazetteer.find(matter)
        if not told:
            return _whereabouts(mentioned)
        if len(told) > 1 or told[0].doubtful:
            possible = {one.unit for one in told}
            meant = [one for one in mentioned if one.unit in possible]
            if len(meant) == 1 and not meant[0].doubtful:
                return _whereabouts(meant)
        return _whereabouts(told)

    def located(self, place: Place, matter: str) -> Place:
        """The place with its town or park, when the words name exactly one."""
        return place if place.unit else place.model_copy(update={"unit": self.find(place, matter).town})

    def _current(self) -> Gazetteer:
        names = self._units.gazetteer()
        if names != self._names:
            self._names, self._gazetteer = names, Gazetteer(names)
        return self._gazetteer


def _whereabouts(found: Sequence[Named]) -> Whereabouts:
    if not found:
        return Whereabouts()
    sure = len(found) == 1 and not found[0].doubtful
    return Whereabouts(tuple(one.unit for one in found), found[0].matched, sure)
