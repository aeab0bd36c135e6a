"""Bodies never finished or badly made, files sent and fetched without measure."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from bench.process import resident_bytes
from channels.web import schemas
from tests.journeys.conftest import PICTURE
from tests.journeys.hostile_web.conftest import MIB, Lines, multipart, upload, via
from tests.journeys.test_web import Visitor
from tests.running import RunningGateway

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
