"""Which unit whoever dispatches is shown, over the API: told by a citizen, corrected by people, learned by command."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import Any

import aiohttp
import pytest

from tests.journeys.test_desk_api import MATTER, People, Staff, office, people
from tests.running import ROOT, RunningGateway

__all__ = ["office", "people"]  # fixtures

STREETS = [f"{first}{second}路" for first in "育人民" for second in "兴和新东"]


async def suggested(staff: Staff, number: str) -> Any:
    """What is suggested, once the gateway has made its first model."""
    for _ in range(120):
        status, suggestion = await staff.call("GET", f"/tickets/{number}/suggestion")
        assert status == 200, suggestion
        if suggestion["units"]:
            break
        await asyncio.sleep(0.5)
    return suggestion


async def filed(staff: Staff, matter: str, **about: Any) -> str:
    status, answer = await staff.call("POST", "/tickets", {**MATTER, "matter": matter, **about})
    assert status == 201, answer
    return str(answer["number"])


@pytest.mark.timeout(180)
@pytest.mark.gen_test(timeout=120)
async def test_a_fresh_house_suggests_the_department_and_the_town(
    office: RunningGateway, people: People, http: aiohttp.ClientSession
) -> None:
    async with http.post(f"{office.url}/api/v1/sessions") as answer:
        visitor = {"Authorization": f"Bearer {(await answer.json())['token']}"}
    told = {
        "client_id": "c-1",
        "kind": "complaint",
        "matter": "路灯三天不亮，晚上很黑",
        "place": {"label": "虎门镇大宁社区"},
    }
    async with http.post(f"{office.url}/api/v1/tickets", json=told, headers=visitor) as answer:
        assert answer.status == 201, await answer.text()
        number = (await answer.json())["number"]
    suggestion = await suggested(people["alice"], number)
    first = suggestion["units"][0]
    assert (first["unit"], first["name"]) == ("urban-management", "市城管局")
    assert 0 < first["confidence"] < 1
    assert suggestion["town"] == {"unit": "town-humen", "name": "虎门"}
    assert (await people["alice"].call("GET", f"/tickets/{number}"))[1]["place"]["unit"] == "town-humen"
    for nobody in ("wang", "sun", "editor", "root"):
        assert (await people[nobody].call("GET", f"/tickets/{number}/suggestion"))[0] == 403
    assert (await people["alice"].call("GET", "/tickets/DG202601010000016/suggestion"))[0] == 404


@pytest.mark.timeout(180)
@pytest.mark.gen_test(timeout=120)
async def test_a_confidential_report_is_not_suggested_to_whom_it_is_about(people: People) -> None:
    alice, leader = people["alice"], people["leader"]
    matter = "城管收了钱，占道经营也不管，路灯不亮"
    openly = await filed(alice, matter)
    assert "urban-management" in [one["unit"] for one in (await suggested(alice, openly))["units"]]
    report = {"kind": "report", "confidential": True, "accused": ["urban-management"]}
    number = await filed(leader, matter, **report)
    assert "urban-management" not in [one["unit"] for one in (await suggested(leader, number))["units"]]
    assert (await alice.call("GET", f"/tickets/{number}/suggestion"))[0] == 404
    status, refused = await alice.call("POST", "/tickets", {**MATTER, "place": {"label": "某处", "unit": "town-mars"}})
    assert (status, refused["error"]["details"]["units"]) == (422, ["town-mars"])


@pytest.mark.timeout(180)
@pytest.mark.gen_test(timeout=120)
async def test_what_people_correct_is_learned_by_a_running_gateway(office: RunningGateway, people: People) -> None:
    alice, leader, wang, chen = (people[name] for name in ("alice", "leader", "wang", "chen"))
    for street in STREETS:
        number = await filed(alice, f"{street}的奇想灯箱整夜闪个不停")
        assert (await alice.dispatch(number, "test-water"))[0] == 200
        assert (await wang.move(number, "ask_return", reason="灯箱不归我们管"))[0] == 200
        assert (await leader.move(number, "decide_return", grant=True, reason="属实"))[0] == 200
        again = await suggested(alice, number)
        assert "test-water" not in [one["unit"] for one in again["units"]]
        assert (await alice.dispatch(number, "test-lights"))[0] == 200
        assert (await chen.move(number, "sign"))[0] == 200
        assert (await chen.move(number, "reply", text="修好了"))[0] == 200
    number = await filed(alice, "楼下的奇想灯箱整夜闪")
    before = await suggested(alice, number)
    assert before["units"][0]["unit"] != "test-lights"
    keep = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    trained = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "run.py", "tickets", "train"],
        cwd=ROOT,
        env={**keep, "HOTLINE_DATA_DIR": str(office.data_dir)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert trained.returncode == 0, trained.stderr
    assert f"路灯所：工单 {len(STREETS)}（改派来的 {len(STREETS)}），职责 2，知识 0\n" in trained.stdout
    for _ in range(60):
        suggestion = await suggested(alice, number)
        if suggestion["units"][0]["unit"] == "test-lights":
            break
        await asyncio.sleep(0.5)
    assert suggestion["units"][0]["unit"] == "test-lights"
    assert suggestion["units"][0]["confidence"] > 0.5
