"""Visitors who mean harm or come by bad lines.

wide      a gateway that believes this machine's X-Forwarded-For
narrow    a gateway with small limits
visitor   one of `wide`
lines     connections to `wide`, held by hand
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from tornado.ioloop import IOLoop

from tests.follower import SETTINGS
from tests.journeys.test_web import Visitor
from tests.running import RunningGateway

MIB = 1024 * 1024
PORTAL = "https://portal.example"
PROXY = "127.0.0.1"
PER_ADDRESS = 20


@pytest.fixture(scope="package")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A gateway that believes this machine's X-Forwarded-For, so that a test has as many addresses as it likes."""
    settings = {
        **SETTINGS,
        "HOTLINE_WEB__TRUSTED_PROXIES": json.dumps([PROXY]),
        "HOTLINE_WEB__ALLOWED_ORIGINS": json.dumps([PORTAL]),
        "HOTLINE_WEB__SESSIONS_PER_ADDRESS": "1000",
        "HOTLINE_WEB__UPLOADS_PER_VISITOR": "1000",
        "HOTLINE_WEB__REQUESTS_PER_ADDRESS": "600",
        "HOTLINE_WEB__SOCKETS_PER_ADDRESS": str(PER_ADDRESS),
        "HOTLINE_WEB__SOCKETS_PER_VISITOR": "5",
    }
    running = RunningGateway(tmp_path_factory.mktemp("wide") / "data", settings)
    running.start()
    running.at_rest()
    yield running
    assert running.stop() == 0
    assert '"exception"' not in running.log()


@pytest.fixture(scope="package")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A gateway with small limits and little patience with its database."""
    settings = {
        "HOTLINE_STORE_TIMEOUT": "1s",
        "HOTLINE_WEB__SOCKETS_PER_VISITOR": "2",
        "HOTLINE_WEB__UPLOADS_PER_VISITOR": "1",
    }
    running = RunningGateway(tmp_path_factory.mktemp("narrow") / "data", settings)
    running.start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def visitor(http: aiohttp.ClientSession, wide: RunningGateway) -> Visitor:
    return Visitor(http, wide.url)


def via(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


class Lines:
    """Connections held by hand; those left at a test's end are cut."""

    def __init__(self, gateway: RunningGateway) -> None:
        self._gateway = gateway
        self._open: list[asyncio.StreamWriter] = []

    async def begin(self, head: str, body: bytes = b"") -> asyncio.StreamReader:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._gateway.port)
        self._open.append(writer)
        writer.write(head.replace("\n", "\r\n").encode("latin1") + b"\r\n\r\n" + body)
        await writer.drain()
        return reader

    async def begin_upload(
        self, visitor: Visitor, address: str, sent: bytes = b"", length: int = 5000
    ) -> asyncio.StreamReader:
        return await self.begin(
            f"POST /api/v1/uploads HTTP/1.1\nHost: x\nAuthorization: {visitor.headers['Authorization']}\n"
            f"X-Forwarded-For: {address}\nContent-Type: multipart/form-data; boundary=edge\nContent-Length: {length}",
            sent,
        )

    def __len__(self) -> int:
        return len(self._open)

    async def cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()
        await asyncio.sleep(0.05)


@pytest.fixture
def lines(wide: RunningGateway, io_loop: IOLoop) -> Iterator[Lines]:
    opened = Lines(wide)
    yield opened
    io_loop.run_sync(opened.cut)


def multipart(content: bytes, name: str = 'filename="a.png"') -> bytes:
    head = f'--edge\r\nContent-Disposition: form-data; name="file"; {name}\r\nContent-Type: image/png\r\n\r\n'
    return head.encode() + content + b"\r\n--edge--\r\n"


async def upload(
    http: aiohttp.ClientSession, gateway: RunningGateway, visitor: Visitor, data: bytes, **headers: str
) -> tuple[int, Any]:
    headers = {"Content-Type": "multipart/form-data; boundary=edge", **visitor.headers, **headers}
    async with http.post(gateway.url + "/api/v1/uploads", data=io.BytesIO(data), headers=headers) as response:
        return response.status, await response.json()
