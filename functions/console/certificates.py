"""/console/decisions: award decisions, their lists and certificates."""

from __future__ import annotations

from operator import attrgetter

from functions.console.routes import page
from functions.console.views import award_report
from shared.certificates.decisions import ShowDecision
from shared.certificates.lists import ShowListReport
from shared.certificates.records import ListCertificates
from shared.edge import pages
from shared.edge.answers import Answer
from shared.edge.http import Request

_RECEIVED = attrgetter("received_at")


def decision(request: Request) -> Answer:
    """One award decision: its lists with their reports, its certificates."""
    id_, table = request.params["decision"], request.ports.table("certificates")
    standing, found = ShowDecision(table)(id_)
    lists, cursor = sorted(found, key=_RECEIVED, reverse=True), request.query.get("cursor")
    reports = [award_report(ShowListReport(table)(decision=id_, list_id=one.id), request.locale) for one in lists]
    return pages.render(
        request,
        "console_decision.html",
        decision=standing,
        lists=list(zip(lists, reports, strict=True)),
        page=ListCertificates(table)(decision=id_, limit=50, cursor=cursor),
        first=cursor is None,
    )


PAGES = (page("/console/decisions/{decision}", "certificate:read", decision, "An award decision"),)
