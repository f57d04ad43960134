"""Facts of the directory: units, and the emulation blocks (khối thi đua) of a year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRegistered:
    """A unit (cơ quan, đơn vị) stands in the directory, or its entry changed."""

    unit: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitContactChanged:
    """The mail address of a unit's contact is another one, or none any more, since `changed_at`; where one is first given
    nothing was changed. Neither address stands here: the directory has them."""

    unit: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockFormed:
    """The members of an emulation block for one year are settled. `kind` is BLOCK (khối) or CLUSTER (cụm)."""

    block: str
    year: int
    head: str
    standing: str | None
    members: tuple[str, ...]
    kind: str = "BLOCK"
    deputies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChangeAsked:
    """Another mail address was asked for while a pledge is open for the unit, at `asked_at`. It is not in force before an
    officer of another unit has confirmed it; then UnitContactChanged follows. No address stands here."""

    unit: str
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitEnded:
    """A unit is over, `valid_to` being its last day; it went into `successors`, or into none."""

    unit: str
    valid_to: date
    successors: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockHandedOver:
    """Both sides confirmed that the role (HEAD, DEPUTY, STANDING) of a block's year passed from one unit to another."""

    block: str
    year: int
    role: str
    from_unit: str
    to_unit: str
    on: date


EVENTS: dict[tuple[str, int], type] = {
    ("UnitRegistered", 1): UnitRegistered,
    ("UnitContactChanged", 1): UnitContactChanged,
    ("AddressChangeAsked", 1): AddressChangeAsked,
    ("UnitEnded", 1): UnitEnded,
    ("BlockFormed", 1): BlockFormed,
    ("BlockHandedOver", 1): BlockHandedOver,
}
