"""Days, weeks and months, and what they are compared with."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.days import BEIJING
from gateway.core.figures.periods import PeriodName, Stretch, before, period

NAMES = get_args(PeriodName)
DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("name", "on", "first", "last"),
    [
        ("day", "2026-11-26", "2026-11-26", "2026-11-26"),
        ("week", "2026-11-26", "2026-11-23", "2026-11-29"),
        ("week", "2026-11-23", "2026-11-23", "2026-11-29"),
        ("month", "2024-02-10", "2024-02-01", "2024-02-29"),
        ("month", "2026-12-31", "2026-12-01", "2026-12-31"),
    ],
)
def test_periods(name: PeriodName, on: str, first: str, last: str) -> None:
    assert period(name, date.fromisoformat(on)) == Stretch(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("name", "now", "expected"),
    [
        ("day", "2026-03-03 12:29", ("2026-03-02", "2026-03-02", 12)),
        ("day", "2026-03-03 12:30", ("2026-03-02", "2026-03-02", 13)),
        ("week", "2026-03-04 09:00", ("2026-02-23", "2026-02-25", 9)),
        ("month", "2026-03-30 09:00", ("2026-02-01", "2026-02-28", None)),
        ("month", "2026-03-28 09:00", ("2026-02-01", "2026-02-28", 9)),
    ],
)
def test_what_is_under_way_is_compared_with_as_much(
    name: PeriodName, now: str, expected: tuple[str, str, int | None]
) -> None:
    moment = at(now)
    first, last, hours = expected
    past = before(name, period(name, moment.date()), moment)
    assert past == Stretch(date.fromisoformat(first), date.fromisoformat(last), hours)


@given(name=st.sampled_from(NAMES), on=DAYS)
def test_periods_follow_one_another_without_a_gap(name: PeriodName, on: date) -> None:
    asked = period(name, on)
    assert asked.first <= on <= asked.last
    past = before(name, asked, at("2019-01-01 00:00"))
    assert past.last + timedelta(days=1) == asked.first
    assert past == period(name, past.first)
