"""The responsible units on the real store: asked, changed, written down; and the file they come in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from gateway.core import audit
from gateway.core.errors import Invalid
from gateway.core.model import Effect
from gateway.core.units import Problem, Unit, Units, read, write
from gateway.storage.mongo import MongoStore
from tests.core.conftest import Now

POLICE = Unit(
    id="police", name="某市公安局", short="市公安局", kind="department", aliases=("公安局",), duties=("打架",)
)
TRAFFIC = Unit(id="traffic", name="某市公安局交警支队", short="交警支队", kind="department", parent="police")
RIVER = Unit(id="town-river", name="河边镇", short="河边", kind="town", territory=("柳树社区", "石桥村", "河边码头"))


async def log_of(store: MongoStore, about: str) -> list[dict[str, Any]]:
    return await store.find(audit.AUDIT, {"about": about}, sort=[("_id", 1)])


@pytest.mark.gen_test
async def test_units_are_found_by_id_by_name_and_by_what_is_above_them(store: MongoStore, now: Now) -> None:
    units = Units(store, now)
    squad = Unit(id="squad", name="一中队", short="一中队", kind="department", parent="traffic", active=False)
    assert await units.put([squad, TRAFFIC, RIVER, POLICE], by="wu") == (4, 0)
    assert [unit.id for unit in units.all()] == ["police", "traffic", "town-river"]
    assert [unit.id for unit in units.all(inactive=True)] == ["police", "squad", "traffic", "town-river"]
    assert units.get("traffic") == units.named("某市公安局交警支队") == units.named(" 交警 支队 ")
    assert units.named("公安局") == units.get("police")
    assert units.named("一中队") is None, "inactive"
    assert units.get("squad") is not None
    assert units.get(None) is units.named("") is None
    assert units.subtree("police") == ["police", "traffic", "squad"]
    assert units.subtree("town-river") == ["town-river"]
    assert units.subtree(None) == []
    assert units.ancestors("squad") == ["traffic", "police"]
    assert units.ancestors("police") == units.ancestors("nobody") == []
    assert (units.short("police"), units.short("nobody")) == ("市公安局", "负责的单位")


@pytest.mark.gen_test
async def test_places_are_told_by_towns_and_duties_by_departments(store: MongoStore, now: Now) -> None:
    units = Units(store, now)
    await units.put([POLICE, RIVER], by="wu")
    names = ("河边镇", "河边", "柳树社区", "石桥村", "河边码头", "柳树村", "石桥社区")
    assert units.gazetteer() == {"town-river": names}
    assert units.duties() == [(POLICE.id, text) for text in ("某市公安局", "市公安局", "公安局", "打架")]


@pytest.mark.gen_test
async def test_another_process_sees_a_change_when_it_refreshes(open_store: Callable[..., MongoStore], now: Now) -> None:
    ours, theirs = Units(open_store(), now), Units(open_store(), now)
    await ours.put([POLICE], by="wu")
    await theirs.refresh()
    await ours.put([POLICE.model_copy(update={"short": "警察局"})], by="wu")
    assert theirs.short("police") == "市公安局"
    await theirs.refresh()
    assert theirs.short("police") == "警察局"


@pytest.mark.gen_test
async def test_every_change_is_in_the_audit_log_once(store: MongoStore, now: Now) -> None:
    units = Units(store, now)
    assert await units.put([POLICE], by="wu", reason="机构改革") == (1, 0)
    assert await units.put([POLICE], by="wu") == (0, 0)
    now.move(60)
    changed = POLICE.model_copy(update={"short": "警察局", "duties": ()})
    assert await units.put([changed], by="li") == (0, 1)
    added, change = await log_of(store, "police")
    assert (added["action"], added["actor"], added["reason"]) == ("unit.add", "wu", "机构改革")
    assert (change["action"], change["actor"], change["at"]) == ("unit.change", "li", now())
    assert json.loads(change["changes"]) == {"short": ["市公安局", "警察局"], "duties": [["打架"], []]}


@pytest.mark.gen_test
async def test_a_change_whose_writer_was_killed_is_written_down_by_the_next(store: MongoStore, now: Now) -> None:
    line = audit.entry(now(), "wu", "unit.add", "police")
    packed = Effect("insert", audit.AUDIT, line).pack()
    await store.insert("units", POLICE.model_copy(update={"tail": (packed,)}).document())
    units = Units(store, now)
    assert await log_of(store, "police") == []
    assert await units.put([POLICE], by="li") == (0, 0)
    assert await log_of(store, "police") == [line]


@pytest.mark.gen_test(timeout=30)
async def test_two_who_change_one_unit_at_once_both_happen_in_some_order(
    open_store: Callable[..., MongoStore], now: Now
) -> None:
    first, second = Units(open_store(), now), Units(open_store(), now)
    await first.put([POLICE], by="wu")
    await asyncio.gather(
        first.put([POLICE.model_copy(update={"duties": ("甲事",)})], by="wu"),
        second.put([POLICE.model_copy(update={"duties": ("乙事",)})], by="li"),
    )
    store = open_store()
    _, earlier, later = await log_of(store, "police")
    one, other = sorted((earlier, later), key=lambda line: json.loads(line["changes"])["duties"][0] != ["打架"])
    assert json.loads(one["changes"])["duties"][1] == json.loads(other["changes"])["duties"][0]
    document = await store.get("units", "police")
    assert document is not None
    assert (document["version"], document["duties"]) == (3, json.loads(other["changes"])["duties"][1])


@pytest.mark.gen_test
async def test_what_does_not_fit_together_is_refused_as_a_whole(store: MongoStore, now: Now) -> None:
    units = Units(store, now)
    await units.put([POLICE, TRAFFIC], by="wu")
    good = RIVER.model_copy(update={"parent": "traffic"})
    rows = {
        1: good,
        3: RIVER.model_copy(update={"id": "a", "short": "公安局", "name": "甲镇"}),
        4: RIVER.model_copy(update={"id": "b", "short": "乙镇", "name": "乙镇", "parent": "nobody"}),
        5: good.model_copy(update={"name": "河边镇政府"}),
        6: POLICE.model_copy(update={"parent": "traffic"}),
    }
    assert units.problems(rows) == [
        Problem(3, "“公安局”也是 police 的名称"),
        Problem(4, "没有上级单位 nobody"),
        Problem(5, "编号 town-river 前面已经有了"),
        Problem(6, "上级单位绕回了自己"),
        Problem(6, "“公安局”也是 a 的名称"),
    ]
    with pytest.raises(Invalid, match=r"第 2 行，“公安局”也是 police 的名称"):
        await units.put([good, rows[3]], by="wu")
    assert await store.get("units", "town-river") is None
    # the name is free again when its owner gives it up
    await units.put([POLICE.model_copy(update={"aliases": ()}), rows[3]], by="wu")
    assert units.named("公安局") == units.get("a")


@pytest.mark.gen_test
async def test_a_ring_in_the_store_does_not_hang_who_asks(store: MongoStore, now: Now) -> None:
    """Two people may each make one half of it at the same time."""
    for unit in (POLICE.model_copy(update={"parent": "traffic"}), TRAFFIC):
        await store.insert("units", unit.document())
    units = Units(store, now)
    await units.refresh()
    assert sorted(units.subtree("police")) == ["police", "traffic"]
    assert units.ancestors("police") == ["traffic"]


def test_a_file_is_read_as_it_was_written() -> None:
    text = write([POLICE, TRAFFIC, RIVER])
    units, problems = read(text)
    assert problems == []
    assert list(units.values()) == [POLICE, TRAFFIC, RIVER]
    assert write(units.values()) == text


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("公安局", "不是一行 JSON 对象"),
        ("[1]", "不是一行 JSON 对象"),
        ("[" * 5000, "不是一行 JSON 对象"),
        ('{"id": "a", "name": "甲局", "short": "甲局"}', "类别：没有填"),
        (
            '{"id": "A b", "name": "甲局", "short": "甲局", "kind": "department"}',
            "编号：只能用小写字母、数字和连字符，最多 40 个",
        ),
        ('{"id": "a", "name": "", "short": "甲局", "kind": "department"}', "全称：没有填"),
        (
            '{"id": "a", "name": "甲局", "short": "甲局", "kind": "village"}',
            "类别：只能是 department（部门）、town（镇街）或 park（园区）",
        ),
        (
            '{"id": "a", "name": "甲局", "short": "甲局", "kind": "park", "duties": "打架"}',
            "职责：不是文字，或者太短、太长、太多",
        ),
        (
            '{"id": "a", "name": "甲局", "short": "甲局", "kind": "park", "duty": [], "tail": 1}',
            "不认得这些字段：duty、tail",
        ),
    ],
)
def test_a_row_that_is_not_right_is_named(line: str, what: str) -> None:
    units, problems = read(write([RIVER]) + "\n" + line + "\n")
    assert list(units) == [1]
    assert list(map(str, problems)) == [f"第 3 行，{what}"]
