"""/console: what needs the officer today, and the days ahead."""

from __future__ import annotations

from functions.console import needs
from functions.console.routes import page
from shared.edge import pages
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.identity.office import ReadOfficeSettings
from shared.identity.passkeys import read_ring
from shared.identity.rules import Reach, allows


def overview(request: Request) -> Answer:
    """Calm where there is nothing to do; every line leads to where it is done."""
    office = ReadOfficeSettings(request.ports.table("identity"))()
    return pages.render(
        request,
        "console.html",
        office=office,
        today=needs.today(request, office.zone),
        now=request.act.at,
        lines=needs.lines(request),
        coming=needs.coming(request, office.zone),
        keyless=not read_ring(request.ports.table("identity"), request.principal.id)[0].passkeys,
        begins=[(path, code) for scope, path, code in _WAYS if allows(request.principal, scope)],
        looks_after=request.access.whole("operation:read"),
    )


_WAYS = (
    ("ceremony:write", "/console/ceremonies/new", "listing.ceremonies_new"),
    ("pledge:prepare", "/console/pledges/new", "listing.pledges_new"),
    ("certificate:write", "/console/decisions/new", "listing.decisions_new"),
    ("campaign:write", "/console/campaigns/new", "listing.campaigns_new"),
)
PAGES = (page("/console", "ceremony:read", overview, "Organisers' first page", reach=Reach.UNIT),)
