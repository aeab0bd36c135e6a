"""The operator's table of workdays: kept in the store, before what is published, and read from a file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from gateway.core import audit
from gateway.core.errors import Invalid
from gateway.core.model import Effect
from gateway.core.tickets.operators_calendar import OperatorsCalendar, Year, read, write
from gateway.core.tickets.workdays import Calendar, Day, UnknownYear
from gateway.storage.mongo import MongoStore

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
NEW_YEAR = Day(date(2031, 1, 1), workday=False, name="元旦")
SATURDAY = Day(date(2031, 1, 4), workday=True, name="元旦")


@pytest.mark.gen_test
async def test_a_year_is_known_once_its_holidays_are_named(store: MongoStore) -> None:
    calendar = Calendar()
    own = OperatorsCalendar(store, calendar)
    table = await own.put(2031, [SATURDAY, NEW_YEAR], by="wu", at=AT)
    assert (table.days, table.own) == ((NEW_YEAR, SATURDAY), {NEW_YEAR.day, SATURDAY.day})
    assert table.workdays == 261, "New Year's Day, a Wednesday, is off and a Saturday is worked"
    assert [calendar.is_workday(date(2031, 1, day)) for day in (1, 2, 4, 5)] == [False, True, True, False]
    other = Calendar()
    await OperatorsCalendar(store, other).refresh()
    assert other.is_workday(SATURDAY.day)
    await own.put(2031, [], by="wu", at=AT)
    with pytest.raises(UnknownYear):
        calendar.is_workday(SATURDAY.day)


@pytest.mark.gen_test
async def test_of_a_published_year_only_what_is_named_differs(store: MongoStore) -> None:
    calendar = Calendar()
    own = OperatorsCalendar(store, calendar)
    before = await own.table(2026)
    assert (before.published, before.own) == (True, frozenset())
    assert Day(date(2026, 10, 1), workday=False, name="国庆节") in before.days
    assert Day(date(2026, 10, 10), workday=True, name="国庆节") in before.days
    storm = Day(date(2026, 9, 8), workday=False, name="台风停工")
    after = await own.put(2026, [storm], by="wu", at=AT)
    assert after.own == {storm.day}
    assert set(after.days) == {*before.days, storm}
    assert (before.workdays or 0) - (after.workdays or 0) == 1
    assert not calendar.is_workday(date(2026, 10, 1))


@pytest.mark.gen_test
async def test_every_change_is_in_the_audit_log_once(store: MongoStore) -> None:
    own = OperatorsCalendar(store, Calendar())
    for days in ([NEW_YEAR], [NEW_YEAR], [SATURDAY, NEW_YEAR]):
        await own.put(2031, days, by="wu", at=AT, reason="通知")
    added, changed = await store.find(audit.AUDIT, {"about": "2031"}, sort=[("_id", 1)])
    assert (added["action"], added["actor"], added["reason"]) == ("calendar.put", "wu", "通知")
    assert json.loads(changed["changes"]) == {"2031-01-04": [None, [True, "元旦"]]}


@pytest.mark.gen_test
async def test_a_change_whose_writer_was_killed_is_written_down_by_the_next(store: MongoStore) -> None:
    line = audit.entry(AT, "wu", "calendar.put", "2031")
    tail = (Effect("insert", audit.AUDIT, line).pack(),)
    await store.insert("workdays", Year(id="2031", off=("2031-01-01",), whole=True, tail=tail).document())
    await OperatorsCalendar(store, Calendar()).put(2031, [NEW_YEAR, SATURDAY], by="li", at=AT)
    found = await store.find(audit.AUDIT, {"about": "2031"}, sort=[("_id", 1)])
    assert [one["actor"] for one in found] == ["wu", "li"]


@pytest.mark.gen_test(timeout=30)
async def test_two_who_set_one_year_at_once_both_happen(open_store: Callable[..., MongoStore]) -> None:
    first, second = (OperatorsCalendar(open_store(), Calendar()) for _ in range(2))
    await asyncio.gather(
        first.put(2031, [NEW_YEAR], by="wu", at=AT), second.put(2031, [NEW_YEAR, SATURDAY], by="li", at=AT)
    )
    store = open_store()
    assert len(await store.find(audit.AUDIT, {"about": "2031"})) == 2
    stored = await store.get("workdays", "2031")
    assert stored is not None
    assert stored["version"] == 2


@pytest.mark.gen_test
async def test_a_year_is_missed_sixty_days_ahead(store: MongoStore) -> None:
    own = OperatorsCalendar(store, Calendar())
    assert await own.unknown_ahead(datetime(2030, 1, 1, tzinfo=UTC)) == 2030
    await own.put(2030, [Day(date(2030, 1, 1), workday=False)], by="wu", at=AT)
    assert await own.unknown_ahead(datetime(2030, 11, 1, 15, 59, tzinfo=UTC)) is None
    assert await own.unknown_ahead(datetime(2030, 11, 1, 16, 0, tzinfo=UTC)) == 2031, "midnight in Beijing"
    await own.put(2031, [NEW_YEAR], by="wu", at=AT)
    assert await own.unknown_ahead(datetime(2030, 11, 2, tzinfo=UTC)) is None


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("year", "days", "why"),
    [
        (1999, [], "年份"),
        (2100, [], "年份"),
        (2031, [Day(date(2030, 12, 31), workday=False)], "2030-12-31"),
        (2031, [NEW_YEAR, NEW_YEAR], "不止一次：2031-01-01"),
        (2031, [SATURDAY], "节假日都写上"),
        (2031, [Day(date(2031, 1, 1), workday=False, name="元" * 41)], "40"),
    ],
)
async def test_what_is_no_table(store: MongoStore, year: int, days: list[Day], why: str) -> None:
    with pytest.raises(Invalid, match=why):
        await OperatorsCalendar(store, Calendar()).put(year, days, by="wu", at=AT)
    assert await store.find("workdays", {}) == []


def test_a_file_is_read_as_it_was_written() -> None:
    days = [NEW_YEAR, SATURDAY, Day(date(2031, 2, 3), workday=False)]
    assert write(days).splitlines()[:2] == ["2031-01-01 holiday 元旦", "2031-01-04 workday 元旦"]
    assert read(write(days)) == (days, [])
    assert read("# 元旦\n\n2031-01-01, Holiday ,元旦\r\n2031-01-04,workday,元旦\n2031-02-03,holiday,\n") == (days, [])


@pytest.mark.parametrize(
    "line", ["2031-02-30 holiday", "2031-01-01", "2031-01-01 off", "元旦 holiday", "1/1/2031,holiday"]
)
def test_a_line_that_is_not_right_is_named(line: str) -> None:
    days, problems = read(f"2031-01-01 holiday 元旦\n{line}\n")
    assert days == [NEW_YEAR]
    assert [problem.row for problem in problems] == [2]
