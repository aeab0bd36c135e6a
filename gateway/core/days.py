"""Days as the hotline counts them: those of Beijing, which knows no summer time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))


def day_of(moment: datetime) -> date:
    return moment.astimezone(BEIJING).date()


def midnight(day: date) -> datetime:
    """When it begins."""
    return datetime.combine(day, time(), BEIJING)
