"""Days, weeks and months to look at, and the stretch of time before to compare them with. Pure; Beijing's days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from gateway.core.days import BEIJING, day_of

PeriodName = Literal["day", "week", "month"]
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """From the first day to the last; of the last one only so many hours, when it is not taken whole."""

    first: date
    last: date
    hours: int | None = None

    def days(self) -> Sequence[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]


def period(name: PeriodName, on: date) -> Stretch:
    """The day, the week from Monday on, or the month of the calendar that a day is in."""
    if name == "day":
        return Stretch(on, on)
    if name == "week":
        monday = on - timedelta(days=on.weekday())
        return Stretch(monday, monday + timedelta(days=6))
    first = on.replace(day=1)
    return Stretch(first, _month_after(first) - _ONE_DAY)


def before(name: PeriodName, asked: Stretch, now: datetime) -> Stretch:
    """The period before; while the one that was asked for is under way, as much of the one before as has passed of it,
    to the nearest hour."""
    previous = period(name, asked.first - _ONE_DAY)
    today = day_of(now)
    if not asked.first <= today <= asked.last:
        return previous
    # a month that is longer than the one before is compared with all of it
    last = min(previous.first + (today - asked.first), previous.last)
    return Stretch(previous.first, last, _hours_gone(now) if last - previous.first == today - asked.first else None)


def _hours_gone(now: datetime) -> int:
    local = now.astimezone(BEIJING)
    return local.hour + (local.minute >= 30)


def _month_after(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
