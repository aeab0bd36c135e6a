"""Who keeps the knowledge base: drafts, reviews, publishes. What an entry may become is pure; `Editor` does it.

A new entry is a draft until it is published. A published one is not taken from the citizens while it is worked on: what
is written then is a change that waits beside it (`pending`), goes the same way, and takes its place when published.
Two people look at what citizens are told: nobody publishes what they wrote or submitted themselves.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from gateway.core.errors import Invalid, Refused
from gateway.core.knowledge.entry import (
    WRITTEN,
    Change,
    Draft,
    KnowledgeEntry,
    checked,
    same_question,
)
from gateway.core.knowledge.following import Knowledge
from gateway.core.people import Person
from gateway.core.ports import Bus

Move = Literal["submit", "send_back", "publish", "withdraw", "discard"]
TOPIC = "knowledge"


def edited(entry: KnowledgeEntry, draft: Draft, by: str) -> KnowledgeEntry:
    """With what an editor wrote. In review it stays in review; what was withdrawn is a draft again."""
    given = {field: draft.given[field] for field in WRITTEN if field in draft.given}
    if entry.status == "published":
        before = entry.pending or Change.model_validate({field: getattr(entry, field) for field in WRITTEN})
        return entry.model_copy(update={"pending": before.model_copy(update={**given, "worked_by": by})})
    status = "review" if entry.status == "review" else "draft"
    return entry.model_copy(update={**given, "status": status, "sample": False, "worked_by": by})


def worded(entry: KnowledgeEntry, wordings: Sequence[str]) -> KnowledgeEntry:
    """With further wordings of its question, in its pending change as well. Another wording changes no answer, so that
    it needs no review. Raises `Invalid`."""

    def similar(of: KnowledgeEntry | Change) -> tuple[str, ...]:
        values = {"question": of.question, "answer": "-", "similar": [*of.similar, *wordings]}
        kept: tuple[str, ...] = checked(values).given["similar"]
        return kept

    update: dict[str, Any] = {"similar": similar(entry)}
    if entry.pending is not None:
        update["pending"] = entry.pending.model_copy(update={"similar": similar(entry.pending)})
    return entry.model_copy(update=update)


def _submitted(entry: KnowledgeEntry, now: datetime, by: str) -> KnowledgeEntry:
    work = _at_work(entry)
    if work.status == "review":
        raise Refused("wrong_state", "已经在等审核了")
    _check_complete(work, now)
    return _worked_on(entry, status="review", worked_by=by)


def _sent_back(entry: KnowledgeEntry, now: datetime, by: str) -> KnowledgeEntry:
    if _at_work(entry).status != "review":
        raise Refused("wrong_state", "只有等审核的才能退回修改")
    return _worked_on(entry, status="draft")


def _published(entry: KnowledgeEntry, now: datetime, by: str) -> KnowledgeEntry:
    work = _at_work(entry)
    if work.status != "review":
        raise Refused("wrong_state", "先提交审核，审核通过才能发布")
    _check_complete(work, now)
    given = {field: getattr(work, field) for field in WRITTEN}
    return entry.model_copy(update={**given, "status": "published", "pending": None, "sample": False})


def _withdrawn(entry: KnowledgeEntry, now: datetime, by: str) -> KnowledgeEntry:
    if entry.status != "published":
        raise Refused("wrong_state", "只有已发布的才能下架")
    # what was going to take its place is what will be worked on
    given = {field: getattr(entry.pending, field) for field in WRITTEN} if entry.pending else {}
    return entry.model_copy(update={**given, "status": "withdrawn", "pending": None, "sample": False})


def _discarded(entry: KnowledgeEntry, now: datetime, by: str) -> KnowledgeEntry:
    if entry.pending is None:
        raise Refused("wrong_state", "没有还没发布的修改")
    return entry.model_copy(update={"pending": None})


_MOVES: Mapping[Move, Callable[[KnowledgeEntry, datetime, str], KnowledgeEntry]] = {
    "submit": _submitted,
    "send_back": _sent_back,
    "publish": _published,
    "withdraw": _withdrawn,
    "discard": _discarded,
}


def moved(entry: KnowledgeEntry, move: Move, now: datetime, by: str) -> KnowledgeEntry:
    """by: a user name. Raises `Refused` when the entry is not where the move begins, `Invalid` when something is
    missing."""
    return _MOVES[move](entry, now, by)


def moves(entry: KnowledgeEntry) -> tuple[Move, ...]:
    """What may be done to it now."""
    if entry.status == "published" and entry.pending is None:
        return ("withdraw",)
    under_way: tuple[Move, ...] = ("publish", "send_back") if _at_work(entry).status == "review" else ("submit",)
    return (*under_way, "discard", "withdraw") if entry.pending else under_way


def is_own(entry: KnowledgeEntry, username: str) -> bool:
    """Whether what could be published now is this user's own."""
    return "publish" in moves(entry) and _at_work(entry).worked_by == username


def _at_work(entry: KnowledgeEntry) -> KnowledgeEntry | Change:
    """What is being worked on: the pending change of a published entry, else the entry. Raises `Refused`."""
    if entry.status != "published":
        return entry
    if entry.pending is None:
        raise Refused("wrong_state", "没有还没发布的修改")
    return entry.pending


def _worked_on(entry: KnowledgeEntry, **update: str) -> KnowledgeEntry:
    if entry.pending is None:
        return entry.model_copy(update=update)
    return entry.model_copy(update={"pending": entry.pending.model_copy(update=update)})


def _check_complete(work: KnowledgeEntry | Change, now: datetime) -> None:
    if not work.answer:
        raise Invalid("还没有写答案")
    if work.valid_until is not None and work.valid_until <= now:
        raise Invalid("有效期已经过了，请先改有效期")


@dataclass(frozen=True, slots=True)
class Difference:
    """What an entry was and what it became. fields: those of `entry.WRITTEN` that differ, and `status`."""

    before: KnowledgeEntry
    after: KnowledgeEntry
    fields: tuple[str, ...]


class Editor:
    """What editors do, one entry at a time. by: a user name, where it is no person. The bot of this process has what
    was published when a call returns, that of the others a moment later. Every call raises `StoreUnavailable`.

    others: whether anybody else than this user may publish."""

    def __init__(
        self,
        knowledge: Knowledge,
        bus: Bus,
        now: Callable[[], datetime],
        *,
        others: Callable[[str], Awaitable[bool]],
    ) -> None:
        self._knowledge = knowledge
        self._ledger = knowledge.ledger
        self._bus = bus
        self._others = others
        self.now = now

    async def get(self, id: str) -> KnowledgeEntry:
        """Raises `NotFound`."""
        return await self._ledger.get(id)

    async def create(self, values: Mapping[str, Any], *, by: str) -> KnowledgeEntry:
        """A new draft. Raises `Invalid` with `problems`, `Conflict` when its unit has the question already."""
        return await self._seen(await self._ledger.save({**values, "status": "draft"}, by=by))

    async def edit(self, id: str, values: Mapping[str, Any], *, version: int, by: str) -> KnowledgeEntry:
        """Write what is worked on. Raises `Invalid` with `problems`, `NotFound`, `Conflict` when it has changed."""
        draft = checked({**values, "status": "draft"})
        return await self._seen(
            await self._ledger.change(id, lambda entry: edited(entry, draft, by), by=by, did="edit", version=version)
        )

    async def held(self, entry: KnowledgeEntry, person: Person) -> bool:
        """Whether it is ready and somebody else has to publish it: it is this person's own. Who makes editors is not
        held up by their number, nor is the only one there is."""
        if not is_own(entry, person.username) or "people.manage" in person.scopes:
            return False
        return await self._others(person.username)

    async def move(self, id: str, move: Move, *, version: int, by: Person, note: str = "") -> KnowledgeEntry:
        """version: which one it must be. Raises `Refused`, `Invalid`, `NotFound`, `Conflict`."""
        now = self.now()
        if move == "publish" and await self.held(await self.get(id), by):
            raise Refused("own_work", "自己写的或提交的，要由另一位知识编辑发布")
        return await self._seen(
            await self._ledger.change(
                id,
                lambda entry: moved(entry, move, now, by.username),
                by=by.username,
                did=move,
                version=version,
                note=note,
            )
        )

    async def word(self, id: str, wordings: Sequence[str], *, by: str) -> KnowledgeEntry:
        """Add similar questions; those it has already change nothing. Raises `Invalid`, `NotFound`, `Conflict`."""
        entry = await self.get(id)
        known = {same_question(text) for text in (entry.question, *entry.similar)}
        if all(same_question(text) in known for text in wordings):
            return entry
        return await self._seen(
            await self._ledger.change(id, lambda entry: worded(entry, wordings), by=by, did="similar")
        )

    async def remove(self, id: str, *, version: int, by: str, note: str) -> None:
        """Raises `NotFound`, `Conflict`."""
        await self._ledger.remove(id, version=version, by=by, note=note)
        await self._tell()

    async def versions(self, id: str, *, before: int = 0, limit: int = 50) -> list[KnowledgeEntry]:
        """See `Ledger.versions`."""
        return await self._ledger.versions(id, before=before, limit=limit)

    async def compare(self, id: str, before: int, after: int) -> Difference:
        """Two versions of an entry. Raises `NotFound`."""
        one, other = await self._ledger.as_of(id, before), await self._ledger.as_of(id, after)
        old, new = _work(one), _work(other)
        differing = tuple(field for field in old if old[field] != new[field])
        return Difference(one, other, differing)

    async def _seen(self, entry: KnowledgeEntry) -> KnowledgeEntry:
        await self._tell()
        return entry

    async def _tell(self) -> None:
        self._bus.post(TOPIC, {})
        await self._knowledge.refresh()


def _work(entry: KnowledgeEntry) -> dict[str, Any]:
    """What an editor had before them in that version."""
    shown = entry.pending or entry
    return {"status": shown.status, **{field: getattr(shown, field) for field in WRITTEN}}
