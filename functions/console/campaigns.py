"""/console/campaigns: movements, peak campaigns and their milestones."""

from __future__ import annotations

from functions.console.listing import Listing, Order, Shown, gathered, show, take
from functions.console.routes import page
from shared.campaigns.model import Campaign
from shared.campaigns.usecases import ListCampaigns, ShowCampaign
from shared.documents.table_export import Kind
from shared.edge import pages, whose
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.identity.rules import Reach, allows
from shared.kernel.text import sort_key


def campaigns(request: Request) -> Answer:
    """Campaigns, the latest day first."""
    found, complete = _standing(request)
    ways = [("/console/campaigns/new", "listing.campaigns_new")] if allows(request.principal, "campaign:write") else []
    return show(request, LISTING, found, complete=complete, begins=ways)


def export(request: Request) -> Answer:
    return take(request, LISTING, _standing(request)[0])


def _standing(request: Request) -> tuple[tuple[Campaign, ...], bool]:
    read = ListCampaigns(request.ports.table("campaigns"))

    def part(cursor: str | None) -> tuple[tuple[Campaign, ...], str | None]:
        found = read(limit=200, cursor=cursor)
        return found.campaigns, found.cursor

    found, complete = gathered(part)
    return request.visible("campaign:read", found, whose.taking_part), complete


LISTING: Listing[Campaign] = Listing(
    name="campaigns",
    path="/console/campaigns",
    text=lambda one: f"{one.name} {one.short_name} {one.theme} {one.unit_name}",
    href=lambda one: f"/console/campaigns/{one.id}",
    columns=(
        Shown(title="listing.col_campaign", cell=lambda one: one.name, width=50),
        Shown(title="listing.col_kind", cell=lambda one: one.kind.value, words="listing.campaign_%s"),
        Shown(title="listing.col_day", cell=lambda one: one.day, kind=Kind.DAY),
        Shown(title="listing.col_unit", cell=lambda one: one.unit_name),
        Shown(title="listing.col_units", cell=lambda one: len(one.participants), kind=Kind.WHOLE),
        Shown(title="listing.col_launched", cell=lambda one: one.launched_at, kind=Kind.MOMENT),
        Shown(title="listing.col_theme", cell=lambda one: one.theme, width=50, only_in_file=True),
    ),
    orders=(
        Order(name="newest", title="listing.sort_newest", key=lambda one: (one.day, one.id), reverse=True),
        Order(name="oldest", title="listing.sort_oldest", key=lambda one: (one.day, one.id)),
        Order(name="name", title="listing.sort_name", key=lambda one: (sort_key(one.name), one.id)),
    ),
)


def campaign(request: Request) -> Answer:
    found, plan = ShowCampaign(request.ports.table("campaigns"))(request.params["campaign"])
    return pages.render(request, "console_campaign.html", campaign=found, plan=plan)


PAGES = (
    page("/console/campaigns", "campaign:read", campaigns, "Campaigns", reach=Reach.UNIT),
    page("/console/campaigns/export", "campaign:read", export, "Campaigns as a file", reach=Reach.UNIT),
    page(
        "/console/campaigns/{campaign}", "campaign:read", campaign, "A campaign", reach=Reach.UNIT, whose=whose.campaign
    ),
)
