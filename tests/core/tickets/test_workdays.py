"""Workday time against cases worked out by hand from the State Council's notices for 2025 and 2026."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.tickets.workdays import BEIJING, Calendar, Span, UnknownYear

CALENDAR = Calendar()


def beijing(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("start", "span", "due"),
    [
        # an ordinary week
        ("2026-03-02 09:30", "1wd", "2026-03-03 09:30"),
        ("2026-03-06 15:00", "1wd", "2026-03-09 15:00"),
        ("2026-03-07 11:00", "1wd", "2026-03-10 00:00"),
        ("2026-03-06 15:00", "0.5wd", "2026-03-09 03:00"),
        # National Day 2025: 1 to 8 October off; 28 September and 11 October (weekend) worked
        ("2025-09-26 10:00", "1wd", "2025-09-28 10:00"),
        ("2025-09-30 16:00", "1wd", "2025-10-09 16:00"),
        ("2025-10-10 10:00", "1wd", "2025-10-11 10:00"),
        ("2025-10-10 10:00", "2wd", "2025-10-13 10:00"),
        # Spring Festival 2025: 28 January to 4 February off; 26 January and 8 February worked
        ("2025-01-24 12:00", "2wd", "2025-01-27 12:00"),
        ("2025-01-27 12:00", "1wd", "2025-02-05 12:00"),
        ("2025-02-07 12:00", "1wd", "2025-02-08 12:00"),
        # Spring Festival 2026: 15 to 23 February off; 14 and 28 February worked
        ("2026-02-13 09:00", "1wd", "2026-02-14 09:00"),
        # 15 hours of Saturday 14, then 24 to 27 February, and 9 hours of Saturday 28
        ("2026-02-14 09:00", "5wd", "2026-02-28 09:00"),
        ("2026-02-14 18:00", "1wd", "2026-02-24 18:00"),
        # the year's end
        ("2025-12-31 10:00", "1wd", "2026-01-04 10:00"),
        # by the wall clock
        ("2026-02-14 23:50", "30m", "2026-02-15 00:20"),
        ("2026-02-14 09:00", "1d", "2026-02-15 09:00"),
    ],
)
def test_worked_out_by_hand(start: str, span: str, due: str) -> None:
    assert CALENDAR.after(beijing(start), Span.parse(span)).astimezone(BEIJING) == beijing(due)


def test_what_begins_or_ends_with_a_day() -> None:
    friday = beijing("2026-03-06 00:00")
    assert CALENDAR.after(friday, Span.parse("1wd")) == beijing("2026-03-07 00:00"), "the end of Friday"
    assert CALENDAR.after(beijing("2026-03-08 12:00"), Span.parse("1wd")) == beijing("2026-03-10 00:00")


def test_an_unknown_year_is_refused_and_can_be_added() -> None:
    late = beijing("2031-01-02 10:00")
    with pytest.raises(UnknownYear) as refused:
        CALENDAR.after(late, Span.parse("1wd"))
    assert refused.value.details == {"year": 2031}
    own = Calendar({date(2031, 1, 3): False}, years=(2031,))
    assert own.after(late, Span.parse("1wd")) == beijing("2031-01-06 10:00")
    # a span that does not reach the unknown year needs nothing of it
    assert CALENDAR.after(late, Span.parse("2h")) == late + timedelta(hours=2)


def test_an_operators_day_goes_before_what_is_published() -> None:
    storm = Calendar({date(2026, 3, 3): False})
    assert storm.after(beijing("2026-03-02 09:30"), Span.parse("1wd")) == beijing("2026-03-04 09:30")


MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 6, 30)).map(  # noqa: DTZ001 - made aware here
    lambda at: at.replace(tzinfo=UTC, microsecond=at.microsecond // 1000 * 1000)
)
WORKDAYS = st.floats(0.01, 30).map(lambda days: Span.of_workdays(round(days, 3)))


@settings(max_examples=150, deadline=None)
@given(MOMENTS, WORKDAYS)
def test_the_span_has_passed_when_it_is_due(start: datetime, span: Span) -> None:
    due = CALENDAR.after(start, span)
    assert due >= start
    assert CALENDAR.used(start, due, span) == pytest.approx(1.0, abs=1e-6)
    half = CALENDAR.at_share(start, span, 0.5)
    assert start <= half <= due
    assert CALENDAR.used(start, half, span) == pytest.approx(0.5, abs=1e-4)


@settings(max_examples=100, deadline=None)
@given(MOMENTS, WORKDAYS, WORKDAYS)
def test_spans_add_up_and_keep_order(start: datetime, first: Span, second: Span) -> None:
    whole = Span.of_workdays((first.workdays or 0) + (second.workdays or 0))
    stepwise = CALENDAR.after(CALENDAR.after(start, first), second)
    assert CALENDAR.passed(start, stepwise) == pytest.approx(
        CALENDAR.passed(start, CALENDAR.after(start, whole)), abs=0.01
    )
    assert CALENDAR.after(start, first) <= stepwise


@pytest.mark.parametrize("text", ["30s", "15m", "2h", "1d", "5wd", "1.5wd", "36h"])
def test_spans_are_written_as_they_are_read(text: str) -> None:
    assert Span.parse(str(Span.parse(text))) == Span.parse(text)


@pytest.mark.parametrize("text", ["", "5", "wd", "-1wd", "0s", "5 days", "1h30m"])
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(ValueError, match="a duration is written"):
        Span.parse(text)


@pytest.mark.parametrize(
    ("now", "due", "words"),
    [
        ("2026-03-02 09:00", "2026-03-04 10:00", "还剩2个工作日"),
        ("2026-03-06 09:00", "2026-03-09 10:00", "还剩1个工作日"),
        ("2026-03-02 09:00", "2026-03-02 12:30", "还剩3小时"),
        ("2026-03-02 09:00", "2026-03-02 09:05", "还剩5分钟"),
        ("2026-03-04 10:00", "2026-03-03 09:00", "超期1个工作日"),
        ("2026-03-08 10:00", "2026-03-07 00:00", "超期34小时"),
    ],
)
def test_in_words(now: str, due: str, words: str) -> None:
    assert CALENDAR.left_in_words(beijing(now), beijing(due)) == words
