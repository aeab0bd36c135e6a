"""`run.py kb …` and `run.py seed` on a real store."""

import os
from pathlib import Path

import pytest

from gateway.commands import knowledge as kb
from gateway.storage.mongo import MongoStore

SEED = Path(__file__).parents[2] / "config" / "seed" / "knowledge.jsonl"


@pytest.mark.gen_test(timeout=60)
async def test_seed_search_export_and_import_again(
    store: MongoStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await kb.seed(store, SEED) == 0
    assert "新增 2" in capsys.readouterr().out
    assert await kb.seed(store, SEED) == 0
    assert "新增 0，修改 0，删除 0" in capsys.readouterr().out
    assert await kb.search(store, "社保卡丢了怎么补办？", 3) == 0
    out = capsys.readouterr().out
    assert "1. [rs-001]" in out
    for ending in ("csv", "xlsx", "jsonl"):
        file = tmp_path / f"all.{ending}"
        assert await kb.export(store, file) == 0
        capsys.readouterr()
        assert await kb.import_file(store, file) == 0
        assert "新增 0，修改 0，删除 0" in capsys.readouterr().out
        again = tmp_path / f"again.{ending}"
        await kb.export(store, again)
        if ending != "xlsx":  # a workbook holds the time it was made
            assert again.read_bytes() == file.read_bytes()
    assert sorted(os.listdir(tmp_path)) == sorted(
        f"{n}.{e}" for n in ("all", "again") for e in ("csv", "xlsx", "jsonl")
    )


@pytest.mark.gen_test
async def test_a_file_with_bad_rows_is_reported_and_refused(
    store: MongoStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kb.csv"
    file.write_text("问题,答案,备注\n怎么办,这么办,x\n没有答案,,x\n", encoding="gb18030")
    assert await kb.import_file(store, file) == 1
    said = capsys.readouterr()
    assert "第 3 行，答案：没有填" in said.err
    assert "没有写入任何内容" in said.out
    assert "没有用到的列：备注" in said.out
    assert await store.find("knowledge", {}) == []
    assert await kb.import_file(store, file, skip_bad=True, check=True) == 0
    assert await store.find("knowledge", {}) == []
    assert await kb.import_file(store, file, skip_bad=True) == 0
    assert "跳过问题 1 处" in capsys.readouterr().out
    assert len(await store.find("knowledge", {})) == 1


@pytest.mark.gen_test
async def test_files_that_cannot_be_read_or_written_are_said_so(
    store: MongoStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await kb.import_file(store, tmp_path / "none.csv") == 1
    assert await kb.import_file(store, tmp_path / "kb.pdf") == 1
    assert await kb.export(store, tmp_path / "no" / "kb.csv") == 1
    assert await kb.export(store, tmp_path / "kb.pdf") == 1
    said = capsys.readouterr().err
    assert "读不了" in said
    assert "写不了" in said
    assert said.count("只能用 .csv、.xlsx 或 .jsonl 文件") == 2
