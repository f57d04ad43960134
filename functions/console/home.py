"""/console: what there is, newest first."""

from __future__ import annotations

from functions.console.routes import page
from shared.campaigns.usecases import ListCampaigns
from shared.ceremonies.planning import ListCeremonies
from shared.certificates.decisions import ListDecisions
from shared.edge import pages
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.pledges.reading import ListPledges


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


PAGES = (page("/console", "ceremony:read", overview, "Organisers' first page"),)
