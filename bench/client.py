"""A small load generator: keep-alive connections that each send one request after another.

It speaks just enough HTTP/1.1 to post a body and read an answer with a Content-Length, so that little of the
machine's time goes into generating the load.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Request = tuple[str, bytes]  # target, body
Check = Callable[[int, int, bytes], None]  # number of the request, status, body


@dataclass(slots=True)
class Outcome:
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    failed: int = 0

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0


async def load(
    port: int, requests: Iterator[tuple[int, Request]], connections: int, check: Check, rate: float | None = None
) -> Outcome:
    """Send all requests over so many connections; at `rate` a second when given, else as fast as answers come.

    At a rate, latency counts from the time a request was due, so that waiting for a free connection is not hidden.
    """
    outcome = Outcome()
    began = time.perf_counter()
    sent = 0

    def take() -> tuple[float, int, Request] | None:
        nonlocal sent
        following = next(requests, None)
        if following is None:
            return None
        due = began + sent / rate if rate else 0.0
        sent += 1
        return due, *following

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=256 * 1024)
        try:
            while (work := take()) is not None:
                due, number, (target, body) = work
                if rate:
                    await asyncio.sleep(max(0.0, due - time.perf_counter()))
                since = due if rate else time.perf_counter()
                writer.write(
                    b"POST %b HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n"
                    % (target.encode(), len(body))
                    + body
                )
                status, answer = await _answer(reader)
                outcome.latencies.append(time.perf_counter() - since)
                if status != 200:
                    outcome.failed += 1
                check(number, status, answer)
        finally:
            writer.close()

    await asyncio.gather(*(connection() for _ in range(connections)))
    outcome.seconds = time.perf_counter() - began
    return outcome


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    length = int(lowered[at + 15 : lowered.find(b"\r\n", at)]) if at >= 0 else 0
    return int(head[9:12]), await reader.readexactly(length) if length else b""
