"""The forms in which something new begins: a ceremony, a pledge, a decision, a campaign. Each sends to the API's own route.

What the office knows already is filled in: units by name, the parties of a block with their heads, the coming commemorative
days with their anniversaries. What is typed is kept on the server until it is sent (data-draft).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from functions.console import needs
from functions.console.routes import page
from shared.campaigns.calendar import CommemorativeDay, anniversary, days_of
from shared.campaigns.lunar import LAST_YEAR
from shared.campaigns.model import CampaignKind, MilestoneKind, Tone
from shared.ceremonies.model import AgendaKind, CeremonyKind
from shared.ceremonies.planning import ListCeremonies
from shared.certificates.model import AuthorityLevel, AwardKind
from shared.directory.blocks import ListBlocks
from shared.directory.model import EmulationBlock, SeatRole, Unit
from shared.directory.rules import head_on
from shared.directory.usecases import ListUnits
from shared.edge import pages, whose
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.identity.office import OfficeSettings, ReadOfficeSettings
from shared.identity.rules import Reach
from shared.kernel.errors import Invalid
from shared.kernel.text import sort_key
from shared.pledges.model import Heading, Role
from shared.texts import say

AHEAD: Final = timedelta(days=300)
"""A campaign is prepared months before its day."""
CAPACITIES: Final = ("TM.", "KT.", "TL.", "TUQ.", "T/M", "K/T")
MILESTONES: Final = ((MilestoneKind.PLAN, 90), (MilestoneKind.LAUNCH, 60), (MilestoneKind.MID_CHECK, 30),
                     (MilestoneKind.CLOSE, 7), (MilestoneKind.DAY, 0))  # fmt: skip
"""Proposed; each may be changed or taken out."""
Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyLine:
    """A party as the form proposes it: the unit's head stands in for whoever will sign."""

    unit: str = ""
    role: Role = Role.MEMBER
    group: int = 1
    name: str = ""
    office: str = ""


def ceremony(request: Request) -> Answer:
    office, units = _office(request), _units(request, "ceremony:write")
    return pages.render(
        request,
        "console_new_ceremony.html",
        units=_named(units),
        own=_own(request, units),
        block_pairs=[(each.name, each.name) for each in _blocks(request, needs.today(request, office.zone).year)],
        kinds=_words(request, "listing.ceremony_", CeremonyKind),
        agenda_kinds=_words(request, "form.agenda_", AgendaKind),
        zone=office.zone,
        draft="ceremony-new",
    )


def pledge(request: Request) -> Answer:
    """`?block=` and `?year=` propose the parties of a block: its head, its members, who leads each."""
    office, units = _office(request), _units(request, "pledge:prepare", mine=False)
    today = needs.today(request, office.zone)
    year = _year(request, today.year)
    blocks = _blocks(request, year)
    chosen = next((each for each in blocks if each.code == request.query.get("block")), None)
    held = ListCeremonies(request.ports.table("ceremonies"))(50)
    own = request.visible("pledge:prepare", held, whose.host_of)
    return pages.render(
        request,
        "console_new_pledge.html",
        units=_named(units),
        year=year,
        years=[str(each) for each in range(today.year - 1, today.year + 3)],
        blocks=[(each.code, each.name) for each in blocks],
        block=chosen,
        parties=_parties(chosen, {each.code: each for each in units}, today)
        or [PartyLine(role=Role.HEAD), PartyLine()],
        roles=_words(request, "form.role_", Role),
        capacities=[(each, each) for each in CAPACITIES],
        headings=_words(request, "settings.heading_", Heading),
        heading=office.heading.value,
        ceremonies=[(each.id, each.title) for each in own if each.ends >= request.act.at],
        draft=f"pledge-new-{chosen.code if chosen else 'free'}-{year}"[:60],
    )


def decision(request: Request) -> Answer:
    office, units = _office(request), _units(request, "certificate:write")
    held = ListCeremonies(request.ports.table("ceremonies"))(50)
    own = request.visible("certificate:write", held, whose.host_of)
    return pages.render(
        request,
        "console_new_decision.html",
        units=_named(units),
        own=_own(request, units),
        today=needs.today(request, office.zone),
        kinds=_words(request, "form.award_", AwardKind),
        levels=_words(request, "form.level_", AuthorityLevel),
        capacities=[(each, each) for each in CAPACITIES],
        ceremonies=[(each.id, each.title) for each in own if each.ends >= request.act.at],
        draft="decision-new",
    )


def campaign(request: Request) -> Answer:
    """`?on=` (the date) and `?day=` (its place among the days of that date) choose a commemorative day."""
    office, units = _office(request), _units(request, "campaign:write")
    today = needs.today(request, office.zone)
    days = _days_ahead(today)
    chosen = next((each for each in days if each[0] == f"{request.query.get('on')}-{request.query.get('day')}"), None)
    entry, number = (chosen[2], _number(chosen[2], chosen[1].year)) if chosen else (None, None)
    return pages.render(
        request,
        "console_new_campaign.html",
        units=_named(units),
        everyone=_named(_units(request, "campaign:write", mine=False)),
        own=_own(request, units),
        days=[(key, on, each.name, _number(each, on.year)) for key, on, each in days],
        on=chosen[1] if chosen else None,
        entry=entry,
        number=number,
        kinds=_words(request, "listing.campaign_", CampaignKind),
        kind=CampaignKind.PEAK.value if chosen else CampaignKind.THEMATIC.value,
        tones=_words(request, "form.tone_", Tone),
        tone=Tone.REMEMBER.value if entry and entry.remember else Tone.CELEBRATE.value,
        milestone_kinds=_words(request, "console.milestone_", MilestoneKind),
        milestones=[(kind.value, days_before) for kind, days_before in MILESTONES],
        zone=office.zone,
        draft=f"campaign-new-{chosen[0] if chosen else 'free'}",
    )


def _office(request: Request) -> OfficeSettings:
    return ReadOfficeSettings(request.ports.table("identity"))()


def _units(request: Request, scope: str, *, mine: bool = True) -> tuple[Unit, ...]:
    """Units that stand today; with `mine` only those for which the caller may do it."""
    found = ListUnits(request.ports.table("directory"))()
    today = request.act.at.date()
    open_ = [each for each in found if each.valid_to is None or each.valid_to >= today]
    seen = request.visible(scope, open_, lambda each: (each.code,))
    return seen if mine else tuple(open_)


def _named(units: Iterable[Unit]) -> Pairs:
    return [(each.code, f"{each.name} ({each.code})") for each in units]


def _own(request: Request, units: Iterable[Unit]) -> str:
    codes = [each.code for each in units]
    own = request.ports.settings.issuer
    return own if own in codes else next(iter(codes), "")


def _blocks(request: Request, year: int) -> tuple[EmulationBlock, ...]:
    found = ListBlocks(request.ports.table("directory"))(year)
    return tuple(sorted(found, key=lambda each: sort_key(each.name)))


def _words(request: Request, beginning: str, values: Iterable[str]) -> Pairs:
    return [(str(each), say(f"{beginning}{each}", request.locale)) for each in values]


def _parties(block: EmulationBlock | None, units: dict[str, Unit], today: date) -> list[PartyLine]:
    """The members sign first, the head last: usage of the signings in domain notes 3."""
    made = []
    for seat in block.seats if block else ():
        if seat.role is SeatRole.GUEST or seat.unit not in units:
            continue
        leads = seat.role is SeatRole.HEAD
        head = head_on(units[seat.unit], today)
        made.append(
            PartyLine(
                unit=seat.unit,
                role=Role.HEAD if leads else Role.MEMBER,
                group=2 if leads else 1,
                name=head.name if head else "",
                office=head.office if head else "",
            )
        )
    return made


def _year(request: Request, usual: int) -> int:
    text = request.query.get("year", str(usual))
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise Invalid("directory.query_bad", field="year")
    return int(text)


def _days_ahead(today: date) -> list[tuple[str, date, CommemorativeDay]]:
    """(key, date, day) of the coming commemorative days."""
    last = min((today + AHEAD).year, LAST_YEAR)
    days = [each for year in range(today.year, last + 1) for each in days_of(year)]
    return [(f"{on}-{place}", on, day) for place, (on, day) in enumerate(days) if today <= on <= today + AHEAD]


def _number(day: CommemorativeDay, year: int) -> int | None:
    if day.origin_year is None or day.origin_year >= year:
        return None
    return anniversary(day.origin_year, year).number


PAGES = (
    page("/console/ceremonies/new", "ceremony:write", ceremony, "Plan a ceremony", reach=Reach.UNIT),
    page("/console/pledges/new", "pledge:prepare", pledge, "Draft a pledge", reach=Reach.UNIT),
    page("/console/decisions/new", "certificate:write", decision, "Record a decision", reach=Reach.UNIT),
    page("/console/campaigns/new", "campaign:write", campaign, "Launch a campaign", reach=Reach.UNIT),
)
