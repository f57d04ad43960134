"""/console/notices: the ledger of messages."""

from __future__ import annotations

from functions.console.routes import page
from shared.edge import pages
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.notices.model import State
from shared.notices.suppression import may_be_lifted
from shared.notices.usecases import ListNotices


def notices(request: Request) -> Answer:
    """The ledger by state; addresses only as a hint."""
    wanted = request.query.get("state", "")
    state = State(wanted) if wanted in set(State) else State.SENT
    page = ListNotices(request.ports.table("notices"))(state=state, limit=100, cursor=request.query.get("cursor"))
    liftable = {entry.id for entry in page.entries if may_be_lifted(entry)}
    return pages.render(request, "console_notices.html", state=state, states=tuple(State), page=page, liftable=liftable)


PAGES = (page("/console/notices", "notices:read", notices, "The ledger of messages"),)
