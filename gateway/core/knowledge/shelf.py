"""All entries as an editor's lists show them, in memory: what lists and counts ask costs the store nothing."""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Self

from bot.answers.types import Entry as BotEntry
from gateway.core.errors import Invalid
from gateway.core.knowledge.entry import KnowledgeEntry
from gateway.core.model import milliseconds

State = Literal["draft", "review", "published", "expired", "withdrawn"]
# a list one may look at: the entries in a state, changes of published ones that are, or published ones that end soon
Listed = Literal["draft", "review", "published", "expiring", "expired", "withdrawn"]

EXPIRING = timedelta(days=30)
# entries looked at before the event loop gets its turn
_SLICE = 500


def state_of(entry: KnowledgeEntry | Line, now: datetime) -> State:
    """A published entry expires by itself."""
    if entry.status == "published" and entry.valid_until is not None and entry.valid_until <= now:
        return "expired"
    return entry.status


@dataclass(frozen=True, slots=True)
class Line:
    """One entry. said: its texts, the same object that the bot has. pending: how far a change of it has come."""

    said: BotEntry
    status: Literal["published", "draft", "review", "withdrawn"]
    pending: Literal["draft", "review"] | None
    unit: str
    category: str
    sample: bool
    valid_until: datetime | None
    updated_at: datetime
    updated_ms: int
    updated_by: str

    @classmethod
    def of(cls, entry: KnowledgeEntry) -> Self:
        return cls(
            entry.for_bot(),
            entry.status,
            entry.pending.status if entry.pending else None,
            entry.unit,
            entry.category,
            entry.sample,
            entry.valid_until,
            entry.updated_at,
            milliseconds(entry.updated_at),
            entry.updated_by,
        )

    @property
    def id(self) -> str:
        return self.said.id

    @property
    def place(self) -> tuple[int, str]:
        """Where it is in lists: what was changed last comes first."""
        return self.updated_ms, self.said.id

    def listed(self, now: datetime) -> Iterator[Listed]:
        state = state_of(self, now)
        yield state
        if self.pending is not None and self.pending != state:
            yield self.pending
        if state == "published" and self.valid_until is not None and self.valid_until <= now + EXPIRING:
            yield "expiring"

    def has(self, words: Sequence[str]) -> bool:
        """Whether each of the words, in small letters, occurs in its texts, its id or its category."""
        texts = (self.said.question, *self.said.similar, self.said.answer, self.said.id, self.category)
        whole = "\n".join(texts).casefold()
        return all(word in whole for word in words)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries. unit: exactly as they name it. text: words that occur in them."""

    listed: Listed | None = None
    unit: str = ""
    text: str = ""


@dataclass(slots=True)
class Page:
    """next: pass it on as `after` for more; "" at the end. counts: how many entries each list has that answer the rest
    of what is wanted, and all of them."""

    lines: list[Line] = field(default_factory=list)
    next: str = ""
    counts: Mapping[Listed, int] = field(default_factory=dict)
    total: int = 0


class Shelf:
    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}

    def put(self, line: Line) -> None:
        self._lines[line.id] = line

    def take(self, id: str) -> None:
        self._lines.pop(id, None)

    def unit(self, id: str) -> str:
        """The name of the unit that owns an entry; "" when none does."""
        line = self._lines.get(id)
        return line.unit if line else ""

    def units(self) -> list[str]:
        """All that own an entry, by name."""
        return sorted({line.unit for line in self._lines.values() if line.unit})

    async def find(self, wanted: Wanted, now: datetime, *, after: str = "", limit: int = 50) -> Page:
        """What was changed last comes first. Raises `Invalid` for an `after` that is none."""
        beyond = _place(after)
        words = wanted.text.casefold().split()
        counts: Counter[Listed] = Counter()
        found: list[Line] = []
        total = 0
        for number, line in enumerate(list(self._lines.values())):
            if number % _SLICE == _SLICE - 1:
                await asyncio.sleep(0)
            if wanted.unit not in ("", line.unit) or (words and not line.has(words)):
                continue
            lists = tuple(line.listed(now))
            for name in lists:
                counts[name] += 1
            total += 1
            if wanted.listed in (None, *lists) and (beyond is None or line.place < beyond):
                found.append(line)
        lines = heapq.nlargest(limit + 1, found, key=lambda line: line.place)
        more = len(lines) > limit
        lines = lines[:limit]
        return Page(lines, _written(lines[-1].place) if more else "", counts, total)


def _written(place: tuple[int, str]) -> str:
    at, id = place
    return f"{at}:{id}"


def _place(written: str) -> tuple[int, str] | None:
    at, _, id = written.partition(":")
    if written and (not (at.isascii() and at.isdecimal()) or len(at) > 15 or not id):
        raise Invalid("翻页的位置不对，请从第一页看起")
    return (int(at), id) if written else None
