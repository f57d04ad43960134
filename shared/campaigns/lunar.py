"""The Vietnamese lunar calendar (âm lịch): days by astronomy at 105° E, UTC+7. Called by calendar.py.

A month begins on the day of the new moon in Viet Nam; month 11 holds the winter solstice; in a year of thirteen months the
first without a major solar term (trung khí) is the leap month. Beijing's clock is an hour ahead, so the two calendars part
now and then: Tết 2030 is 2 February in Viet Nam and 3 February in China, in 1985 they were a month apart.

New moons: J. Meeus, Astronomical Algorithms, 2nd ed., chapter 49 (without the planetary terms, under half a minute);
the sun's longitude: chapter 25, 0.01°; Delta T: Espenak and Meeus' polynomials.
"""

from __future__ import annotations

import functools
import math
from datetime import date
from typing import Final

FIRST_YEAR: Final = 1968
"""Before 1968 the north kept Beijing's calendar, and the south another one."""
LAST_YEAR: Final = 2150
_ZONE_DAYS: Final = 7 / 24
_ORDINAL_TO_JULIAN: Final = 1721425
_SYNODIC: Final = 29.530588861
_LEAP: Final = 13

# Meeus, table 49.A: (amplitude in 1e-5 days, power of E, multiples of M, M', F, Omega)
_NEW_MOON_TERMS: Final = (
    (-40720, 0, 0, 1, 0, 0), (17241, 1, 1, 0, 0, 0), (1608, 0, 0, 2, 0, 0), (1039, 0, 0, 0, 2, 0),
    (739, 1, -1, 1, 0, 0), (-514, 1, 1, 1, 0, 0), (208, 2, 2, 0, 0, 0), (-111, 0, 0, 1, -2, 0),
    (-57, 0, 0, 1, 2, 0), (56, 1, 1, 2, 0, 0), (-42, 0, 0, 3, 0, 0), (42, 1, 1, 0, 2, 0),
    (38, 1, 1, 0, -2, 0), (-24, 1, -1, 2, 0, 0), (-17, 0, 0, 0, 0, 1), (-7, 0, 2, 1, 0, 0),
    (4, 0, 0, 2, -2, 0), (4, 0, 3, 0, 0, 0), (3, 0, 1, 1, -2, 0), (3, 0, 0, 2, 2, 0),
    (-3, 0, 1, 1, 2, 0), (3, 0, -1, 1, 2, 0), (-2, 0, -1, 1, -2, 0), (-2, 0, 1, 3, 0, 0), (2, 0, 0, 4, 0, 0),
)  # fmt: skip


def lunar_day(year: int, month: int, day: int) -> date:
    """The solar date of a lunar one, never in a leap month: `lunar_day(2027, 1, 1)` is Tết Đinh Mùi, 6 February 2027.

    Raises ValueError for a year outside FIRST_YEAR..LAST_YEAR or a day that the month does not have.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR or not 1 <= month <= 12 or not 1 <= day <= 30:
        raise ValueError("no such lunar day")
    first, length = _months(year)[month]
    if day > length:
        raise ValueError("no such lunar day")
    return date.fromordinal(first + day - 1 - _ORDINAL_TO_JULIAN)


@functools.lru_cache(maxsize=64)
def _months(year: int) -> dict[int, tuple[int, int]]:
    """Month -> (Julian day number of its first day, length), for the months 1-12 of a lunar year without its leap month."""
    eleventh, next_one, last = (_eleventh_month(each) for each in (year - 1, year, year + 1))
    run = _months_from(eleventh, next_one)
    run |= {month: found for month, found in _months_from(next_one, last).items() if month >= 11}
    return run


def _months_from(eleventh: int, next_one: int) -> dict[int, tuple[int, int]]:
    """The twelve named months from an eleventh one (whose own two last are of the year before) to the next."""
    leap = _leap_place(eleventh) if next_one - eleventh == _LEAP else None
    months: dict[int, tuple[int, int]] = {}
    number = 11
    for place in range(next_one - eleventh):
        if place == leap:
            continue
        start, after = _new_moon_day(eleventh + place), _new_moon_day(eleventh + place + 1)
        months[number] = (start, after - start)
        number = number % 12 + 1
    return months


def _eleventh_month(year: int) -> int:
    """The lunation (k of Meeus) of the month that holds the winter solstice of a solar year."""
    last_day = date(year, 12, 31).toordinal() + _ORDINAL_TO_JULIAN
    lunation = math.floor((last_day - 2451550.1) / _SYNODIC) + 1
    while _new_moon_day(lunation) > last_day:
        lunation -= 1
    if _solar_term(_new_moon_day(lunation)) >= 9:
        lunation -= 1
    return lunation


def _leap_place(eleventh: int) -> int:
    """Which of the thirteen months after this eleventh one is the leap month: the first that holds no major term."""
    terms = [_solar_term(_new_moon_day(eleventh + place)) for place in range(_LEAP + 1)]
    return next(place for place in range(1, _LEAP) if terms[place] == terms[place + 1])


def _solar_term(day: int) -> int:
    """The twelfth of the sun's path (0: from the March equinox) in which the local day begins."""
    julian = day - 0.5 - _ZONE_DAYS
    t = (julian + _delta_t_days(julian) - 2451545.0) / 36525
    anomaly = math.radians(357.52911 + 35999.05029 * t - 0.0001537 * t * t)
    centre = (
        (1.914602 - 0.004817 * t - 0.000014 * t * t) * math.sin(anomaly)
        + (0.019993 - 0.000101 * t) * math.sin(2 * anomaly)
        + 0.000289 * math.sin(3 * anomaly)
    )
    node = math.radians(125.04 - 1934.136 * t)
    longitude = 280.46646 + 36000.76983 * t + 0.0003032 * t * t + centre - 0.00569 - 0.00478 * math.sin(node)
    return math.floor(longitude % 360 / 30)


@functools.lru_cache(maxsize=4096)
def _new_moon_day(lunation: int) -> int:
    """The Julian day number of the local day on which a new moon falls."""
    t = lunation / 1236.85
    moment = 2451550.09766 + _SYNODIC * lunation + 0.00015437 * t**2 - 0.000000150 * t**3 + 0.00000000073 * t**4
    eccentricity = 1 - 0.002516 * t - 0.0000074 * t**2
    sun = 2.5534 + 29.10535670 * lunation - 0.0000014 * t**2
    moon = 201.5643 + 385.81693528 * lunation + 0.0107582 * t**2 + 0.00001238 * t**3
    latitude = 160.7108 + 390.67050284 * lunation - 0.0016118 * t**2 - 0.00000227 * t**3
    node = 124.7746 - 1.56375588 * lunation + 0.0020672 * t**2
    for amplitude, power, m, mm, f, o in _NEW_MOON_TERMS:
        angle = math.radians(m * sun + mm * moon + f * latitude + o * node)
        moment += amplitude * 1e-5 * eccentricity**power * math.sin(angle)
    universal = moment - _delta_t_days(moment)
    return math.floor(universal + 0.5 + _ZONE_DAYS)


def _delta_t_days(julian: float) -> float:
    """Terrestrial less universal time, in days."""
    year = 2000 + (julian - 2451545.0) / 365.25
    t = year - 2000
    if year < 1986:
        seconds = 45.45 + 1.067 * (year - 1975) - (year - 1975) ** 2 / 260 - (year - 1975) ** 3 / 718
    elif year < 2005:
        seconds = 63.86 + 0.3345 * t - 0.060374 * t**2 + 0.0017275 * t**3 + 0.000651814 * t**4 + 0.00002373599 * t**5
    elif year < 2050:
        seconds = 62.92 + 0.32217 * t + 0.005589 * t**2
    else:
        seconds = -20 + 32 * ((year - 1820) / 100) ** 2 - 0.5628 * (2150 - year)
    return seconds / 86400
