"""HTTP /api/v1/campaigns and /api/v1/calendar: campaigns are launched and shown with their plan; the days of a year."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from shared.campaigns.calendar import anniversary, days_of
from shared.campaigns.lunar import FIRST_YEAR, LAST_YEAR
from shared.campaigns.model import Campaign, CampaignKind, Commemoration, Milestone, Participant, Plan, Tone
from shared.campaigns.usecases import CampaignPage, LaunchCampaign, ListCampaigns, NewCampaign, ShowCampaign
from shared.directory.usecases import ListUnits, ShowUnit
from shared.edge import http, whose
from shared.edge.answers import Answer
from shared.edge.http import QueryField, Request, Route, Routes
from shared.identity.rules import Reach
from shared.kernel.errors import Invalid, NotFound
from shared.kernel.ports import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchBody:
    """`unit` launches, `units` take part (codes of the directory)."""

    unit: str
    units: tuple[str, ...]
    name: str
    short_name: str
    kind: CampaignKind
    tone: Tone
    theme: str
    day: date
    criteria: tuple[str, ...]
    forms: tuple[str, ...]
    milestones: tuple[Milestone, ...]
    commemorates: Commemoration | None = None
    zone: str = "Asia/Ho_Chi_Minh"


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignView:
    """A campaign, its plan once it is made, and which anniversary it honours (`round_year`: năm tròn)."""

    campaign: Campaign
    plan: Plan | None
    anniversary: int | None
    round_year: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDayView:
    """`verified` false: shown with "chưa kiểm chứng". `number` is the anniversary in that year."""

    day: date
    name: str
    tier: str
    lunar: bool
    remember: bool
    number: int | None
    round_year: bool
    five_year: bool
    source: str
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarView:
    year: int
    days: tuple[CalendarDayView, ...]


def launch(request: Request) -> Answer:
    """Units are named as the directory names them today."""
    body: LaunchBody = request.body
    request.need("campaign:write", unit=body.unit)
    directory = request.ports.table("directory")
    try:
        host = ShowUnit(directory)(body.unit)
    except NotFound:
        raise Invalid("campaign.unknown_unit", field="unit", unit=body.unit[:40]) from None
    new = NewCampaign(
        unit=host.code,
        unit_name=host.name,
        name=body.name,
        short_name=body.short_name,
        kind=body.kind,
        tone=body.tone,
        theme=body.theme,
        day=body.day,
        criteria=body.criteria,
        forms=body.forms,
        milestones=body.milestones,
        participants=_participants(directory, body.units),
        zone=body.zone,
        commemorates=body.commemorates,
    )
    campaign = LaunchCampaign(request.ports.table("campaigns"))(request.act, new)
    return Answer(_view(campaign, None), status=201)


def show_all(request: Request) -> Answer:
    """`?cursor=`; latest day first."""
    page = ListCampaigns(request.ports.table("campaigns"))(cursor=request.query.get("cursor"))
    return Answer(replace(page, campaigns=request.visible(_READ, page.campaigns, whose.taking_part)))


def show(request: Request) -> Answer:
    return Answer(_view(*ShowCampaign(request.ports.table("campaigns"))(request.params["campaign"])))


def show_calendar(request: Request) -> Answer:
    """`?year=`; default this year."""
    text = request.query.get("year", str(request.act.at.year))
    if not (text.isascii() and text.isdigit() and len(text) == 4 and FIRST_YEAR <= int(text) <= LAST_YEAR):
        raise Invalid("campaign.year", field="year", least=FIRST_YEAR, most=LAST_YEAR)
    return Answer(CalendarView(year=int(text), days=tuple(_day(int(text), *entry) for entry in days_of(int(text)))))


def _day(year: int, day: date, entry: Any) -> CalendarDayView:
    count = anniversary(entry.origin_year, year) if entry.origin_year and entry.origin_year < year else None
    return CalendarDayView(
        day=day,
        name=entry.name,
        tier=entry.tier,
        lunar=entry.lunar,
        remember=entry.remember,
        number=count.number if count else None,
        round_year=count.is_round if count else False,
        five_year=count.is_five if count else False,
        source=entry.source,
        verified=bool(entry.verified_by),
    )


def _participants(directory: Table, codes: tuple[str, ...]) -> tuple[Participant, ...]:
    names = {unit.code: unit.name for unit in ListUnits(directory)()}
    unknown = [code for code in codes if code not in names]
    if unknown:
        raise Invalid("campaign.unknown_unit", field="units", unit=unknown[0][:40])
    return tuple(Participant(unit=code, name=names[code]) for code in codes)


def _view(campaign: Campaign, plan: Plan | None) -> CampaignView:
    origin = campaign.commemorates.origin_year if campaign.commemorates else None
    count = anniversary(origin, campaign.day.year) if origin else None
    return CampaignView(
        campaign=campaign,
        plan=plan,
        anniversary=count.number if count else None,
        round_year=count.is_round if count else False,
    )


_ALL, _READ = "/api/v1/campaigns", "campaign:read"
ROUTES = Routes(
    "campaigns",
    (
        Route(method="POST", path=_ALL, scope="campaign:write", run=launch, body=LaunchBody, answer=CampaignView, ok=201,
              reach=Reach.UNIT,
              summary="Launch a campaign"),
        Route(method="GET", path=_ALL, scope=_READ, run=show_all, answer=CampaignPage, reach=Reach.UNIT,
              query=(QueryField(name="cursor", text="where the page before ended"),),
              summary="Campaigns"),
        Route(method="GET", path=f"{_ALL}/{{campaign}}", scope=_READ, run=show, answer=CampaignView,
              reach=Reach.UNIT, whose=whose.campaign,
              summary="One campaign"),
        Route(method="GET", path="/api/v1/calendar", scope=_READ, run=show_calendar, answer=CalendarView,
              query=(QueryField(name="year", text="four digits; this year by default"),),
              reach=Reach.UNIT, whose=whose.everybodys,
              summary="The commemorative days of a year"),
    ),
)  # fmt: skip


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return http.answer(event, context, ROUTES)
