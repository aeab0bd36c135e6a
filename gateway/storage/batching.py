"""Write coalescing (group commit): while one batch is in flight, the next one gathers.

One round trip to a store costs the same thread hop and the same packet for one document as for sixty. Callers that
are waiting anyway are therefore served together; a lone caller is served at once and never waits for company.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class QueueFull(Exception):
    """More is waiting than the coalescer was allowed to hold."""


class WaitedTooLong(Exception):
    """What is under way does not end, so that this item's turn did not come in time."""


@dataclass(slots=True)
class _Waiting(Generic[T, R]):
    item: T
    key: Hashable
    done: asyncio.Future[R] = field(repr=False)
    since: float


class Coalescer(Generic[T, R]):
    """Turns concurrent `submit(item)` calls into few `run(items)` calls.

    run: does one batch; returns one result an item, in the items' order. A result that is an exception is raised to
        that item's caller alone; an exception raised by `run` reaches every caller of the batch.
    key: items of one key are never in one batch nor in two batches under way at once, and keep their order. Items
        whose key is None are free of this.
    max_batch, max_queue: bounds on the items of one batch and on those waiting; `submit` raises `QueueFull` beyond.
    max_in_flight: how many batches may be under way at once.
    max_wait: seconds; an item that has waited longer when a batch is made up gets `WaitedTooLong`. With `run` bounded
        in time this bounds every caller's wait without a timer for each.

    First come, first served: a batch takes the oldest items that may go. A caller that is cancelled while waiting is
    left out; one that is cancelled under way does not disturb its batch.
    """

    def __init__(
        self,
        run: Callable[[Sequence[T]], Awaitable[Sequence[R | BaseException]]],
        *,
        max_batch: int,
        max_queue: int,
        max_in_flight: int = 1,
        max_wait: float | None = None,
        key: Callable[[T], Hashable] | None = None,
    ) -> None:
        if max_batch < 1 or max_queue < 1 or max_in_flight < 1:
            raise ValueError("a coalescer's bounds start at 1")
        self._run = run
        self._key = key
        self._max_batch = max_batch
        self._max_queue = max_queue
        self._max_in_flight = max_in_flight
        self._max_wait = max_wait
        self._waiting: deque[_Waiting[T, R]] = deque()
        self._keys_under_way: set[Hashable] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake_scheduled = False

    def __len__(self) -> int:
        """How many items wait, not counting those under way."""
        return len(self._waiting)

    async def submit(self, item: T) -> R:
        """The item's own result. Raises `QueueFull`, `WaitedTooLong`, or what `run` raised or returned for it."""
        return await self._enqueue(item)

    async def submit_all(self, items: Sequence[T]) -> list[R | BaseException]:
        """Each item's result or error, in the items' order. Raises `QueueFull` before any is taken."""
        if len(self._waiting) + len(items) > self._max_queue:
            raise QueueFull(f"{self._max_queue} items are waiting")
        return await asyncio.gather(*[self._enqueue(item) for item in items], return_exceptions=True)

    def _enqueue(self, item: T) -> asyncio.Future[R]:
        if len(self._waiting) >= self._max_queue:
            raise QueueFull(f"{self._max_queue} items are waiting")
        loop = asyncio.get_running_loop()
        key = self._key(item) if self._key else None
        waiting = _Waiting[T, R](item, key, loop.create_future(), loop.time())
        self._waiting.append(waiting)
        if not self._wake_scheduled and len(self._tasks) < self._max_in_flight:
            # not at once: callers that run in this same turn of the loop go into one batch
            self._wake_scheduled = True
            loop.call_soon(self._wake)
        return waiting.done

    async def drain(self) -> None:
        """Wait until nothing waits and nothing is under way."""
        while self._tasks or self._waiting:
            if self._tasks:
                await asyncio.wait(self._tasks)
            await asyncio.sleep(0)

    def _wake(self) -> None:
        self._wake_scheduled = False
        while len(self._tasks) < self._max_in_flight and (batch := self._take()):
            task = asyncio.get_running_loop().create_task(self._carry_out(batch))
            self._tasks.add(task)
            task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not self._wake_scheduled:
            # after the callers just served, whose next items then go along
            self._wake_scheduled = True
            asyncio.get_running_loop().call_soon(self._wake)

    def _take(self) -> list[_Waiting[T, R]]:
        batch: list[_Waiting[T, R]] = []
        held: list[_Waiting[T, R]] = []
        held_keys: set[Hashable] = set()
        oldest = asyncio.get_running_loop().time() - (self._max_wait or float("inf"))
        while self._waiting and len(batch) < self._max_batch:
            waiting = self._waiting.popleft()
            if waiting.done.done():  # its caller was cancelled
                continue
            if waiting.since < oldest:
                waiting.done.set_exception(WaitedTooLong(f"more than {self._max_wait:g} s"))
                continue
            if waiting.key is None:
                batch.append(waiting)
            elif waiting.key in self._keys_under_way or waiting.key in held_keys:
                held.append(waiting)
                held_keys.add(waiting.key)
            else:
                self._keys_under_way.add(waiting.key)
                batch.append(waiting)
        self._waiting.extendleft(reversed(held))
        return batch

    async def _carry_out(self, batch: list[_Waiting[T, R]]) -> None:
        results: Sequence[R | BaseException]
        try:
            results = await self._run([waiting.item for waiting in batch])
            if len(results) != len(batch):
                raise RuntimeError(f"a batch of {len(batch)} came back with {len(results)} results")
        except asyncio.CancelledError:
            # only the loop's own end cancels this task
            for waiting in batch:
                waiting.done.cancel()
            raise
        except Exception as error:
            results = [error] * len(batch)
        finally:
            for waiting in batch:
                if waiting.key is not None:
                    self._keys_under_way.discard(waiting.key)
        for waiting, result in zip(batch, results, strict=True):
            if waiting.done.done():
                continue
            if isinstance(result, BaseException):
                waiting.done.set_exception(result)
            else:
                waiting.done.set_result(result)
