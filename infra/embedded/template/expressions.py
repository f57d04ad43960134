"""rate() and cron() of EventBridge: when a schedule fires next; called by the loader and the embedded scheduler.

The fields, wildcards and limits are those of the EventBridge user guide, in UTC: `cron(minutes hours day-of-month
month day-of-week year)`, one of the two day fields `?`, Sunday 1. Nothing of other crons is accepted.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

_RATE = re.compile(r"rate\(([1-9][0-9]{0,5}) (minute|hour|day)(s?)\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAY_NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS = {name: place for place, name in enumerate(_MONTH_NAMES, 1)}
_WEEKDAYS = {name: place for place, name in enumerate(_WEEKDAY_NAMES, 1)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_YEAR = 2199


@dataclass(frozen=True, slots=True)
class Rate:
    """Every `seconds`, counted from 1970-01-01 00:00 UTC, so that a restart neither shifts nor repeats a firing.

    (EventBridge counts from the rule's creation: what runs by rate() must not care at which minute.)
    """

    text: str
    seconds: int

    def next_after(self, instant: datetime) -> datetime:
        """The first firing later than `instant` (aware)."""
        passed = (instant - _EPOCH) // timedelta(seconds=self.seconds)
        return _EPOCH + timedelta(seconds=(passed + 1) * self.seconds)


@dataclass(frozen=True, slots=True)
class Cron:
    """At the full minutes whose time is in `minutes` and `hours`, on the days that the other fields choose.

    `day_rule` is one of: `("days", values)` days of the month; `("last", ())` the last day of the month;
    `("near", (n,))` the weekday nearest to day n within the month; `("weekdays", values)` Sunday 1;
    `("last_weekday", (w,))` the last such weekday of the month; `("nth_weekday", (w, n))`.
    """

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    years: frozenset[int]
    day_rule: tuple[str, tuple[int, ...]]

    def next_after(self, instant: datetime) -> datetime | None:
        """The first firing later than `instant` (aware); None when the years are over."""
        first = instant.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
        for year in range(max(first.year, min(self.years)), max(self.years) + 1):
            if year not in self.years:
                continue
            for month in sorted(self.months):
                if (year, month) < (first.year, first.month):
                    continue
                for day in self._days(year, month):
                    if (found := self._on(date(year, month, day), first)) is not None:
                        return found
        return None

    def _on(self, day: date, first: datetime) -> datetime | None:
        """The first firing on `day` that is not before `first`."""
        if day < first.date():
            return None
        for hour in self.hours:
            for minute in self.minutes:
                at = datetime.combine(day, time(hour, minute), UTC)
                if at >= first:
                    return at
        return None

    def _days(self, year: int, month: int) -> list[int]:
        """The days of one month that the day fields choose, ascending."""
        rule, values = self.day_rule
        length = monthrange(year, month)[1]
        every = range(1, length + 1)
        if rule == "days":
            return [day for day in every if day in values]
        if rule == "last":
            return [length]
        if rule == "near":
            return [_nearest_workday(year, month, values[0])] if values[0] <= length else []
        if rule == "weekdays":
            return [day for day in every if _weekday(year, month, day) in values]
        same = [day for day in every if _weekday(year, month, day) == values[0]]
        if rule == "last_weekday":
            return same[-1:]
        return same[values[1] - 1 : values[1]]


def parse(text: str) -> Rate | Cron:
    """Reads `rate(...)` or `cron(...)`. Raises ValueError with the part that is wrong."""
    if rate := _RATE.fullmatch(text):
        number, unit, plural = int(rate[1]), rate[2], bool(rate[3])
        if plural == (number == 1):  # "1 minute", "2 minutes": EventBridge refuses the other form
            raise ValueError(f"{number} {unit}{rate[3]}")
        return Rate(text, number * _SECONDS[unit])
    cron = _CRON.fullmatch(text)
    if cron is None:
        raise ValueError(text)
    minutes, hours, days, months, weekdays, years = cron.groups()
    parsed = Cron(
        text=text,
        minutes=_values(minutes, 0, 59),
        hours=_values(hours, 0, 23),
        months=frozenset(_values(months, 1, 12, _MONTHS)),
        years=frozenset(_values(years, 1970, _LAST_YEAR)),
        day_rule=_day_rule(days, weekdays),
    )
    if parsed.next_after(_EPOCH - timedelta(minutes=1)) is None:
        raise ValueError(text)  # the 31st of February
    return parsed


def _day_rule(days: str, weekdays: str) -> tuple[str, tuple[int, ...]]:
    if (days == "?") == (weekdays == "?"):
        raise ValueError(f"{days} {weekdays}")
    if weekdays == "?":
        if days == "L":
            return "last", ()
        if near := re.fullmatch(r"([1-9][0-9]?)W", days):
            return "near", _values(near[1], 1, 31)
        return "days", _values(days, 1, 31)
    if weekdays == "L":
        return "weekdays", (7,)
    if last := re.fullmatch(r"(\w+)L", weekdays):
        return "last_weekday", (_number(last[1], 1, 7, _WEEKDAYS),)
    if nth := re.fullmatch(r"(\w+)#([1-5])", weekdays):
        return "nth_weekday", (_number(nth[1], 1, 7, _WEEKDAYS), int(nth[2]))
    if "/" in weekdays:
        raise ValueError(weekdays)
    return "weekdays", _values(weekdays, 1, 7, _WEEKDAYS)


def _values(field: str, low: int, high: int, names: dict[str, int] | None = None) -> tuple[int, ...]:
    """The values of a field of numbers, names, ranges, steps and commas, ascending."""
    chosen: set[int] = set()
    for part in field.split(","):
        span, slash, step_text = part.partition("/")
        start_text, dash, end_text = span.partition("-")
        if start_text == "*" and not dash:
            start, end = low, high
        else:
            start = _number(start_text, low, high, names or {})
            end = _number(end_text, low, high, names or {}) if dash else (high if slash else start)
        step = _number(step_text, 1, high, {}) if slash else 1
        if start > end:
            raise ValueError(part)
        chosen.update(range(start, end + 1, step))
    return tuple(sorted(chosen))


def _number(text: str, low: int, high: int, names: dict[str, int]) -> int:
    value = names.get(text.upper(), -1)
    if value < 0 and re.fullmatch(r"[0-9]{1,4}", text):
        value = int(text)
    if not low <= value <= high:
        raise ValueError(text)
    return value


def _weekday(year: int, month: int, day: int) -> int:
    """Sunday 1 ... Saturday 7."""
    return date(year, month, day).isoweekday() % 7 + 1


def _nearest_workday(year: int, month: int, day: int) -> int:
    """The weekday (Monday to Friday) nearest to `day`, never leaving the month."""
    weekday = _weekday(year, month, day)
    if weekday == 7:
        return day - 1 if day > 1 else day + 2
    if weekday == 1:
        return day + 1 if day < monthrange(year, month)[1] else day - 2
    return day
