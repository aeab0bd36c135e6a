"""Fixtures of the journeys.

platform   a small WeChat API as a real HTTP server: token and media
gateway    a real gateway with WeChat in safe mode, once a session
http       an HTTP client on the test's loop
stored     the gateway's own store, to look at what was kept
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import aiohttp
import pytest
from aiohttp import web
from tornado.ioloop import IOLoop

from gateway.storage.mongo import MongoStore
from tests.follower import SETTINGS
from tests.running import RunningGateway

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


class Platform:
    """Answers as the platform does; counts what it was asked. sent: to whom, what."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.sent: list[tuple[str, str]] = []
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._runner.cleanup())

    async def _serve(self) -> None:
        app = web.Application()
        app.router.add_post("/cgi-bin/stable_token", self._token)
        app.router.add_post("/cgi-bin/message/custom/send", self._send)
        app.router.add_get("/cgi-bin/media/get", self._media)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        self.url = f"http://127.0.0.1:{port}"

    async def _token(self, request: web.Request) -> web.Response:
        self.asked.append("token")
        return web.json_response({"access_token": "t" * 512, "expires_in": 7200})

    async def _send(self, request: web.Request) -> web.Response:
        message = await request.json()
        self.sent.append((message["touser"], message["text"]["content"]))
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    async def _media(self, request: web.Request) -> web.Response:
        self.asked.append(request.query.get("media_id", ""))
        if request.query.get("access_token") != "t" * 512:
            return web.json_response({"errcode": 40001, "errmsg": "invalid credential"})
        if request.query.get("media_id") != "MEDIA-1":
            return web.json_response({"errcode": 40007, "errmsg": "invalid media_id"})
        return web.Response(body=PICTURE, content_type="image/png")


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    server = Platform()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory, platform: Platform) -> Iterator[RunningGateway]:
    settings = {
        **SETTINGS,
        "HOTLINE_WECHAT__API_BASE": platform.url,
        "HOTLINE_WEB__SESSIONS_PER_ADDRESS": "1000",
        "HOTLINE_WEB__ALLOWED_ORIGINS": '["https://portal.example"]',
    }
    running = RunningGateway(tmp_path_factory.mktemp("journeys") / "data", settings)
    running.start()
    yield running
    assert running.stop() == 0
    assert '"exception"' not in running.log()


@pytest.fixture
def http(io_loop: IOLoop) -> Iterator[aiohttp.ClientSession]:
    async def open_() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20))

    async def close() -> None:
        await session.close()
        # a connection that the gateway hung up on is gone a moment later; the loop must still be there
        await asyncio.sleep(0.02)

    session = io_loop.run_sync(open_)
    yield session
    io_loop.run_sync(close)


@pytest.fixture
def stored(gateway: RunningGateway, io_loop: IOLoop) -> Iterator[MongoStore]:
    store = MongoStore(gateway.stores()[0], "hotline")
    yield store
    io_loop.run_sync(store.close)
