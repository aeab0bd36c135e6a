"""The platforms' own requests to the gateway: pooled, bounded in number and size, never blocking who starts one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

_ANSWER_BYTES = 256 * 1024


class NotDelivered(Exception):
    """No whole answer came. The text says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content_type: str
    body: bytes


class Courier:
    """limit: tasks under way at once; those above it are given up and counted. connections: open at once."""

    def __init__(self, counts: Counter[str], *, limit: int = 20_000, connections: int = 64) -> None:
        self._counts = counts
        self._limit = limit
        self._connections = connections
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def spawn(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do it in the background; false when too much is under way."""
        if len(self._tasks) >= self._limit:
            work.close()
            self._counts["callbacks_given_up"] += 1
            return False
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return True

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._counts[f"broken.{type(error).__name__}"] += 1
            task.get_loop().call_exception_handler({"message": "a callback broke", "exception": error, "task": task})

    def recount(self, counts: Counter[str]) -> None:
        """Count there from now on."""
        self._counts = counts

    @property
    def under_way(self) -> int:
        return len(self._tasks)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], within: float) -> Answer:
        """One POST. within: seconds for all of it. Raises `NotDelivered`."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                cookie_jar=aiohttp.DummyCookieJar(),
                # an answer is taken as it is, as the platforms do
                headers={"Accept-Encoding": "identity"},
                auto_decompress=False,
            )
        if urlsplit(url).scheme not in ("http", "https"):
            raise NotDelivered("no HTTP address")
        try:
            async with (
                asyncio.timeout(within),
                self._session.post(
                    URL(url, encoded=True), data=body, headers=headers, allow_redirects=False, timeout=_NO_OTHER
                ) as response,
            ):
                content = bytearray()
                async for piece in response.content.iter_chunked(65536):
                    content += piece
                    if len(content) > _ANSWER_BYTES:
                        raise NotDelivered("the answer is too long")
                return Answer(response.status, response.content_type, bytes(content))
        except TimeoutError as error:
            raise NotDelivered("no answer in time") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NotDelivered(str(error) or type(error).__name__) from error

    async def abandon(self) -> None:
        """Stop what is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        await self.abandon()
        if self._session is not None:
            await self._session.close()
            self._session = None


_NO_OTHER = aiohttp.ClientTimeout(total=None)  # asyncio.timeout above bounds the whole
