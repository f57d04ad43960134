"""What a paper is composed from, read from the records as they stand: a ceremony with who came, a pledge with who signed.

Called by functions/papers/http.py when a paper is drafted. Days and hours are worded here, in the zone of the ceremony's place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from events.envelope import Act
from shared.ceremonies.attendance import ShowHallTotals
from shared.ceremonies.model import Category, Ceremony, Delegate, RegistrationState
from shared.ceremonies.planning import ShowCeremony
from shared.ceremonies.registrations import ListRegistrations
from shared.directory.blocks import ShowBlock
from shared.directory.usecases import ListUnits
from shared.documents.dates import clock, long_date, short_date, weekday
from shared.edge.recipients import VIETNAM
from shared.edge.wiring import Ports
from shared.kernel.errors import NotFound
from shared.papers.compose import CeremonyFacts, PledgeCount, Point, UnitCount, of_ceremony, text
from shared.papers.headings import proposed
from shared.papers.model import About, Family, Heading, Kind, Signer, Text
from shared.papers.of_pledges import ContentFacts, PartyFacts, PledgeFacts, of_pledge
from shared.papers.usecases import Matter
from shared.pledges.items import load_draft
from shared.pledges.model import Draft, Party, Pledge, State
from shared.pledges.reading import ListPledges, ListSignatures, ShowPledge

MOST_READ: Final = 5000
"""Registrations looked through for guests; a ceremony that is larger has its guests among the first in the order anyway."""
_PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A paper's matter and its first words."""

    matter: Matter
    text: Text


def ceremony_paper(ports: Ports, act: Act, kind: Kind, ceremony: str) -> Composed:
    """Raises NotFound, Invalid(`paper.kind_wrong`)."""
    table = ports.table("ceremonies")
    found = ShowCeremony(table)(ceremony)
    units = {unit.code: unit for unit in ListUnits(ports.table("directory"))()}
    host = units.get(found.host)
    host_name = host.name if host else found.host
    names = {code: unit.name for code, unit in units.items()}
    facts = _ceremony_facts(ports, act, kind, found, host_name, names)
    heading = proposed(host_name, host.kind.value if host else "STATE")
    words = of_ceremony(kind, facts, heading, _host_signer(ports, found))
    matter = Matter(
        kind=kind, about=About.CEREMONY, about_id=found.id, about_title=found.title, issuer=found.host
    )  # fmt: skip
    return Composed(matter=matter, text=words)


def pledge_paper(ports: Ports, act: Act, kind: Kind, pledge: str) -> Composed:
    """Of the frozen text once there is one, else of the draft. Raises NotFound, Invalid(`paper.kind_wrong`)."""
    table = ports.table("pledges")
    found = ShowPledge(table)(pledge).pledge
    draft = load_draft(table, pledge, found.version if found.version and found.state is not State.DRAFT else None)
    issuer = next((unit for unit in ListUnits(ports.table("directory"))() if unit.code == found.issuer), None)
    proposal = proposed(issuer.name if issuer else found.issuer, issuer.kind.value if issuer else "STATE")
    family = Family(draft.heading.value)
    heading = proposal if family is proposal.family else Heading(family=family, issuer=proposal.issuer)
    signer = next((_signer(party) for party in draft.parties if party.unit == found.issuer), Signer())
    words = of_pledge(kind, _pledge_facts(ports, act, found, draft), heading, signer)
    matter = Matter(kind=kind, about=About.PLEDGE, about_id=found.id, about_title=found.title, issuer=found.issuer)
    return Composed(matter=matter, text=words)


def _ceremony_facts(
    ports: Ports, act: Act, kind: Kind, found: Ceremony, host: str, names: dict[str, str]
) -> CeremonyFacts:
    zone = ZoneInfo(found.zone)
    starts, doors = found.starts.astimezone(zone), found.doors_open.astimezone(zone)
    totals = ShowHallTotals(ports.table("ceremonies"))(found.id)
    lines, _ = ListPledges(ports.table("pledges"))(ceremony=found.id)
    return CeremonyFacts(
        title=found.title,
        host=host,
        block=found.block,
        place=found.place,
        day=long_date(starts.date()),
        starts=f"{clock(starts)}, {weekday(starts.date())}, {long_date(starts.date())}",
        doors=clock(doors),
        as_of=moment(act.at, zone),
        agenda=tuple(
            Point(kind=each.kind.value, title=each.title, speaker=_speaker(each.speaker, each.speaker_unit, names))
            for each in found.agenda
        ),
        guests=_guests(ports, found) if kind is Kind.SCRIPT else (),
        units=tuple(
            UnitCount(name=each.unit_name, registered=each.registered, admitted=each.admitted) for each in totals.units
        ),
        registered=totals.registered,
        admitted=totals.admitted,
        pledges=tuple(
            PledgeCount(title=each.title, signed=each.signed, parties=each.parties)
            for each in lines
            if each.state not in (State.DRAFT, State.WITHDRAWN)
        ),
        members=_members(ports, found, starts, names),
    )


def moment(at: datetime, zone: ZoneInfo) -> str:
    """`11 giờ 20 ngày 12/02/2027`."""
    local = at.astimezone(zone)
    return f"{clock(local)} ngày {short_date(local.date())}"


def _speaker(person: str, unit: str, names: dict[str, str]) -> str:
    body = names.get(unit, unit)
    return f"{person}, {body}" if person and body else person or body


def _guests(ports: Ports, found: Ceremony) -> tuple[str, ...]:
    """Guests in the order of protocol."""
    guests: list[str] = []
    cursor, read = None, 0
    while read < MOST_READ:
        page = ListRegistrations(ports.table("ceremonies"))(found.id, limit=_PAGE, cursor=cursor)
        read += len(page.registrations)
        for each in page.registrations:
            if each.state is RegistrationState.REGISTERED and each.delegate.category is Category.GUEST:
                guests.append(_introduced(each.delegate))
        cursor = page.cursor
        if cursor is None:
            break
    return tuple(guests)


def _introduced(delegate: Delegate) -> str:
    named = f"{delegate.honorific} {delegate.name}".strip()
    return ", ".join(part for part in (named, delegate.office, delegate.unit_name) if part)


def _members(ports: Ports, found: Ceremony, starts: datetime, names: dict[str, str]) -> tuple[str, ...]:
    if not found.block:
        return ()
    try:
        block = ShowBlock(ports.table("directory"))(found.block, starts.year)
    except NotFound:
        return ()
    return tuple(names.get(code, code) for code in block.members)


def _host_signer(ports: Ports, found: Ceremony) -> Signer:
    """Who signs for the host in a pledge of this ceremony is proposed as the signer of its papers."""
    lines, _ = ListPledges(ports.table("pledges"))(ceremony=found.id)
    for line in lines:
        for party in ShowPledge(ports.table("pledges"))(line.id).pledge.parties:
            if party.unit == found.host:
                return _signer(party)
    return Signer()


def _signer(party: Party) -> Signer:
    person = party.representative
    return Signer(capacity=person.capacity, office=person.office, name=person.name)


def _pledge_facts(ports: Ports, act: Act, found: Pledge, draft: Draft) -> PledgeFacts:
    signed = {each.line.no: each.line.signed_at for each in ListSignatures(ports.table("pledges"))(found.id)}
    deferred = {each.party for each in found.deferred} - set(signed)
    first, last = draft.period
    return PledgeFacts(
        title=draft.title,
        slogan=draft.slogan,
        first=short_date(first),
        last=short_date(last),
        legal_bases=draft.legal_bases,
        contents=tuple(
            ContentFacts(
                text=each.text,
                indicator=each.target.indicator if each.target else "",
                unit=each.target.unit if each.target else "",
                planned=_whole(each.target.planned) if each.target else "",
                share=_whole(each.target.per_party) if each.target else "",
            )
            for each in draft.contents
        ),
        parties=tuple(_party(each, signed.get(each.no), each.no in deferred) for each in found.parties),
        opened=bool(found.version),
        signed=len(signed),
        deferred=len(deferred),
        as_of=moment(act.at, VIETNAM),
    )


def _party(party: Party, signed_at: datetime | None, later: bool) -> PartyFacts:
    if signed_at is not None:
        result = text("signed_at", at=moment(signed_at, VIETNAM))
    else:
        result = text("signs_later" if later else "not_signed")
    person = party.representative
    return PartyFacts(
        unit=party.name, name=person.name, office=person.office, capacity=person.capacity, result=result
    )  # fmt: skip


def _whole(number: int | None) -> str:
    return "" if number is None else f"{number:,}".replace(",", ".")
