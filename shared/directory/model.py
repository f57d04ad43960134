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


class UnitLevel(StrEnum):
    """The level of government that a unit belongs to. DISTRICT was closed on 1 July 2025 (Law 72/2025/QH15)."""

    CENTRAL = "CENTRAL"
    MINISTRY = "MINISTRY"
    PROVINCE = "PROVINCE"
    DISTRICT = "DISTRICT"
    COMMUNE = "COMMUNE"


class BlockKind(StrEnum):
    """BLOCK (khối: by sector) or CLUSTER (cụm: by area)."""

    BLOCK = "BLOCK"
    CLUSTER = "CLUSTER"


class SeatRole(StrEnum):
    """A unit's part in a block of a year: head, deputy or standing unit, a member, or a guest of its gatherings."""

    HEAD = "HEAD"
    DEPUTY = "DEPUTY"
    STANDING = "STANDING"
    MEMBER = "MEMBER"
    GUEST = "GUEST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The unit's emulation officer (đầu mối thi đua). `phone` is E.164; each may be missing.

    `former_emails` are the addresses that stood before the last change of it, at `changed_at`, oldest first: those of the
    week before are kept as well, so that a chain of changes leaves nobody out. Nothing was changed where one is first given.
    `confirmed_at`: when another unit's officer confirmed the change; None where none had to.
    """

    name: str = ""
    phone: str | None = None
    email: str | None = None
    former_emails: tuple[str, ...] = ()
    changed_at: datetime | None = None
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAddress:
    """Another address (None: removal) that waits until an officer of another unit confirms it, because a pledge is open.

    `asked_units` are the units whose officer asked; `for_office`: an organiser of the whole office did.
    """

    email: str | None
    asked_at: datetime
    asked_by: str
    asked_units: tuple[str, ...] = ()
    for_office: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenure:
    """A person's time as accountable head or as contact; both days included, None = open. `office`: Giám đốc, Chủ tịch ..."""

    name: str
    office: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerName:
    """What a unit was called up to and including the day `until`."""

    name: str
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit; stands from `valid_from` to `valid_to` (both included, None = open). `predecessors` went into it.

    Successors are not stored: they are the units that name this one as predecessor (`lineage.successors`), so that both
    directions can never disagree. `name` is the latest one; what it was called on a day tells `rules.name_on`.
    `heads` (accountableHead, người đứng đầu) and `former_contacts` are in the order of time.
    """

    code: str
    name: str
    kind: UnitKind
    valid_from: date | None = None
    valid_to: date | None = None
    predecessors: tuple[str, ...] = ()
    contact: Contact = Contact()
    level: UnitLevel | None = None
    former_names: tuple[FormerName, ...] = ()
    heads: tuple[Tenure, ...] = ()
    contact_since: date | None = None
    former_contacts: tuple[Tenure, ...] = ()
    asked_address: AskedAddress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A unit's place in a block; `quota` = delegates it may send to a gathering (None: not said).

    `also`: further roles of the year, for a unit may be head and standing unit at once. `person` and `office`: who holds the
    role for the unit (khối trưởng, khối phó).
    """

    unit: str
    role: SeatRole
    quota: int | None = None
    also: tuple[SeatRole, ...] = ()
    person: str = ""
    office: str = ""

    @property
    def roles(self) -> frozenset[SeatRole]:
        return frozenset((self.role, *self.also))


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulationBlock:
    """A block in one year: one HEAD, deputies, at most one STANDING, members, guests, in protocol order."""

    code: str
    name: str
    year: int
    seats: tuple[Seat, ...]
    kind: BlockKind = BlockKind.BLOCK

    @property
    def head(self) -> str:
        return next(seat.unit for seat in self.seats if SeatRole.HEAD in seat.roles)

    @property
    def deputies(self) -> tuple[str, ...]:
        return tuple(seat.unit for seat in self.seats if SeatRole.DEPUTY in seat.roles)

    @property
    def standing(self) -> str | None:
        return next((seat.unit for seat in self.seats if SeatRole.STANDING in seat.roles), None)

    @property
    def members(self) -> tuple[str, ...]:
        """Every unit that belongs to the block, head and standing unit included, guests not."""
        return tuple(seat.unit for seat in self.seats if seat.role is not SeatRole.GUEST)

    @property
    def guests(self) -> tuple[str, ...]:
        return tuple(seat.unit for seat in self.seats if seat.role is SeatRole.GUEST)

    def seat_of(self, unit: str) -> Seat | None:
        return next((seat for seat in self.seats if seat.unit == unit), None)


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
