"""/api/v1/notices: organisers see what was sent, to whom (a hint of the address), what was not or came back, and why; and
let letters go again to an address whose letters came back."""

from __future__ import annotations

from typing import Any

from shared.edge import http
from shared.edge.answers import Answer
from shared.edge.http import QueryField, Request, Route, Routes
from shared.kernel.errors import Invalid
from shared.notices.feedback import LiftSuppression
from shared.notices.model import Entry, EntryPage, State
from shared.notices.usecases import ListNotices


def show(request: Request) -> Answer:
    """Query: kind, state (one of them at least), limit (1 to 200), cursor."""
    query = request.query
    limit, state = query.get("limit", "50"), query.get("state")
    if not (limit.isascii() and limit.isdigit() and len(limit) < 5):
        raise Invalid("notice.limit", field="limit", most=200)
    if state is not None and state not in set(State):
        raise Invalid("notice.state", field="state")
    ledger = ListNotices(request.ports.table("notices"))
    page = ledger(
        kind=query.get("kind"), state=State(state) if state else None, limit=int(limit), cursor=query.get("cursor")
    )
    return Answer(page)


def lift(request: Request) -> Answer:
    """The address of this notice gets letters again."""
    return Answer(LiftSuppression(request.ports.table("notices"))(request.act, request.params["notice"]))


ROUTES = Routes(
    "notices",
    (
        Route(
            method="GET",
            path="/api/v1/notices",
            scope="notices:read",
            reads="notices",
            run=show,
            answer=EntryPage,
            query=(
                QueryField(name="kind", text="the kind of message"),
                QueryField(name="state", text="what became of it", form={"enum": [state.value for state in State]}),
                QueryField(
                    name="limit", text="how many at most", form={"type": "integer", "minimum": 1, "maximum": 200}
                ),
                QueryField(name="cursor", text="where the page before ended"),
            ),
            summary="Messages sent, and not sent and why",
        ),
        Route(
            method="POST",
            path="/api/v1/notices/{notice}/lift",
            scope="notices:write",
            run=lift,
            answer=Entry,
            summary="Send to the address of this message again",
        ),
    ),
)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """API Gateway v2 -> the ledger."""
    return http.answer(event, context, ROUTES)
