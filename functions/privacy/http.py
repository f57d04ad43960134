"""HTTP /api/v1/privacy and the page /privacy: whoever shows that a mail address is theirs sees what is held about it and asks for
it to be corrected, hidden or erased; officers answer within the legal days and carry it out (decision 25)."""

from __future__ import annotations

from typing import Any

from functions.privacy import views
from shared.campaigns.calendar import is_working_day
from shared.edge import http, pages
from shared.edge.answers import Answer
from shared.edge.carrying_out import carry_out
from shared.edge.holdings import holdings
from shared.edge.http import QueryField, Request, Route, Routes
from shared.edge.recipients import VIETNAM
from shared.identity.subject_requests import (
    OPEN,
    DecideRequest,
    FileRequest,
    ListRequests,
    RequestsOf,
    RequestState,
    ShowRequest,
    SubjectRequest,
    Wish,
)
from shared.identity.subjects import AskForPrivacyLink, OpenSeat, WhoseSeat
from shared.kernel.errors import Invalid
from shared.kernel.ports import Table
from shared.texts import say


def page(request: Request) -> Answer:
    """/privacy, and /privacy#<secret> from the letter: opening it spends nothing."""
    return pages.render(request, "privacy.html")


def ask(request: Request) -> Answer:
    """The same answer whether anything is held about the address or not."""
    AskForPrivacyLink(_table(request))(request.act, request.body.email, network=request.address)
    return Answer(views.LinkView(sentence=say("privacy.asked", request.locale)), status=202)


def open_it(request: Request) -> Answer:
    """Spends the link of the letter."""
    seat = OpenSeat(_table(request))(request.act, request.body.secret)
    return _held(request, seat, status=201)


def held(request: Request) -> Answer:
    """What is held now; also the export, as JSON."""
    return _held(request, request.body.seat)


def wish(request: Request) -> Answer:
    """A request about things that are held about this very address. Raises Invalid for others."""
    body: views.WishBody = request.body
    address = WhoseSeat(_table(request))(request.act, body.seat)
    if body.wish not in set(Wish):
        raise Invalid("privacy.wish", field="wish")
    found = {each.ref: each for each in holdings(request.ports, address, request.locale)}
    wanted = Wish(body.wish)
    if any(ref not in found or wanted not in found[ref].wishes for ref in body.things):
        raise Invalid("privacy.not_yours", field="things")
    filed = FileRequest(_table(request), is_working_day)(
        request.act, address=address, wish=wanted, things=tuple(dict.fromkeys(body.things)), words=body.words,
        today=request.act.at.astimezone(VIETNAM).date(),
    )  # fmt: skip
    return _held(request, body.seat, status=201, filed=filed)


def requests(request: Request) -> Answer:
    """`?state=` RECEIVED (default), GRANTED, CARRIED_OUT, REFUSED; `?limit=` 1 to 200, `?cursor=`."""
    wanted, limit = request.query.get("state", RequestState.RECEIVED), request.query.get("limit", "50")
    if wanted not in set(RequestState):
        raise Invalid("privacy.state", field="state")
    if not (limit.isascii() and limit.isdigit() and len(limit) < 4):
        raise Invalid("list.limit_bad", field="limit", most=200)
    found = ListRequests(_table(request))(
        RequestState(wanted), limit=int(limit), cursor=request.query.get("cursor") or None
    )
    today = request.act.at.astimezone(VIETNAM).date()
    listed = tuple(views.office_view(each, today) for each in found.requests)
    return Answer(views.OfficeRequestsView(requests=listed, cursor=found.cursor))


def grant(request: Request) -> Answer:
    """The answer is yes; the 15 days to carry it out run from the request."""
    return _office(request, DecideRequest(_table(request)).grant(request.act, request.params["request"]))


def refuse(request: Request) -> Answer:
    decide = DecideRequest(_table(request))
    return _office(request, decide.refuse(request.act, request.params["request"], request.body.reason))


def carried_out(request: Request) -> Answer:
    """Erases or hides what the request names; what only a person can do must be done by then."""
    standing = ShowRequest(_table(request))(request.params["request"])
    if standing.state not in OPEN:
        return _office(request, DecideRequest(_table(request)).carried_out(request.act, standing.id))
    return _office(request, carry_out(request.ports, request.act, standing))


def _held(request: Request, seat: str, status: int = 200, filed: SubjectRequest | None = None) -> Answer:
    address = WhoseSeat(_table(request))(request.act, seat)
    found = holdings(request.ports, address, request.locale)
    asked = RequestsOf(_table(request))(address)
    if filed is not None:  # the index may be late
        asked = (filed, *(each for each in asked if each.id != filed.id))
    fresh = seat if status == 201 and isinstance(request.body, views.LinkBody) else ""
    return Answer(views.held_view(address, found, asked, request.locale, fresh), status=status)


def _office(request: Request, found: Any) -> Answer:
    return Answer(views.office_view(found, request.act.at.astimezone(VIETNAM).date()))


def _table(request: Request) -> Table:
    return request.ports.table("identity")


_ALL = "/api/v1/privacy/requests"
_ONE = f"{_ALL}/{{request}}"
_QUERY = (
    QueryField(name="state", text="Which requests", form={"type": "string", "enum": list(RequestState)}),
    QueryField(name="limit", text="1 to 200", form={"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
    QueryField(name="cursor", text="Where the last page ended"),
)
ROUTES = Routes(
    "privacy",
    (
        Route(method="GET", path="/privacy", scope="public", run=page, summary="What is held about me"),
        Route(method="POST", path="/api/v1/privacy/links", scope="public", run=ask, body=views.AddressBody,
              answer=views.LinkView, ok=202, summary="Ask for a link to see what is held"),
        Route(method="POST", path="/api/v1/privacy/seats", scope="public", run=open_it, body=views.LinkBody,
              answer=views.HeldView, ok=201, summary="Spend the link of the letter", answers_secret=True),
        Route(method="POST", path="/api/v1/privacy/holdings", scope="public", run=held, body=views.SeatBody,
              answer=views.HeldView, summary="What is held about the address"),
        Route(method="POST", path="/api/v1/privacy/wishes", scope="public", run=wish, body=views.WishBody,
              answer=views.HeldView, ok=201, summary="Ask for correction, hiding or erasure"),
        Route(method="GET", path=_ALL, scope="privacy:read", run=requests, answer=views.OfficeRequestsView,
              summary="Requests about personal data", query=_QUERY, reads="requests"),
        Route(method="POST", path=f"{_ONE}/grant", scope="privacy:write", run=grant, answer=views.OfficeRequestView,
              summary="Answer yes"),
        Route(method="POST", path=f"{_ONE}/refusal", scope="privacy:write", run=refuse, body=views.ReasonBody,
              answer=views.OfficeRequestView, summary="Answer no, with the reason"),
        Route(method="POST", path=f"{_ONE}/carrying-out", scope="privacy:write", run=carried_out, fresh=True,
              answer=views.OfficeRequestView, summary="Carry it out"),
    ),
    home="identity",
)  # fmt: skip


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return http.answer(event, context, ROUTES)
