"""The lunar calendar against published days, and the working days that follow from it."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.campaigns.calendar import anniversary, commemorative_days, days_of, is_working_day
from shared.campaigns.lunar import FIRST_YEAR, LAST_YEAR, lunar_day

# Tết, Rằm tháng Giêng, Giỗ Tổ, Trung thu, as calendars printed in Viet Nam have them.
PUBLISHED = {
    2023: ("22/01", "05/02", "29/04", "29/09"),
    2026: ("17/02", "03/03", "26/04", "25/09"),
    2027: ("06/02", "20/02", "16/04", "15/09"),
    2028: ("26/01", "09/02", "04/04", "03/10"),
    2029: ("13/02", "27/02", "23/04", "22/09"),
    2030: ("02/02", "16/02", "12/04", "12/09"),
    2031: ("23/01", "06/02", "01/04", "01/10"),
}


@pytest.mark.parametrize("year", PUBLISHED)
def test_the_great_lunar_days_fall_where_printed_calendars_have_them(year):
    days = [lunar_day(year, month, day) for month, day in ((1, 1), (1, 15), (3, 10), (8, 15))]
    assert tuple(day.strftime("%d/%m") for day in days) == PUBLISHED[year]


@pytest.mark.parametrize(
    ("year", "tet"),
    [
        (1968, date(1968, 1, 29)),
        (1985, date(1985, 1, 21)),
        (2007, date(2007, 2, 17)),
        (2024, date(2024, 2, 10)),
        (2025, date(2025, 1, 29)),
        (2030, date(2030, 2, 2)),
    ],
)
def test_tet_is_by_the_clock_of_viet_nam_and_not_of_beijing(year, tet):
    assert lunar_day(year, 1, 1) == tet


@given(st.integers(FIRST_YEAR + 1, LAST_YEAR))
def test_lunar_years_follow_each_other_without_gap_or_overlap(year):
    tet, before = lunar_day(year, 1, 1), lunar_day(year - 1, 1, 1)
    assert (1, 20) <= (tet.month, tet.day) <= (2, 22)
    assert (tet - before).days in (353, 354, 355, 383, 384, 385)
    firsts = [lunar_day(year, month, 1) for month in range(1, 13)]
    assert firsts == sorted(firsts)
    gaps = [(after - first).days for first, after in pairwise(firsts)]
    assert all(gap in (29, 30) or 58 <= gap <= 60 for gap in gaps)
    assert sum(gap > 30 for gap in gaps) <= 1


@pytest.mark.parametrize(("month", "day"), [(0, 1), (13, 1), (1, 31), (1, 0)])
def test_a_lunar_day_that_does_not_exist_is_refused(month, day):
    with pytest.raises(ValueError, match="no such"):
        lunar_day(2027, month, day)


def test_years_without_a_known_calendar_are_refused():
    with pytest.raises(ValueError, match="no such"):
        lunar_day(1900, 1, 1)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2027, 2, 4), False),  # 28 tháng Chạp
        (date(2027, 2, 10), False),  # mùng 5
        (date(2027, 2, 11), True),
        (date(2027, 4, 16), False),  # Giỗ Tổ
        (date(2027, 4, 30), False),
        (date(2027, 7, 27), True),  # a working day, though reminders keep off it
        (date(2027, 7, 24), False),  # Saturday
        (date(2027, 11, 24), False),
        (date(2025, 11, 24), True),  # before it became a day off
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_working_days(day, works):
    assert is_working_day(day) is works


def test_anniversaries_tell_round_years():
    assert (anniversary(1947, 2027).number, anniversary(1947, 2027).is_round) == (80, True)
    assert anniversary(1975, 2030).is_five
    with pytest.raises(ValueError, match="yet"):
        anniversary(2027, 2027)


def test_the_days_of_a_year_are_in_order_and_the_great_days_have_a_source():
    days = days_of(2027)
    assert [day for day, _ in days] == sorted(day for day, _ in days)
    great = [entry for _, entry in days if entry.tier == "A"]
    assert len(great) == 8
    assert all(entry.source and entry.verified_by for entry in great)
    assert [entry.name for entry in commemorative_days() if entry.remember] == ["Ngày Thương binh - Liệt sĩ"]
