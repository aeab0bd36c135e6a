"""The responsible units: departments, towns and parks; what each is for, and where it is. Kept in memory, in step with
the store, because every list and every dispatch asks for them.

A unit is never deleted, since tickets name it; it is set inactive. Every change is written to the audit log: the unit's
document carries the line until it is known to be there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError

from gateway.core import audit
from gateway.core.errors import Conflict, Invalid, NotFound
from gateway.core.model import Document, Effect, Stored, new_id
from gateway.core.ports import Bus, Store

UNITS = "units"
PAGE = 500
ATTEMPTS = 5
COUNTED = 1000  # open tickets of a unit are counted up to here
ID = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_BOOKKEEPING = frozenset(("id", "version", "tail"))

Kind = Literal["department", "town", "park"]
KINDS: dict[Kind, str] = {"department": "部门", "town": "镇街", "park": "园区"}
Code = Annotated[str, StringConstraints(pattern=ID, max_length=40)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=40)]
Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120)]


class Unit(Stored):
    """One unit. duties: what it is responsible for, also in citizens' words. territory: names that tell a place it
    covers. contacts: public ones. sample: made up for trying, to be replaced by the city's own."""

    id: Code
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=80)]
    short: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=30)]
    kind: Kind
    parent: Code | None = None
    aliases: tuple[Word, ...] = Field((), max_length=100)
    duties: tuple[Phrase, ...] = Field((), max_length=500)
    territory: tuple[Word, ...] = Field((), max_length=1000)
    contacts: tuple[Phrase, ...] = Field((), max_length=20)
    sample: bool = False
    active: bool = True
    tail: tuple[str, ...] = Field((), repr=False, description="The last change's line in the audit log, packed.")

    @property
    def names(self) -> tuple[str, ...]:
        """All it is called, each once."""
        return tuple(dict.fromkeys((self.name, self.short, *self.aliases)))

    def content(self) -> Document:
        """What a person may change."""
        return self.model_dump(exclude=set(_BOOKKEEPING))


LABELS: Mapping[str, str] = {
    "id": "编号",
    "name": "全称",
    "short": "简称",
    "kind": "类别",
    "parent": "上级单位",
    "aliases": "别名",
    "duties": "职责",
    "territory": "辖区",
    "contacts": "联系方式",
    "sample": "样例",
    "active": "启用",
}

_RULES: Mapping[str, str] = {
    "id": "只能用小写字母、数字和连字符，最多 40 个",
    "kind": "只能是 department（部门）、town（镇街）或 park（园区）",
    "parent": "要写上级单位的编号",
    "sample": "只能是 true 或 false",
    "active": "只能是 true 或 false",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row of a file, counted from 1."""

    row: int
    what: str

    def __str__(self) -> str:
        return f"第 {self.row} 行，{self.what}"


class Units:
    """`refresh` before asking, every few seconds, and when another process says that something changed.

    now: aware UTC, whole milliseconds. bus: tells the other processes of what is changed one by one.
    """

    def __init__(self, store: Store, now: Callable[[], datetime] | None = None, bus: Bus | None = None) -> None:
        self._store = store
        self._bus = bus
        self._now = now or (lambda: datetime.now(UTC).replace(microsecond=0))
        self._units: dict[str, Unit] = {}
        self._below: dict[str, list[str]] = {}
        self._named: dict[str, str] = {}

    # -- following ------------------------------------------------------------------------------------------------

    async def refresh(self) -> None:
        """Read all. Raises `StoreUnavailable`."""
        units: dict[str, Unit] = {}
        last = ""
        while True:
            found = await self._store.find(UNITS, {"_id": {"$gt": last}}, sort=[("_id", 1)], limit=PAGE)
            for document in found:
                known = self._units.get(document["_id"])
                same = known is not None and known.version == document["version"]
                units[document["_id"]] = known if known is not None and same else Unit.of(document)
            if len(found) < PAGE:
                break
            last = found[-1]["_id"]
        self._units = units
        self._below = {}
        for unit in units.values():
            if unit.parent:
                self._below.setdefault(unit.parent, []).append(unit.id)
        self._named = {_plain(name): unit.id for unit in units.values() if unit.active for name in unit.names}

    # -- asking ---------------------------------------------------------------------------------------------------

    def get(self, id: str | None) -> Unit | None:
        """The unit, active or not."""
        return self._units.get(id or "")

    def known(self, id: str) -> Unit:
        """The unit, active or not. Raises `NotFound`."""
        unit = self.get(id)
        if unit is None:
            raise NotFound("没有这个单位", unit=id)
        return unit

    def all(self, *, inactive: bool = False) -> list[Unit]:
        """The active ones, and the others, too, if they are wanted; departments first, in the order of their ids."""
        wanted = (unit for unit in self._units.values() if unit.active or inactive)
        return sorted(wanted, key=lambda unit: (unit.kind != "department", unit.id))

    def named(self, name: str) -> Unit | None:
        """The active unit that is called so, by any of its names."""
        return self.get(self._named.get(_plain(name)))

    def short(self, id: str | None) -> str:
        """How citizens are told of it; a word for any unit when it is not known."""
        unit = self.get(id)
        return unit.short if unit else "负责的单位"

    def subtree(self, id: str | None) -> list[str]:
        """The unit and those below it."""
        found: dict[str, None] = {}
        waiting = [id] if id else []
        while waiting:
            unit = waiting.pop()
            if unit not in found:
                found[unit] = None
                waiting += self._below.get(unit, [])
        return list(found)

    def ancestors(self, id: str | None) -> list[str]:
        """Those above the unit, the nearest first."""
        found: list[str] = []
        unit = self.get(id)
        while unit is not None and unit.parent and unit.parent not in (*found, id):
            found.append(unit.parent)
            unit = self.get(unit.parent)
        return found

    def gazetteer(self) -> Mapping[str, Sequence[str]]:
        """Names by which a text tells the town or park it is about. A name may belong to two: villages share some."""
        return {unit.id: _place_names(unit) for unit in self.all() if unit.kind != "department"}

    def places(self) -> list[str]:
        """The towns and parks, as citizens are told of them."""
        return [unit.short for unit in self.all() if unit.kind != "department"]

    def duties(self) -> list[tuple[str, str]]:
        """Department and text, for learning what is whose. Towns are told by the place."""
        departments = (unit for unit in self.all() if unit.kind == "department")
        return [(unit.id, text) for unit in departments for text in (*unit.names, *unit.duties)]

    # -- changing -------------------------------------------------------------------------------------------------

    def problems(self, rows: Mapping[int, Unit]) -> list[Problem]:
        """Why these units cannot be put beside those that are there, by their rows."""
        found: list[Problem] = []
        given: dict[str, Unit] = {}
        for row, unit in rows.items():
            if unit.id in given:
                found.append(Problem(row, f"编号 {unit.id} 前面已经有了"))
            given[unit.id] = unit
        after = {**self._units, **given}
        owners: dict[str, set[str]] = {}
        for unit in after.values():
            for name in unit.names if unit.active else ():
                owners.setdefault(_plain(name), set()).add(unit.id)
        for row, unit in rows.items():
            if unit.parent and unit.parent not in after:
                found.append(Problem(row, f"没有上级单位 {unit.parent}"))
            elif unit.parent and unit.active and not after[unit.parent].active:
                found.append(Problem(row, f"上级单位 {unit.parent} 已经停用"))
            below = (
                []
                if unit.active
                else [other.id for other in after.values() if other.parent == unit.id and other.active]
            )
            if below:
                found.append(Problem(row, f"下面还有在用的单位 {'、'.join(sorted(below)[:10])}"))
            if _is_below_itself(unit, after):
                found.append(Problem(row, "上级单位绕回了自己"))
            for name in unit.names if unit.active else ():
                others = owners.get(_plain(name), set()) - {unit.id}
                if others:
                    found.append(Problem(row, f"“{name}”也是 {'、'.join(sorted(others))} 的名称"))
        return sorted(found, key=lambda problem: problem.row)

    async def put(self, units: Iterable[Unit], *, by: str, reason: str = "") -> tuple[int, int]:
        """Add or change these; how many were added and how many changed. Checked as a whole before the first is
        written; may be repeated. by: who, for the audit log. Raises `Invalid`, `Conflict` when others keep changing
        one, or one is to be retired that has open tickets, `StoreUnavailable`."""
        await self.refresh()
        wanted = list(units)
        problems = self.problems(dict(enumerate(wanted, 1)))
        if problems:
            raise Invalid("；".join(map(str, problems[:20])))
        for unit in wanted:
            await self._check_idle(unit)
        added = changed = 0
        for unit in wanted:
            how = await self._put(unit, by, reason)
            added += how == "unit.add"
            changed += how not in ("", "unit.add")
        await self.refresh()
        return added, changed

    async def add(self, unit: Unit, *, by: str, reason: str = "") -> Unit:
        """One that is not there yet. Raises `Invalid`, `Conflict` when its id is taken, `StoreUnavailable`."""
        await self.refresh()
        self._check(unit)
        if not await self._write(None, unit, by, reason):
            raise Conflict("这个编号已经有单位用了", unit=unit.id)
        return await self._changed(unit.id)

    async def change(self, id: str, given: Mapping[str, object], *, by: str, reason: str = "") -> Unit:
        """Set these fields of one; what is not given stays. Raises `NotFound`, `Invalid`, `StoreUnavailable`, and
        `Conflict` when others keep changing it, or it is to be retired and has open tickets."""
        for _ in range(ATTEMPTS):
            await self.refresh()
            stored = self.known(id)
            await self._write_down(stored)
            wanted = Unit.model_validate({**stored.model_dump(), **given})
            if wanted.content() == stored.content():
                return stored
            self._check(wanted)
            await self._check_idle(wanted)
            if await self._write(stored, wanted, by, reason):
                return await self._changed(id)
        raise Conflict("别人正在改这个单位，请再试一次", unit=id)

    def _check(self, unit: Unit) -> None:
        problems = self.problems({1: unit})
        if problems:
            raise Invalid("；".join(problem.what for problem in problems[:20]))

    async def _check_idle(self, unit: Unit) -> None:
        """That a unit which is retired now has nothing left to do."""
        stored = self._units.get(unit.id)
        if unit.active or stored is None or not stored.active:
            return
        found = await self._store.find("assignments", {"unit": unit.id, "open": 1}, limit=COUNTED)
        if found:
            count = f"{len(found)} 张" if len(found) < COUNTED else f"{COUNTED} 张以上"
            raise Conflict(f"这个单位还有 {count}没办完的工单，不能停用", unit=unit.id, open=len(found))

    async def _changed(self, id: str) -> Unit:
        await self.refresh()
        if self._bus is not None:
            self._bus.post("units", {})
        return self._units[id]

    async def _put(self, unit: Unit, by: str, reason: str) -> str:
        """What it was, as the audit log calls it; empty when nothing was to be changed."""
        for _ in range(ATTEMPTS):
            document = await self._store.get(UNITS, unit.id)
            stored = Unit.of(document) if document else None
            if stored is not None:
                # killed before it wrote it down, perhaps
                await self._write_down(stored)
                if stored.content() == unit.content():
                    return ""
            if action := await self._write(stored, unit, by, reason):
                return action
        raise Conflict("别人正在改这个单位，请再试一次", unit=unit.id)

    async def _write(self, stored: Unit | None, unit: Unit, by: str, reason: str) -> str:
        """In the place of what is stored. What it was, as the audit log calls it; empty when another was first."""
        action = "unit.change" if stored else "unit.add"
        if stored is not None and stored.active != unit.active:
            action = "unit.restore" if unit.active else "unit.retire"
        line = audit.entry(self._now(), by, action, unit.id, reason, id=new_id(), changes=_changes(stored, unit))
        update = {"version": stored.version if stored else 1, "tail": (Effect("insert", audit.AUDIT, line).pack(),)}
        made = unit.model_copy(update=update)
        write = self._store.replace if stored else self._store.insert
        if not await write(UNITS, made.document()):
            return ""
        await self._write_down(made)
        return action

    async def _write_down(self, unit: Unit) -> None:
        for packed in unit.tail:
            effect = Effect.unpack(packed)
            await self._store.insert(effect.collection, effect.document)


def rows(text: str) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """The rows of a JSONL file that are not empty, counted from 1; None for one that is no object."""
    for row, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
        except (ValueError, RecursionError):
            given = None
        yield row, given if isinstance(given, dict) else None


def read(text: str) -> tuple[dict[int, Unit], list[Problem]]:
    """The units of a JSONL file by their rows, and what is wrong with the others."""
    units: dict[int, Unit] = {}
    problems: list[Problem] = []
    for row, given in rows(text):
        if given is None:
            problems.append(Problem(row, "不是一行 JSON 对象"))
            continue
        unknown = [str(name)[:40] for name in given if name not in LABELS]
        if unknown:
            problems.append(Problem(row, f"不认得这些字段：{'、'.join(unknown)}"))
            continue
        try:
            units[row] = Unit.model_validate(given)
        except ValidationError as error:
            fields = dict.fromkeys(str(item["loc"][0]) for item in error.errors())
            problems += [Problem(row, f"{LABELS[field]}：{_why(field, given.get(field))}") for field in fields]
    return units, problems


def write(units: Iterable[Unit]) -> str:
    """What `read` reads as the same units."""
    kept = (unit.model_dump(exclude={"version", "tail"}, exclude_defaults=True) for unit in units)
    lines = (json.dumps(unit, ensure_ascii=False) for unit in kept)
    return "".join(f"{line}\n" for line in lines)


def _why(field: str, value: object) -> str:
    return "没有填" if value in (None, "") else _RULES.get(field, "不是文字，或者太短、太长、太多")


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()


def _place_names(unit: Unit) -> tuple[str, ...]:
    """The unit's names and territory; a village that became a community (村改居) is still called both."""
    names = dict.fromkeys((*unit.names, *unit.territory))
    for name in unit.territory:
        if name.endswith("社区"):
            names[f"{name.removesuffix('社区')}村"] = None
        elif name.endswith("村"):
            names[f"{name.removesuffix('村')}社区"] = None
    return tuple(names)


def _is_below_itself(unit: Unit, units: Mapping[str, Unit]) -> bool:
    seen: set[str] = set()
    above = unit.parent
    while above is not None and above in units and above not in seen:
        if above == unit.id:
            return True
        seen.add(above)
        above = units[above].parent
    return False


def _changes(before: Unit | None, after: Unit) -> str | None:
    """As JSON: each field that changed, with what it was and what it became. None for a new unit."""
    if before is None:
        return None
    was, becomes = before.content(), after.content()
    changed = {field: [was[field], becomes[field]] for field in becomes if was[field] != becomes[field]}
    return json.dumps(changed, ensure_ascii=False)
