"""HTTP /api/v1/ceremonies and /api/v1/tickets: plan, lists and their reports, registrations, presentation, hall totals."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from typing import Any

from events.plain import from_plain, to_plain
from functions.ceremonies.views import (
    BearerView,
    CeremoniesView,
    ListsView,
    OpenedView,
    OpeningsView,
    PlanCeremonyBody,
    ReceiveListBody,
    TicketTextBody,
    UploadBody,
)
from shared.ceremonies.attendance import ShowHallTotals
from shared.ceremonies.importing import MAX_LIST_BYTES, ReceiveDelegateList, ShowDelegateList, upload_prefix
from shared.ceremonies.model import Ceremony, DelegateList, HallTotals, ListState, Registration
from shared.ceremonies.openings import CountOpenings, RecordTicketOpening
from shared.ceremonies.planning import BeginPresentation, ListCeremonies, PlanCeremony, ShowCeremony
from shared.ceremonies.registrations import (
    CancelRegistration,
    ListDelegateLists,
    ListRegistrations,
    RegistrationPage,
    RestoreRegistration,
    ShowRegistration,
)
from shared.ceremonies.rules import scanned_text
from shared.ceremonies.tickets import IssueTicket, ShowTicket
from shared.directory.usecases import ShowUnit
from shared.edge import http, whose
from shared.edge.answers import Answer
from shared.edge.http import QueryField, Request, Route, Routes
from shared.edge.list_report import refusal_text, report_text
from shared.edge.trust import trust_list
from shared.identity.rules import Reach
from shared.kernel.errors import Invalid, NotFound, Refused, Unavailable
from shared.kernel.ids import random_id
from shared.kernel.lists import ListReport
from shared.kernel.ports import Table, Upload


def _table(request: Request) -> Table:
    return request.ports.table("ceremonies")


def plan(request: Request) -> Answer:
    """The host must stand in the directory: its code becomes the issuer of the tickets, for which it must have a key now,
    not when hundreds of delegates wait for theirs."""
    body: PlanCeremonyBody = request.body
    request.need("ceremony:write", unit=body.host)
    try:
        host = ShowUnit(request.ports.table("directory"))(body.host)
        request.ports.keyring.signer(host.code, "ticket")
    except NotFound:
        raise Invalid("ceremony.host_unknown", field="host", unit=body.host[:40]) from None
    except Unavailable as unavailable:
        if unavailable.code != "keys.no_key":
            raise
        raise Refused("ceremony.host_no_key", field="host", unit=host.name) from None
    return Answer(PlanCeremony(_table(request))(request.act, body.plan()), status=201)


def list_ceremonies(request: Request) -> Answer:
    standing = ListCeremonies(_table(request))()
    return Answer(CeremoniesView(ceremonies=request.visible("ceremony:read", standing, whose.host_of)))


def show(request: Request) -> Answer:
    return Answer(ShowCeremony(_table(request))(request.params["ceremony"]))


def upload(request: Request) -> Answer:
    """Where to send a list; then POST its key to .../lists."""
    ceremony = ShowCeremony(_table(request))(request.params["ceremony"])
    key = upload_prefix(ceremony.id) + random_id()
    content_type = request.body.content_type or "application/octet-stream"
    return Answer(
        request.ports.objects.upload_url(key, content_type=content_type, max_bytes=MAX_LIST_BYTES), status=201
    )


def receive(request: Request) -> Answer:
    body: ReceiveListBody = request.body
    received = ReceiveDelegateList(_table(request), request.ports.objects)(
        request.act, ceremony=request.params["ceremony"], object_key=body.key, filename=body.filename
    )
    return Answer(received, status=202)


def lists(request: Request) -> Answer:
    return Answer(ListsView(lists=ListDelegateLists(_table(request))(request.params["ceremony"])))


def show_list(request: Request) -> Answer:
    return Answer(ShowDelegateList(_table(request))(request.params["ceremony"], request.params["list"]))


def report(request: Request) -> Answer:
    """JSON, or text to read and forward with `?format=text`."""
    found = ShowDelegateList(_table(request))(request.params["ceremony"], request.params["list"])
    plain = "text/plain; charset=utf-8"
    if found.state is ListState.REFUSED and found.refusal is not None:
        return Answer(refusal_text(found.refusal, found.refusal_facts, request.locale), content_type=plain)
    if found.report_key is None:
        raise NotFound("list.no_report_yet")
    data = request.ports.objects.get(found.report_key)
    if request.query.get("format") != "text":
        return Answer(data, content_type="application/json")
    told = from_plain(ListReport, json.loads(data)["report"])
    return Answer(report_text(told, found.filename, request.locale), content_type=plain)


def registrations(request: Request) -> Answer:
    """`?q=` searches names and units; `?limit=` (1 to 500), `?cursor=`."""
    limit = request.query.get("limit", "100")
    if not (limit.isascii() and limit.isdigit() and len(limit) < 4):
        raise Invalid("list.limit_bad", field="limit", most=500)
    page = ListRegistrations(_table(request))(
        request.params["ceremony"],
        query=request.query.get("q", "")[:200],
        limit=int(limit),
        cursor=request.query.get("cursor"),
    )
    return Answer(page)


def _registration(request: Request) -> Registration:
    found = ShowRegistration(_table(request))(request.params["registration"])
    if found.ceremony != request.params["ceremony"]:
        raise NotFound("registration.unknown", registration=found.id)
    return found


def show_registration(request: Request) -> Answer:
    return Answer(_registration(request))


def cancel(request: Request) -> Answer:
    return Answer(CancelRegistration(_table(request))(request.act, _registration(request).id))


def restore(request: Request) -> Answer:
    """The delegate comes after all; another ticket and invitation follow."""
    return Answer(RestoreRegistration(_table(request))(request.act, _registration(request).id))


def reissue(request: Request) -> Answer:
    """Another ticket in place of the lost one; the invitation goes out again."""
    found = _registration(request)
    IssueTicket(_table(request), request.ports.keyring).anew(request.act, found.id)
    return Answer(ShowRegistration(_table(request))(found.id), status=201)


def begin_presentation(request: Request) -> Answer:
    return Answer(BeginPresentation(_table(request))(request.act, request.params["ceremony"]))


def attendance(request: Request) -> Answer:
    """Polled by the hall screen: 304 while nothing has changed."""
    body = to_plain(ShowHallTotals(_table(request))(request.params["ceremony"]))
    tag = f'"{hashlib.sha256(json.dumps(body).encode()).hexdigest()[:32]}"'
    if request.headers.get("if-none-match") == tag:
        return Answer(None, status=304, headers={"etag": tag})
    return Answer(body, headers={"etag": tag})


def show_ticket(request: Request) -> Answer:
    """For its bearer: the text travels in the body, never in a path."""
    from shared.documents.qr import qr_matrix, qr_svg  # draws: for this route alone

    text = scanned_text(request.body.text)
    found = ShowTicket(_table(request), trust_list(request.ports))(request.act, text)
    facts = {field.name: getattr(found, field.name) for field in fields(found)}
    return Answer(BearerView(**facts, qr_svg=qr_svg(qr_matrix(text))))


def opened(request: Request) -> Answer:
    """The ticket's page has shown the ticket to somebody: the invitation counts as opened."""
    found = RecordTicketOpening(_table(request), trust_list(request.ports))(request.act, request.body.text)
    return Answer(OpenedView(first_opened_at=found.first_at))


def openings(request: Request) -> Answer:
    found = CountOpenings(_table(request))(request.params["ceremony"]).values()
    return Answer(OpeningsView(openings=tuple(sorted(found, key=lambda each: each.first_at))))


_ONE = "/api/v1/ceremonies/{ceremony}"
ROUTES = Routes(
    "ceremonies",
    (
        Route(method="POST", path="/api/v1/ceremonies", scope="ceremony:write", run=plan, body=PlanCeremonyBody,
              answer=Ceremony, ok=201, reach=Reach.UNIT,
              summary="Plan a ceremony"),
        Route(method="GET", path="/api/v1/ceremonies", scope="ceremony:read", run=list_ceremonies,
              answer=CeremoniesView, reach=Reach.UNIT,
              summary="Ceremonies, newest first"),
        Route(method="GET", path=_ONE, scope="ceremony:read", run=show, answer=Ceremony, reach=Reach.UNIT, whose=whose.ceremony,
              summary="One ceremony"),
        Route(method="POST", path=f"{_ONE}/uploads", scope="ceremony:write", run=upload, body=UploadBody,
              answer=Upload, ok=201, reach=Reach.UNIT, whose=whose.ceremony,
              summary="Where to send a list"),
        Route(method="POST", path=f"{_ONE}/lists", scope="ceremony:write", run=receive, body=ReceiveListBody,
              answer=DelegateList, ok=202, reach=Reach.UNIT, whose=whose.ceremony,
              summary="Take in an uploaded list"),
        Route(method="GET", path=f"{_ONE}/lists", scope="ceremony:read", run=lists, answer=ListsView,
              reach=Reach.UNIT, whose=whose.ceremony,
              summary="The lists of a ceremony"),
        Route(method="GET", path=f"{_ONE}/lists/{{list}}", scope="ceremony:read", run=show_list, answer=DelegateList,
              reach=Reach.UNIT, whose=whose.ceremony,
              summary="What became of a list"),
        Route(method="GET", path=f"{_ONE}/lists/{{list}}/report", scope="ceremony:read", run=report,
              media=("application/json", "text/plain"), query=(QueryField(name="format", text="`text`: to read and forward"),),
              reach=Reach.UNIT, whose=whose.ceremony,
              summary="Every finding of a list"),
        Route(method="GET", path=f"{_ONE}/registrations", scope="ceremony:read", run=registrations,
              answer=RegistrationPage,
              query=(
                  QueryField(name="q", text="part of a name or unit, with or without marks"),
                  QueryField(name="limit", text="how many at most",
                             form={"type": "integer", "minimum": 1, "maximum": 500}),
                  QueryField(name="cursor", text="where the page before ended"),
              ), reach=Reach.UNIT, whose=whose.ceremony, reads="delegates",
              summary="Delegates in the order of protocol"),
        Route(method="GET", path=f"{_ONE}/registrations/{{registration}}", scope="ceremony:read",
              run=show_registration, answer=Registration, reach=Reach.UNIT, whose=whose.ceremony,
              summary="One delegate"),
        Route(method="POST", path=f"{_ONE}/registrations/{{registration}}/cancellation", scope="ceremony:write",
              run=cancel, answer=Registration, reach=Reach.UNIT, whose=whose.ceremony,
              summary="Cancel a registration and its ticket"),
        Route(method="DELETE", path=f"{_ONE}/registrations/{{registration}}/cancellation", scope="ceremony:write",
              run=restore, answer=Registration, reach=Reach.UNIT, whose=whose.ceremony,
              summary="Restore a cancelled registration"),
        Route(method="POST", path=f"{_ONE}/registrations/{{registration}}/tickets", scope="ceremony:write",
              run=reissue, answer=Registration, ok=201, reach=Reach.UNIT, whose=whose.ceremony,
              summary="Replace a ticket"),
        Route(method="POST", path=f"{_ONE}/presentation", scope="ceremony:write", run=begin_presentation,
              answer=Ceremony, reach=Reach.UNIT, whose=whose.ceremony, fresh=True,
              four_eyes="certificate.publish", summary="The handing over of awards begins"),
        Route(method="GET", path=f"{_ONE}/attendance", scope="hall:read", run=attendance, answer=HallTotals,
              reach=Reach.CEREMONY, whose=whose.ceremony,
              summary="Registered and admitted, per unit"),
        Route(method="POST", path="/api/v1/tickets/show", scope="public", run=show_ticket, body=TicketTextBody,
              answer=BearerView, summary="A ticket's facts for its bearer"),
        Route(method="POST", path="/api/v1/tickets/opened", scope="public", run=opened, body=TicketTextBody,
              answer=OpenedView, summary="The ticket's page has shown it"),
        Route(method="GET", path=f"{_ONE}/openings", scope="ceremony:read", run=openings, answer=OpeningsView,
              reach=Reach.UNIT, whose=whose.ceremony, reads="delegates", summary="Which invitations were opened"),
    ),
)  # fmt: skip


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return http.answer(event, context, ROUTES)
