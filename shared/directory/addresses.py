"""What a changed mail address of a unit entails, pure: who hears, who gets copies, from when on links to sign may go there,
and who may confirm it while a pledge is open (FORMATS 6). Called by use cases of this context and by edge/recipients.py."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.directory.model import AskedAddress, Contact, Unit

ADDRESS_HOLD = timedelta(hours=48)
"""No right to sign goes to a new mail address before (FORMATS 6): time for the old one to say "this was not us"."""
ADDRESS_WATCH = timedelta(days=7)
"""Receipts and sealed copies go to the former addresses as well; longer than a signature may be objected to."""
MAX_FORMER = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """Who asks or confirms: the person's id, the units whose officer that person is, and whether the grant is the whole
    office's. The edge makes it from the caller's grants."""

    person: str
    units: tuple[str, ...] = ()
    for_office: bool = False


def with_email(standing: Contact, email: str | None, at: datetime, confirmed_at: datetime | None = None) -> Contact:
    """The contact with another address. Removing one and giving another later is a change like any other; so is going back
    to a former one, for whoever held the one between must hear of it too."""
    if same(standing.email, email):
        return replace(standing, email=email)
    before = standing.former_emails if _is_watched(standing, at) or standing.email is None else ()
    stood = tuple(dict.fromkeys((*before, *filter(None, [standing.email]))))
    if not stood:
        return replace(standing, email=email)
    # The first address of the chain is the one that counts; what a chain may not do is to push it out.
    former = stood if len(stood) <= MAX_FORMER else (stood[0], *stood[1 - MAX_FORMER :])
    return replace(standing, email=email, former_emails=former, changed_at=at, confirmed_at=confirmed_at)


def address_changed(before: Contact, after: Contact) -> bool:
    """Whether an address that stood is another now, or none."""
    return bool(after.former_emails) and not same(before.email, after.email)


def held_until(contact: Contact) -> datetime | None:
    """From when on links to sign may go to the contact's address; None where it was never changed."""
    return contact.changed_at + ADDRESS_HOLD if contact.changed_at else None


def watching(contact: Contact, at: datetime) -> tuple[str, ...]:
    """The former addresses that get copies at `at`."""
    if not _is_watched(contact, at):
        return ()
    return tuple(each for each in contact.former_emails if not same(each, contact.email))


def asked(unit: Unit, email: str | None, at: datetime, officer: Officer, *, first_too: bool = False) -> Unit:
    """The unit whose changed address waits for a second unit. The address that stands, and one asked for already, change
    nothing; a first address of all waits for nobody and is given, unless `first_too`: the office asks for a second officer."""
    if same(unit.contact.email, email):
        return replace(unit, contact=replace(unit.contact, email=email))
    if unit.contact.email is None and not unit.contact.former_emails and not first_too:
        return replace(unit, contact=with_email(unit.contact, email, at), asked_address=None)
    if unit.asked_address is not None and same(unit.asked_address.email, email):
        return unit
    wish = AskedAddress(
        email=email,
        asked_at=at,
        asked_by=officer.person,
        asked_units=officer.units,
        for_office=officer.for_office,
    )
    return replace(unit, asked_address=wish)


def confirmed(unit: Unit, at: datetime) -> Unit:
    """The unit with the address that was asked for. The 48 hours count from the asking, when the old address heard; the week
    of copies from the confirmation. Nothing may have been asked: then it stays."""
    if unit.asked_address is None:
        return unit
    wish = unit.asked_address
    return replace(unit, contact=with_email(unit.contact, wish.email, wish.asked_at, at), asked_address=None)


def why_not_confirm(unit: Unit, officer: Officer) -> str | None:
    """The code of the refusal, or None: another person, and an officer of another unit than the one concerned and than the
    one that asked, or an organiser of the whole office."""
    wish = unit.asked_address
    if wish is None:
        return "contact.nothing_asked"
    if officer.person == wish.asked_by:
        return "contact.same_person"
    if officer.for_office:
        return None
    others = set(officer.units) - {unit.code} - set(wish.asked_units)
    return None if others else "contact.same_unit"


def same(one: str | None, other: str | None) -> bool:
    return (one or "").casefold() == (other or "").casefold()


def _is_watched(contact: Contact, at: datetime) -> bool:
    since = contact.confirmed_at or contact.changed_at
    return since is not None and at < since + ADDRESS_WATCH
