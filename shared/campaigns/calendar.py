"""The commemorative calendar: great days, traditional days, days off; anniversaries; working days (calendar.toml).

Called by rules.py, which places reminders, and by functions/campaigns/http.py, which shows the days of a year.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from shared.campaigns.lunar import FIRST_YEAR, LAST_YEAR, lunar_day

_FILE: Final = Path(__file__).with_name("calendar.toml")
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CommemorativeDay:
    """A day of the calendar. `remember`: it honours the dead, and reminders about it keep a sober tone."""

    day: int
    month: int
    name: str
    tier: str
    lunar: bool = False
    origin_year: int | None = None
    remember: bool = False
    source: str = ""
    verified_by: str = ""

    def falls_on(self, year: int) -> date:
        """Raises ValueError for a lunar day outside lunar.FIRST_YEAR..LAST_YEAR."""
        return lunar_day(year, self.month, self.day) if self.lunar else date(year, self.month, self.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anniversary:
    """The n-th anniversary: `is_round` (năm tròn, n divisible by 10), `is_five` (năm lẻ 5)."""

    number: int
    is_round: bool
    is_five: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Holiday:
    day: int
    month: int
    lunar: bool
    before: int
    after: int
    since: int

    def days(self, year: int) -> Iterator[date]:
        if year < self.since or (self.lunar and not FIRST_YEAR <= year <= LAST_YEAR):
            return
        middle = lunar_day(year, self.month, self.day) if self.lunar else date(year, self.month, self.day)
        yield from (middle + timedelta(days=shift) for shift in range(-self.before, self.after + 1))


def anniversary(origin_year: int, year: int) -> Anniversary:
    """Raises ValueError for a year that is not after the origin."""
    number = year - origin_year
    if number <= 0:
        raise ValueError("no anniversary yet")
    return Anniversary(number=number, is_round=number % 10 == 0, is_five=number % 10 == 5)


def commemorative_days() -> tuple[CommemorativeDay, ...]:
    """The shipped days, as in the file."""
    return _read()[0]


def days_of(year: int) -> tuple[tuple[date, CommemorativeDay], ...]:
    """The days of a year in order."""
    return tuple(sorted(((day.falls_on(year), day) for day in commemorative_days()), key=lambda each: each[0]))


def is_working_day(day: date) -> bool:
    """Monday to Friday, no day off by law. Exchanged days (hoán đổi) are decided anew each year and not known here."""
    return day.weekday() < _SATURDAY and day not in _days_off(day.year)


@functools.lru_cache(maxsize=32)
def _days_off(year: int) -> frozenset[date]:
    holidays = _read()[1]
    # An eve may lie in the year before its holiday.
    return frozenset(day for each in (year, year + 1) for holiday in holidays for day in holiday.days(each))


@functools.cache
def _read() -> tuple[tuple[CommemorativeDay, ...], tuple[_Holiday, ...]]:
    data = tomllib.loads(_FILE.read_text("utf-8"))
    days = tuple(CommemorativeDay(**_split(entry)) for entry in data["day"])
    holidays = tuple(
        _Holiday(**{"lunar": False, "before": 0, "after": 0, "since": 0, **_split(entry)}) for entry in data["holiday"]
    )
    return days, holidays


def _split(entry: Mapping[str, Any]) -> dict[str, Any]:
    day, month = entry["day"].split("/")
    return {**entry, "day": int(day), "month": int(month)}
