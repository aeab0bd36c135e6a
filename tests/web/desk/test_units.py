"""Units over HTTP: everybody reads them, administrators keep them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from gateway.core.units import COUNTED, Units
from gateway.storage.mongo import MongoStore
from gateway.web.desk import units as units_api
from gateway.web.desk.units import UnitList, UnitView
from tests.web.desk.site import Site

WATER: dict[str, Any] = {
    "id": "water",
    "name": "奇想市水务局",
    "short": "市水务局",
    "kind": "department",
    "duties": ["自来水", "内涝"],
    "contacts": ["12345"],
}
RIVER: dict[str, Any] = {"id": "river", "name": "河边镇", "short": "河边", "kind": "town", "territory": ["柳树社区"]}


@pytest.fixture
def site(open_site: Callable[..., Site], open_store: Callable[..., MongoStore], io_loop: IOLoop) -> Site:
    units = Units(open_store())
    return open_site(also=lambda access: units_api.routes(access, units))


@pytest.mark.gen_test
async def test_made_by_an_administrator_and_read_by_everybody(site: Site) -> None:
    root, agent = await site.program("administrator"), await site.program("agent")
    made = await root.call("POST", "/units", {**WATER, "reason": "机构改革"})
    assert made.status == 201
    assert UnitView.model_validate(made.body).duties == ("自来水", "内涝")
    assert (await root.call("POST", "/units", RIVER)).status == 201
    assert (await root.call("POST", "/units", WATER)).code == "conflict"
    assert (await agent.call("GET", "/units/water")).body == made.body
    listed = UnitList.model_validate((await agent.call("GET", "/units")).body)
    assert ([unit.id for unit in listed.units], listed.next) == (["river", "water"], None)
    assert (await agent.call("GET", "/units/nobody")).status == 404
    for method, path, body in (
        ("POST", "/units", WATER),
        ("PATCH", "/units/water", {"short": "水务"}),
        ("POST", "/units/water/retire", {"reason": "x"}),
        ("POST", "/units/water/restore", {"reason": "x"}),
    ):
        assert (await agent.call(method, path, body)).code == "forbidden"
    assert (await site.call("GET", "/units")).status == 401
    (line,) = await site.people.store.find("audit", {"about": "water"}, limit=10)
    assert (line["action"], line["actor"], line["reason"]) == ("unit.add", root.username, "机构改革")


@pytest.mark.gen_test
async def test_lists_are_narrowed_and_read_on(site: Site) -> None:
    root = await site.program("administrator")
    for body in (WATER, RIVER):
        await root.call("POST", "/units", body)
    for number in range(3):
        below = {"id": f"water-{number}", "name": f"水务{number}所", "short": f"{number}所", "kind": "department"}
        await root.call("POST", "/units", {**below, "parent": "water"})

    async def ids(asked: str) -> list[str]:
        return [unit["id"] for unit in (await root.call("GET", f"/units?{asked}")).body["units"]]

    assert await ids("kind=town") == ["river"]
    assert await ids("under=water") == ["water", "water-0", "water-1", "water-2"]
    assert await ids("under=nobody") == []
    assert await ids("q=河边镇") == ["river"]
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (await root.call("GET", f"/units?limit=2&after={after}")).body
        found += [unit["id"] for unit in page["units"]]
        after = page["next"]
    assert found == ["river", "water", "water-0", "water-1", "water-2"]
    for wrong in ("limit=0", "kind=village", "under=A", "unknown=1"):
        assert (await root.call("GET", f"/units?{wrong}")).status == 400


@pytest.mark.gen_test
async def test_a_change_says_only_what_changes(site: Site) -> None:
    root = await site.program("administrator")
    for body in (WATER, {**RIVER, "parent": "water"}):
        assert (await root.call("POST", "/units", body)).status == 201
    changed = await root.call("PATCH", "/units/river", {"contacts": ["0769-1"], "name": None})
    assert (changed.status, changed.body["contacts"], changed.body["name"]) == (200, ["0769-1"], "河边镇")
    assert (changed.body["parent"], changed.body["territory"]) == ("water", ["柳树社区"])
    assert (await root.call("PATCH", "/units/river", {"parent": None})).body["parent"] is None
    for body, status in (
        ({"parent": "nobody"}, 422),
        ({"parent": "river"}, 422),
        ({"short": "市水务局"}, 422),
        ({}, 400),
        ({"reason": "nothing"}, 400),
        ({"name": None}, 400),
        ({"name": " "}, 400),
        ({"id": "other"}, 400),
        ({"active": False}, 400),
    ):
        assert (await root.call("PATCH", "/units/river", body)).status == status, body
    assert (await root.call("PATCH", "/units/water", {"parent": "river"})).status == 200
    circle = await root.call("PATCH", "/units/river", {"parent": "water"})
    assert (circle.status, "绕回" in circle.body["error"]["message"]) == (422, True)
    assert (await root.call("PATCH", "/units/nobody", {"short": "没有"})).status == 404


@pytest.mark.gen_test
async def test_what_no_store_keeps_is_refused(site: Site) -> None:
    root = await site.program("administrator")
    refused = await root.call("POST", "/units", {**WATER, "duties": ["自来水", "内\0涝"]})
    assert (refused.status, refused.code) == (400, "invalid")
    about_it = {**WATER, "duties": [r"写作 \u0000 的字符"]}
    assert (await root.call("POST", "/units", about_it)).body["duties"][0] == r"写作 \u0000 的字符"


@pytest.mark.gen_test
async def test_a_unit_with_open_tickets_is_not_retired(site: Site) -> None:
    root, store = await site.program("administrator"), site.people.store
    await root.call("POST", "/units", WATER)
    part = {"version": 1, "ticket_version": 1, "unit": "water", "role": "lead", "due": 0, "state": "signed"}
    await store.insert_many("assignments", [{**part, "_id": f"{n}", "ticket": f"{n}", "open": 1} for n in range(3)])
    await store.insert("assignments", {**part, "_id": "done", "ticket": "done", "open": 0})
    retire = ("POST", "/units/water/retire", {"reason": "撤销"})
    refused = await root.call(*retire)
    assert (refused.status, refused.body["error"]["details"]) == (409, {"unit": "water", "open": 3})
    assert "3 张" in refused.body["error"]["message"]
    await store.insert_many(
        "assignments", [{**part, "_id": f"m{n}", "ticket": f"{n}", "open": 1} for n in range(COUNTED - 3)]
    )
    refused = await root.call(*retire)
    assert (refused.body["error"]["details"]["open"], "以上" in refused.body["error"]["message"]) == (COUNTED, True)
    await store.delete("assignments", [*(f"{n}" for n in range(3)), *(f"m{n}" for n in range(COUNTED - 3))])
    assert (await root.call("POST", "/units/water/retire", {})).status == 400, "without a reason"
    assert (await root.call(*retire)).body["active"] is False
    assert (await root.call("GET", "/units")).body["units"] == []
    assert len((await root.call("GET", "/units?retired=true")).body["units"]) == 1
    assert (await root.call("POST", "/units/water/restore", {"reason": "恢复"})).body["active"] is True
    lines = await store.find("audit", {"about": "water"}, sort=[("_id", 1)], limit=10)
    assert [line["action"] for line in lines] == ["unit.add", "unit.retire", "unit.restore"]


@pytest.mark.gen_test
async def test_none_in_use_is_left_below_a_retired_one(site: Site) -> None:
    root = await site.program("administrator")
    for body in (WATER, {**RIVER, "parent": "water"}):
        await root.call("POST", "/units", body)
    refused = await root.call("POST", "/units/water/retire", {"reason": "撤销"})
    assert (refused.status, "river" in refused.body["error"]["message"]) == (422, True)
    for unit in ("river", "water"):
        assert (await root.call("POST", f"/units/{unit}/retire", {"reason": "撤销"})).status == 200
    refused = await root.call("POST", "/units/river/restore", {"reason": "恢复"})
    assert (refused.status, "water" in refused.body["error"]["message"]) == (422, True)
