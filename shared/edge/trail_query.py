"""What a request asks of the audit trail: days, who, thing, words. Called by functions/audit and functions/console/audit.py."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from shared.edge.http import Request
from shared.edge.trail import VIETNAM, ReadTrail, Tables, Wanted
from shared.edge.trail_words import Names, searched_text
from shared.kernel.errors import Invalid
from shared.kernel.text import nfc

BY_DEFAULT: Final = timedelta(days=7)
_FIRST, _LAST = 2000, 2199
"""Years that are asked for."""


def asked(request: Request) -> Wanted:
    """The query of the request; the last week where no days are given. Raises Invalid(`audit.day`)."""
    today = request.act.at.astimezone(VIETNAM).date()
    last = _day(request, "to") or today
    return Wanted(
        first=_day(request, "from") or last - BY_DEFAULT,
        last=last,
        who=request.query.get("who", "").strip()[:200],
        thing=request.query.get("thing", "").strip()[:200],
        words=nfc(request.query.get("q", ""))[:200],
    )


def reader(tables: Tables) -> tuple[ReadTrail, Names]:
    """The trail, and the names with which it is searched and shown."""
    names = Names(tables)
    return ReadTrail(tables, lambda line: searched_text(line, names)), names


def _day(request: Request, name: str) -> date | None:
    text = request.query.get(name, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid("audit.day", field=name) from None
    if not _FIRST <= day.year <= _LAST:  # the ends of the calendar have no neighbours in another zone
        raise Invalid("audit.day", field=name)
    return day
