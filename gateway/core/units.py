"""The responsible units: departments, towns and parks; what each is for, and where it is. Kept in memory, in step with
the store, because every list and every dispatch asks for them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, ValidationError

from gateway.core.errors import Invalid
from gateway.core.model import Document, Stored
from gateway.core.ports import Store

log = logging.getLogger("hotline.units")

UNITS = "units"
PAGE = 500
ATTEMPTS = 5
ID = r"^[a-z0-9-]{1,40}$"


class Unit(Stored):
    """One unit. duties: what it is responsible for, also in citizens' words. territory: names of places it covers.
    contacts: public ones. sample: made up for trying, to be replaced by the city's own."""

    id: str = Field(pattern=ID)
    name: str = Field(min_length=2, max_length=80)
    short: str = Field(min_length=2, max_length=30)
    kind: Literal["department", "town", "park"]
    parent: str | None = Field(None, pattern=ID)
    aliases: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    territory: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    sample: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row of a file, counted from 1."""

    row: int
    what: str


class Units:
    """`refresh` before asking, and again from time to time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._units: dict[str, Unit] = {}
        self._below: dict[str, list[str]] = {}

    async def refresh(self) -> None:
        """Read all. Raises `StoreUnavailable`."""
        units: dict[str, Unit] = {}
        last = ""
        while True:
            found = await self._store.find(UNITS, {"_id": {"$gt": last}}, sort=[("_id", 1)], limit=PAGE)
            units |= {document["_id"]: Unit.of(document) for document in found}
            if len(found) < PAGE:
                break
            last = found[-1]["_id"]
        self._units = units
        self._below = {}
        for unit in units.values():
            if unit.parent:
                self._below.setdefault(unit.parent, []).append(unit.id)

    def get(self, id: str | None) -> Unit | None:
        """The unit, active or not."""
        return self._units.get(id or "")

    def all(self) -> list[Unit]:
        """The active ones, departments first, in the order of their ids."""
        active = (unit for unit in self._units.values() if unit.active)
        return sorted(active, key=lambda unit: (unit.kind != "department", unit.id))

    def short(self, id: str | None) -> str:
        """How citizens are told of it; a word for any unit when it is not known."""
        unit = self.get(id)
        return unit.short if unit else "负责的单位"

    def subtree(self, id: str | None) -> list[str]:
        """The unit and those below it."""
        found: list[str] = []
        waiting = [id] if id else []
        while waiting:
            unit = waiting.pop()
            if unit not in found:
                found.append(unit)
                waiting += self._below.get(unit, [])
        return found

    def gazetteer(self) -> Mapping[str, Sequence[str]]:
        """Names by which a text tells the town or park it is about."""
        towns = (unit for unit in self.all() if unit.kind != "department")
        return {unit.id: (unit.short, unit.name, *unit.aliases, *unit.territory) for unit in towns}

    def duties(self) -> list[tuple[str, str]]:
        """Unit and text, for learning what is whose."""
        return [(unit.id, text) for unit in self.all() for text in (unit.name, *unit.aliases, *unit.duties)]

    # -- changing -------------------------------------------------------------------------------------------------

    async def put(self, units: Iterable[Unit]) -> tuple[int, int]:
        """Add or change these; how many were new and how many changed. Repeatable."""
        added = changed = 0
        for unit in units:
            for _ in range(ATTEMPTS):
                stored = await self._store.get(UNITS, unit.id)
                if stored is None:
                    if await self._store.insert(UNITS, unit.model_copy(update={"version": 1}).document()):
                        added += 1
                        break
                    continue
                document = unit.model_copy(update={"version": stored["version"]}).document()
                if Unit.of(stored) == Unit.of(document):
                    break
                if await self._store.replace(UNITS, document):
                    changed += 1
                    break
        await self.refresh()
        return added, changed


def read(text: str) -> tuple[list[Unit], list[Problem]]:
    """Units from a JSONL file's text, and what is wrong with it: bad rows, ids twice, parents that are not there."""
    units: list[Unit] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for row, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            given: Document = json.loads(line)
            unit = Unit.model_validate(given)
        except ValidationError as error:
            fields = ", ".join(str(item["loc"][0]) if item["loc"] else "row" for item in error.errors()[:5])
            problems.append(Problem(row, f"not right: {fields}"))
            continue
        except (ValueError, TypeError):
            problems.append(Problem(row, "no JSON object"))
            continue
        if unit.id in seen:
            problems.append(Problem(row, f"{unit.id} is there twice"))
        seen.add(unit.id)
        units.append(unit)
    missing = {unit.parent for unit in units if unit.parent} - seen
    problems += [Problem(0, f"no unit {parent}, which others are below") for parent in sorted(missing)]
    return units, problems


def checked(text: str) -> list[Unit]:
    """Raises `Invalid` that names every problem."""
    units, problems = read(text)
    if problems:
        raise Invalid("; ".join(f"row {one.row}: {one.what}" for one in problems[:20]))
    return units
