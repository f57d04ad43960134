"""Pure decisions about emulation blocks: is one well formed, who could lead it next year, how a role passes on.

Called by blocks.py and handovers.py. Membership is per year and never an attribute of a unit: the reform of 2025 redrew the
blocks, and the next year may do it again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from shared.directory.lineage import heirs_on
from shared.directory.model import EmulationBlock, Seat, SeatRole, Unit
from shared.kernel.errors import Invalid
from shared.kernel.text import fold

YEARS: Final = range(1948, 2200)
"""Emulation blocks exist since the appeal of 1948."""
MAX_SEATS: Final = 300
ORDER: Final = tuple(SeatRole)
"""The order in which a seat's roles are named; the first is its own, the others stand beside it."""
PASSED_ON: Final = frozenset({SeatRole.HEAD, SeatRole.DEPUTY, SeatRole.STANDING})
"""The roles of a year that are handed over."""


def block_code(name: str) -> str:
    """`Khối thi đua 2` -> `khoi-thi-dua-2`: the code under which a block's years stand together."""
    return re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:60]


def seat_with(seat: Seat, roles: Iterable[SeatRole]) -> Seat:
    """The seat with these roles; none at all is a member's."""
    ordered = sorted(set(roles) or {SeatRole.MEMBER}, key=ORDER.index)
    if len(ordered) > 1:
        ordered = [role for role in ordered if role is not SeatRole.MEMBER]  # whoever has a role is a member anyway
    return replace(seat, role=ordered[0], also=tuple(ordered[1:]))


def check_block(block: EmulationBlock, units: Mapping[str, Unit]) -> None:
    """Raises Invalid: `block.name_missing`, `block.year_bad`, `block.too_many`, `block.one_head`, `block.one_standing`,
    `block.roles_clash`, `block.unit_twice`, `block.units_unknown`, `block.unit_ended`."""
    if not block.code:
        raise Invalid("block.name_missing", field="name")
    if block.year not in YEARS:
        raise Invalid("block.year_bad", field="year", year=block.year)
    if len(block.seats) > MAX_SEATS:
        raise Invalid("block.too_many", field="seats", count=len(block.seats), most=MAX_SEATS)
    _check_roles(block)
    twice = [unit for unit, count in Counter(seat.unit for seat in block.seats).items() if count > 1]
    if twice:
        raise Invalid("block.unit_twice", field="seats", units=", ".join(twice))
    unknown = [seat.unit for seat in block.seats if seat.unit not in units]
    if unknown:
        raise Invalid("block.units_unknown", field="seats", units=", ".join(unknown))
    ended = [seat.unit for seat in block.seats if has_ended(units[seat.unit], block.year)]
    if ended:
        raise Invalid("block.unit_ended", field="seats", units=", ".join(ended), year=block.year)


def has_ended(unit: Unit, year: int) -> bool:
    """Whether the unit stands on no day of the year, being over."""
    return unit.valid_to is not None and unit.valid_to < date(year, 1, 1)


def passed_on(
    block: EmulationBlock, role: SeatRole, from_unit: str, to_unit: str, person: str, office: str
) -> EmulationBlock:
    """The block in which `to_unit` has the role that `from_unit` had; a block in which it has it already stays.

    Raises Invalid: `handover.not_seated`, `handover.not_theirs`, `handover.guest`.
    """
    giving, taking = block.seat_of(from_unit), block.seat_of(to_unit)
    if taking is None:
        raise Invalid("handover.not_seated", field="to_unit", unit=to_unit, year=block.year)
    if SeatRole.GUEST in taking.roles:
        raise Invalid("handover.guest", field="to_unit", unit=to_unit)
    named = replace(taking, person=person or taking.person, office=office or taking.office)
    if role in taking.roles and (giving is None or role not in giving.roles):
        return _with(block, named)
    if giving is None or role not in giving.roles:
        raise Invalid("handover.not_theirs", field="from_unit", unit=from_unit, year=block.year)
    left = seat_with(replace(giving, person="", office=""), giving.roles - {role})
    dropped = {SeatRole.DEPUTY} if role is SeatRole.HEAD else set()
    return _with(_with(block, left), seat_with(named, (taking.roles - dropped) | {role}))


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatChange:
    """What a proposal for the next year does otherwise than this year, and why: `code` is `rotation.head`,
    `rotation.standing`, `rotation.deputy`, `rotation.succeeded`, `rotation.ended` or `rotation.split`."""

    code: str
    unit: str
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextYear:
    """A proposal: nothing is stored until an officer forms the block."""

    block: EmulationBlock
    changes: tuple[SeatChange, ...]


def next_year(block: EmulationBlock, units: Mapping[str, Unit]) -> NextYear:
    """Last year's block with the roles gone round: the first deputy leads, or the member after the head in protocol order;
    the standing unit and the deputies go to the next ones. Units that are over make place for the one that they went into."""
    year = block.year + 1
    seats, changes = _standing_seats(block, units, year)
    order = [seat.unit for seat in seats if seat.role is not SeatRole.GUEST]
    heirs = {seat.unit: _seat_heir(seat, units, year) for seat in block.seats}
    old_head = heirs[block.head]
    deputies = [heir for heir in (heirs[unit] for unit in block.deputies) if heir]
    old_standing = heirs[block.standing] if block.standing else None
    roles: dict[str, set[SeatRole]] = {unit: set() for unit in order}
    if order:
        head = next(iter(deputies), None) or _after(order, old_head)
        roles[head].add(SeatRole.HEAD)
        changes.append(SeatChange(code="rotation.head", unit=head, before=block.head))
        place = head
        for _ in range(min(len(block.deputies), len(order) - 1)):
            place = _after(order, place)
            roles[place].add(SeatRole.DEPUTY)
            changes.append(SeatChange(code="rotation.deputy", unit=place))
        if block.standing is not None:
            standing = _after(order, old_standing)
            roles[standing].add(SeatRole.STANDING)
            changes.append(SeatChange(code="rotation.standing", unit=standing, before=block.standing))
    rotated = tuple(seat if seat.role is SeatRole.GUEST else seat_with(seat, roles[seat.unit]) for seat in seats)
    return NextYear(block=replace(block, year=year, seats=rotated), changes=tuple(changes))


def _check_roles(block: EmulationBlock) -> None:
    roles = Counter(role for seat in block.seats for role in seat.roles)
    if roles[SeatRole.HEAD] != 1:
        raise Invalid("block.one_head", field="seats", count=roles[SeatRole.HEAD])
    if roles[SeatRole.STANDING] > 1:
        raise Invalid("block.one_standing", field="seats", count=roles[SeatRole.STANDING])
    for seat in block.seats:
        guest_and_more = SeatRole.GUEST in seat.roles and len(seat.roles) > 1
        if guest_and_more or {SeatRole.HEAD, SeatRole.DEPUTY} <= seat.roles:
            raise Invalid("block.roles_clash", field="seats", unit=seat.unit)


def _with(block: EmulationBlock, seat: Seat) -> EmulationBlock:
    return replace(block, seats=tuple(seat if each.unit == seat.unit else each for each in block.seats))


def _seat_heir(seat: Seat, units: Mapping[str, Unit], year: int) -> str | None:
    """The unit that sits here next year, or None."""
    if seat.unit in units and not has_ended(units[seat.unit], year):
        return seat.unit
    heirs = heirs_on(seat.unit, units, date(year, 1, 1))
    return heirs[0] if len(heirs) == 1 else None


def _standing_seats(block: EmulationBlock, units: Mapping[str, Unit], year: int) -> tuple[list[Seat], list[SeatChange]]:
    seats: dict[str, Seat] = {}
    changes: list[SeatChange] = []
    for seat in block.seats:
        heir = _seat_heir(seat, units, year)
        guest = seat.role is SeatRole.GUEST
        plain = Seat(unit=heir or seat.unit, role=SeatRole.GUEST if guest else SeatRole.MEMBER, quota=seat.quota)
        if heir is None:
            code = "rotation.split" if heirs_on(seat.unit, units, date(year, 1, 1)) else "rotation.ended"
            changes.append(SeatChange(code=code, unit=seat.unit))
            continue
        if heir != seat.unit:
            changes.append(SeatChange(code="rotation.succeeded", unit=heir, before=seat.unit))
        standing = seats.get(heir)
        if standing is None or (standing.role is SeatRole.GUEST and not guest):
            seats[heir] = plain
    return list(seats.values()), changes


def _after(order: list[str], unit: str | None) -> str:
    """The next in protocol order, going round; the first where the unit is not among them."""
    return order[(order.index(unit) + 1) % len(order)] if unit in order else order[0]
