"""Units and blocks as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from shared.kernel.lists import ListReport
from shared.kernel.shapes import Shape


class UnitKind(StrEnum):
    """What sort of body it is; decides nothing but how lists are grouped."""

    PARTY = "PARTY"
    STATE = "STATE"
    MASS_ORG = "MASS_ORG"
    ARMED_FORCES = "ARMED_FORCES"
    SCHOOL = "SCHOOL"
    ENTERPRISE = "ENTERPRISE"
    COMMUNE = "COMMUNE"
    OTHER = "OTHER"


class SeatRole(StrEnum):
    """A unit's part in a block of a year: its head, its standing unit, a member, or a guest of its gatherings."""

    HEAD = "HEAD"
    STANDING = "STANDING"
    MEMBER = "MEMBER"
    GUEST = "GUEST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The unit's emulation officer (đầu mối thi đua). `phone` is E.164; each may be missing.

    `former_emails` are the addresses that stood before the last change of it, at `changed_at`, oldest first: those of the
    week before are kept as well, so that a chain of changes leaves nobody out. Nothing was changed where one is first given.
    """

    name: str = ""
    phone: str | None = None
    email: str | None = None
    former_emails: tuple[str, ...] = ()
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit; stands from `valid_from` to `valid_to` (both included, None = open). `predecessors` merged into it."""

    code: str
    name: str
    kind: UnitKind
    valid_from: date | None = None
    valid_to: date | None = None
    predecessors: tuple[str, ...] = ()
    contact: Contact = Contact()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A unit's place in a block; `quota` = delegates it may send to a gathering (None: not said)."""

    unit: str
    role: SeatRole
    quota: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulationBlock:
    """A block in one year: one HEAD, at most one STANDING, members, guests, in protocol order."""

    code: str
    name: str
    year: int
    seats: tuple[Seat, ...]

    @property
    def head(self) -> str:
        return next(seat.unit for seat in self.seats if seat.role is SeatRole.HEAD)

    @property
    def standing(self) -> str | None:
        return next((seat.unit for seat in self.seats if seat.role is SeatRole.STANDING), None)

    @property
    def members(self) -> tuple[str, ...]:
        """Every unit that belongs to the block, head and standing unit included, guests not."""
        return tuple(seat.unit for seat in self.seats if seat.role is not SeatRole.GUEST)

    @property
    def guests(self) -> tuple[str, ...]:
        return tuple(seat.unit for seat in self.seats if seat.role is SeatRole.GUEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitImport:
    """What ImportUnits did: the report, how many units are new or changed, and the seats that the list names."""

    report: ListReport
    created: int
    changed: int
    unchanged: int
    seats: tuple[Seat, ...]


UNIT = Shape(Unit, 1)
BLOCK = Shape(EmulationBlock, 1)
