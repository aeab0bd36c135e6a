"""Whether the stores answer, as of the last second."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

log = logging.getLogger("hotline.health")

Ping = Callable[[], Awaitable[None]]


class StoresMissing(Exception):
    """The stores did not answer in time at start. Names each with its last error."""


class Health:
    """Pings each store in turn. A store counts as away after one failed ping and as back after one good one. took:
    seconds, of each one's last good ping."""

    def __init__(self, pings: Mapping[str, Ping], *, every: float = 1.0, timeout: float = 2.0) -> None:
        self._pings = pings
        self._every = every
        self._timeout = timeout
        self.away: dict[str, str] = {}
        self.took: dict[str, float] = {}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._pings)

    def healthy(self) -> bool:
        return not self.away

    async def check(self) -> dict[str, str]:
        """Ping all; what is away, with the reason."""
        results = await asyncio.gather(*(self._one(name, ping) for name, ping in self._pings.items()))
        away = {name: reason for name, reason in zip(self._pings, results, strict=True) if reason}
        for name in away.keys() - self.away.keys():
            log.error("a store went away", extra={"store": name, "cause": away[name]})
        for name in self.away.keys() - away.keys():
            log.info("a store is back", extra={"store": name})
        self.away = away
        return away

    async def _one(self, name: str, ping: Ping) -> str:
        begun = asyncio.get_running_loop().time()
        try:
            # wait_for may swallow an interrupt that comes as the ping ends
            async with asyncio.timeout(self._timeout):
                await ping()
            self.took[name] = asyncio.get_running_loop().time() - begun
        except Exception as error:
            # whatever the driver raises, the store does not answer
            return f"{type(error).__name__}: {str(error)[:160]}"
        return ""

    async def wait(self, within: float) -> None:
        """Return once all answer. Raises `StoresMissing` after `within` seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        while await self.check():
            if loop.time() >= deadline:
                raise StoresMissing("; ".join(f"{name}: {reason}" for name, reason in self.away.items()))
            await asyncio.sleep(0.5)

    async def watch(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(self._every)
            await self.check()
