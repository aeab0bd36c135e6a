"""A ticket's way over the desk's API, with people of each role, their accounts and their sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from tornado.ioloop import IOLoop

from gateway.core.units import Unit, Units
from gateway.storage.mongo import MongoStore
from tests.running import RunningGateway

PASSWORD = "育华路的灯-2026-很亮"
UNITS = (
    Unit(id="test-water", name="奇想水务局", short="水务", kind="department"),
    Unit(id="test-lights", name="奇想路灯管理所", short="路灯所", kind="department"),
)
MATTER = {
    "kind": "complaint",
    "matter": "育华路12号门口的奇想灯坏了三天",
    "place": {"label": "育华路"},
    "name": "陈先生",
    "phone": "13800138000",
}


class Staff:
    """Somebody at a desk, by the API."""

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str = "") -> None:
        self._http = http
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        url = f"{self._url}/api/v1/desk{path}"
        async with self._http.request(method, url, json=body, headers=self._headers) as answer:
            return answer.status, await answer.json() if answer.status != 204 else None

    async def move(self, number: str, move: str, **particulars: Any) -> tuple[int, Any]:
        return await self.call("POST", f"/tickets/{number}/moves", {"move": move, **particulars})

    async def dispatch(self, number: str, lead: str) -> tuple[int, Any]:
        """To a unit that the gateway may not have read yet."""
        for _ in range(60):
            status, said = await self.move(number, "dispatch", lead=lead)
            if status != 422:
                break
            await asyncio.sleep(0.5)
        return status, said

    async def numbers(self, path: str = "/tickets") -> list[str]:
        status, page = await self.call("GET", path)
        assert status == 200, page
        return [ticket["number"] for ticket in page["tickets"]]


async def sign_in(http: aiohttp.ClientSession, url: str, username: str, password: str) -> Staff:
    status, session = await Staff(http, url).call("POST", "/session", {"username": username, "password": password})
    assert status in (200, 201), session
    return Staff(http, url, session["token"])


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    settings = {"HOTLINE_ADMIN__USERNAME": "root", "HOTLINE_ADMIN__PASSWORD": PASSWORD}
    gateway = RunningGateway(tmp_path_factory.mktemp("office") / "data", settings)
    gateway.start()
    yield gateway
    assert gateway.stop() == 0
    assert '"exception"' not in gateway.log()
    for secret in (PASSWORD, "13800138000", "陈先生"):
        assert secret not in gateway.log()


People = dict[str, Staff]


@pytest.fixture
def people(office: RunningGateway, http: aiohttp.ClientSession, io_loop: IOLoop) -> People:
    """One of each role."""

    async def made() -> People:
        store = MongoStore(office.stores()[0], "hotline")
        await Units(store).put(UNITS, by="test")
        await store.close()
        root = await sign_in(http, office.url, "root", PASSWORD)
        found = {"root": root}
        for username, role, unit in (
            ("alice", "agent", None),
            ("leader", "shift_leader", None),
            ("wang", "unit_head", "test-water"),
            ("chen", "unit_clerk", "test-lights"),
            ("sun", "supervisor", None),
            ("editor", "knowledge_editor", None),
        ):
            status, new = await root.call(
                "POST", "/people", {"username": username, "name": username, "roles": [role], "unit": unit}
            )
            if status == 409:  # of the test before
                found[username] = await sign_in(http, office.url, username, PASSWORD)
                continue
            assert status == 201, new
            arriving = await sign_in(http, office.url, username, new["password"])
            assert (await arriving.call("GET", "/tickets"))[0] == 403, "the password comes first"
            change = {"old": new["password"], "new": PASSWORD}
            assert (await arriving.call("POST", "/session/password", change))[0] in (200, 204)
            found[username] = await sign_in(http, office.url, username, PASSWORD)
        return found

    return io_loop.run_sync(made, timeout=60)


@pytest.mark.timeout(180)
@pytest.mark.gen_test(timeout=120)
async def test_from_the_phone_to_the_unit_and_back(people: People) -> None:
    alice, clerk = people["alice"], people["chen"]
    status, filed = await alice.call("POST", "/tickets", MATTER)
    assert status == 201, filed
    number = filed["number"]
    assert len(filed["code"]) == 6
    assert "dispatch" in filed["ticket"]["moves"]
    assert number in await alice.numbers()
    assert number in await alice.numbers("/tickets?q=奇想灯")
    assert number in await alice.numbers("/tickets?q=13800138000")
    assert number not in await clerk.numbers()
    status, refused = await alice.move(number, "dispatch", lead="nowhere")
    assert (status, refused["error"]["code"]) == (422, "invalid")
    status, ticket = await alice.dispatch(number, "test-lights")
    assert (status, ticket["state"]) == (200, "dispatched")
    assert await clerk.numbers("/work") == [number]
    status, refused = await alice.dispatch(number, "test-water")
    assert (status, refused["error"]["details"]["reason"]) == (409, "wrong_state")
    assert (await people["wang"].call("GET", f"/tickets/{number}"))[0] == 404
    assert (await people["editor"].call("GET", "/tickets"))[0] == 403
    assert (await people["root"].call("GET", f"/tickets/{number}"))[0] == 403, "who keeps the house sees no tickets"
    assert (await clerk.move(number, "sign"))[0] == 200
    status, refused = await clerk.move(number, "approve")
    assert (status, refused["error"]["code"]) == (403, "forbidden")
    assert (await clerk.move(number, "reply", text="换好了"))[1]["state"] == "replied"
    assert (await alice.move(number, "approve"))[1]["state"] == "callback"
    status, ticket = await alice.move(number, "call_back", reached=True, solved=True, verdict="satisfied")
    assert (status, ticket["state"], ticket["verdict"]) == (200, "closed", "satisfied")
    status, log = await alice.call("GET", f"/tickets/{number}/events")
    assert [event["move"] for event in log["events"]] == ["file", "dispatch", "sign", "reply", "approve", "call_back"]


@pytest.mark.timeout(180)
@pytest.mark.gen_test(timeout=120)
async def test_what_is_sent_again_is_filed_once(people: People) -> None:
    alice, named = people["alice"], {**MATTER, "client_id": "one-call-1"}
    (_, first), (_, again) = await alice.call("POST", "/tickets", named), await alice.call("POST", "/tickets", named)
    assert (first["number"], first["code"]) == (again["number"], again["code"])
    _, other = await people["leader"].call("POST", "/tickets", named)
    assert other["number"] != first["number"], "what somebody else names so is another matter"
    both = await asyncio.gather(*(alice.call("POST", "/tickets", {**MATTER, "client_id": "at-once-1"}) for _ in "ab"))
    assert len({filed["number"] for _, filed in both}) == 1
    _, log = await alice.call("GET", f"/tickets/{first['number']}/events")
    assert [event["move"] for event in log["events"]] == ["file"]


@pytest.mark.timeout(180)
@pytest.mark.gen_test(timeout=120)
async def test_who_told_it_is_masked_until_somebody_says_why(people: People) -> None:
    alice = people["alice"]
    _, filed = await alice.call("POST", "/tickets", MATTER)
    number = filed["number"]
    _, told = await alice.call("GET", f"/tickets/{number}/reporters")
    (reporter,) = told["reporters"]
    assert (reporter["name"], reporter["phone"]) == ("陈**", "138****8000")
    reveal = {"reporter": reporter["id"], "field": "phone", "reason": "回访"}
    assert (await alice.call("POST", f"/tickets/{number}/reveals", reveal))[1] == {"value": "+8613800138000"}
    assert (await alice.call("POST", f"/tickets/{number}/reveals", {**reveal, "reason": ""}))[0] in (400, 422)
    assert (await people["editor"].call("POST", f"/tickets/{number}/reveals", reveal))[0] == 403


@pytest.mark.timeout(180)
@pytest.mark.gen_test(timeout=120)
async def test_a_confidential_report_and_those_it_is_about(people: People) -> None:
    leader, wang, chen, alice = (people[name] for name in ("leader", "wang", "chen", "alice"))
    report = {**MATTER, "kind": "report", "matter": "奇想水务局有人违规收费", "confidential": True}
    for _ in range(60):  # the gateway may not have read the units yet
        status, filed = await leader.call("POST", "/tickets", {**report, "accused": ["test-water"]})
        if status != 422:
            break
        await asyncio.sleep(0.5)
    assert status == 201, filed
    number = filed["number"]
    status, refused = await leader.dispatch(number, "test-water")
    assert (status, refused["error"]["details"]["reason"]) == (409, "accused")
    assert (await leader.dispatch(number, "test-lights"))[0] == 200
    assert number in await leader.numbers("/tickets?q=违规收费")
    assert number in await chen.numbers("/work")
    assert (await chen.call("GET", f"/tickets/{number}/reporters"))[1] == {"reporters": []}
    for nobody in (wang, alice):
        assert (await nobody.call("GET", f"/tickets/{number}"))[0] == 404
        for path in ("/tickets", f"/tickets?q={number}", "/tickets?q=违规收费", "/tickets?state=dispatched"):
            assert number not in await nobody.numbers(path)
        for part in ("events", "reporters"):
            assert (await nobody.call("GET", f"/tickets/{number}/{part}"))[0] == 404


@pytest.mark.timeout(180)
@pytest.mark.gen_test(timeout=120)
async def test_a_return_and_another_unit(people: People) -> None:
    alice, leader, wang, chen = (people[name] for name in ("alice", "leader", "wang", "chen"))
    _, filed = await alice.call("POST", "/tickets", MATTER)
    number = filed["number"]
    await alice.dispatch(number, "test-water")
    assert (await wang.move(number, "ask_return", reason="路灯不归我们管"))[0] == 200
    assert (await alice.move(number, "decide_return", grant=True, reason="好的"))[0] == 403
    assert (await leader.move(number, "decide_return", grant=True, reason="属实"))[1]["state"] == "submitted"
    assert number not in await wang.numbers("/work")
    assert (await alice.dispatch(number, "test-lights"))[0] == 200
    assert number in await chen.numbers("/work")
    status, _ = await people["sun"].move(number, "supervise", reason="群众反映强烈")
    assert status == 200
