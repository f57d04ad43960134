"""/console/privacy: what people asked about the data held about them, and by when it is due."""

from __future__ import annotations

from functions.console.routes import page
from shared.edge import pages
from shared.edge.answers import Answer
from shared.edge.carrying_out import by_hand
from shared.edge.holdings import holdings
from shared.edge.http import Request
from shared.edge.recipients import VIETNAM
from shared.identity.subject_requests import OPEN, ListRequests, RequestState, ShowRequest
from shared.kernel.errors import Invalid


def privacy(request: Request) -> Answer:
    """Requests of one state, what is due soonest on top."""
    wanted = request.query.get("state", RequestState.RECEIVED)
    if wanted not in set(RequestState):
        raise Invalid("privacy.state", field="state")
    cursor = request.query.get("cursor") or None
    found = ListRequests(request.ports.table("identity"))(RequestState(wanted), limit=50, cursor=cursor)
    return pages.render(
        request,
        "console_privacy.html",
        states=tuple(RequestState),
        state=RequestState(wanted),
        requests=found.requests,
        cursor=found.cursor,
        first=cursor is None,
        today=request.act.at.astimezone(VIETNAM).date(),
    )


def one(request: Request) -> Answer:
    """One request with what is held now of what it names."""
    found = ShowRequest(request.ports.table("identity"))(request.params["request"])
    held = {each.ref: each for each in holdings(request.ports, found.address, request.locale)}
    return pages.render(
        request,
        "console_privacy_request.html",
        one=found,
        things=[(ref, held.get(ref)) for ref in found.things],
        by_hand=by_hand(found),
        open=found.state in OPEN,
        today=request.act.at.astimezone(VIETNAM).date(),
    )


PAGES = (
    page("/console/privacy", "privacy:read", privacy, "Requests about personal data", reads="requests"),
    page("/console/privacy/{request}", "privacy:read", one, "One request about personal data"),
)
