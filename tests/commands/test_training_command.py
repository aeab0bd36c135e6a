"""`run.py tickets train` on a real store."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.commands import knowledge, tickets, units
from gateway.core.tickets import teaching
from gateway.core.units import Units
from gateway.storage.mongo import MongoStore

SEED = Path(__file__).parents[2] / "config" / "seed"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
STREETS = [f"{first}{second}路" for first in "育人民中华光" for second in "兴和新东西"]
ABOUT = {"市水务局": "的水管爆了", "urban-management": "的路灯不亮", "虎门": "村里的账目不公开"}


def rows(each: int) -> str:
    """As many for each of two departments and a town, by code or name."""
    told = [(f"{street}{what}", unit) for street in STREETS[:each] for unit, what in ABOUT.items()]
    return "".join(json.dumps({"text": text, "unit": unit}, ensure_ascii=False) + "\n" for text, unit in told)


async def seeded(store: MongoStore) -> Units:
    assert await units.seed(store, SEED / "units.jsonl") == 0
    found = Units(store)
    await found.refresh()
    return found


@pytest.mark.gen_test(timeout=60)
async def test_a_file_is_learned_with_duties_and_knowledge(
    store: MongoStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await seeded(store)
    await knowledge.seed(store, SEED / "knowledge.jsonl")
    file = tmp_path / "dealt-with.jsonl"
    file.write_text("\ufeff" + rows(30) * 6, encoding="utf-8")
    capsys.readouterr()
    assert await tickets.train(store, file, NOW) == 0
    lines = capsys.readouterr().out.splitlines()
    named = {line.partition("：")[0]: line for line in lines}
    assert "工单 180（改派来的 0），职责 " in named["市水务局"]
    assert not named["市水务局"].endswith("知识 0")
    assert named["镇街、园区"].startswith("镇街、园区：工单 180（改派来的 0），职责 4，")
    assert lines[-2].startswith("留出 108 条后来的工单（3 个单位）来考：宏平均 F1 ")
    assert lines[-1].startswith("第 1 版已启用，学了 ")
    model = await teaching.in_force(store)
    assert model is not None
    assert (model.version, model.origin, model.at) == (1, "tickets", NOW)
    assert await store.blob_about(model.blob_id) is not None
    assert await tickets.train(store, file, NOW) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("第 2 版已启用")


@pytest.mark.gen_test
async def test_too_few_to_tell_how_good_it_is_are_said_to_be(
    store: MongoStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await seeded(store)
    file = tmp_path / "few.jsonl"
    file.write_text(rows(10), encoding="utf-8")
    capsys.readouterr()
    assert await tickets.train(store, file, NOW) == 0
    said = capsys.readouterr().out
    assert "留出 6 条后来的工单（3 个单位）来考：太少，说不出准不准" in said
    assert "F1" not in said


@pytest.mark.gen_test
async def test_with_nothing_to_learn_nothing_changes(store: MongoStore, capsys: pytest.CaptureFixture[str]) -> None:
    await seeded(store)
    capsys.readouterr()
    assert await tickets.train(store, None, NOW) == 0
    assert "没有可学的" in capsys.readouterr().out
    assert await teaching.in_force(store) is None


@pytest.mark.gen_test
async def test_a_file_with_bad_rows_is_refused_as_a_whole(
    store: MongoStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await seeded(store)
    file = tmp_path / "bad.jsonl"
    file.write_text(
        rows(1) + '{"text": "路灯不亮"}\n[1]\n{"text": "路灯不亮", "unit": "火星办"}\n{"text": " ", "unit": "water"}\n',
        encoding="utf-8",
    )
    capsys.readouterr()
    assert await tickets.train(store, file, NOW) == 1
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        '第 4 行，要写成 {"text": "…", "unit": "…"}',
        '第 5 行，要写成 {"text": "…", "unit": "…"}',
        "第 6 行，没有单位“火星办”，或者已经停用",
        "第 7 行，没有内容",
        "有问题 4 处，没有学",
    ]
    assert said.out == ""
    assert await teaching.in_force(store) is None


@pytest.mark.gen_test
async def test_files_that_cannot_be_read_are_said_so(
    store: MongoStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await seeded(store)
    (tmp_path / "gbk.jsonl").write_bytes(rows(1).encode("gb18030"))
    assert await tickets.train(store, tmp_path / "none.jsonl", NOW) == 1
    assert await tickets.train(store, tmp_path / "gbk.jsonl", NOW) == 1
    said = capsys.readouterr().err
    assert "读不了" in said
    assert "请存成 UTF-8" in said
