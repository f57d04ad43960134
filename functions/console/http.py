"""/console: organisers see what stands, and what came of what they sent. Pages are made on the server from the contexts' own
read use cases; every button calls the contexts' API (shared/web/static/console.js)."""

from __future__ import annotations

import json
from operator import attrgetter
from typing import Any

from events.plain import from_plain
from functions.console.views import ListReportView, award_report, delegate_report, unread
from shared.campaigns.usecases import ListCampaigns, ShowCampaign
from shared.ceremonies.attendance import ShowHallTotals
from shared.ceremonies.model import DelegateList, ListState
from shared.ceremonies.planning import ListCeremonies, ShowCeremony
from shared.ceremonies.registrations import ListDelegateLists, ListRegistrations
from shared.ceremonies.tickets import VALID_AFTER_END
from shared.certificates.decisions import ListDecisions, ShowDecision
from shared.certificates.lists import ShowListReport
from shared.certificates.records import ListCertificates
from shared.edge import http, pages
from shared.edge.answers import Answer
from shared.edge.http import Request, Route, Routes
from shared.kernel.lists import ListReport
from shared.notices.model import State
from shared.notices.suppression import may_be_lifted
from shared.notices.usecases import ListNotices
from shared.pledges.reading import ListPledges, ReadBoard, ShowPledge

_RECEIVED = attrgetter("received_at")


def overview(request: Request) -> Answer:
    """What there is, newest first. A host may keep pledges of several issuers: those of its ceremonies are shown too."""
    table = request.ports.table
    ceremonies = ListCeremonies(table("ceremonies"))(20)
    own, _ = ListPledges(table("pledges"))(issuer=request.ports.settings.issuer)
    return pages.render(
        request,
        "console.html",
        ceremonies=ceremonies,
        pledges=own,
        decisions=ListDecisions(table("certificates"))().decisions,
        campaigns=ListCampaigns(table("campaigns"))().campaigns,
    )


def ceremony(request: Request) -> Answer:
    """One ceremony: its lists with their reports, the latest on top; who is registered, who came; its pledges."""
    id_, table = request.params["ceremony"], request.ports.table("ceremonies")
    lines, _ = ListPledges(request.ports.table("pledges"))(ceremony=id_)
    standing, lists = ShowCeremony(table)(id_), ListDelegateLists(table)(id_)
    wanted, cursor = request.query.get("q", "").strip()[:100], request.query.get("cursor")
    return pages.render(
        request,
        "console_ceremony.html",
        ceremony=standing,
        over=request.act.at >= standing.ends + VALID_AFTER_END,
        totals=ShowHallTotals(table)(id_),
        lists=[(one, _delegate_report(request, one)) for one in sorted(lists, key=_RECEIVED, reverse=True)],
        page=ListRegistrations(table)(id_, query=wanted, limit=50, cursor=cursor),
        wanted=wanted,
        first=cursor is None,
        pledges=lines,
    )


def _delegate_report(request: Request, one: DelegateList) -> ListReportView | None:
    if one.state is ListState.REFUSED and one.refusal is not None:
        return unread(one.refusal, one.refusal_facts, request.locale)
    if one.report_key is None:
        return None
    stored = json.loads(request.ports.objects.get(one.report_key))
    return delegate_report(from_plain(ListReport, stored["report"]), request.locale)


def pledge(request: Request) -> Answer:
    """One pledge: its text, and each party with what it waits for."""
    id_, table = request.params["pledge"], request.ports.table("pledges")
    return pages.render(request, "console_pledge.html", view=ShowPledge(table)(id_), board=ReadBoard(table)(id_))


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


def campaign(request: Request) -> Answer:
    found, plan = ShowCampaign(request.ports.table("campaigns"))(request.params["campaign"])
    return pages.render(request, "console_campaign.html", campaign=found, plan=plan)


def notices(request: Request) -> Answer:
    """The ledger by state; addresses only as a hint."""
    wanted = request.query.get("state", "")
    state = State(wanted) if wanted in set(State) else State.SENT
    page = ListNotices(request.ports.table("notices"))(state=state, limit=100, cursor=request.query.get("cursor"))
    liftable = {entry.id for entry in page.entries if may_be_lifted(entry)}
    return pages.render(request, "console_notices.html", state=state, states=tuple(State), page=page, liftable=liftable)


def _page(path: str, scope: str, run: Any, summary: str) -> Route:
    return Route(method="GET", path=path, scope=scope, run=run, summary=summary)


ROUTES = Routes(
    "console",
    (
        _page("/console", "ceremony:read", overview, "Organisers' first page"),
        _page("/console/ceremonies/{ceremony}", "ceremony:read", ceremony, "A ceremony"),
        _page("/console/pledges/{pledge}", "pledge:read", pledge, "A pledge"),
        _page("/console/decisions/{decision}", "certificate:read", decision, "An award decision"),
        _page("/console/campaigns/{campaign}", "campaign:read", campaign, "A campaign"),
        _page("/console/notices", "notices:read", notices, "The ledger of messages"),
    ),
)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return http.answer(event, context, ROUTES)
