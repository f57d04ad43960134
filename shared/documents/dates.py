"""Dates and times as Vietnamese papers write them (Nghị định 30/2020/NĐ-CP: a leading zero for days below 10 and for the
months January and February). Called by every document."""

from __future__ import annotations

from datetime import date, datetime, timedelta

_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def long_date(day: date) -> str:
    """ "ngày 05 tháng 02 năm 2027"."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def short_date(day: date) -> str:
    """ "12/02/2027"."""
    return f"{day.day:02d}/{day.month:02d}/{day.year}"


def clock(moment: datetime) -> str:
    """ "7 giờ 30", in the zone that `moment` carries."""
    return f"{moment.hour} giờ {moment.minute:02d}"


def weekday(day: date) -> str:
    return _WEEKDAYS[day.weekday()]


def zoned_time(moment: datetime) -> str:
    """ "09:15:03 12/02/2027 (+07:00)": the zone is named because evidence is read elsewhere too."""
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("a time without a zone")
    sign = "-" if offset < timedelta(0) else "+"
    minutes = abs(offset) // timedelta(minutes=1)
    zone = f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{moment:%H:%M:%S} {short_date(moment)} ({zone})"
