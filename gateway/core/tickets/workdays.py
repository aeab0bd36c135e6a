"""Workdays and the time that runs on them. Pure; days are those of Beijing.

Workday time runs all 24 hours of a workday and stands still on every other day: one workday (`1wd`) is 86,400 seconds
of it. So Friday 15:00 and one workday is Monday 15:00; what begins on a Saturday begins on Monday at midnight, and one
workday later Monday is over. What ends with a day ends at its midnight, not when the next workday begins.

Which days are workdays: an operator's own table first, then the State Council's holidays and make-up workdays as the
library `chinesecalendar` publishes them. A year that neither knows is refused, since a guess would give wrong cards.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache

import chinese_calendar
from chinese_calendar.constants import Holiday, holidays, workdays

from gateway.core.errors import HotlineError

BEIJING = timezone(timedelta(hours=8))
DAY = 86_400.0
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": DAY}
_ONE_DAY = timedelta(days=1)
_NOTHING = timedelta(0)
_NEARLY = 3600.0  # so much short of a workday, it is called one
_AHEAD = timedelta(days=60)


class UnknownYear(HotlineError):
    code = "unknown_year"

    def __init__(self, year: int) -> None:
        super().__init__(f"还不知道{year}年的节假日和调休，请先在工作日表里加上这一年", year=year)
        self.year = year


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: seconds by the wall clock, or workdays; one of the two."""

    seconds: float | None = None
    workdays: float | None = None

    def __post_init__(self) -> None:
        if (self.seconds is None) == (self.workdays is None):
            raise ValueError("a span is counted in seconds or in workdays")

    @classmethod
    def parse(cls, text: str) -> Span:
        """`30s`, `15m`, `2h`, `1d`, `5wd`; by the wall clock in whole milliseconds. Raises ValueError."""
        found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(wd|s|m|h|d)", text.strip())
        if found and found[2] == "wd" and float(found[1]):
            return cls(workdays=float(found[1]))
        if found and found[2] != "wd" and (seconds := round(float(found[1]) * _UNITS[found[2]], 3)):
            return cls(seconds=seconds)
        raise ValueError("a duration is written 30s, 15m, 2h, 1d or 5wd")

    @classmethod
    def of_workdays(cls, workdays: float) -> Span:
        return cls(workdays=workdays)

    def __str__(self) -> str:
        """What `parse` reads as the same span."""
        if self.workdays is not None:
            return f"{_number(self.workdays)}wd"
        seconds = self.seconds or 0.0
        for unit in ("d", "h", "m"):
            if seconds >= _UNITS[unit] and seconds % _UNITS[unit] == 0:
                return f"{_number(seconds / _UNITS[unit])}{unit}"
        return f"{_number(seconds)}s"

    def times(self, share: float) -> Span:
        if self.workdays is not None:
            return Span(workdays=self.workdays * share)
        return Span(seconds=(self.seconds or 0.0) * share)


@dataclass(frozen=True, slots=True)
class Day:
    """One that is a workday, or is none, whatever its weekday. name: of the holiday it belongs to."""

    day: date
    workday: bool
    name: str = ""


class Calendar:
    """days: an operator's own table, which goes before what is published. years: further years it speaks for, where
    days it does not name are workdays from Monday to Friday."""

    def __init__(self, days: Mapping[date, bool] | None = None, years: Collection[int] = ()) -> None:
        self.use(days or {}, years)

    def use(self, days: Mapping[date, bool], years: Collection[int]) -> None:
        """Another table of the operator's, from now on."""
        self._days, self._years = dict(days), frozenset(years)
        self._workdays_of: dict[int, list[int]] = {}

    def knows(self, year: int) -> bool:
        """Whether limits may reach into it."""
        return year in self._years or is_published(year)

    def unknown_ahead(self, now: datetime) -> int | None:
        """The year that limits will soon reach into, and be refused; None when all are known."""
        first, last = (moment.astimezone(BEIJING).year for moment in (now, now + _AHEAD))
        return next((year for year in range(first, last + 1) if not self.knows(year)), None)

    def workdays_in(self, year: int) -> int:
        """Raises `UnknownYear`."""
        return len(self._workdays(year))

    def is_workday(self, day: date) -> bool:
        """Raises `UnknownYear`."""
        own = self._days.get(day)
        if own is not None:
            return own
        if day.year in self._years:
            return day.isoweekday() <= 5
        return _published(day)

    def after(self, start: datetime, span: Span) -> datetime:
        """The moment when the span has passed since the start, in the start's zone. Raises `UnknownYear`."""
        if span.workdays is None:
            return start + timedelta(seconds=round(span.seconds or 0.0, 3))
        left = timedelta(seconds=round(span.workdays * DAY, 3))
        if left <= _NOTHING:
            return start
        day, gone = _split(start)
        if gone and self.is_workday(day):
            left += gone
        elif gone:
            day += _ONE_DAY
        days, rest = divmod(left, _ONE_DAY)
        if not rest:
            days, rest = days - 1, _ONE_DAY
        return (_midnight(self._workday(day, days)) + rest).astimezone(start.tzinfo)

    def passed(self, start: datetime, end: datetime) -> float:
        """Seconds of workday time from the start to the end; 0 when the end is before it. Raises `UnknownYear`."""
        if end <= start:
            return 0.0
        first, gone = _split(start)
        last, come = _split(end)
        time = self._count(first, last) * _ONE_DAY
        if gone and self.is_workday(first):
            time -= gone
        if come and self.is_workday(last):
            time += come
        return time.total_seconds()

    def between(self, start: datetime, end: datetime, like: Span) -> Span:
        """What lies between two moments, counted as `like` counts; nothing when the end is first."""
        if like.workdays is not None:
            return Span(workdays=self.passed(start, end) / DAY)
        return Span(seconds=max(0.0, (end - start).total_seconds()))

    def used(self, start: datetime, now: datetime, span: Span) -> float:
        """The share of a span that is used up; above 1 when it is over."""
        gone = self.between(start, now, span)
        if span.workdays is not None:
            return (gone.workdays or 0.0) / span.workdays
        return (gone.seconds or 0.0) / (span.seconds or 1.0)

    def at_share(self, start: datetime, span: Span, share: float) -> datetime:
        """When this share of a span is used up."""
        return self.after(start, span.times(share))

    def left_in_words(self, now: datetime, due: datetime) -> str:
        """还剩2个工作日, 还剩3小时, 超期1个工作日. Within a day by the wall clock, which tells what is near as it is;
        beyond it in whole workdays, since a weekend between would make the hours mislead."""
        late = now > due
        lead = "超期" if late else "还剩"
        clock = abs((due - now).total_seconds())
        if clock < 60:
            return f"{lead}不到1分钟"
        if clock < 3600:
            return f"{lead}{clock // 60:.0f}分钟"
        if clock < DAY:
            return f"{lead}{clock // 3600:.0f}小时"
        days = ((self.passed(due, now) if late else self.passed(now, due)) + _NEARLY) // DAY
        return f"{lead}{days:.0f}个工作日" if days else f"{lead}不到1个工作日"

    def _workday(self, day: date, count: int) -> date:
        """So many workdays behind the first one from this day on."""
        year, place = day.year, bisect_left(self._workdays(day.year), day.toordinal()) + count
        while place >= len(workdays := self._workdays(year)):
            place -= len(workdays)
            year += 1
        return date.fromordinal(workdays[place])

    def _count(self, first: date, end: date) -> int:
        """Workdays from the first day to before the end."""
        count = 0
        for year in range(first.year, end.year + 1):
            if (begin := max(first, date(year, 1, 1))) < (stop := min(end, date(year + 1, 1, 1))):
                workdays = self._workdays(year)
                count += bisect_left(workdays, stop.toordinal()) - bisect_left(workdays, begin.toordinal())
        return count

    def _workdays(self, year: int) -> list[int]:
        """Ordinals of a year's workdays. Raises `UnknownYear`."""
        known = self._workdays_of.get(year)
        if known is None:
            days = map(date.fromordinal, range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()))
            known = self._workdays_of[year] = [day.toordinal() for day in days if self.is_workday(day)]
        return known


def _number(amount: float) -> str:
    """Never with an exponent."""
    return f"{amount:.9f}".rstrip("0").rstrip(".")


def _split(moment: datetime) -> tuple[date, timedelta]:
    """The day in Beijing, and how much of it has gone."""
    local = moment.astimezone(BEIJING)
    return local.date(), local - _midnight(local.date())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)


def is_published(year: int) -> bool:
    return year in _known_years()


def published(year: int) -> list[Day]:
    """Holidays and make-up workdays as announced, in order; none for a year that is not."""
    found = [
        (day, workday, name) for days, workday in ((holidays, False), (workdays, True)) for day, name in days.items()
    ]
    return sorted(
        (Day(day, workday, Holiday(name).chinese) for day, workday, name in found if day.year == year),
        key=lambda one: one.day,
    )


# the library takes 15 µs to say
@lru_cache(maxsize=4096)
def _published(day: date) -> bool:
    if not is_published(day.year):
        raise UnknownYear(day.year)
    return bool(chinese_calendar.is_workday(day))


@lru_cache(maxsize=1)
def _known_years() -> frozenset[int]:
    return frozenset(day.year for day in holidays)
