"""Legal periods counted in working days. Which days are off is the caller's knowledge (the campaigns' calendar)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta


def after_working_days(start: date, days: int, is_working: Callable[[date], bool]) -> date:
    """The last day of a period of `days` working days that begins on the day after `start` (Civil Code 2015, article 147.2)."""
    day = start
    left = days
    while left > 0:
        day += timedelta(days=1)
        left -= is_working(day)
    return day
