"""/console/audit: who did what."""

from __future__ import annotations

from typing import Any

from functions.console.routes import page
from shared.edge import pages
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.edge.trail_lines import TrailLine
from shared.edge.trail_query import asked, reader
from shared.edge.trail_words import Names, line_in_words, people_of, thing_of


def audit(request: Request) -> Answer:
    """The trail of some days, searched; each line in words, with a way to what it is about."""
    read, names = reader(request.ports.table)
    wanted, cursor = asked(request), request.query.get("cursor") or None
    found = read(wanted, limit=50, cursor=cursor)
    asks = {"from": wanted.first.isoformat(), "to": wanted.last.isoformat(), "who": wanted.who, "thing": wanted.thing,
            "q": wanted.words}  # fmt: skip
    return pages.render(
        request,
        "console_audit.html",
        lines=[_shown(request, line, names) for line in found.lines],
        cursor=found.cursor,
        first=cursor is None,
        wanted=wanted,
        people=people_of(request.ports.table("identity")),
        asks={name: value for name, value in asks.items() if value},
    )


def _shown(request: Request, line: TrailLine, names: Names) -> dict[str, Any]:
    thing = thing_of(line)
    return {
        "line": line,
        "name": names.who(line),
        "what": line_in_words(line, request.locale),
        "thing": thing,
        "thing_name": names.thing(line),
        "proposer": names.of("PERSON", line.proposer) if line.proposer and line.proposer != line.who else "",
    }


PAGES = (page("/console/audit", "audit:read", audit, "The audit trail"),)
