"""Where the sums are kept, and under which names."""

from __future__ import annotations

from datetime import date

DAYS = "daily_figures"
HOURLY = "hourly_figures"


def day_id(day: date) -> str:
    return f"{day:%Y%m%d}"


def hour_id(day: date, hour: int) -> str:
    return f"{day:%Y%m%d}{hour:02d}"
