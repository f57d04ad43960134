"""/console/campaigns: peak campaigns and their milestones."""

from __future__ import annotations

from functions.console.routes import page
from shared.campaigns.usecases import ShowCampaign
from shared.edge import pages
from shared.edge.answers import Answer
from shared.edge.http import Request


def campaign(request: Request) -> Answer:
    found, plan = ShowCampaign(request.ports.table("campaigns"))(request.params["campaign"])
    return pages.render(request, "console_campaign.html", campaign=found, plan=plan)


PAGES = (page("/console/campaigns/{campaign}", "campaign:read", campaign, "A campaign"),)
