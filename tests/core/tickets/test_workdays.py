"""Workday time against cases worked out by hand from the State Council's notices for 2025 and 2026, and against a clock
that walks hour by hour."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.tickets.workdays import BEIJING, Calendar, Span, UnknownYear

CALENDAR = Calendar()
# as announced: weekdays that are off, and Saturdays and Sundays that are worked
OFF = """
2025-01-01 2025-01-28 2025-01-29 2025-01-30 2025-01-31 2025-02-03 2025-02-04 2025-04-04 2025-05-01 2025-05-02 2025-05-05
2025-06-02 2025-10-01 2025-10-02 2025-10-03 2025-10-06 2025-10-07 2025-10-08
2026-01-01 2026-01-02 2026-02-16 2026-02-17 2026-02-18 2026-02-19 2026-02-20 2026-02-23 2026-04-06 2026-05-01 2026-05-04
2026-05-05 2026-06-19 2026-09-25 2026-10-01 2026-10-02 2026-10-05 2026-10-06 2026-10-07
"""
WORKED = """
2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11
2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10
"""


def beijing(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=BEIJING)


def test_every_day_of_two_years_is_as_announced() -> None:
    off, worked = (frozenset(map(date.fromisoformat, days.split())) for days in (OFF, WORKED))
    day = date(2025, 1, 1)
    while day.year < 2027:
        announced = day in worked or (day.isoweekday() <= 5 and day not in off)
        assert CALENDAR.is_workday(day) is announced, day
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("start", "span", "due"),
    [
        # an ordinary week
        ("2026-03-02 09:30", "1wd", "2026-03-03 09:30"),
        ("2026-03-06 15:00", "1wd", "2026-03-09 15:00"),
        ("2026-03-07 11:00", "1wd", "2026-03-10 00:00"),
        ("2026-03-07 15:00", "0.25wd", "2026-03-09 06:00"),
        ("2026-03-06 15:00", "0.5wd", "2026-03-09 03:00"),
        ("2026-03-02 10:00", "15wd", "2026-03-23 10:00"),
        # Spring Festival 2025: 28 January to 4 February off; 26 January and 8 February worked
        ("2025-01-24 12:00", "2wd", "2025-01-27 12:00"),
        ("2025-01-27 12:00", "1wd", "2025-02-05 12:00"),
        ("2025-01-30 08:00", "1wd", "2025-02-06 00:00"),
        ("2025-02-07 12:00", "1wd", "2025-02-08 12:00"),
        # half of the 24th; the 25th off; 26, 27; 5, 6, 7, 8 February; 10; then half of the 11th
        ("2025-01-24 12:00", "8wd", "2025-02-11 12:00"),
        # Labour Day 2025: 1 to 5 May off; Sunday 27 April worked
        ("2025-04-25 17:00", "1wd", "2025-04-27 17:00"),
        ("2025-04-30 09:00", "2wd", "2025-05-07 09:00"),
        # National Day 2025: 1 to 8 October off; 28 September and 11 October (weekend) worked
        ("2025-09-26 10:00", "1wd", "2025-09-28 10:00"),
        ("2025-09-30 16:00", "1wd", "2025-10-09 16:00"),
        ("2025-10-10 10:00", "1wd", "2025-10-11 10:00"),
        ("2025-10-10 10:00", "2wd", "2025-10-13 10:00"),
        # 28, 29, 30 September, 9 October, then 10 hours of the 10th
        ("2025-09-26 10:00", "5wd", "2025-10-10 10:00"),
        # Spring Festival 2026: 15 to 23 February off; 14 and 28 February worked
        ("2026-02-13 09:00", "1wd", "2026-02-14 09:00"),
        # 15 hours of Saturday 14, then 24 to 27 February, and 9 hours of Saturday 28
        ("2026-02-14 09:00", "5wd", "2026-02-28 09:00"),
        ("2026-02-14 18:00", "1wd", "2026-02-24 18:00"),
        ("2026-02-27 18:00", "2wd", "2026-03-02 18:00"),
        # Labour Day 2026: 1 to 5 May off; Saturday 9 May worked
        ("2026-04-30 09:00", "5wd", "2026-05-11 09:00"),
        # Mid-Autumn and National Day 2026: 25 to 27 September and 1 to 7 October off; 20 September, 10 October worked
        ("2026-09-18 20:00", "1wd", "2026-09-20 20:00"),
        ("2026-09-24 08:00", "5wd", "2026-10-09 08:00"),
        ("2026-10-09 08:00", "1wd", "2026-10-10 08:00"),
        # the year's end: the whole of 1 January 2025 off; 1 to 3 January 2026 off, Sunday 4 January worked
        ("2024-12-31 10:00", "1wd", "2025-01-02 10:00"),
        ("2025-12-31 10:00", "1wd", "2026-01-04 10:00"),
        ("2025-12-29 10:00", "5wd", "2026-01-06 10:00"),
        # by the wall clock
        ("2026-02-14 23:50", "30m", "2026-02-15 00:20"),
        ("2026-02-14 09:00", "1d", "2026-02-15 09:00"),
    ],
)
def test_worked_out_by_hand(start: str, span: str, due: str) -> None:
    begin, end, length = beijing(start), beijing(due), Span.parse(span)
    assert CALENDAR.after(begin, length) == end
    assert CALENDAR.after(begin.astimezone(UTC), length).tzinfo is UTC
    assert CALENDAR.used(begin, end, length) == pytest.approx(1.0)


def test_what_begins_or_ends_with_a_day() -> None:
    friday = beijing("2026-03-06 00:00")
    assert CALENDAR.after(friday, Span.parse("1wd")) == beijing("2026-03-07 00:00"), "the end of Friday"
    assert CALENDAR.after(beijing("2026-03-08 12:00"), Span.parse("1wd")) == beijing("2026-03-10 00:00")
    assert CALENDAR.after(beijing("2026-03-08 12:00"), Span(workdays=0.0)) == beijing("2026-03-08 12:00")


def test_an_unknown_year_is_refused_and_can_be_added() -> None:
    late = beijing("2031-01-02 10:00")
    with pytest.raises(UnknownYear) as refused:
        CALENDAR.after(late, Span.parse("1wd"))
    assert refused.value.details == {"year": 2031}
    assert "2031年" in refused.value.message
    with pytest.raises(UnknownYear):
        CALENDAR.is_workday(late.date())
    own = Calendar({date(2031, 1, 3): False}, years=(2031,))
    assert own.after(late, Span.parse("1wd")) == beijing("2031-01-06 10:00")
    with pytest.raises(UnknownYear, match="2032"):
        own.after(beijing("2031-12-31 10:00"), Span.parse("1wd"))
    # a span that does not reach the unknown year needs nothing of it
    assert CALENDAR.after(late, Span.parse("2h")) == late + timedelta(hours=2)
    assert own.after(beijing("2031-12-31 00:00"), Span.parse("1wd")) == beijing("2032-01-01 00:00")
    assert own.passed(beijing("2031-12-31 12:00"), beijing("2032-01-01 00:00")) == 12 * 3600


def test_an_operators_day_goes_before_what_is_published() -> None:
    storm = Calendar({date(2026, 3, 3): False, date(2026, 3, 7): True})
    assert storm.after(beijing("2026-03-02 09:30"), Span.parse("1wd")) == beijing("2026-03-04 09:30")
    assert storm.after(beijing("2026-03-06 09:30"), Span.parse("1wd")) == beijing("2026-03-07 09:30")
    storm.use({}, ())
    assert storm.after(beijing("2026-03-02 09:30"), Span.parse("1wd")) == beijing("2026-03-03 09:30")


MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 6, 30)).map(  # noqa: DTZ001 - made aware here
    lambda at: at.replace(tzinfo=UTC, microsecond=at.microsecond // 1000 * 1000)
)
WORKDAYS = st.integers(1, 30_000).map(lambda thousandths: Span.of_workdays(thousandths / 1000))


@settings(max_examples=150, deadline=None)
@given(MOMENTS, st.integers(1, 24 * 20))
def test_the_same_as_walking_hour_by_hour(start: datetime, hours: int) -> None:
    start = start.replace(minute=0, second=0, microsecond=0)
    at, left = start, hours
    while left:
        left -= CALENDAR.is_workday(at.astimezone(BEIJING).date())
        at += timedelta(hours=1)
    assert CALENDAR.after(start, Span.of_workdays(hours / 24)) == at
    assert CALENDAR.passed(start, at) == hours * 3600


@settings(max_examples=150, deadline=None)
@given(MOMENTS, WORKDAYS, st.floats(0.01, 3.0))
def test_a_share_of_a_span_is_used_up_when_it_says(start: datetime, span: Span, share: float) -> None:
    then = CALENDAR.at_share(start, span, share)
    assert start <= then
    # moments are whole milliseconds
    assert CALENDAR.used(start, then, span) == pytest.approx(share, abs=1e-3 / (86_400 * (span.workdays or 1)))
    assert (then <= CALENDAR.after(start, span)) is (share <= 1 or then == CALENDAR.after(start, span))
    seconds = Span(seconds=round((span.workdays or 0) * 86_400, 3))
    assert CALENDAR.used(start, CALENDAR.after(start, seconds), seconds) == pytest.approx(1.0)


@settings(max_examples=150, deadline=None)
@given(MOMENTS, WORKDAYS, WORKDAYS)
def test_spans_add_up(start: datetime, first: Span, second: Span) -> None:
    whole = Span.of_workdays((first.workdays or 0) + (second.workdays or 0))
    middle = CALENDAR.after(start, first)
    assert CALENDAR.after(middle, second) == CALENDAR.after(start, whole)
    assert CALENDAR.after(middle, CALENDAR.between(middle, CALENDAR.after(start, whole), whole)) == CALENDAR.after(
        start, whole
    )


@settings(max_examples=150, deadline=None)
@given(MOMENTS, MOMENTS, WORKDAYS, WORKDAYS)
def test_later_or_longer_is_never_due_earlier(one: datetime, other: datetime, short: Span, long: Span) -> None:
    earlier, later = sorted((one, other))
    short, long = sorted((short, long), key=lambda span: span.workdays or 0)
    assert CALENDAR.after(earlier, short) <= CALENDAR.after(later, short)
    assert CALENDAR.after(earlier, short) <= CALENDAR.after(earlier, long)
    assert CALENDAR.passed(later, earlier) == (0.0 if later > earlier else CALENDAR.passed(earlier, later))
    assert 0 <= CALENDAR.passed(earlier, later) <= (later - earlier).total_seconds()


@pytest.mark.parametrize("text", ["30s", "15m", "2h", "1d", "5wd", "1.5wd", "36h", "90s", "0.001wd"])
def test_spans_are_written_as_they_are_read(text: str) -> None:
    assert Span.parse(str(Span.parse(text))) == Span.parse(text)


@given(st.integers(1, 10**9), st.sampled_from(["s", "m", "wd"]))
def test_every_span_survives_being_written(thousandths: int, unit: str) -> None:
    span = Span.parse(f"{thousandths / 1000:.3f}{unit}")
    assert Span.parse(str(span)) == span


@pytest.mark.parametrize(
    "text", ["", "5", "wd", "-1wd", "0s", "0.0wd", "0.0001s", "5 days", "1h30m", "1e3s", "٣d", "5wd5wd"]
)
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(ValueError, match="a duration is written"):
        Span.parse(text)


def test_a_span_is_counted_in_one_way() -> None:
    for given_ in ({}, {"seconds": 1.0, "workdays": 1.0}):
        with pytest.raises(ValueError, match="in seconds or in workdays"):
            Span(**given_)


@pytest.mark.parametrize(
    ("now", "due", "words"),
    [
        ("2026-03-02 09:00", "2026-03-04 10:00", "还剩2个工作日"),
        ("2026-03-02 09:00", "2026-03-05 08:30", "还剩3个工作日"),
        ("2026-03-02 09:00", "2026-03-05 03:00", "还剩2个工作日"),
        ("2026-03-06 09:00", "2026-03-09 10:00", "还剩1个工作日"),
        ("2026-03-06 20:00", "2026-03-09 10:00", "还剩不到1个工作日"),
        ("2026-03-02 09:00", "2026-03-02 12:30", "还剩3小时"),
        ("2026-03-08 23:00", "2026-03-09 03:30", "还剩4小时"),
        ("2026-03-02 09:00", "2026-03-02 09:05", "还剩5分钟"),
        ("2026-03-02 09:00", "2026-03-02 09:00", "还剩不到1分钟"),
        # what runs by the wall clock runs at a weekend, too
        ("2026-03-07 09:00", "2026-03-07 21:00", "还剩12小时"),
        ("2026-03-04 10:00", "2026-03-03 09:00", "超期1个工作日"),
        ("2026-03-10 10:00", "2026-03-06 09:00", "超期2个工作日"),
        ("2026-03-08 10:00", "2026-03-07 00:00", "超期不到1个工作日"),
        ("2026-03-07 21:00", "2026-03-07 09:00", "超期12小时"),
        ("2026-02-24 01:00", "2026-02-14 12:00", "超期不到1个工作日"),
    ],
)
def test_in_words(now: str, due: str, words: str) -> None:
    assert CALENDAR.left_in_words(beijing(now), beijing(due)) == words
