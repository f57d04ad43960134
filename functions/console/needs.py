"""What waits for an officer today, and what comes in the next weeks: gathered from all contexts by bounded reads.

Called by home.py. Each line leads to the place where it is done. What a caller may not see is not asked for; what work failed
behind the pages is asked for by the page itself (shared/web/static/console/failed.js), since one function alone may look
into the queues (decision 22).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from functions.console.pledges import standing
from shared.campaigns.calendar import anniversary, days_of
from shared.campaigns.lunar import LAST_YEAR
from shared.campaigns.usecases import ListCampaigns, ShowCampaign
from shared.ceremonies.model import Ceremony, ListState
from shared.ceremonies.planning import ListCeremonies
from shared.ceremonies.registrations import ListDelegateLists
from shared.certificates.decisions import ListDecisions, ShowDecision
from shared.certificates.model import ListState as AwardListState
from shared.edge import whose
from shared.edge.http import Request
from shared.edge.pages import day, moment
from shared.identity.approvals import ListProposals, ProposalState
from shared.identity.rules import allows
from shared.notices.model import State
from shared.notices.usecases import ListNotices

AHEAD: Final = timedelta(days=30)
BEHIND: Final = timedelta(days=7)
"""A ceremony's lists matter until a week after it; letters that came back for a month."""
FEW: Final = 12
"""Ceremonies, decisions and campaigns that are looked into."""
MANY: Final = 100
"""Letters of a state that are counted; of more the page says "at least"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing to do or to know: `code` with its `facts`, where it is done, since when, and by when it should be."""

    code: str
    href: str
    facts: Mapping[str, object] = field(default_factory=dict)
    since: datetime | None = None
    by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A day ahead: `code` with its facts; `href` empty where there is nothing to open."""

    on: date
    code: str
    facts: Mapping[str, object]
    href: str = ""


def today(request: Request, zone: str) -> date:
    """The day that it is in the office's zone."""
    return request.act.at.astimezone(ZoneInfo(zone)).date()


def lines(request: Request) -> tuple[Line, ...]:
    """What waits: approvals, rows and letters that failed, pledges that are not signed; the most urgent kinds first."""
    ceremonies = _ceremonies(request)
    found: list[Line] = []
    if _whole(request, "approval:read"):
        found += _approvals(request)
    found += _delegate_lists(request, ceremonies)
    if allows(request.principal, "certificate:read"):
        found += _award_lists(request)
    if _whole(request, "notices:read"):
        found += _letters(request)
    if allows(request.principal, "pledge:read"):
        found += _pledges(request, {each.id: each for each in ceremonies})
    return tuple(found)


def coming(request: Request, zone: str) -> tuple[Coming, ...]:
    """Ceremonies, milestones and commemorative days of the next thirty days, the nearest first."""
    begins = today(request, zone)
    ends = begins + AHEAD
    found = [
        Coming(
            on=each.starts.astimezone(ZoneInfo(each.zone)).date(),
            code="today.coming_ceremony",
            facts={"title": each.title, "at": moment(each.starts, each.zone), "place": each.place},
            href=f"/console/ceremonies/{each.id}",
        )
        for each in _ceremonies(request)
    ]
    if allows(request.principal, "campaign:read"):
        found += _milestones(request)
    found += _days(begins, ends)
    return tuple(sorted((each for each in found if begins <= each.on <= ends), key=lambda each: (each.on, each.code)))


def _whole(request: Request, scope: str) -> bool:
    return request.access.whole(scope)


def _ceremonies(request: Request) -> tuple[Ceremony, ...]:
    found = ListCeremonies(request.ports.table("ceremonies"))(100)
    fresh = [each for each in found if each.ends + BEHIND >= request.act.at]
    return request.visible("ceremony:read", fresh, whose.host_of)


def _approvals(request: Request) -> Iterator[Line]:
    page = ListProposals(request.ports.table("identity"))(ProposalState.OPEN, limit=MANY)
    waiting = [
        each for each in page.proposals if each.is_open(request.act.at) and each.proposer != request.principal.id
    ]
    if waiting:
        oldest = min(each.proposed_at for each in waiting)
        yield Line(code="today.approvals", href="/console/approvals", facts={"count": len(waiting)}, since=oldest)


def _delegate_lists(request: Request, ceremonies: tuple[Ceremony, ...]) -> Iterator[Line]:
    """Of each ceremony the latest list: who sends rows again sends them in a new one."""
    for each in sorted(ceremonies, key=lambda one: one.starts)[:FEW]:
        received = ListDelegateLists(request.ports.table("ceremonies"))(each.id)
        latest = max(received, key=lambda one: one.received_at, default=None)
        if latest is None or not (latest.rejected or latest.state is ListState.REFUSED):
            continue
        yield Line(
            code="today.list_refused" if latest.state is ListState.REFUSED else "today.list_rows",
            href=f"/console/ceremonies/{each.id}",
            facts={"file": latest.filename, "title": each.title, "count": latest.rejected},
            since=latest.received_at,
            by=each.starts,
        )


def _award_lists(request: Request) -> Iterator[Line]:
    table = request.ports.table("certificates")
    page = ListDecisions(table)(limit=FEW)
    for each in request.visible("certificate:read", page.decisions, whose.decider_of):
        if each.published_at is not None:
            continue
        _, received = ShowDecision(table)(each.id)
        latest = max(received, key=lambda one: one.received_at, default=None)
        if latest is None or not (latest.rejected or latest.state is AwardListState.UNREADABLE):
            continue
        yield Line(
            code="today.list_refused" if latest.state is AwardListState.UNREADABLE else "today.list_rows",
            href=f"/console/decisions/{each.id}",
            facts={"file": latest.filename, "title": each.number, "count": latest.rejected},
            since=latest.received_at,
        )


def _letters(request: Request) -> Iterator[Line]:
    """Letters of the last month that did not arrive and that nobody has dealt with."""
    since = request.act.at - timedelta(days=30)
    for state in (State.BOUNCED, State.FAILED, State.SUPPRESSED):
        page = ListNotices(request.ports.table("notices"))(state=state, limit=MANY)
        open_still = [
            each
            for each in page.entries
            if each.lifted_at is None and (each.settled_at or each.created_at) >= since
        ]  # fmt: skip
        if open_still:
            more = page.cursor is not None and len(open_still) == MANY
            yield Line(
                code=f"today.letters_{state.value}",
                href=f"/console/notices?state={state.value}",
                facts={"count": f"{len(open_still)}+" if more else len(open_still)},
                since=min(each.settled_at or each.created_at for each in open_still),
            )


def _pledges(request: Request, ceremonies: Mapping[str, Ceremony]) -> Iterator[Line]:
    waiting = [each for each in standing(request, 200)[0] if each.waited_for]
    for each in sorted(waiting, key=lambda one: (one.opened_at or one.drafted_at, one.id))[:FEW]:
        held = ceremonies.get(each.ceremony or "")
        shown = "; ".join(each.waited_for[:4]) + ("; …" if len(each.waited_for) > 4 else "")
        yield Line(
            code="today.pledge",
            href=f"/console/pledges/{each.id}",
            facts={"title": each.title, "count": len(each.waited_for), "units": shown, "until": day(each.until)},
            since=each.opened_at,
            by=held.starts if held is not None else None,
        )


def _milestones(request: Request) -> Iterator[Coming]:
    table = request.ports.table("campaigns")
    page = ListCampaigns(table)(limit=50)
    near = [each for each in page.campaigns if each.day >= request.act.at.date() - timedelta(days=1)]
    for each in request.visible("campaign:read", near[-FEW:], whose.taking_part):
        _, plan = ShowCampaign(table)(each.id)
        for milestone in plan.milestones if plan else ():
            yield Coming(
                on=milestone.due_at.astimezone(ZoneInfo(each.zone)).date(),
                code=f"today.milestone_{milestone.kind.value}",
                facts={"name": each.short_name or each.name},
                href=f"/console/campaigns/{each.id}",
            )


def _days(begins: date, ends: date) -> Iterator[Coming]:
    for year in range(begins.year, min(ends.year, LAST_YEAR) + 1):
        for on, entry in days_of(year):
            past = entry.origin_year is not None and entry.origin_year < year
            number = anniversary(entry.origin_year, year).number if past and entry.origin_year else None
            code = "today.coming_anniversary" if number else "today.coming_day"
            yield Coming(on=on, code=code, facts={"name": entry.name, "number": number})
