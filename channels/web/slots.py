"""Work that holds much memory or lasts long, so many at a time and so many for one address."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Slots:
    """at_once: slots in all. each: of these, for one holder. waiting: callers of `hold` that may queue."""

    def __init__(self, at_once: int, each: int, waiting: int = 0) -> None:
        self._at_once = at_once
        self._each = each
        self._waiting = waiting
        self._queued = 0
        self._held: Counter[str] = Counter()
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return self._held.total()

    def take(self, holder: str) -> bool:
        """Take a slot if one is free now; `give_back` returns it."""
        if len(self) >= self._at_once or self._held[holder] >= self._each:
            return False
        self._held[holder] += 1
        return True

    def give_back(self, holder: str) -> None:
        self._held[holder] -= 1
        if self._held[holder] <= 0:
            del self._held[holder]
        # those who wait look again; whoever waits next waits for the next change
        self._changed.set()
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def hold(self, holder: str, within: float) -> AsyncIterator[None]:
        """A slot for the block. Raises TimeoutError when none came free within so many seconds, or too many wait."""
        if not self.take(holder):
            if self._queued >= self._waiting:
                raise TimeoutError
            self._queued += 1
            try:
                async with asyncio.timeout(within):
                    while not self.take(holder):
                        await self._changed.wait()
            finally:
                self._queued -= 1
        try:
            yield
        finally:
            self.give_back(holder)
