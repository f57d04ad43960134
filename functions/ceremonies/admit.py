"""HTTP POST /api/v1/admissions: one scan at a gate. Stands alone because it is the hot path of the doors."""

from __future__ import annotations

from typing import Any

from functions.ceremonies.admission_views import AdmissionBody, AdmissionView
from shared.ceremonies.admission import AdmitTicket
from shared.ceremonies.rules import Refusal
from shared.edge import http
from shared.edge.answers import Answer
from shared.edge.http import Request, Route, Routes
from shared.edge.trust import trust_list
from shared.edge.whose import need_ceremony
from shared.identity.rules import Reach
from shared.kernel.errors import Refused
from shared.texts import say


def admit(request: Request) -> Answer:
    """The gate is the one that the device was enrolled for, where it was enrolled for one."""
    body: AdmissionBody = request.body
    need_ceremony(request, "admit", body.ceremony)
    places = (grant.place for grant in request.principal.grants if grant.reach == body.ceremony and grant.place)
    gate = next(places, body.gate)
    outcome = AdmitTicket(request.ports.table("ceremonies"), trust_list(request.ports))(
        request.act, text=body.text, scan_id=body.scan_id, gate=gate, ceremony=body.ceremony
    )
    if isinstance(outcome, Refusal):
        raise Refused(outcome.code, **outcome.facts)
    ticket, admission = outcome.ticket, outcome.admission
    return Answer(
        AdmissionView(
            outcome="ADMITTED",
            message=say("ticket.admitted", request.locale, name=ticket.holder, unit=ticket.unit_name),
            admitted_at=admission.at,
            gate=admission.gate,
            name=ticket.holder,
            office=ticket.office,
            unit=ticket.unit_name,
            category=ticket.category.value,
        )
    )


ROUTES = Routes(
    "admissions",
    (
        Route(method="POST", path="/api/v1/admissions", scope="admit", run=admit, body=AdmissionBody,
              answer=AdmissionView, reach=Reach.CEREMONY,
              summary="Admit the bearer of a ticket"),
    ),
    home="ceremonies",
)  # fmt: skip


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return http.answer(event, context, ROUTES)
