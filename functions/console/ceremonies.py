"""/console/ceremonies: the gatherings, their lists and who is registered."""

from __future__ import annotations

import json
from dataclasses import replace
from operator import attrgetter

from events.plain import from_plain
from functions.console.listing import MOST_TAKEN, Listing, Order, Shown, gathered, show, take
from functions.console.names import unit_names
from functions.console.routes import page
from functions.console.views import ListReportView, delegate_report, unread
from shared.ceremonies.attendance import ShowHallTotals
from shared.ceremonies.model import Ceremony, DelegateList, ListState, Registration, RegistrationState
from shared.ceremonies.planning import ListCeremonies, ShowCeremony
from shared.ceremonies.registrations import ListDelegateLists, ListRegistrations
from shared.ceremonies.tickets import VALID_AFTER_END
from shared.documents.table_export import Kind
from shared.edge import pages, whose
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.identity.rules import Reach, allows
from shared.kernel.lists import ListReport
from shared.kernel.text import name_key, sort_key
from shared.pledges.reading import ListPledges

_RECEIVED = attrgetter("received_at")
_MOST = 1_000
COMING, NOW, OVER = "COMING", "NOW", "OVER"


def ceremonies(request: Request) -> Answer:
    """The gatherings, newest first."""
    standing, complete = _standing(request)
    ways = (
        [("/console/ceremonies/new", "listing.ceremonies_new")] if allows(request.principal, "ceremony:write") else []
    )
    return show(request, _listing(request), standing, complete=complete, begins=ways)


def export(request: Request) -> Answer:
    return take(request, _listing(request), _standing(request)[0])


def take_delegates(request: Request) -> Answer:
    """The delegates of one ceremony as a file: by given name, or in the order of protocol."""
    id_, table = request.params["ceremony"], request.ports.table("ceremonies")
    held, read = ShowCeremony(table)(id_), ListRegistrations(table)

    def part(cursor: str | None) -> tuple[tuple[Registration, ...], str | None]:
        found = read(id_, limit=500, cursor=cursor)
        return found.registrations, found.cursor

    return take(request, _DELEGATES, gathered(part, MOST_TAKEN)[0], zone=held.zone)


_DELEGATES: Listing[Registration] = Listing(
    name="delegates",
    path="",
    text=lambda one: f"{one.delegate.name} {one.delegate.unit_name}",
    href=lambda one: one.id,
    state=lambda one: one.state.value,
    states=tuple(RegistrationState),
    columns=(
        Shown(title="listing.col_order", cell=lambda one: one.delegate.order, kind=Kind.WHOLE),
        Shown(title="listing.col_honorific", cell=lambda one: one.delegate.honorific, width=8),
        Shown(title="console.col_name", cell=lambda one: one.delegate.name),
        Shown(title="console.col_office", cell=lambda one: one.delegate.office),
        Shown(title="console.col_unit", cell=lambda one: one.delegate.unit_name, width=40),
        Shown(title="listing.col_phone", cell=lambda one: one.delegate.phone, width=16),
        Shown(title="listing.col_email", cell=lambda one: one.delegate.email),
        Shown(title="listing.col_remark", cell=lambda one: one.delegate.remark),
        Shown(title="listing.col_state", cell=lambda one: one.state.value, words="console.state_%s", width=14),
    ),
    orders=(
        Order(name="protocol", title="listing.sort_protocol", key=lambda one: (one.delegate.order, one.id)),
        Order(name="name", title="listing.sort_person", key=lambda one: (name_key(one.delegate.name), one.id)),
        Order(name="unit", title="listing.sort_unit", key=lambda one: (sort_key(one.delegate.unit_name), one.id)),
    ),
)


def _standing(request: Request) -> tuple[tuple[Ceremony, ...], bool]:
    found = ListCeremonies(request.ports.table("ceremonies"))(_MOST)
    return request.visible("ceremony:read", found, whose.host_of), len(found) < _MOST


def _listing(request: Request) -> Listing[Ceremony]:
    def state(one: Ceremony) -> str:
        if request.act.at < one.doors_open:
            return COMING
        return NOW if request.act.at < one.ends else OVER

    names = unit_names(request)
    return Listing(
        name="ceremonies",
        path="/console/ceremonies",
        text=lambda one: f"{one.title} {one.place} {one.block} {names.get(one.host, one.host)}",
        href=lambda one: f"/console/ceremonies/{one.id}",
        state=state,
        states=(COMING, NOW, OVER),
        words="listing.state_%s",
        columns=(
            Shown(title="listing.col_ceremony", cell=lambda one: one.title, width=50),
            Shown(title="listing.col_starts", cell=lambda one: one.starts, kind=Kind.MOMENT),
            Shown(title="listing.col_kind", cell=lambda one: one.kind.value, words="listing.ceremony_%s"),
            Shown(title="listing.col_place", cell=lambda one: one.place),
            Shown(title="listing.col_host", cell=lambda one: names.get(one.host, one.host), width=30),
            Shown(title="listing.col_block", cell=lambda one: one.block, only_in_file=True),
            Shown(title="listing.col_state", cell=state, words="listing.state_%s", tag=True, width=14),
        ),
        orders=(
            Order(name="newest", title="listing.sort_newest", key=lambda one: (one.starts, one.id), reverse=True),
            Order(name="oldest", title="listing.sort_oldest", key=lambda one: (one.starts, one.id)),
            Order(name="name", title="listing.sort_name", key=lambda one: (sort_key(one.title), one.id)),
        ),
    )


def ceremony(request: Request) -> Answer:
    """One ceremony: its lists with their reports, the latest on top; who is registered, who came; its pledges."""
    id_, table = request.params["ceremony"], request.ports.table("ceremonies")
    lines, _ = ListPledges(request.ports.table("pledges"))(ceremony=id_)
    standing, lists = ShowCeremony(table)(id_), ListDelegateLists(table)(id_)
    wanted, cursor = request.query.get("q", "").strip()[:100], request.query.get("cursor")
    delegates = ListRegistrations(table)(id_, query=wanted, limit=50, cursor=cursor)
    shown = pages.render(
        request,
        "console_ceremony.html",
        ceremony=standing,
        over=request.act.at >= standing.ends + VALID_AFTER_END,
        totals=ShowHallTotals(table)(id_),
        lists=[(one, _delegate_report(request, one)) for one in sorted(lists, key=_RECEIVED, reverse=True)],
        page=delegates,
        wanted=wanted,
        first=cursor is None,
        pledges=lines,
    )
    return replace(shown, count=len(delegates.registrations))


def _delegate_report(request: Request, one: DelegateList) -> ListReportView | None:
    if one.state is ListState.REFUSED and one.refusal is not None:
        return unread(one.refusal, one.refusal_facts, request.locale)
    if one.report_key is None:
        return None
    stored = json.loads(request.ports.objects.get(one.report_key))
    return delegate_report(from_plain(ListReport, stored["report"]), request.locale)


PAGES = (
    page(
        "/console/ceremonies/{ceremony}/delegates/export",
        "ceremony:read",
        take_delegates,
        "Delegates as a file",
        reach=Reach.UNIT,
        whose=whose.ceremony,
        reads="delegates",
    ),
    page("/console/ceremonies", "ceremony:read", ceremonies, "Ceremonies", reach=Reach.UNIT),
    page("/console/ceremonies/export", "ceremony:read", export, "Ceremonies as a file", reach=Reach.UNIT),
    page(
        "/console/ceremonies/{ceremony}",
        "ceremony:read",
        ceremony,
        "A ceremony",
        reach=Reach.UNIT,
        whose=whose.ceremony,
        reads="delegates",
    ),
)
