"""/console/ceremonies: the gatherings, their lists and who is registered."""

from __future__ import annotations

import json
from operator import attrgetter

from events.plain import from_plain
from functions.console.routes import page
from functions.console.views import ListReportView, delegate_report, unread
from shared.ceremonies.attendance import ShowHallTotals
from shared.ceremonies.model import DelegateList, ListState
from shared.ceremonies.planning import ShowCeremony
from shared.ceremonies.registrations import ListDelegateLists, ListRegistrations
from shared.ceremonies.tickets import VALID_AFTER_END
from shared.edge import pages
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.kernel.lists import ListReport
from shared.pledges.reading import ListPledges

_RECEIVED = attrgetter("received_at")


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


PAGES = (page("/console/ceremonies/{ceremony}", "ceremony:read", ceremony, "A ceremony"),)
