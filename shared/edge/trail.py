"""Reads the audit trail: the lines of all contexts as one, the latest first, searched and page by page.

Called by functions/audit/http.py and functions/console/audit.py. What devices at doors record (an admission says itself
which device, when and where) is found here too, as lines made from the admissions.

A page's cursor is the place of the last line looked at. Places never move and lines are only added, so that walking on
gives every older line once, whatever is written meanwhile. One call looks at MOST_LOOKED lines and MOST_DAYS days; a page
may therefore be short, or empty, and still have a cursor.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from shared.ceremonies.admitted import AdmissionsBetween
from shared.ceremonies.model import Admission
from shared.edge.trail_lines import TrailLine, lines_of_day
from shared.edge.works import TABLES
from shared.kernel.clock import moment_key
from shared.kernel.errors import Invalid
from shared.kernel.ports import Table
from shared.kernel.search import matches

CONTEXTS: Final = TABLES
"""The contexts whose tables hold lines."""
MOST_LOOKED: Final = 4_000
MOST_DAYS: Final = 40
MOST_LINES: Final = 200
VIETNAM: Final = ZoneInfo("Asia/Ho_Chi_Minh")
_PLACE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]{8,15}Z#[A-Za-z0-9-]{1,64})?")
_PARTS: Final = re.compile(r"[/#\s]+")

Tables = Callable[[str], Table]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for: days (both included, in Vietnam's zone), who, thing (an id or unit code, whole), words."""

    first: date
    last: date
    who: str = ""
    thing: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailPage:
    """Lines, the latest first; `cursor` None where the first day's beginning was reached."""

    lines: tuple[TrailLine, ...]
    cursor: str | None = None


class ReadTrail:
    """The trail of all contexts."""

    def __init__(self, tables: Tables, text_of: Callable[[TrailLine], str]) -> None:
        """`text_of`: what a search for words looks at, of one line (who, the act in words)."""
        self._tables = tables
        self._text_of = text_of

    def __call__(self, wanted: Wanted, *, limit: int = 50, cursor: str | None = None) -> TrailPage:
        """Raises Invalid: `audit.days`, `audit.limit`, `audit.cursor`."""
        if not wanted.first <= wanted.last:
            raise Invalid("audit.days", field="from")
        if not 1 <= limit <= MOST_LINES:
            raise Invalid("audit.limit", field="limit", most=MOST_LINES)
        if cursor is not None and not _PLACE.fullmatch(cursor):
            raise Invalid("audit.cursor", field="cursor")
        start = _midnight(wanted.first)
        low, high = moment_key(start), moment_key(_midnight(wanted.last + timedelta(days=1)))
        high = min(high, cursor) if cursor else high
        found: list[TrailLine] = []
        looked = 0
        day = min(date.fromisoformat(high[:10]), _latest_day(wanted))
        for _ in range(MOST_DAYS):
            if day < start.date():
                return TrailPage(lines=tuple(found))
            for line in self._of_day(day, low, high):
                looked += 1
                if self._is_wanted(line, wanted):
                    found.append(line)
                if len(found) == limit or looked == MOST_LOOKED:
                    return TrailPage(lines=tuple(found), cursor=line.place)
            day -= timedelta(days=1)
        return TrailPage(lines=tuple(found), cursor=(day + timedelta(days=1)).isoformat())

    def _of_day(self, day: date, low: str, high: str) -> Iterator[TrailLine]:
        """The lines of one day (UTC) from `low` to before `high`, the latest first."""
        sources = [lines_of_day(self._tables(context), context, day, low, high) for context in CONTEXTS]
        start = datetime.combine(day, time(), UTC)
        end = start + timedelta(days=1, microseconds=-1)
        admissions = AdmissionsBetween(self._tables("ceremonies"))
        sources += [
            _admissions(admissions(ceremony, start, end), low, high) for ceremony in admissions.ceremonies(start, end)
        ]
        yield from heapq.merge(*sources, key=lambda line: line.place, reverse=True)

    def _is_wanted(self, line: TrailLine, wanted: Wanted) -> bool:
        if wanted.who and wanted.who not in (line.who, line.proposer):
            return False
        if wanted.thing and not is_about(line, wanted.thing):
            return False
        return not wanted.words or matches(wanted.words, self._text_of(line))


def is_about(line: TrailLine, thing: str) -> bool:
    """Whether an id or code is a whole part of the line's path, keys or approval."""
    parts = {part for text in (line.path, *line.changed) for part in _PARTS.split(text)}
    return thing in parts or thing == line.approval


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), VIETNAM).astimezone(UTC)


def _latest_day(wanted: Wanted) -> date:
    return (_midnight(wanted.last + timedelta(days=1)) - timedelta(microseconds=1)).date()


def _admissions(admissions: Iterator[Admission], low: str, high: str) -> Iterator[TrailLine]:
    for each in admissions:
        line = TrailLine(
            place=f"{moment_key(each.at)}#{each.ticket}",
            at=each.at,
            context="ceremonies",
            who_kind="DEVICE" if each.kind == "GATE" else "PUBLIC",
            who=each.by,
            address="",
            route="POST /api/v1/admissions",
            path=f"/api/v1/admissions/{each.ceremony}/{each.gate}",
            changed=(f"ticket#{each.ticket} admission#{each.ceremony}", f"registration#{each.registration}"),
            facts=("TicketAdmitted",),
        )
        if low <= line.place < high:
            yield line
