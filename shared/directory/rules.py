"""Pure decisions of the directory: is a block well formed, what a changed mail address entails, and what other contexts may
know of units."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from shared.directory.model import Contact, EmulationBlock, SeatRole, Unit
from shared.kernel.errors import Invalid
from shared.kernel.text import fold
from shared.kernel.unit_names import NamedUnit, UnitNames

YEARS = range(1948, 2200)
"""Emulation blocks exist since the appeal of 1948."""
ADDRESS_HOLD = timedelta(hours=48)
"""No right to sign goes to a new mail address before (FORMATS 6): time for the old one to say "this was not us"."""
ADDRESS_WATCH = timedelta(days=7)
"""Receipts and sealed copies go to the former addresses as well; longer than a signature may be objected to."""
MAX_FORMER = 8


def block_code(name: str) -> str:
    """`Khối thi đua 2` -> `khoi-thi-dua-2`: the code under which a block's years stand together."""
    return re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:60]


def check_block(block: EmulationBlock, units: Mapping[str, Unit]) -> None:
    """Raises Invalid: `block.name_missing`, `block.year_bad`, `block.one_head`, `block.one_standing`, `block.unit_twice`,
    `block.units_unknown`, `block.unit_ended`."""
    if not block.code:
        raise Invalid("block.name_missing", field="name")
    if block.year not in YEARS:
        raise Invalid("block.year_bad", field="year", year=block.year)
    roles = Counter(seat.role for seat in block.seats)
    if roles[SeatRole.HEAD] != 1:
        raise Invalid("block.one_head", field="seats", count=roles[SeatRole.HEAD])
    if roles[SeatRole.STANDING] > 1:
        raise Invalid("block.one_standing", field="seats", count=roles[SeatRole.STANDING])
    twice = [unit for unit, count in Counter(seat.unit for seat in block.seats).items() if count > 1]
    if twice:
        raise Invalid("block.unit_twice", field="seats", units=", ".join(twice))
    unknown = [seat.unit for seat in block.seats if seat.unit not in units]
    if unknown:
        raise Invalid("block.units_unknown", field="seats", units=", ".join(unknown))
    ended = [seat.unit for seat in block.seats if _ended(units[seat.unit], block.year)]
    if ended:
        raise Invalid("block.unit_ended", field="seats", units=", ".join(ended), year=block.year)


def kept(listed: Unit, standing: Unit, columns: Collection[str], at: datetime) -> Unit:
    """The unit as a list tells it; what the list has no column for stays as it stands."""
    ours = standing.contact
    contact = replace(
        with_email(ours, listed.contact.email, at) if "email" in columns else ours,
        name=listed.contact.name if "contact" in columns else ours.name,
        phone=listed.contact.phone if "phone" in columns else ours.phone,
    )
    return replace(
        listed,
        valid_from=listed.valid_from if "valid_from" in columns else standing.valid_from,
        valid_to=listed.valid_to if "valid_to" in columns else standing.valid_to,
        predecessors=listed.predecessors if "predecessors" in columns else standing.predecessors,
        contact=contact,
    )


def with_email(standing: Contact, email: str | None, at: datetime) -> Contact:
    """The contact with another address. Removing one and giving another later is a change like any other; so is going back
    to a former one, for whoever held the one between must hear of it too."""
    if _same(standing.email, email):
        return replace(standing, email=email)
    watched = standing.changed_at is not None and at < standing.changed_at + ADDRESS_WATCH
    before = standing.former_emails if watched or standing.email is None else ()
    stood = tuple(dict.fromkeys((*before, *filter(None, [standing.email]))))
    if not stood:
        return replace(standing, email=email)
    # The first address of the chain is the one that counts; what a chain may not do is to push it out.
    former = stood if len(stood) <= MAX_FORMER else (stood[0], *stood[1 - MAX_FORMER :])
    return replace(standing, email=email, former_emails=former, changed_at=at)


def address_changed(before: Contact, after: Contact) -> bool:
    """Whether an address that stood is another now, or none."""
    return bool(after.former_emails) and not _same(before.email, after.email)


def held_until(contact: Contact) -> datetime | None:
    """From when on links to sign may go to the contact's address; None where it was never changed."""
    return contact.changed_at + ADDRESS_HOLD if contact.changed_at else None


def watching(contact: Contact, at: datetime) -> tuple[str, ...]:
    """The former addresses that get copies at `at`."""
    if contact.changed_at is None or at >= contact.changed_at + ADDRESS_WATCH:
        return ()
    return tuple(each for each in contact.former_emails if not _same(each, contact.email))


def unit_names(units: Iterable[Unit], on: date) -> UnitNames:
    """What imports of other contexts get: the units by name, as of a day."""
    return UnitNames(
        (
            NamedUnit(
                code=unit.code,
                name=unit.name,
                valid_from=unit.valid_from,
                valid_to=unit.valid_to,
                predecessors=unit.predecessors,
            )
            for unit in units
        ),
        on,
    )


def _same(one: str | None, other: str | None) -> bool:
    return (one or "").casefold() == (other or "").casefold()


def _ended(unit: Unit, year: int) -> bool:
    return unit.valid_to is not None and unit.valid_to < date(year, 1, 1)
