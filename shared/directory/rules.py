"""Pure decisions of the directory: is a block well formed, and what other contexts may know of units."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date

from shared.directory.model import Contact, EmulationBlock, SeatRole, Unit
from shared.kernel.errors import Invalid
from shared.kernel.text import fold
from shared.kernel.unit_names import NamedUnit, UnitNames

YEARS = range(1948, 2200)
"""Emulation blocks exist since the appeal of 1948."""


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


def kept(listed: Unit, standing: Unit, columns: Collection[str]) -> Unit:
    """The unit as a list tells it; what the list has no column for stays as it stands."""
    ours = standing.contact
    contact = Contact(
        name=listed.contact.name if "contact" in columns else ours.name,
        phone=listed.contact.phone if "phone" in columns else ours.phone,
        email=listed.contact.email if "email" in columns else ours.email,
    )
    return replace(
        listed,
        valid_from=listed.valid_from if "valid_from" in columns else standing.valid_from,
        valid_to=listed.valid_to if "valid_to" in columns else standing.valid_to,
        predecessors=listed.predecessors if "predecessors" in columns else standing.predecessors,
        contact=contact,
    )


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


def _ended(unit: Unit, year: int) -> bool:
    return unit.valid_to is not None and unit.valid_to < date(year, 1, 1)
