"""What goes on beside requests: work at intervals, and live events of all processes. Every task is held here."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from gateway.core.ports import Bus, StoreUnavailable

log = logging.getLogger("hotline.app")

Event = Mapping[str, Any]
Hearer = Callable[[Event], Coroutine[Any, Any, None] | None]


class Background:
    """One process's. Nothing begins before the loop runs; all of it ends with `stop`."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._hearers: defaultdict[str, list[Hearer]] = defaultdict(list)

    def hold(self, work: Coroutine[Any, Any, None]) -> None:
        """Until it has ended; what ends it otherwise is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def every(self, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
        """Again and again, so many seconds after the last round; a round that fails does not end the rounds."""

        async def forever() -> None:
            while True:
                try:
                    await work()
                except StoreUnavailable:
                    await asyncio.sleep(0.5)  # health reports it; the next round tries again
                except Exception:  # whatever it was, one bad round must not end the rounds
                    log.exception("a round of background work failed")
                    await asyncio.sleep(1.0)
                await asyncio.sleep(seconds)

        self.hold(forever())

    def on(self, topic: str, *hearers: Hearer) -> None:
        """Who hears a topic's events, in this order. A hearer never blocks; what takes time it returns as work."""
        self._hearers[topic].extend(hearers)

    async def listen(self, bus: Bus) -> None:
        """Live events of all processes, until cancelled. One that is not as it should be does not end the others."""
        async for topic, event in bus.subscribe():
            for hearer in self._hearers.get(topic, ()):
                try:
                    work = hearer(event)
                except Exception:  # whatever it was, others hear the event, and the next ones are heard
                    log.exception("a live event failed", extra={"topic": topic})
                    continue
                if inspect.iscoroutine(work):
                    self.hold(work)

    async def stop(self) -> None:
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("background work ended", exc_info=task.exception())
