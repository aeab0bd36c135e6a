"""A platform simulator as bad as a test needs it: it records what it is asked and answers what it is told to."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web


class FakePhones:
    """`answer` is (status, body) for the next requests; `slow` holds each until it is set."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.left = 0
        self.answer: tuple[int, str] = (200, "{}")
        self.slow: asyncio.Event | None = None
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.router.add_route("*", "/{tail:.*}", self._handle)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _handle(self, request: web.Request) -> web.Response:
        body = await request.json() if request.method == "POST" else None
        self.asked.append((request.method, request.path_qs, body))
        if self.slow is not None:
            try:
                await self.slow.wait()
            except asyncio.CancelledError:
                self.left += 1
                raise
        status, text = self.answer
        if status == 0:
            assert request.transport is not None
            request.transport.close()
        return web.Response(status=status or 200, text=text, content_type="application/json")
