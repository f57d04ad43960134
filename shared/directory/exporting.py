"""Units and blocks as rows of a list that can be imported again without a change. Pure; called by functions/directory/lists.py.

Headings are those that the import looks for first. What a list cannot say stays in the directory: the heads and contacts of
before, and when an address was changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from shared.directory import unit_list
from shared.directory.lineage import successors
from shared.directory.model import EmulationBlock, Seat, Unit
from shared.directory.rules import head_on
from shared.kernel.contacts import shown_phone

Row = tuple[str | int | date | None, ...]

UNIT_FIELDS = (
    "code", "name", "kind", "level", "valid_from", "valid_to", "predecessors", "successors", "former_names", "head",
    "head_office", "head_since", "contact", "contact_since", "phone", "email",
)  # fmt: skip
BLOCK_HEADINGS = (
    "Khối",
    "Năm",
    "Loại khối",
    "Mã đơn vị",
    "Tên đơn vị",
    "Vai trò",
    "Người giữ vai trò",
    "Chức vụ",
    "Số đại biểu",
)


def headings(fields: Iterable[str] = UNIT_FIELDS) -> tuple[str, ...]:
    """The first heading of each field that the import knows."""
    named = {column.field: column.names[0].rstrip("*") for column in unit_list.COLUMNS}
    return tuple(named[field] for field in fields)


def unit_rows(units: Mapping[str, Unit], shown: Iterable[Unit], day: date) -> tuple[Row, ...]:
    """One row a unit, in the order of `shown`; head and contact as of `day`."""
    heirs = successors(units.values())
    return tuple(_unit_row(unit, heirs.get(unit.code, ()), day) for unit in shown)


def block_rows(blocks: Iterable[EmulationBlock], units: Mapping[str, Unit]) -> tuple[Row, ...]:
    """One row a seat, in protocol order."""
    return tuple(_seat_row(block, seat, units) for block in blocks for seat in block.seats)


def _unit_row(unit: Unit, heirs: tuple[str, ...], day: date) -> Row:
    head = head_on(unit, day)
    phone = unit.contact.phone
    return (
        unit.code,
        unit.name,
        unit.kind.value,
        unit.level.value if unit.level else "",
        unit.valid_from,
        unit.valid_to,
        "+".join(unit.predecessors),
        "+".join(heirs),
        "; ".join(f"{each.name} (đến {each.until.isoformat()})" for each in unit.former_names),
        head.name if head else "",
        head.office if head else "",
        head.since if head else None,
        unit.contact.name,
        unit.contact_since,
        shown_phone(phone) if phone else "",
        unit.contact.email or "",
    )


def _seat_row(block: EmulationBlock, seat: Seat, units: Mapping[str, Unit]) -> Row:
    unit = units.get(seat.unit)
    return (
        block.name,
        block.year,
        block.kind.value,
        seat.unit,
        unit.name if unit else "",
        "; ".join(role.value for role in (seat.role, *seat.also)),
        seat.person,
        seat.office,
        seat.quota,
    )
