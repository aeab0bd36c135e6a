"""The audit log: who did what, about what, and why. Only ever added to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.core.model import Document, milliseconds, new_id
from gateway.core.paging import Order, Pages, Stretch, after, place_of, read_any
from gateway.core.ports import Store
from gateway.core.vault import Vault

AUDIT = "audit"
PAGE = 50
_REASON = 500  # characters
_LATEST: Order = (("at_ms", -1), ("line", -1))
# of what is asked for, the one that leaves least to read first; each has an index
_BY = ("about", "actor", "action")
_PLAIN = frozenset(("_id", "line", "version", "at", "at_ms", "actor", "action", "about", "reason"))


def entry(
    at: datetime, actor: str, action: str, about: str, reason: str = "", *, id: str = "", **more: object
) -> Document:
    """A line of the log. id: its own, where it may be written more than once. more: what else helps to understand it,
    never a secret; nothing is kept of what is None."""
    kept = {name: value for name, value in more.items() if value is not None}
    own = id or new_id()
    return {
        **kept,
        "_id": own,
        "line": own,
        "version": 1,
        "at": at,
        "at_ms": milliseconds(at),
        "actor": actor,
        "action": action,
        "about": about,
        "reason": reason.strip()[:_REASON],
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines; what is empty narrows nothing. since: from that moment on; until: before it."""

    actor: str = ""
    about: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    id: str
    at: datetime
    actor: str
    action: str
    about: str
    reason: str
    more: Mapping[str, Any]


class AuditLog:
    def __init__(self, store: Store, vault: Callable[[], Vault]) -> None:
        self._store = store
        self._pages = Pages(vault)

    async def page(self, asked: Asked, *, before: str = "", limit: int = PAGE) -> tuple[tuple[Line, ...], str | None]:
        """Lines, the newest first, and what to pass on for more; None when there is none. before: what the page before
        said. Raises `Invalid` for another."""
        wanted = {name: getattr(asked, name) for name in _BY if getattr(asked, name)}
        bounds = {"$gte": asked.since, "$lt": asked.until}
        within = {operator: milliseconds(at) for operator, at in bounds.items() if at is not None} or {"$gte": 0}
        where = {"at_ms": within, **dict(list(wanted.items())[:1])}

        async def source(place: str, size: int) -> Stretch[Line]:
            found = await read_any(self._store, AUDIT, after(where, _LATEST, place), _LATEST, size)
            lines = [(_line(document), place_of(document, _LATEST)) for document in found.documents]
            return Stretch(lines, None if found.whole else lines[-1][1])

        def is_for(line: Line) -> bool:
            return all(getattr(line, name) == value for name, value in wanted.items())

        return await self._pages.page(source, is_for, before, limit)


def _line(document: Document) -> Line:
    return Line(
        id=document["_id"],
        at=document["at"],
        actor=document["actor"],
        action=document["action"],
        about=document["about"],
        reason=document.get("reason", ""),
        more={name: value for name, value in document.items() if name not in _PLAIN},
    )
