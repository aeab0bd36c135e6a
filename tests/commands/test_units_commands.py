"""`run.py units …` and the sample units of `run.py seed` on a real store."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.commands import units as commands
from gateway.core.units import Units
from gateway.storage.mongo import MongoStore

SEED = Path(__file__).parents[2] / "config" / "seed" / "units.jsonl"
OWN = '{"id": "town-humen", "name": "虎门镇", "short": "虎门", "kind": "town", "contacts": ["12345"]}\n'


@pytest.mark.gen_test(timeout=60)
async def test_seed_list_export_and_import_again(
    store: MongoStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await commands.seed(store, SEED) == 0
    count = len(SEED.read_text("utf-8").splitlines())
    assert capsys.readouterr().out == f"共 {count} 个单位：新增 {count}，修改 0，没有变化 0\n"
    assert await commands.show_all(store) == 0
    out = capsys.readouterr().out
    assert "\n  [traffic-police] 市交警支队（部门，职责 20 条，样例）\n" in out
    assert "[town-humen] 虎门（镇街，地名 " in out
    assert out.count("\n") == count + 1
    file = tmp_path / "units.jsonl"
    assert await commands.export(store, file) == 0
    assert sorted(file.read_text("utf-8").splitlines()) == sorted(SEED.read_text("utf-8").splitlines())
    assert [path.name for path in tmp_path.iterdir()] == ["units.jsonl"]
    capsys.readouterr()
    assert await commands.import_file(store, file) == 0
    assert f"新增 0，修改 0，没有变化 {count}" in capsys.readouterr().out


@pytest.mark.gen_test(timeout=60)
async def test_what_somebody_changed_is_not_seeded_over(
    store: MongoStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await commands.seed(store, SEED)
    file = tmp_path / "own.jsonl"
    file.write_text("\ufeff" + OWN, encoding="utf-8")
    capsys.readouterr()
    assert await commands.import_file(store, file) == 0
    assert capsys.readouterr().out == "共 1 个单位：新增 0，修改 1，没有变化 0\n"
    assert await commands.seed(store, SEED) == 0
    units = Units(store)
    await units.refresh()
    humen = units.get("town-humen")
    assert humen is not None
    assert (humen.name, humen.sample, humen.contacts) == ("虎门镇", False, ("12345",))


@pytest.mark.gen_test
async def test_a_file_with_bad_rows_is_reported_and_refused(
    store: MongoStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "units.jsonl"
    file.write_text(OWN + OWN + '{"id": "x", "kind": "town", "name": "某镇"}\n', encoding="utf-8")
    assert await commands.import_file(store, file) == 1
    said = capsys.readouterr()
    assert said.err == "第 2 行，编号 town-humen 前面已经有了\n第 3 行，简称：没有填\n"
    assert said.out == "有问题 2 处，没有写入任何内容\n"
    assert await store.find("units", {}) == []


@pytest.mark.gen_test
async def test_files_that_cannot_be_read_or_written_are_said_so(
    store: MongoStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gbk.jsonl").write_bytes(OWN.encode("gb18030"))
    assert await commands.import_file(store, tmp_path / "none.jsonl") == 1
    assert await commands.import_file(store, tmp_path / "gbk.jsonl") == 1
    assert await commands.export(store, tmp_path / "no" / "units.jsonl") == 1
    said = capsys.readouterr().err
    assert "读不了" in said
    assert "请存成 UTF-8" in said
    assert "写不了" in said
