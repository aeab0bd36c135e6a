"""Visitors who mean harm or come by bad lines: bodies never finished, downloads never read, sockets never used."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from tornado.ioloop import IOLoop

from bench.process import descendants, resident_bytes
from channels.web import schemas
from gateway.storage.redis import RedisBus, RedisConnection
from tests.follower import SETTINGS
from tests.journeys.conftest import PICTURE
from tests.journeys.test_web import Visitor
from tests.running import RunningGateway

MIB = 1024 * 1024
PORTAL = "https://portal.example"
PROXY = "127.0.0.1"
PER_ADDRESS = 20


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
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


# -- bodies -------------------------------------------------------------------------------------------------------


@pytest.mark.gen_test(timeout=60)
async def test_callbacks_cut_off_in_their_body_leave_nothing_behind(wide: RunningGateway, lines: Lines) -> None:
    async def cut_off(count: int) -> None:
        for _ in range(count):
            await lines.begin("POST /wechat HTTP/1.1\nHost: x\nContent-Length: 1000", b"<xml>")
            if len(lines) == 100:
                await lines.cut()
        await asyncio.sleep(0.5)

    await cut_off(200)
    before = resident_bytes(wide.pid)
    await cut_off(2000)
    assert resident_bytes(wide.pid) - before < 10 * MIB


@pytest.mark.gen_test(timeout=60)
async def test_uploads_cut_off_in_their_body_leave_nothing_behind(
    wide: RunningGateway, lines: Lines, visitor: Visitor
) -> None:
    await visitor.begin()

    async def cut_off(first: int, last: int) -> None:
        for number in range(first, last):
            await lines.begin_upload(visitor, f"10.1.{number // 200}.{number % 200}", b"--edge\r\n")
            if len(lines) == 4:
                await asyncio.sleep(0.02)
                await lines.cut()
        await asyncio.sleep(0.5)

    await cut_off(0, 100)
    before = resident_bytes(wide.pid)
    await cut_off(100, 900)
    assert resident_bytes(wide.pid) - before < 8 * MIB


@pytest.mark.gen_test(timeout=30)
async def test_large_bodies_are_refused_by_name_and_cost_nothing(
    wide: RunningGateway, lines: Lines, visitor: Visitor, http: aiohttp.ClientSession
) -> None:
    await visitor.begin()
    for path in ("/healthz", "/api/v1/sessions", "/api/v1/messages", "/api/v1/read", "/nowhere"):
        async with http.post(wide.url + path, data=b"a" * (MIB - 1), headers=via("10.2.0.1")) as response:
            assert response.status == 413, path
            found = schemas.Error.model_validate(await response.json())
            assert found.error.code == "too_large"
            assert response.headers["X-Frame-Options"] == "DENY"
    before = resident_bytes(wide.pid)
    for _ in range(100):
        await lines.begin(f"POST /healthz HTTP/1.1\nHost: x\nContent-Length: {MIB}", b"a" * (MIB - 10_000))
    await asyncio.sleep(1)
    grown = resident_bytes(wide.pid) - before
    assert grown < 25 * MIB


@pytest.mark.parametrize("length", ["9" * 5000, "\xb2", "-1", "99999999999999999999"])
@pytest.mark.parametrize("path", ["/api/v1/uploads", "/wechat", "/healthz"])
@pytest.mark.gen_test
async def test_a_length_that_is_none_is_no_fault_of_ours(
    lines: Lines, visitor: Visitor, path: str, length: str
) -> None:
    await visitor.begin()
    authorization = visitor.headers["Authorization"]
    reader = await lines.begin(
        f"POST {path} HTTP/1.1\nHost: x\nAuthorization: {authorization}\nContent-Length: {length}"
    )
    answer = await asyncio.wait_for(reader.read(4096), 5)
    assert answer.startswith(b"HTTP/1.1 4"), answer[:100]


# -- uploads ------------------------------------------------------------------------------------------------------


@pytest.mark.gen_test(timeout=30)
async def test_one_address_uploads_one_file_at_a_time(
    wide: RunningGateway, lines: Lines, visitor: Visitor, http: aiohttp.ClientSession
) -> None:
    await visitor.begin()
    await lines.begin_upload(visitor, "10.3.0.1", b"--edge\r\n")
    await asyncio.sleep(0.2)
    status, found = await upload(http, wide, visitor, multipart(PICTURE + b"\0" * MIB), **via("10.3.0.1"))
    assert (status, found["error"]["code"]) == (503, "unavailable")
    status, _ = await upload(http, wide, visitor, multipart(PICTURE), **via("10.3.0.2"))
    assert status == 201
    await lines.cut()
    await asyncio.sleep(0.2)
    status, _ = await upload(http, wide, visitor, multipart(PICTURE), **via("10.3.0.1"))
    assert status == 201


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("multipart/form-data", multipart(PICTURE), 400),
        ("multipart/form-data; boundary=other", multipart(PICTURE), 400),
        ("multipart/form-data; boundary=edge", b"--edge\r\nno headers--edge--", 400),
        ("multipart/form-data; boundary=edge", b"", 400),
        ("multipart/form-data; boundary=edge", multipart(PICTURE, "filename*=utf-7''%2B2AA-.png"), 201),
        ("multipart/form-data; boundary=edge", multipart(PICTURE, "filename*=nonsense''%ff.png"), 201),
        ("application/json", b"{}", 415),
    ],
    ids=["no boundary", "another boundary", "no part", "nothing", "half a character", "unknown charset", "json"],
)
@pytest.mark.gen_test
async def test_uploads_that_are_badly_made(
    wide: RunningGateway, visitor: Visitor, http: aiohttp.ClientSession, kind: str, body: bytes, status: int
) -> None:
    await visitor.begin()
    got, found = await upload(http, wide, visitor, body, **{"Content-Type": kind})
    assert got == status, found
    if status == 201:
        found["media"]["name"].encode()


@pytest.mark.gen_test(timeout=30)
async def test_an_address_has_uploads_for_ten_visitors_an_hour(
    narrow: RunningGateway, http: aiohttp.ClientSession
) -> None:
    statuses = []
    for _ in range(11):
        visitor = Visitor(http, narrow.url)
        await visitor.begin()
        statuses.append((await upload(http, narrow, visitor, multipart(PICTURE)))[0])
    assert statuses == [201] * 10 + [429]
    assert (await upload(http, narrow, visitor, multipart(PICTURE)))[0] == 429


# -- downloads ----------------------------------------------------------------------------------------------------


@pytest.mark.gen_test(timeout=90)
async def test_downloads_nobody_reads_are_few(
    wide: RunningGateway, lines: Lines, visitor: Visitor, http: aiohttp.ClientSession
) -> None:
    await visitor.begin()
    content = PICTURE + b"\0" * (9 * MIB)
    status, found = await upload(http, wide, visitor, multipart(content), **via("10.4.0.1"))
    assert status == 201
    path = f"/api/v1/uploads/{found['media']['blob_id']}"
    async with http.get(wide.url + path, headers={**visitor.headers, **via("10.4.0.1")}) as response:
        assert response.headers["Content-Length"] == str(len(content))
        assert await response.read() == content
    before = resident_bytes(wide.pid)
    head = f"GET {path} HTTP/1.1\nHost: x\nAuthorization: {visitor.headers['Authorization']}\nX-Forwarded-For: 10.4."
    for number in range(30):
        await lines.begin(f"{head}1.{number % 10}")
    await asyncio.sleep(1)
    async with http.get(wide.url + path, headers={**visitor.headers, **via("10.4.9.9")}) as response:
        assert response.status == 503, "all turns are taken"
    grown = resident_bytes(wide.pid) - before
    await asyncio.sleep(10)
    async with http.get(wide.url + path, headers={**visitor.headers, **via("10.4.9.9")}) as response:
        assert await response.read() == content, "those who do not read have lost their turn"
    assert grown < 60 * MIB


@pytest.mark.gen_test(timeout=30)
async def test_a_page_with_many_pictures_gets_them_all(
    wide: RunningGateway, visitor: Visitor, http: aiohttp.ClientSession
) -> None:
    await visitor.begin()
    _, found = await upload(http, wide, visitor, multipart(PICTURE), **via("10.5.0.1"))
    url = f"{wide.url}/api/v1/uploads/{found['media']['blob_id']}"

    async def show() -> bytes:
        async with http.get(url, headers={**visitor.headers, **via("10.5.0.1")}) as response:
            assert response.status == 200
            return await response.read()

    assert set(await asyncio.gather(*(show() for _ in range(30)))) == {PICTURE}


# -- sockets ------------------------------------------------------------------------------------------------------


@pytest.mark.gen_test(timeout=30)
async def test_sockets_that_say_nothing_count_for_their_address(
    wide: RunningGateway, visitor: Visitor, http: aiohttp.ClientSession
) -> None:
    url = wide.url + "/ws/chat"
    silent = [await http.ws_connect(url, headers=via(f"2001:db8::{number}")) for number in range(PER_ADDRESS)]
    one_more = await http.ws_connect(url, headers=via("2001:db8::ffff"))
    assert (await one_more.receive_json(timeout=5))["code"] == "too_many_requests"
    assert (await one_more.receive(timeout=5)).data == 4429
    elsewhere = await http.ws_connect(url, headers=via("2001:db8:0:1::1"))
    await elsewhere.send_json({"type": "ping"})
    assert (await elsewhere.receive_json(timeout=5))["type"] == "pong"
    for socket in (*silent, elsewhere):
        await socket.close()
    await asyncio.sleep(0.2)
    again = await http.ws_connect(url, headers=via("2001:db8::1"))
    await again.send_json({"type": "ping"})
    assert (await again.receive_json(timeout=5))["type"] == "pong"
    await again.close()


@pytest.mark.gen_test(timeout=30)
async def test_upgrades_and_frames_count_as_requests(
    wide: RunningGateway, visitor: Visitor, http: aiohttp.ClientSession
) -> None:
    await visitor.begin()
    assert visitor.session is not None
    url = wide.url + "/ws/chat"
    socket = await http.ws_connect(url, headers=via("10.6.0.1"))
    await socket.send_json({"type": "hello", "token": visitor.session.token})
    assert (await socket.receive_json(timeout=5))["type"] == "welcome"
    codes = set()
    for _ in range(3000):  # the allowance fills up again while it is used
        async with http.get(wide.url + "/api/v1/messages", headers={**visitor.headers, **via("10.6.0.1")}) as response:
            codes.add(response.status)
        if 429 in codes:
            break
    assert codes == {200, 429}
    for frame in ({"type": "read", "seq": 1}, {"type": "send", "client_id": "a", "text": "在吗"}):
        await socket.send_json(frame)
        assert (await socket.receive_json(timeout=5))["code"] == "too_many_requests"
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await http.ws_connect(url, headers=via("10.6.0.1"))
    assert refused.value.status == 429
    await socket.close()


@pytest.mark.gen_test(timeout=30)
async def test_pages_of_one_visitor_are_counted_once_and_given_back(
    wide: RunningGateway, visitor: Visitor, http: aiohttp.ClientSession
) -> None:
    await visitor.begin()
    for _ in range(2):
        sockets = [await visitor.socket() for _ in range(5)]
        assert visitor.session is not None
        sixth = await http.ws_connect(wide.url + "/ws/chat")
        await sixth.send_json({"type": "hello", "token": visitor.session.token})
        assert (await sixth.receive_json(timeout=5))["code"] == "too_many_requests"
        await sixth.close()
        for socket in sockets:
            await socket.live.close()
        await asyncio.sleep(0.2)


@pytest.mark.gen_test(timeout=60)
async def test_a_hello_the_store_failed_may_be_said_again_and_counts_once(
    narrow: RunningGateway, http: aiohttp.ClientSession
) -> None:
    visitor = Visitor(http, narrow.url)
    session = await visitor.begin()
    hello = {"type": "hello", "token": session.token}
    live = await http.ws_connect(narrow.url + "/ws/chat")
    with database_stopped(narrow):
        for _ in range(3):
            await live.send_json(hello)
            assert (await live.receive_json(timeout=8))["code"] == "unavailable"
    for _ in range(50):
        await live.send_json(hello)
        answer = await live.receive_json(timeout=8)
        if answer["type"] == "welcome":
            break
        assert answer["code"] == "unavailable"
        await asyncio.sleep(0.1)
    await live.send_json(hello)
    assert (await live.receive_json(timeout=8))["code"] == "invalid"
    second = await visitor.socket()
    await live.close()
    await second.live.close()
    await asyncio.sleep(0.2)
    for socket in [await visitor.socket(), await visitor.socket()]:
        await socket.live.close()
    silent = await http.ws_connect(narrow.url + "/ws/chat")
    with database_stopped(narrow):
        await silent.send_json(hello)
        assert (await silent.receive_json(timeout=8))["code"] == "unavailable"
    assert (await silent.receive(timeout=12)).data == 4408, "a failed hello is no hello"
    await asyncio.to_thread(narrow.wait_ready)


@contextlib.contextmanager
def database_stopped(running: RunningGateway) -> Iterator[None]:
    """The embedded database answers nothing, and nothing is closed."""
    servers = [pid for pid, command in descendants(running.pid).items() if "redis" not in command]
    for pid in servers:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in servers:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.gen_test(timeout=30)
async def test_typing_is_told_once_a_second(wide: RunningGateway, visitor: Visitor) -> None:
    await visitor.begin()
    socket = await visitor.socket()
    connection = RedisConnection(wide.stores()[1], "hotline:")
    told = []

    async def listen() -> None:
        async for topic, event in RedisBus(connection).subscribe():
            if topic == "typing":
                told.append(event)

    listening = asyncio.ensure_future(listen())
    await asyncio.sleep(0.5)
    for _ in range(15):
        await socket.live.send_json({"type": "typing"})
    await asyncio.sleep(1.2)
    await socket.live.send_json({"type": "typing"})
    await asyncio.sleep(0.5)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await connection.close()
    await socket.live.close()
    assert len(told) == 2


# -- answers ------------------------------------------------------------------------------------------------------


@pytest.mark.gen_test
async def test_errors_can_be_read_by_pages_of_listed_origins(wide: RunningGateway, http: aiohttp.ClientSession) -> None:
    headers = {"Origin": PORTAL, "X-Request-Id": "portal-12345"}
    for method, path, status in (("GET", "/api/v1/messages", 401), ("PUT", "/api/v1/messages", 405)):
        async with http.request(method, wide.url + path, headers=headers) as response:
            assert response.status == status
            assert response.headers["Access-Control-Allow-Origin"] == PORTAL
            assert "Origin" in response.headers["Vary"].split(", ")
            assert response.headers["X-Request-Id"] == "portal-12345"
    async with http.get(wide.url + "/api/v1/messages", headers={"Origin": "https://evil.example"}) as response:
        assert response.status == 403
        assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize(
    ("method", "path", "status", "header"),
    [
        ("GET", "/assets/nope", 404, None),
        ("GET", "/assets/../run.py", 404, None),
        ("POST", "/assets/nope", 405, ("Allow", "GET, HEAD")),
        ("GET", "/ws/chat", 426, ("Upgrade", "websocket")),
        ("POST", "/ws/chat", 405, ("Allow", "GET")),
        ("POST", "/healthz", 405, ("Allow", "GET, HEAD")),
        ("DELETE", "/api/v1/messages", 405, ("Allow", "GET, POST, OPTIONS")),
        ("FOO", "/healthz", 405, ("Allow", "GET, HEAD")),
    ],
)
@pytest.mark.gen_test
async def test_every_refusal_is_of_one_kind(
    wide: RunningGateway,
    http: aiohttp.ClientSession,
    method: str,
    path: str,
    status: int,
    header: tuple[str, str] | None,
) -> None:
    async with http.request(method, wide.url + path) as response:
        assert response.status == status
        schemas.Error.model_validate(await response.json())
        assert "Server" not in response.headers
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"]
        if header is not None:
            assert response.headers[header[0]] == header[1]


@pytest.mark.gen_test
async def test_head_answers_where_get_does(wide: RunningGateway, http: aiohttp.ClientSession) -> None:
    for path in ("/healthz", "/readyz", "/", "/api/docs", "/api/openapi.json", "/metrics"):
        async with http.head(wide.url + path) as response, http.get(wide.url + path) as full:
            assert response.status == full.status, path
            assert response.headers["Content-Type"] == full.headers["Content-Type"], path


@pytest.mark.gen_test
async def test_the_scheme_of_our_own_pages_is_the_proxys(wide: RunningGateway, http: aiohttp.ClientSession) -> None:
    host = f"127.0.0.1:{wide.port}"
    for origin, proto, status in (
        (f"https://{host}", "https", 201),
        (f"http://{host}", "https", 403),
        (f"https://{host}", "javascript", 403),
        (f"http://{host}", None, 201),
    ):
        headers = {"Origin": origin, **({"X-Forwarded-Proto": proto} if proto else {})}
        async with http.post(wide.url + "/api/v1/sessions", json={}, headers=headers) as response:
            assert response.status == status, (origin, proto)


@pytest.mark.gen_test
async def test_the_description_tells_what_is_too_large(wide: RunningGateway, http: aiohttp.ClientSession) -> None:
    async with http.get(wide.url + "/api/openapi.json") as response:
        paths = (await response.json())["paths"]
    for name, methods in paths.items():
        if "post" in methods:
            assert "413" in methods["post"]["responses"], name
