"""Danger told in the form, or added to a ticket, rings at every desk that may know of the ticket, and at no other."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from tests.journeys.test_desk_api import People, office, people
from tests.journeys.test_handoff import citizen, desk, writes
from tests.journeys.test_tickets import Visitor
from tests.running import RunningGateway

__all__ = ["citizen", "office", "people"]  # fixtures

pytestmark = pytest.mark.timeout(180)


async def told(visitor: Visitor, client_id: str, matter: str, **about: object) -> str:
    filing = {"client_id": client_id, "kind": "report", "matter": matter, **about}
    status, filed = await visitor.call("POST", "/tickets", filing)
    assert (status, filed["emergency"]) == (201, "119"), filed
    return str(filed["number"])


@pytest.mark.gen_test(timeout=120)
async def test_danger_rings_at_the_desks(
    office: RunningGateway, people: People, citizen: Visitor, http: aiohttp.ClientSession
) -> None:
    async with desk(people["alice"], http, office.url) as alice, desk(people["leader"], http, office.url) as leader:
        number = await told(citizen, "gas-1", "楼下餐馆煤气泄漏，味道很大，快来人")
        for page in (alice, leader):
            alarm = await page.until(type="alarm")
            assert (alarm["id"], alarm["ticket"], alarm["kind"]) == (f"alarm:{number}", number, "fire")
    status, ticket = await people["alice"].call("GET", f"/tickets/{number}")
    assert (status, ticket["urgent"], ticket["number"]) == (200, True, number)
    assert number in await people["alice"].numbers("/tickets?urgent=true")


@pytest.mark.gen_test(timeout=120)
async def test_of_a_confidential_report_only_who_may_read_it_is_told(
    office: RunningGateway, people: People, citizen: Visitor, http: aiohttp.ClientSession
) -> None:
    async with desk(people["alice"], http, office.url) as alice, desk(people["leader"], http, office.url) as leader:
        secret = await told(citizen, "gas-2", "厂里私藏的煤气瓶正在漏气，快来人，不要说是我", confidential=True)
        openly = await told(citizen, "gas-3", "楼下餐馆煤气泄漏，味道很大，快来人")
        assert (await leader.until(type="alarm"))["ticket"] == secret
        assert (await leader.until(type="alarm"))["ticket"] == openly
        assert (await alice.until(type="alarm"))["ticket"] == openly
        assert secret not in str(alice.frames), "nothing of it before what came after"
    assert (await people["alice"].call("GET", f"/tickets/{secret}"))[0] == 404


GAS = "楼下餐馆煤气泄漏，味道很大，快来人"


@pytest.mark.gen_test(timeout=120)
async def test_danger_added_on_the_page_or_in_chat(
    office: RunningGateway, people: People, citizen: Visitor, http: aiohttp.ClientSession
) -> None:
    filing = {"client_id": "lamp-1", "kind": "help", "matter": "楼道的路灯坏了三天"}
    numbers = []
    for client_id in ("lamp-1", "lamp-2"):
        _, filed = await citizen.call("POST", "/tickets", {**filing, "client_id": client_id})
        numbers.append(str(filed["number"]))
    on_page, in_chat = numbers
    async with desk(people["alice"], http, office.url) as alice:
        added = {"client_id": "more-1", "words": "隔壁楼也不亮"}
        status, told = await citizen.call("POST", f"/tickets/{on_page}/supplements", added)
        assert (status, told["emergency"]) == (201, "")
        added = {"client_id": "more-2", "words": GAS}
        for _ in range(2):
            status, told = await citizen.call("POST", f"/tickets/{on_page}/supplements", added)
            assert (status, told["emergency"], told["number"]) == (201, "119", on_page)
        alarm = await alice.until(type="alarm")
        assert (alarm["ticket"], alarm["kind"]) == (on_page, "fire")
        await writes(citizen, f"补充 {in_chat} {GAS}")
        alarm = await alice.until(type="alarm")
        assert "ticket" not in alarm, "the citizen is there, and it rings once"
        for _ in range(100):
            _, ticket = await people["alice"].call("GET", f"/tickets/{in_chat}")
            if ticket["urgent"]:
                break
            await asyncio.sleep(0.1)
        assert ticket["urgent"]
        _, log = await people["alice"].call("GET", f"/tickets/{in_chat}/events")
        assert [(event["move"], event["note"]) for event in log["events"]][1] == ("supplement", GAS)
    async with desk(people["leader"], http, office.url) as later:
        standing = later.frames[0]["alarms"]
        assert [one.get("ticket") for one in standing[:2]] == [None, on_page]
