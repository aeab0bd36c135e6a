"""The end that SIGINT or SIGTERM asks of a process that serves, from its first moment on."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, TypeVar

T = TypeVar("T")


class Ending:
    """Hears both signals between `with` and its end; of the main thread.

    The first one is only kept, for `check`. An interrupt raised wherever the program happens to be can be lost there:
    Python drops what is raised in a finalizer, `threading` turns it into another error, a cancelled wait may end well.
    Unless somebody listens, a second SIGINT is raised at once all the same, for those who do not want to wait.
    """

    def __init__(self) -> None:
        self._asked: signal.Signals | None = None
        self._hear: Callable[[], object] | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Ending:
        self._before = {name: signal.signal(name, self._signalled) for name in (signal.SIGTERM, signal.SIGINT)}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name, handler in self._before.items():
            signal.signal(name, handler)

    def check(self) -> None:
        """Raises KeyboardInterrupt when SIGINT came first, SystemExit with 0 when it was SIGTERM."""
        if self._asked is signal.SIGINT:
            raise KeyboardInterrupt
        if self._asked is not None:
            raise SystemExit(0)

    @contextmanager
    def heard_by(self, hear: Callable[[], object]) -> Iterator[None]:
        """Every signal in the block calls `hear` and does nothing else; so does one that came before, at once."""
        self._hear = hear
        try:
            if self._asked is not None:
                hear()
            yield
        finally:
            self._hear = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """`asyncio.run`, cut short by a signal. Raises what `check` raises, however the work ended."""

        async def cut_short() -> T:
            loop, task = asyncio.get_running_loop(), asyncio.current_task()
            assert task is not None, "a coroutine runs in a task"

            def cut() -> None:
                self._hear = None
                loop.call_soon_threadsafe(task.cancel)

            with self.heard_by(cut):
                return await work

        try:
            return asyncio.run(cut_short())
        finally:
            self.check()

    def _signalled(self, number: int, _: FrameType | None) -> None:
        again = self._asked is not None
        self._asked = self._asked or signal.Signals(number)
        if self._hear is not None:
            self._hear()
        elif again and number == signal.SIGINT:
            raise KeyboardInterrupt
