"""A matter's way: told on one channel, asked about on another, handled by a unit, rated on a third."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from tornado.ioloop import IOLoop

from gateway.core.people import Person, Role, scopes_of
from gateway.core.tickets import moves
from gateway.core.tickets.desk import Desk
from gateway.core.tickets.ledger import LEFT_BEHIND, Ledger
from gateway.core.tickets.operators_calendar import OperatorsCalendar
from gateway.core.tickets.rules import Rules
from gateway.core.tickets.search import Search
from gateway.core.tickets.workdays import Calendar
from gateway.core.units import Unit, Units
from gateway.core.vault import Vault, derived
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisConnection
from simulator.running import RunningSimulator
from tests.journeys.test_sms import SECRET, Phone, kept, sms, town, wechat
from tests.running import RunningGateway

__all__ = ["kept", "sms", "town", "wechat"]  # fixtures

LIGHTS = Unit(id="test-lights", name="奇想路灯管理所", short="路灯所", kind="department")
NUMBER = re.compile(r"DG\d{15}")


def person(name: str, *roles: Role, unit: str | None = None) -> Person:
    return Person(username=name, name=name, roles=roles, unit=unit, scopes=scopes_of(roles))


ALICE, CLERK = person("alice", "agent"), person("clerk", "unit_clerk", unit=LIGHTS.id)


@dataclass
class Staff:
    """What people do at their desks, in a process of its own beside the gateway."""

    desk: Desk
    units: Units

    async def through(self, number: str) -> None:
        """From the hotline to the unit and back."""
        await self.desk.move(ALICE, number, moves.Dispatch(lead=LIGHTS.id))
        await self.desk.move(CLERK, number, moves.Sign())
        await self.desk.move(CLERK, number, moves.Reply(text="灯已经换好，当晚亮了。"))
        await self.desk.move(ALICE, number, moves.Approve())


@pytest.fixture
def staff(town: tuple[RunningGateway, RunningSimulator], kept: MongoStore, io_loop: IOLoop) -> Iterator[Staff]:
    redis = RedisConnection(town[0].stores()[1], "hotline:")

    def now() -> datetime:
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    async def made() -> Staff:
        units, search, calendar = Units(kept), Search(kept), Calendar()
        await units.put([LIGHTS], by="test")
        await units.refresh()
        await OperatorsCalendar(kept, calendar).refresh()
        ledger = Ledger(
            kept,
            RedisBus(redis),
            now,
            vault=Vault((derived(SECRET.encode()),)),
            search=search,
            rules=Rules(calendar),
            unit_name=units.short,
            digits=lambda count: "0" * count,
        )
        return Staff(Desk(kept, ledger, search, units, now), units)

    yield io_loop.run_sync(made)
    io_loop.run_sync(redis.close)


async def told_on_wechat(wechat: Phone, matter: str = "昨天晚上起育华路12号门口的路灯坏了没人修") -> tuple[str, str]:
    """Number and code."""
    await wechat.ask("我要投诉", "什么事")
    await wechat.ask(matter, "电话")
    await wechat.ask("跳过", "看看对不对")
    said = await wechat.ask("1", "查询码")
    number, code = NUMBER.search(said), re.search(r"查询码\s(\d{6})", said)
    assert number
    assert code
    return number[0], code[1]


class Visitor:
    """Somebody on the web page, by its API."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self.url = url
        self._headers: dict[str, str] = {}

    async def start(self) -> Visitor:
        _, session = await self.call("POST", "/sessions", {})
        self._headers = {"Authorization": f"Bearer {session['token']}"}
        return self

    async def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        async with self._http.request(method, f"{self.url}/api/v1{path}", json=body, headers=self._headers) as answer:
            return answer.status, await answer.json()


@pytest.fixture
def visitor(town: tuple[RunningGateway, RunningSimulator], http: aiohttp.ClientSession, io_loop: IOLoop) -> Visitor:
    return io_loop.run_sync(Visitor(http, town[0].url).start)


@pytest.mark.timeout(120)
@pytest.mark.gen_test(timeout=60)
async def test_what_was_told_just_now_can_be_asked_about(wechat: Phone, kept: MongoStore) -> None:
    number, _ = await told_on_wechat(wechat, "上周起东江大道28号前面的井盖一直松动，车一过就响")
    # sooner than the sweep would take it up
    async with asyncio.timeout(LEFT_BEHIND.total_seconds() - 0.5):
        while not await kept.find("reporters", {"ticket": number}, limit=1):
            await asyncio.sleep(0.1)
    assert number in await wechat.ask("我的工单", number)


@pytest.mark.timeout(180)
@pytest.mark.gen_test(timeout=120)
async def test_told_on_wechat_asked_on_sms_rated_on_the_web(
    wechat: Phone, sms: Phone, visitor: Visitor, staff: Staff
) -> None:
    number, code = await told_on_wechat(wechat)
    assert "已收到" in await sms.ask(f"{number} {code}", number)
    assert "不对" in await sms.ask(f"{number} {(int(code) + 1) % 10**6:06d}", "没有查到")
    await staff.through(number)
    news = await wechat.hears("有答复了", within=30)
    assert "灯已经换好" in news
    assert number in news
    status, seen = await visitor.call("GET", f"/tickets/{number}?code={code}")
    assert (status, seen["state"], seen["may_rate"]) == (200, "callback", True)
    assert "灯已经换好" in seen["reply"]
    rating = {"code": code, "solved": True, "verdict": "satisfied"}
    status, rated = await visitor.call("POST", f"/tickets/{number}/rating", rating)
    assert (status, rated["state"], rated["may_rate"]) == (200, "closed", False)
    status, again = await visitor.call("POST", f"/tickets/{number}/rating", rating)
    assert (status, again["error"]["code"]) == (409, "refused")


@pytest.mark.timeout(180)
@pytest.mark.gen_test(timeout=120)
async def test_not_solved_goes_back_to_the_unit(wechat: Phone, staff: Staff) -> None:
    number, _ = await told_on_wechat(wechat)
    await staff.through(number)
    await wechat.hears("解决了吗", within=30)
    await wechat.ask("4", "哪里没办好")
    await wechat.ask("又灭了", "补充好了")
    await wechat.hears("重办", within=30)
    ticket = await staff.desk.get(CLERK, number)
    assert (ticket.state, ticket.round) == ("signed", 1)
    assert [one.text for one in ticket.supplements] == ["又灭了"]
    assert number in await wechat.ask("我的工单", "重办")


@pytest.mark.timeout(180)
@pytest.mark.gen_test(timeout=120)
async def test_in_english_from_the_telling_to_the_verdict(wechat: Phone, sms: Phone, staff: Staff) -> None:
    matter = "the street light at 12 Yuhua Road is broken since last week"
    await wechat.ask("file a complaint", "what happened")
    await wechat.ask(matter, "phone number")
    await wechat.ask("skip", "Please check")
    said = await wechat.ask("yes", "keep these two")
    number, code = NUMBER.search(said), re.search(r"Code\s(\d{6})", said)
    assert number
    assert code
    await sms.ask("hello, how far is my ticket please")
    heard = [await sms.ask(f"{number[0]} {code[1]}", "How far it is: Received")]
    await staff.desk.move(ALICE, number[0], moves.Dispatch(lead=LIGHTS.id))
    await staff.desk.move(CLERK, number[0], moves.Sign())
    await staff.desk.move(CLERK, number[0], moves.Reply(text="It is lit again."))
    await staff.desk.move(ALICE, number[0], moves.Approve())
    heard.append(await wechat.hears("It is lit again.", within=30))
    assert "It was passed to 路灯所, who will reply by" in heard[-1], "several news travel together"
    heard.append(await wechat.ask("my tickets", "took it up"))
    heard.append(await wechat.ask("4", "what is missing"))
    for text in heard:
        assert not re.search(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]", text.replace(LIGHTS.short, "")), text


@pytest.mark.gen_test(timeout=60)
async def test_filed_and_followed_through_the_api(visitor: Visitor) -> None:
    filing = {
        "client_id": "c1",
        "kind": "suggestion",
        "matter": "建议鸿福路公交站加一个遮雨棚，我的电话是13800138000",
        "place": {"label": "鸿福路"},
        "phone": "13800138000",
    }
    status, filed = await visitor.call("POST", "/tickets", filing)
    assert status == 201
    assert (await visitor.call("POST", "/tickets", filing))[1]["number"] == filed["number"], "a repeat is the same one"
    status, mine = await visitor.call("GET", "/tickets")
    assert [ticket["number"] for ticket in mine["tickets"]] == [filed["number"]]
    assert "13800138000" not in str(mine)
    status, seen = await visitor.call("GET", f"/tickets/{filed['number']}")
    assert (status, seen["stage"]) == (200, "已收到，正在看由谁来办")
    status, refused = await visitor.call(
        "POST", f"/tickets/{filed['number']}/rating", {"solved": True, "verdict": "fairly"}
    )
    assert (status, refused["error"]["code"]) == (409, "refused")


@pytest.mark.gen_test(timeout=60)
async def test_danger_is_told_where_to_call(visitor: Visitor) -> None:
    matters = {"我家厨房着火了，火很大，快来人": "119", "邻居常在楼道里烧纸，怕引起火灾": ""}
    for matter, number in matters.items():
        filing = {"client_id": f"e{number}", "kind": "help", "matter": matter}
        status, filed = await visitor.call("POST", "/tickets", filing)
        assert (status, filed["emergency"]) == (201, number)


@pytest.mark.gen_test(timeout=60)
async def test_what_is_added_later_is_added_once(visitor: Visitor, staff: Staff) -> None:
    filing = {"client_id": "s1", "kind": "help", "matter": "小区门口的井盖松了，车一过就响"}
    _, filed = await visitor.call("POST", "/tickets", filing)
    path = f"/tickets/{filed['number']}/supplements"
    added = {"client_id": "s2", "words": "今天又有人绊倒了"}
    for _ in range(2):
        status, seen = await visitor.call("POST", path, added)
        assert (status, seen["story"][-1]["text"]) == (201, "收到您的补充")
    ticket = await staff.desk.get(ALICE, filed["number"])
    assert [one.text for one in ticket.supplements] == ["今天又有人绊倒了"]
    for body in ({"client_id": "s3"}, {"client_id": "s3", "words": " "}, {"client_id": "s3", "attachments": ["x"]}):
        status, refused = await visitor.call("POST", path, body)
        assert (status, refused["error"]["code"]) == (400, "invalid")


@pytest.mark.gen_test(timeout=60)
async def test_whoever_has_the_code_may_add(visitor: Visitor, http: aiohttp.ClientSession, staff: Staff) -> None:
    filing = {"client_id": "s4", "kind": "help", "matter": "楼道里的灯不亮，老人看不见台阶"}
    _, filed = await visitor.call("POST", "/tickets", filing)
    path = f"{visitor.url}/api/v1/tickets/{filed['number']}/supplements"
    added = {"client_id": "s5", "words": "是3号楼", "code": filed["code"]}
    wrong = {**added, "code": f"{(int(filed['code']) + 1) % 10**6:06d}"}
    async with http.post(path, json=wrong) as answer:
        assert answer.status == 404
    async with http.post(path, json={**added, "attachments": ["anybody's"]}) as answer:
        assert answer.status == 400
    async with http.post(path, json=added) as answer:
        assert answer.status == 201
    ticket = await staff.desk.get(ALICE, filed["number"])
    assert [one.text for one in ticket.supplements] == ["是3号楼"]


@pytest.mark.gen_test(timeout=60)
async def test_towns_and_parks_are_named(visitor: Visitor, staff: Staff) -> None:
    await staff.units.put([Unit(id="test-town", name="奇想镇人民政府", short="奇想镇", kind="town")], by="test")
    async with asyncio.timeout(30):
        while True:
            status, named = await visitor.call("GET", "/places")
            assert status == 200
            if "奇想镇" in named["places"]:
                break
            await asyncio.sleep(0.2)
    assert LIGHTS.short not in named["places"]


@pytest.mark.gen_test(timeout=60)
async def test_what_is_wrong_is_told(visitor: Visitor, http: aiohttp.ClientSession) -> None:
    court = {"client_id": "c2", "kind": "complaint", "matter": "法院已经判决了，对方不执行判决"}
    status, refused = await visitor.call("POST", "/tickets", court)
    assert (status, refused["error"]["code"]) == (422, "not_accepted")
    assert "12368" in refused["error"]["message"]
    for body in ({}, {**court, "kind": "x"}, {**court, "matter": "短"}, {**court, "attachments": ["nobody's"]}):
        status, refused = await visitor.call("POST", "/tickets", {**body, "matter": body.get("matter", "")[:3] or "短"})
        assert (status, refused["error"]["code"]) == (400, "invalid")
    status, refused = await visitor.call("GET", "/tickets/DG202611200000071?code=000000")
    assert (status, refused["error"]["code"]) == (404, "not_found")
