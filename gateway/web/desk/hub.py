"""The desks' open sockets of this process: which of them a change concerns, and when it is told.

What one's own citizen says is told at once. What changes in the queue, and for leaders with everybody, is told together
a few times a second: a busy queue costs each desk a frame, not a frame a change.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Protocol

from gateway.core.handoff import Row

TOGETHER = 0.25  # seconds in which changes of the queue are gathered


class Desk(Protocol):
    """One socket. Calls never block and never raise."""

    username: str
    leads: bool

    def on_rows(self, rows: Mapping[str, Row | None]) -> None:
        """Conversations as they are now; None: the bot has it again."""
        ...

    def on_event(self, event: Mapping[str, Any]) -> None:
        """A watched conversation moved: its new messages, its owner."""
        ...

    def on_frame(self, **fields: Any) -> None: ...

    def on_gap(self) -> None:
        """Events may have been missed; read on from the store."""
        ...


class DeskHub:
    def __init__(self) -> None:
        self._desks: set[Desk] = set()
        self._of: defaultdict[str, set[Desk]] = defaultdict(set)
        self._watching: defaultdict[str, set[Desk]] = defaultdict(set)
        self._changed: dict[str, tuple[bool, Row | None]] = {}  # whether everybody is concerned, and the row
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._desks)

    def usernames(self) -> list[str]:
        return sorted(self._of)

    def open_of(self, username: str) -> int:
        return len(self._of.get(username, ()))

    def enter(self, desk: Desk) -> None:
        self._desks.add(desk)
        self._of[desk.username].add(desk)

    def leave(self, desk: Desk) -> None:
        self._desks.discard(desk)
        _discard(self._of, desk.username, desk)

    def watch(self, desk: Desk, conversation_id: str) -> None:
        self._watching[conversation_id].add(desk)

    def unwatch(self, desk: Desk, conversation_id: str) -> None:
        _discard(self._watching, conversation_id, desk)

    # -- what happened --------------------------------------------------------------------------------------------

    def on_row(self, id: str, before: Row | None, row: Row | None) -> None:
        """The board changed. Whose it is and was hears it now; others what concerns the queue, soon; leaders all."""
        own = {one.owner.id for one in (before, row) if one is not None and one.owner.kind == "agent" and one.owner.id}
        for username in own:
            for desk in tuple(self._of.get(username, ())):
                desk.on_rows({id: row})
        queued = any(one is not None and one.owner.kind == "queue" for one in (before, row))
        everybody = queued or self._changed.get(id, (False, None))[0]
        self._changed[id] = (everybody, row)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TOGETHER, self._tell_changed)

    def _tell_changed(self) -> None:
        changed, self._changed, self._timer = self._changed, {}, None
        everything = {id: row for id, (_, row) in changed.items()}
        queue = {id: row for id, (everybody, row) in changed.items() if everybody}
        for desk in tuple(self._desks):
            told = everything if desk.leads else queue
            if told:
                desk.on_rows(told)

    def on_event(self, event: Mapping[str, Any]) -> None:
        for desk in tuple(self._watching.get(event["conversation_id"], ())):
            desk.on_event(event)

    def tell_watching(self, conversation_id: str, **fields: Any) -> None:
        for desk in tuple(self._watching.get(conversation_id, ())):
            desk.on_frame(**fields)

    def tell(self, username: str, **fields: Any) -> None:
        for desk in tuple(self._of.get(username, ())):
            desk.on_frame(**fields)

    def tell_everybody(self, **fields: Any) -> None:
        for desk in tuple(self._desks):
            desk.on_frame(**fields)

    async def resync(self) -> None:
        """The live events were interrupted: let every desk read on from the store, a few at a time."""
        for count, desk in enumerate(tuple(self._desks), 1):
            desk.on_gap()
            if count % 20 == 0:
                await asyncio.sleep(0.05)


def _discard(of: defaultdict[str, set[Desk]], key: str, desk: Desk) -> None:
    desks = of.get(key)
    if desks is not None:
        desks.discard(desk)
        if not desks:
            del of[key]
