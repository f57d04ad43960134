"""Request bodies of the pledge routes, and a draft made of one with the units' names as they are today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shared.directory.usecases import ListUnits
from shared.kernel.errors import Invalid
from shared.kernel.ports import Table
from shared.pledges.model import ContentItem, Draft, Heading, Party, Representative, Role, Target
from shared.pledges.reading import PledgeLine, SignatureView


@dataclass(frozen=True, slots=True, kw_only=True)
class RepresentativeBody:
    name: str
    office: str
    capacity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyBody:
    """`unit` is a code of the directory; `attends` is taken from lists of the day and decides nothing here."""

    unit: str
    role: Role
    group: int
    representative: RepresentativeBody
    attends: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetBody:
    indicator: str
    unit: str
    planned: int
    per_party: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentBody:
    text: str
    no: int = 0
    target: TargetBody | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftBody:
    """A pledge's text. `issuer`: the unit that keeps it, by its issuer code (else the host's first); `key`: tells two
    pledges of one title and period apart; parties and contents are numbered in their order."""

    title: str
    year: int
    period: tuple[date, date]
    parties: tuple[PartyBody, ...]
    contents: tuple[ContentBody, ...]
    heading: Heading = Heading.STATE
    established_by: str = ""
    legal_bases: tuple[str, ...] = ()
    block: str = ""
    slogan: str = ""
    ceremony: str | None = None
    occasion: str = ""
    issuer: str | None = None
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonBody:
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawBody:
    """Number and date of the decision are needed for a pledge in force."""

    reason: str
    decision_number: str | None = None
    decided_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkBody:
    """`id`: the 39 digits of the address, `secret`: what follows its `#`."""

    id: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignBody:
    """`statement`: the text that reading gave, letter by letter."""

    id: str
    secret: str
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectBody:
    id: str
    secret: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgesView:
    pledges: tuple[PledgeLine, ...]
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignaturesView:
    signatures: tuple[SignatureView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadView:
    url: str


def draft_of(body: DraftBody, directory: Table, today: date) -> Draft:
    """Raises Invalid for a party that the directory does not know, or that no longer stands today."""
    units = {unit.code: unit for unit in ListUnits(directory)()}
    parties = []
    for place, given in enumerate(body.parties, 1):
        unit = units.get(given.unit)
        if unit is None:
            raise Invalid("pledge.unknown_unit", field=f"parties.{place}.unit", unit=given.unit[:40])
        if unit.valid_to is not None and unit.valid_to < today:
            raise Invalid("pledge.unit_closed", field=f"parties.{place}.unit", unit=unit.name)
        parties.append(
            Party(
                no=place,
                unit=given.unit,
                name=unit.name,
                role=given.role,
                group=given.group,
                representative=person_of(given.representative),
            )
        )
    return Draft(
        title=body.title,
        year=body.year,
        period=body.period,
        heading=body.heading,
        established_by=body.established_by,
        block=body.block,
        slogan=body.slogan,
        legal_bases=body.legal_bases,
        contents=tuple(_content(each) for each in body.contents),
        parties=tuple(parties),
        ceremony=body.ceremony,
        occasion=body.occasion,
    )


def person_of(body: RepresentativeBody) -> Representative:
    return Representative(name=body.name, office=body.office, capacity=body.capacity)


def _content(body: ContentBody) -> ContentItem:
    target = body.target
    return ContentItem(
        no=body.no,
        text=body.text,
        target=Target(indicator=target.indicator, unit=target.unit, planned=target.planned, per_party=target.per_party)
        if target
        else None,
    )
