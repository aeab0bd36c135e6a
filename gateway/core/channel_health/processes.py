"""What every process saw, for all to read: each replaces a row of its own every few seconds. Rows of processes that
ended count for the hour they belong to, and then go."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.core.channel_health.traffic import MINUTES, Seen
from gateway.core.model import Document, milliseconds
from gateway.core.ports import Store

REPORTS = "process_reports"
SILENT_AFTER = timedelta(seconds=20)  # a process that wrote nothing for so long is none any more
MOST = 500  # processes, with those of the last hour
_KEPT = timedelta(minutes=MINUTES)


@dataclass(frozen=True, slots=True)
class Report:
    """alive: the process is at work."""

    seen: Seen
    alive: bool


class Processes:
    """This process's row, and everybody's."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._id = secrets.token_hex(8)
        self._version = 0  # of the row; 0 while there is none

    async def write(self, seen: Seen) -> None:
        """Raises `StoreUnavailable`."""
        row: Document = {"_id": self._id, "version": self._version or 1, "at_ms": milliseconds(self._now())}
        row["text"] = seen.pack()
        write = self._store.replace if self._version else self._store.insert
        if await write(REPORTS, row):
            self._version = row["version"]
            return
        # an answer was lost, or the row was swept away; the next time it is written
        kept = await self._store.get(REPORTS, self._id)
        self._version = kept["version"] if kept is not None else 0

    async def all(self) -> Sequence[Report]:
        """Of the last hour, and those that fell silent in it. Raises `StoreUnavailable`."""
        now = self._now()
        since = {"$gte": milliseconds(now - _KEPT)}
        found = await self._store.find(REPORTS, {"at_ms": since}, sort=[("at_ms", -1)], limit=MOST)
        alive = milliseconds(now - SILENT_AFTER)
        return [Report(Seen.unpack(row["text"]), row["at_ms"] > alive) for row in found]

    async def sweep(self) -> int:
        """Forget what no hour needs; how many. Raises `StoreUnavailable`."""
        before = {"$lt": milliseconds(self._now() - _KEPT)}
        old = await self._store.find(REPORTS, {"at_ms": before}, sort=[("at_ms", 1)], limit=MOST)
        return await self._store.delete(REPORTS, [row["_id"] for row in old]) if old else 0
