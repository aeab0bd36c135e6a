"""What people have still to look at in conversations beside new messages: a note for them, a message that failed. It
stands until they have looked, so that whoever was away finds it.

A mark is written before what it is about, and counts only once that is so: a process that is killed in between leaves
neither a note nor a failure unmarked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from gateway.core.model import Document, milliseconds
from gateway.core.ports import Store

MARKS, NOTES = "marks", "notes"
STANDS = timedelta(days=30)
_MOST = 1_000
Kind = Literal["note", "undelivered"]


@dataclass(frozen=True, slots=True)
class Mark:
    """`id`: of the note or the message it is about."""

    id: str
    kind: Kind
    conversation_id: str


def for_each(usernames: Iterable[str], kind: Kind, id: str, conversation_id: str, at: datetime) -> list[Document]:
    """One for each of these people, to be inserted before the note or the failure of the message with this id."""
    about = {"kind": kind, "about": id, "conversation_id": conversation_id, "at_ms": milliseconds(at)}
    return [{"_id": f"{name}:{id}", "version": 1, "username": name, **about} for name in sorted(usernames)]


class Marks:
    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    async def of(self, username: str) -> list[Mark]:
        """What this person has not looked at. Raises `StoreUnavailable`."""
        found = await self._store.find(MARKS, {"username": username}, limit=_MOST)
        since = milliseconds(self._now() - STANDS)
        over = [mark["_id"] for mark in found if mark["at_ms"] < since]
        if over:
            await self._store.delete(MARKS, over)
        marks = [Mark(mark["about"], mark["kind"], mark["conversation_id"]) for mark in found if mark["at_ms"] >= since]
        notes = await self._store.get_many(NOTES, [mark.id for mark in marks if mark.kind == "note"])
        messages = await self._store.get_many("messages", [mark.id for mark in marks if mark.kind == "undelivered"])
        so = {found["_id"] for found in (*notes, *messages) if _is_so(found)}
        return [mark for mark in marks if mark.id in so]

    async def looked(self, username: str, ids: Sequence[str]) -> None:
        """They have, at these notes and messages. Repeatable. Raises `StoreUnavailable`."""
        await self._store.delete(MARKS, [f"{username}:{id}" for id in ids])


def _is_so(document: Document) -> bool:
    """A message has failed; a note that is there is."""
    return "delivery" not in document or document["delivery"]["state"] == "failed"
