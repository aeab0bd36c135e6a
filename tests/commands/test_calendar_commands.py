"""`run.py calendar …` and the demo's sample years on a real store."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gateway.commands import calendar
from gateway.core.tickets.operators_calendar import OperatorsCalendar, read
from gateway.core.tickets.workdays import Calendar, Day
from gateway.storage.mongo import MongoStore

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
SAMPLE = Path(__file__).parents[2] / "config" / "seed" / "holidays.txt"
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


@pytest.mark.gen_test
async def test_the_sample_fills_in_what_nobody_knows(store: MongoStore, capsys: pytest.CaptureFixture[str]) -> None:
    new_year = datetime(2032, 12, 31, 17, 0, tzinfo=UTC)  # 2033 in Beijing
    for _ in range(2):
        assert await calendar.seed(store, SAMPLE, new_year) == 0
    said = capsys.readouterr().out
    assert [line[:5] for line in said.splitlines()] == ["2033年", "2034年"], "once"
    own = Calendar()
    await OperatorsCalendar(store, own).refresh()
    assert [year for year in range(2027, 2040) if own.knows(year)] == [2033, 2034]
    assert [own.is_workday(date(2033, 10, day)) for day in (3, 4)] == [False, True]
    table = await OperatorsCalendar(store, own).table(2034)
    assert not table.published
    assert all("示例" in day.name for day in table.days)


@pytest.mark.gen_test
async def test_the_sample_gives_way(store: MongoStore, capsys: pytest.CaptureFixture[str]) -> None:
    """To what an operator set, and to a year that was published since."""
    operators = OperatorsCalendar(store, Calendar())
    set_ = await operators.put(2030, [Day(date(2030, 2, 4), workday=False, name="春节")], by="li", at=NOW)
    assert await calendar.seed(store, SAMPLE, NOW.replace(year=2029)) == 0
    assert await operators.table(2030) == set_
    published = await operators.table(2026)
    sample, _ = read(SAMPLE.read_text(encoding="utf-8").replace("YEAR", "2026"))
    assert (await operators.put(2026, sample, by="seed", at=NOW)).own
    assert await calendar.seed(store, SAMPLE, NOW) == 0
    assert await operators.table(2026) == published
    assert [line[:5] for line in capsys.readouterr().out.splitlines()] == ["2029年", "2027年"]


@pytest.mark.gen_test
async def test_a_broken_sample_is_told(store: MongoStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "holidays.txt"
    file.write_text("YEAR-02-30 holiday 没有这一天\n", encoding="utf-8")
    assert await calendar.seed(store, file, NOW.replace(year=2033)) == 1
    assert "第 1 行" in capsys.readouterr().err
    assert await calendar.seed(store, tmp_path / "missing.txt", NOW) == 1
