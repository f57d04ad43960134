"""A paper's record as what is printed, and who it is circulated to. Called by functions/papers/http.py and its letters."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from shared.ceremonies.registrations import ShowRegistration
from shared.directory.usecases import ShowUnit
from shared.documents.paper import PrintedPaper
from shared.edge.recipients import VIETNAM, Addressee, unit_contact
from shared.edge.wiring import Ports
from shared.kernel.errors import Invalid, NotFound
from shared.papers.circulation import Whom
from shared.papers.model import Paper, Text


def printed(paper: Paper, text: Text, addressees: tuple[str, ...] = ()) -> PrintedPaper:
    """The paper with the number and date that stand; times in the zone of Viet Nam."""
    numbering = paper.numbering
    return PrintedPaper(
        kind=paper.kind,
        text=text,
        made_at=paper.changed_at.astimezone(VIETNAM),
        number=numbering.number if numbering else None,
        dated=numbering.dated if numbering else None,
        addressees=addressees,
    )


def whom(ports: Ports, paper: Paper, units: Iterable[str], registrations: Iterable[str]) -> tuple[Whom, ...]:
    """Readers with the names by which a paper addresses them. Raises Invalid for a unit or delegate that is none here."""
    return (*(_unit(ports, code) for code in units), *(_person(ports, paper, each) for each in registrations))


def _unit(ports: Ports, code: str) -> Whom:
    try:
        return Whom(ref=f"unit:{code}", name=ShowUnit(ports.table("directory"))(code).name)
    except NotFound:
        raise Invalid("paper.unit_unknown", field="units", unit=code[:40]) from None


def _person(ports: Ports, paper: Paper, registration: str) -> Whom:
    try:
        found = ShowRegistration(ports.table("ceremonies"))(registration)
    except NotFound:
        found = None
    if found is None or found.ceremony != paper.about_id:
        raise Invalid("paper.delegate_unknown", field="registrations")
    delegate = found.delegate
    named = f"{delegate.honorific} {delegate.name}".strip()
    name = ", ".join(part for part in (named, delegate.office, delegate.unit_name) if part)
    return Whom(ref=f"registration:{registration}", name=name)


def contact_of(ports: Ports, ref: str, at: datetime) -> Addressee:
    """Where a reader's letter goes now: the unit's contact in the directory, or the delegate's own address."""
    kind, _, key = ref.partition(":")
    if kind == "unit":
        return unit_contact(ports.table("directory"), key, at)
    delegate = ShowRegistration(ports.table("ceremonies"))(key).delegate
    return Addressee(address=delegate.email, name=delegate.name)
