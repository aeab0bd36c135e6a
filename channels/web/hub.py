"""The open sockets of this process, by conversation. Fed by the gateway's live events."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import orjson

log = logging.getLogger("hotline.sockets")

_BURST = 200  # sockets written to before other work gets a turn


class Listener(Protocol):
    """One socket. Calls never block and never raise."""

    conversation_id: str

    def on_event(self, event: Mapping[str, Any]) -> None:
        """The conversation moved: its new messages, owner, read marks."""
        ...

    def on_line(self, line: bytes) -> None:
        """An encoded frame for this socket as it is."""
        ...

    def on_gap(self) -> None:
        """Events may have been missed; read on from the store."""
        ...


class Hub:
    def __init__(self) -> None:
        self._by_conversation: defaultdict[str, set[Listener]] = defaultdict(set)
        self._by_visitor: Counter[str] = Counter()
        self._by_address: Counter[str] = Counter()

    def __len__(self) -> int:
        return sum(self._by_address.values())

    def enter(self, address: str, limit: int) -> bool:
        """Count a socket of this address in, if the limit allows; `leave` counts it out."""
        return _count_in(self._by_address, address, limit)

    def leave(self, address: str) -> None:
        _count_out(self._by_address, address)

    def admit(self, visitor: str, limit: int) -> bool:
        """Count a socket of this visitor in, if the limit allows; `dismiss` counts it out."""
        return _count_in(self._by_visitor, visitor, limit)

    def dismiss(self, visitor: str) -> None:
        _count_out(self._by_visitor, visitor)

    def listen(self, listener: Listener) -> None:
        self._by_conversation[listener.conversation_id].add(listener)

    def unlisten(self, listener: Listener) -> None:
        listeners = self._by_conversation.get(listener.conversation_id)
        if listeners is not None:
            listeners.discard(listener)
            if not listeners:
                del self._by_conversation[listener.conversation_id]

    def dispatch(self, event: Mapping[str, Any]) -> None:
        """One conversation's event to those who watch it."""
        for listener in tuple(self._by_conversation.get(event["conversation_id"], ())):
            listener.on_event(event)

    def typing(self, event: Mapping[str, Any]) -> None:
        """Somebody writes to the citizen."""
        line = orjson.dumps({"type": "typing", "who": event["who"]})
        for listener in tuple(self._by_conversation.get(event["conversation_id"], ())):
            listener.on_line(line)

    async def broadcast(self, line: bytes) -> int:
        """One frame to every socket; how many there were."""
        count = 0
        for count, listener in enumerate(self._everybody(), 1):
            listener.on_line(line)
            if count % _BURST == 0:
                await asyncio.sleep(0)
        return count

    async def resync(self) -> None:
        """The live events were interrupted: let every socket read on from the store, a few at a time."""
        for count, listener in enumerate(self._everybody(), 1):
            listener.on_gap()
            if count % 20 == 0:
                await asyncio.sleep(0.05)

    def _everybody(self) -> Iterable[Listener]:
        return [listener for listeners in list(self._by_conversation.values()) for listener in listeners]


def _count_in(counter: Counter[str], key: str, limit: int) -> bool:
    if counter[key] >= limit:
        return False
    counter[key] += 1
    return True


def _count_out(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
