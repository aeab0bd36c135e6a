"""The demo page's way to the simulator: what passes, what is refused, and how a simulator that is away is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.testing import bind_unused_port

from channels.handling import BODY_LIMIT
from gateway.web import simulator
from gateway.web.edge import Edge, Nowhere
from gateway.web.pages import BUILT, POLICY
from gateway.web.simulator import PICTURE_LIMIT, SimulatorDoor
from tests.serving.fake_phones import FakePhones

Got = tuple[int, dict[str, Any]]


class Site:
    """A gateway with nothing but the page, in front of a simulator."""

    def __init__(self, public_url: str = "") -> None:
        self.phones = FakePhones()
        self.public_url = public_url

    async def start(self) -> None:
        await self.phones.start()
        self.door = SimulatorDoor(self.phones.url, public_url=self.public_url)
        app = Edge(simulator.routes(self.door), default_handler_class=Nowhere)
        self.server = HTTPServer(app, max_body_size=BODY_LIMIT)
        socket, self.port = bind_unused_port()
        self.server.add_socket(socket)
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20))

    async def stop(self) -> None:
        await self.http.close()
        await self.door.close()
        await self.phones.stop()
        self.server.stop()
        await self.server.close_all_connections()

    async def post(self, path: str, body: Any, **headers: str) -> Got:
        """As the page does it; a header given as "" is left out."""
        sent = {"Origin": self.url, "Content-Type": "application/json", **headers}
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {name: value for name, value in sent.items() if value}
        async with self.http.post(self.url + path, data=data, headers=given, skip_auto_headers=["Content-Type"]) as got:
            return got.status, await got.json()

    async def get(self, path: str, **headers: str) -> Got:
        sent = {"X-Requested-With": "simulator", **headers}
        async with self.http.get(
            self.url + path, headers={name: value for name, value in sent.items() if value}
        ) as got:
            return got.status, await got.json()


@pytest.fixture
def site(io_loop: IOLoop) -> Iterator[Site]:
    made = Site()
    io_loop.run_sync(made.start, timeout=10)
    yield made
    io_loop.run_sync(made.stop, timeout=10)


def code(got: Got) -> tuple[int, str]:
    return got[0], got[1]["error"]["code"]


@asynccontextmanager
async def held(site: Site, count: int, path: str = "/simulator/phones/a/events?after=0&wait=25") -> AsyncIterator[None]:
    """So many questions the simulator has and does not answer."""
    site.phones.slow = asyncio.Event()
    waiting = [asyncio.create_task(site.get(path)) for _ in range(count)]
    try:
        async with asyncio.timeout(10):
            while len(site.phones.asked) < count:
                await asyncio.sleep(0.01)
        yield
    finally:
        site.phones.slow.set()
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


@pytest.mark.gen_test
async def test_the_page_is_served_under_the_policy_of_all_pages(site: Site) -> None:
    assert (BUILT / "simulator.html").exists(), "the pages are not built: run `make build`"
    async with site.http.get(site.url + "/simulator") as got:
        assert got.status == 200
        assert got.headers["Content-Security-Policy"] == POLICY
        assert "<title>演示" in await got.text()


@pytest.mark.gen_test
async def test_every_call_of_the_page_reaches_the_simulator_as_it_is(site: Site) -> None:
    site.phones.answer = 201, '{"id": "a", "kind": "sms", "name": "+8613800000001"}'
    assert await site.post("/simulator/phones", {"kind": "sms"}) == (
        201,
        {"id": "a", "kind": "sms", "name": "+8613800000001"},
    )
    site.phones.answer = 202, '{"n": 3}'
    said = {"type": "text", "text": "社保卡丢了怎么补办😀\u2028"}
    assert await site.post("/simulator/phones/a/messages", said) == (202, {"n": 3})
    site.phones.answer = 200, "{}"
    assert (await site.post("/simulator/phones/a/state", {"reachable": False}))[0] == 200
    assert (await site.get("/simulator/phones/a"))[0] == 200
    assert (await site.get("/simulator/phones/a/events?after=7&wait=25&more=1"))[0] == 200
    assert (await site.get("/simulator/phones/a/events"))[0] == 200
    assert (await site.get("/simulator/phones/a/events?wait=9999"))[0] == 200
    assert site.phones.asked == [
        ("POST", "/phones", {"kind": "sms"}),
        ("POST", "/phones/a/messages", said),
        ("POST", "/phones/a/state", {"reachable": False}),
        ("GET", "/phones/a", None),
        ("GET", "/phones/a/events?after=7&wait=25", None),
        ("GET", "/phones/a/events?after=0&wait=0", None),
        ("GET", "/phones/a/events?after=0&wait=25", None),
    ]


# aiohttp would rather send more than 1 MiB from a file than from memory; over loopback it makes no difference
@pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning")
@pytest.mark.gen_test
async def test_a_picture_passes_and_what_is_larger_is_refused(site: Site) -> None:
    picture = {"type": "image", "data": "A" * (PICTURE_LIMIT - 200), "content_type": "image/png"}
    assert (await site.post("/simulator/phones/a/messages", picture))[0] == 200
    assert site.phones.asked[0][2] == picture
    # what is over the limit is refused before it is read, which may end the connection first
    try:
        refused = await site.post("/simulator/phones/a/messages", b"x" * (PICTURE_LIMIT + 1))
    except aiohttp.ClientError:
        pass
    else:
        assert code(refused) == (413, "too_large")
    assert len(site.phones.asked) == 1


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": ""},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "", "X-Requested-With": "simulator"},
    ],
)
async def test_nobody_but_the_page_says_anything(site: Site, headers: dict[str, str]) -> None:
    assert code(await site.post("/simulator/phones", {"kind": "sms"}, **headers)) == (403, "origin_not_allowed")
    assert site.phones.asked == []


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "headers",
    [
        {"X-Requested-With": ""},
        {"X-Requested-With": "XMLHttpRequest"},
        {"Origin": "https://evil.example"},
    ],
)
async def test_nobody_but_the_page_reads_anything(site: Site, headers: dict[str, str]) -> None:
    assert code(await site.get("/simulator/phones/a/events", **headers)) == (403, "origin_not_allowed")
    assert site.phones.asked == []


@pytest.mark.gen_test
async def test_another_site_that_asks_before_is_not_let_in(site: Site) -> None:
    asks = {"Origin": "https://evil.example", "Access-Control-Request-Headers": "x-requested-with"}
    async with site.http.options(site.url + "/simulator/phones/a", headers=asks) as got:
        assert got.status == 403
        assert not [name for name in got.headers if name.lower().startswith("access-control")]


def test_behind_a_proxy_the_configured_address_counts_and_loopback_names_do(io_loop: IOLoop) -> None:
    site = Site(public_url="https://12345.example.cn")

    async def try_them() -> None:
        await site.start()
        local = {"Host": f"localhost:{site.port}"}
        for allowed in ({"Origin": "https://12345.example.cn"}, {"Origin": f"http://localhost:{site.port}", **local}):
            assert (await site.post("/simulator/phones", {}, **allowed))[0] == 200
        rebound = {"Origin": f"http://evil.example:{site.port}", "Host": f"evil.example:{site.port}"}
        assert code(await site.post("/simulator/phones", {}, **rebound)) == (403, "origin_not_allowed")
        await site.stop()

    io_loop.run_sync(try_them, timeout=20)


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "path",
    [
        "/simulator/phones/",
        "/simulator/phones/a/faults",
        "/simulator/phones/../faults",
        "/simulator/phones/%2e%2e/messages",
        "/simulator/phones/a%2fb/messages",
        "/simulator/phones/a/messages/1",
        "/simulator/faults",
        f"/simulator/phones/{'a' * 65}/messages",
    ],
)
async def test_no_other_path_passes(site: Site, path: str) -> None:
    assert (await site.post(path, {}))[0] in (404, 405)
    assert site.phones.asked == []


@pytest.mark.gen_test
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD"])
async def test_no_other_method_passes(site: Site, method: str) -> None:
    headers = {"Origin": site.url, "X-Requested-With": "simulator"}
    async with site.http.request(method, site.url + "/simulator/phones/a", headers=headers) as got:
        assert got.status == 405
    assert code(await site.get("/simulator/phones")) == (405, "method_not_allowed")
    assert site.phones.asked == []


@pytest.mark.gen_test
@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"a"', b"\xff", b"null"])
async def test_what_is_no_json_object_is_told(site: Site, body: bytes) -> None:
    assert code(await site.post("/simulator/phones", body)) == (400, "invalid")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert code(await site.post("/simulator/phones", b"{}", **form)) == (415, "unsupported_type")
    assert code(await site.get("/simulator/phones/a/events?after=-1")) == (400, "invalid")
    assert site.phones.asked == []


@pytest.mark.gen_test
async def test_what_the_simulator_refuses_is_told_in_our_envelope(site: Site) -> None:
    own = {"error": {"code": "not_following", "message": "没有关注", "details": {}}}
    site.phones.answer = 409, json.dumps(own)
    assert await site.post("/simulator/phones/a/messages", {}) == (409, own)
    site.phones.answer = 404, '{"errcode": 404}'
    assert code(await site.get("/simulator/phones/a")) == (404, "not_found")
    site.phones.answer = 422, "{}"
    assert code(await site.post("/simulator/phones/a/messages", {})) == (422, "refused")


@pytest.mark.gen_test
@pytest.mark.parametrize("answer", [(500, "{}"), (200, "<html>"), (200, "[]"), (0, ""), (200, "x" * (3 << 20))])
async def test_a_simulator_gone_wrong_is_told(site: Site, answer: tuple[int, str]) -> None:
    site.phones.answer = answer
    assert code(await site.post("/simulator/phones/a/messages", {})) == (502, "simulator_away")
    status, error = code(await site.get("/simulator/phones/a"))
    assert (status in (502, 503), error) == (True, "simulator_away")


@pytest.mark.gen_test
async def test_a_simulator_that_does_not_run_is_told(site: Site) -> None:
    await site.phones.stop()
    assert code(await site.post("/simulator/phones", {"kind": "sms"})) == (503, "simulator_away")
    assert code(await site.get("/simulator/phones/a/events?wait=25")) == (503, "simulator_away")


@pytest.mark.gen_test(timeout=20)
async def test_a_simulator_that_does_not_answer_is_told_in_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulator, "_CALL_WITHIN", 0.3)
    monkeypatch.setattr(simulator, "_POLL_WITHIN", 0.3)
    site.phones.slow = asyncio.Event()
    assert code(await site.post("/simulator/phones", {"kind": "sms"})) == (502, "simulator_away")
    assert code(await site.get("/simulator/phones/a/events?wait=25")) == (503, "simulator_away")


@pytest.mark.gen_test(timeout=30)
async def test_so_many_questions_are_held_and_a_word_passes_meanwhile(site: Site) -> None:
    async with held(site, simulator._POLLS):
        assert code(await site.get("/simulator/phones/a/events?wait=25")) == (503, "unavailable")
        site.phones.slow, kept = None, site.phones.slow
        assert (await site.post("/simulator/phones/a/messages", {}))[0] == 200
        site.phones.slow = kept
    # those whose askers went away are given back
    site.phones.slow = None
    async with asyncio.timeout(10):
        while (await site.get("/simulator/phones/a/events"))[0] != 200:
            await asyncio.sleep(0.05)
    assert site.door._free == {"calls": simulator._CALLS, "polls": simulator._POLLS}


@pytest.mark.gen_test(timeout=20)
async def test_a_question_whose_asker_left_is_dropped(site: Site) -> None:
    async with held(site, 1):
        assert site.door._free["polls"] == simulator._POLLS - 1
        await site.http.close()
        async with asyncio.timeout(10):
            while site.phones.left == 0 or site.door._free["polls"] != simulator._POLLS:
                await asyncio.sleep(0.02)


@pytest.mark.gen_test(timeout=20)
async def test_a_picture_that_never_comes_whole_gives_its_place_back(site: Site) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(
        f"POST /simulator/phones/a/messages HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nOrigin: {site.url}\r\n"
        f"Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n".encode()
    )
    async with asyncio.timeout(10):
        while site.door._free["calls"] == simulator._CALLS:
            await asyncio.sleep(0.02)
        writer.close()
        while site.door._free["calls"] != simulator._CALLS:
            await asyncio.sleep(0.02)
    assert site.phones.asked == []
    del reader
