"""Workdays and the time that runs on them. Pure; days are those of Beijing.

Workday time runs all 24 hours of a workday and stands still on every other day: one workday (`1wd`) is 86,400 seconds
of it. So Friday 15:00 and one workday is Monday 15:00, and what begins on a Saturday begins on Monday at midnight.

Which days are workdays: an operator's own table first, then the State Council's holidays and make-up workdays as the
library `chinesecalendar` publishes them. A year that neither knows is refused, since a guess would give wrong cards.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache

import chinese_calendar
from chinese_calendar.constants import holidays

from gateway.core.errors import HotlineError

BEIJING = timezone(timedelta(hours=8))
DAY = 86_400.0
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": DAY}
_FAR = 4000  # days looked through at most
_ONE_DAY = timedelta(days=1)


class UnknownYear(HotlineError):
    code = "unknown_year"

    def __init__(self, year: int) -> None:
        super().__init__(f"还不知道{year}年的节假日和调休，请先在工作日表里加上这一年", year=year)
        self.year = year


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: seconds by the wall clock, or workdays."""

    seconds: float | None = None
    workdays: float | None = None

    @classmethod
    def parse(cls, text: str) -> Span:
        """`30s`, `15m`, `2h`, `1d`, `5wd`. Raises ValueError."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?)(wd|s|m|h|d)", text.strip())
        if not found or float(found[1]) <= 0:
            raise ValueError("a duration is written 30s, 15m, 2h, 1d or 5wd")
        amount = float(found[1])
        return cls(workdays=amount) if found[2] == "wd" else cls(seconds=amount * _UNITS[found[2]])

    @classmethod
    def of_workdays(cls, workdays: float) -> Span:
        return cls(workdays=workdays)

    def __str__(self) -> str:
        if self.workdays is not None:
            return f"{self.workdays:g}wd"
        seconds = self.seconds or 0.0
        for unit in ("d", "h", "m"):
            if seconds >= _UNITS[unit] and seconds % _UNITS[unit] == 0:
                return f"{seconds / _UNITS[unit]:g}{unit}"
        return f"{seconds:g}s"

    def times(self, share: float) -> Span:
        if self.workdays is not None:
            return Span(workdays=self.workdays * share)
        return Span(seconds=(self.seconds or 0.0) * share)


class Calendar:
    """days: an operator's own table, which goes before what is published. years: further years it speaks for, where
    days it does not name are workdays from Monday to Friday."""

    def __init__(self, days: Mapping[date, bool] | None = None, years: Collection[int] = ()) -> None:
        self._days = dict(days or {})
        self._years = frozenset(years)

    def use(self, days: Mapping[date, bool], years: Collection[int]) -> None:
        """Another table of the operator's, from now on."""
        self._days, self._years = dict(days), frozenset(years)

    def is_workday(self, day: date) -> bool:
        """Raises `UnknownYear`."""
        own = self._days.get(day)
        if own is not None:
            return own
        if day.year in self._years:
            return day.isoweekday() <= 5
        return _published(day)

    def after(self, start: datetime, span: Span) -> datetime:
        """The moment when the span has passed since the start. Raises `UnknownYear`."""
        if span.workdays is None:
            return start + timedelta(seconds=span.seconds or 0.0)
        left = timedelta(seconds=round(span.workdays * DAY, 3))
        at = self._working(start.astimezone(BEIJING))
        while True:
            end = _midnight_after(at)
            if left < end - at or left == timedelta(0):
                return (at + left).astimezone(start.tzinfo)
            left -= end - at
            # a limit that ends with a day ends at its midnight, not when the next workday begins
            if left == timedelta(0):
                return end.astimezone(start.tzinfo)
            at = self._working(end)

    def passed(self, start: datetime, end: datetime) -> float:
        """Seconds of workday time from the start to the end; 0 when the end is before it. Raises `UnknownYear`."""
        at, until = start.astimezone(BEIJING), end.astimezone(BEIJING)
        seconds = 0.0
        while at < until:
            stop = min(_midnight_after(at), until)
            if self.is_workday(at.date()):
                seconds += (stop - at).total_seconds()
            at = stop
        return seconds

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
        """还剩2个工作日, 还剩3小时, 超期1个工作日."""
        late = now > due
        seconds = self.passed(due, now) if late else self.passed(now, due)
        lead = "超期" if late else "还剩"
        if seconds >= DAY:
            days = seconds / DAY
            return f"{lead}{days:.0f}个工作日" if days >= 2 else f"{lead}{int(days)}个工作日"
        clock = seconds or abs((due - now).total_seconds())
        if clock >= 3600:
            return f"{lead}{clock // 3600:.0f}小时"
        return f"{lead}{max(1, clock // 60):.0f}分钟"

    def _working(self, at: datetime) -> datetime:
        """This moment on a workday, else the beginning of the next one."""
        for _ in range(_FAR):
            if self.is_workday(at.date()):
                return at
            at = _midnight_after(at)
        raise ValueError("no workday for years")


def _midnight_after(at: datetime) -> datetime:
    return datetime.combine(at.date() + _ONE_DAY, time(), BEIJING)


@lru_cache(maxsize=4096)
def _published(day: date) -> bool:
    if day.year not in _known_years():
        raise UnknownYear(day.year)
    return bool(chinese_calendar.is_workday(day))


@lru_cache(maxsize=1)
def _known_years() -> frozenset[int]:
    return frozenset(day.year for day in holidays)
