"""The desks' open sockets of this process: which of them a change concerns, and when it is told.

What one's own citizen says is told at once. What changes in the queue, and for leaders with everybody, is told together
a few times a second: a busy queue costs each desk a frame, not a frame a change.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import orjson

from gateway.core.handoff import Row
from gateway.core.people import Person
from gateway.web.desk.conversation_views import ConversationRow, DeliveryView

TOGETHER = 0.25  # seconds in which changes of the queue are gathered


class Desk(Protocol):
    """One socket. Calls never block and never raise."""

    username: str
    answers: bool  # citizens; of conversations nobody else is told anything
    leads: bool
    of_unit: bool  # sees nothing but what is theirs and what waits for their unit
    person: Person | None

    def sees(self, row: Row) -> bool:
        """Whether whose it is may look into it."""
        ...

    def on_event(self, event: Mapping[str, Any]) -> None:
        """A watched conversation moved: its new messages, its owner."""
        ...

    def on_line(self, line: bytes) -> None:
        """An encoded frame as it is."""
        ...

    def on_outcome(self, conversation_id: str, seq: int, line: bytes) -> None:
        """What became of a message, as a frame: to be told after the message itself."""
        ...

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

    def open_of(self, username: str) -> int:
        return len(self._of.get(username, ()))

    @property
    def is_empty(self) -> bool:
        return not self._desks

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
        desks = [desk for username in own for desk in self._of.get(username, ())]
        _tell_rows(desks, {id: row})
        queued = any(one is not None and one.owner.kind == "queue" for one in (before, row))
        everybody = queued or self._changed.get(id, (False, None))[0]
        self._changed[id] = (everybody, row)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TOGETHER, self._tell_changed)

    def _tell_changed(self) -> None:
        changed, self._changed, self._timer = self._changed, {}, None
        queue = {id: row for id, (everybody, row) in changed.items() if everybody}
        _tell_rows([desk for desk in self._desks if desk.leads], {id: row for id, (_, row) in changed.items()})
        _tell_rows([desk for desk in self._desks if not desk.leads], queue)

    def on_event(self, event: Mapping[str, Any]) -> None:
        for desk in tuple(self._watching.get(event["conversation_id"], ())):
            desk.on_event(event)

    def on_outcome(self, event: Mapping[str, Any]) -> None:
        """What became of a person's message, for those who watch its conversation."""
        if self.is_watched(event["conversation_id"]):
            delivery = DeliveryView.model_validate(event["delivery"]).model_dump()
            told = {name: event[name] for name in ("message_id", "seq", "version")}
            self.tell_of_message(event["conversation_id"], event["seq"], type="delivery", **told, delivery=delivery)

    def on_allowance(self, event: Mapping[str, Any]) -> None:
        """What its citizen's platform still lets us answer is less: something from another conversation went there."""
        id = event["conversation_id"]
        self.tell_watching(id, type="allowance", conversation_id=id)

    def is_watched(self, conversation_id: str) -> bool:
        return conversation_id in self._watching

    def tell_of_message(self, conversation_id: str, seq: int, /, **fields: Any) -> None:
        """Those who watch its conversation, after the message itself."""
        line = frame(conversation_id=conversation_id, **fields)
        for desk in tuple(self._watching.get(conversation_id, ())):
            desk.on_outcome(conversation_id, seq, line)

    def tell_watching(self, conversation_id: str, /, **fields: Any) -> None:
        _send(self._watching.get(conversation_id, ()), frame(**fields))

    def tell_who(self, may_know: Callable[[Person], bool], /, **fields: Any) -> None:
        _send([desk for desk in self._desks if desk.person is not None and may_know(desk.person)], frame(**fields))

    def tell_each(self, told: Callable[[Person], Mapping[str, Any]]) -> None:
        """Each page of who answers citizens what is for its person."""
        for desk in tuple(self._desks):
            if desk.answers and desk.person is not None:
                desk.on_line(frame(**told(desk.person)))

    def tell_everybody(self, **fields: Any) -> None:
        _send(self._desks, frame(**fields))

    async def resync(self) -> None:
        """The live events were interrupted: let every desk read on from the store, a few at a time."""
        for count, desk in enumerate(tuple(self._desks), 1):
            desk.on_gap()
            if count % 20 == 0:
                await asyncio.sleep(0.05)


def frame(**fields: Any) -> bytes:
    return orjson.dumps(fields)


def rows_frame(rows: Mapping[str, Row | None]) -> bytes:
    """Conversations as they are now; None: the bot has it again."""
    shown = [ConversationRow.of(row).model_dump() for row in rows.values() if row is not None]
    return frame(type="rows", rows=shown, gone=[id for id, row in rows.items() if row is None])


def _tell_rows(desks: Sequence[Desk], rows: Mapping[str, Row | None]) -> None:
    """Each desk what it may see; the rest is gone for it."""
    desks = [desk for desk in desks if desk.answers]
    if not rows:
        return
    whole = [desk for desk in desks if not desk.of_unit]
    if whole:
        _send(whole, rows_frame(rows))
    for desk in desks:
        if desk.of_unit:
            seen = {id: row if row is not None and desk.sees(row) else None for id, row in rows.items()}
            desk.on_line(rows_frame(seen))


def _send(desks: Iterable[Desk], line: bytes) -> None:
    for desk in tuple(desks):
        desk.on_line(line)


def _discard(of: defaultdict[str, set[Desk]], key: str, desk: Desk) -> None:
    desks = of.get(key)
    if desks is not None:
        desks.discard(desk)
        if not desks:
            del of[key]
