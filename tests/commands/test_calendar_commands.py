"""`run.py calendar …` on a real store."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.commands import calendar
from gateway.storage.mongo import MongoStore

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
DAYS = "2031-01-01 holiday 元旦\n2031-01-04 workday 元旦\n"


def _given(action: str, year: int, file: Path | None = None) -> argparse.Namespace:
    return argparse.Namespace(action=action, year=year, file=file)


@pytest.mark.gen_test
async def test_shown_set_and_shown_again(store: MongoStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await calendar.run(_given("show", 2026), store, NOW) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("# 2026年：已公布，共 ")
    assert "\n2026-10-01 holiday 国庆节\n" in shown
    assert "\n2026-10-10 workday 国庆节\n" in shown
    assert await calendar.run(_given("show", 2031), store, NOW) == 0
    assert capsys.readouterr().out == "# 2031年：没有公布，这一年的工作日还不知道\n"
    file = tmp_path / "2031.txt"
    file.write_text("\ufeff" + DAYS, encoding="utf-8")
    assert await calendar.run(_given("set", 2031, file), store, NOW) == 0
    set_ = capsys.readouterr().out
    assert set_ == "# 2031年：没有公布，自己设置 2 天，共 261 个工作日\n" + DAYS
    file.write_text(set_, encoding="utf-8")
    assert await calendar.run(_given("set", 2031, file), store, NOW) == 0
    assert capsys.readouterr().out == set_
    assert len(await store.find("audit", {"about": "2031"})) == 1, "the same table again is no change"


@pytest.mark.gen_test
async def test_what_is_refused_is_said_and_changes_nothing(
    store: MongoStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "days.csv"
    file.write_text(DAYS + "2031-05-01,off\n", encoding="utf-8")
    assert await calendar.run(_given("set", 2031, file), store, NOW) == 1
    said = capsys.readouterr()
    assert said.err.startswith("第 3 行，要写成")
    assert said.out == "有问题 1 处，没有写入任何内容\n"
    file.write_text(DAYS, encoding="utf-8")
    assert await calendar.run(_given("set", 2032, file), store, NOW) == 1
    assert "不在2032年：2031-01-01、2031-01-04" in capsys.readouterr().err
    assert await calendar.run(_given("set", 2031, tmp_path / "none"), store, NOW) == 1
    assert "读不了" in capsys.readouterr().err
    assert await store.find("workdays", {}) == []
