"""Ceremonies, registrations, tickets and admissions as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.kernel.shapes import Shape


class CeremonyKind(StrEnum):
    SIGNING = "SIGNING"
    LAUNCH = "LAUNCH"
    PRESENTATION = "PRESENTATION"
    REVIEW = "REVIEW"
    OTHER = "OTHER"


class AgendaKind(StrEnum):
    """What happens at a point of the programme; SIGNING and PRESENTATION drive the hall screen."""

    RITUAL = "RITUAL"
    OPENING = "OPENING"
    REPORT = "REPORT"
    DISCUSSION = "DISCUSSION"
    ADOPTION = "ADOPTION"
    LAUNCH = "LAUNCH"
    RESPONSE = "RESPONSE"
    SIGNING = "SIGNING"
    DIRECTION = "DIRECTION"
    PRESENTATION = "PRESENTATION"
    HANDOVER = "HANDOVER"
    PERFORMANCE = "PERFORMANCE"
    CLOSING = "CLOSING"
    OTHER = "OTHER"


class Category(StrEnum):
    """A delegate of a member unit, or a guest of the block."""

    DELEGATE = "DELEGATE"
    GUEST = "GUEST"

    @property
    def number(self) -> int:
        """As claim 8 of the ticket carries it."""
        return {Category.DELEGATE: 1, Category.GUEST: 2}[self]


class RegistrationState(StrEnum):
    REGISTERED = "REGISTERED"
    CANCELLED = "CANCELLED"


class TicketState(StrEnum):
    """REVOKED: another ticket took its place. CANCELLED: the registration was cancelled."""

    VALID = "VALID"
    REVOKED = "REVOKED"
    CANCELLED = "CANCELLED"


class ListState(StrEnum):
    RECEIVED = "RECEIVED"
    IMPORTED = "IMPORTED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaItem:
    kind: AgendaKind
    title: str
    speaker: str = ""
    speaker_unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceremony:
    """`host` is a unit's code and the issuer of the tickets, `block` the emulation block's name; times are UTC."""

    id: str
    title: str
    kind: CeremonyKind
    host: str
    block: str
    place: str
    zone: str
    doors_open: datetime
    starts: datetime
    ends: datetime
    gates: tuple[str, ...]
    agenda: tuple[AgendaItem, ...]
    presentation_began_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegate:
    """A good row of a list. `order` is its place in the order of protocol; phone is E.164."""

    row: int
    order: int
    honorific: str
    name: str
    office: str
    unit: str
    unit_name: str
    phone: str | None
    email: str | None
    category: Category
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A delegate of one ceremony; `ticket` is the ticket in force (39 digits). `erased_at`: nothing personal is left in it."""

    id: str
    ceremony: str
    list_id: str
    delegate: Delegate
    state: RegistrationState
    registered_at: datetime
    ticket: str | None = None
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a gate needs to know of a ticket, and what its token is made from again; never the token itself.

    Times are unix seconds, as in the claims. `seed` and `proof` as FORMATS 5. `entries` counts admissions.
    """

    id: str
    ceremony: str
    registration: str
    issuer: str
    kid: bytes
    issued_at: int
    expires_at: int
    category: Category
    seed: bytes
    proof: bytes
    state: TicketState
    opens_at: int
    zone: str
    holder: str
    office: str
    unit: str
    unit_name: str
    entries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A ticket was let in. `by` is the device or person, `kind` GATE or SELF."""

    ceremony: str
    ticket: str
    registration: str
    scan_id: str
    gate: str
    at: datetime
    by: str
    kind: str = "GATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedScan:
    """A scan that let nobody in: the reason's code and, for a ticket of ours, its id; of any text only length and digest."""

    scan_id: str
    gate: str
    at: datetime
    by: str
    code: str
    ticket: str | None
    length: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegateList:
    """A list that came in. Counts are final once IMPORTED; `refusal` and its facts say why the whole was REFUSED. `cleared_at`:
    the file and its report were emptied (retention.py)."""

    id: str
    ceremony: str
    object_key: str
    filename: str
    state: ListState
    received_at: datetime
    done_at: datetime | None = None
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    registered: int = 0
    last_order: int = 0
    report_key: str | None = None
    refusal: str | None = None
    refusal_facts: Mapping[str, str | int | None] = field(default_factory=dict)
    cleared_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTotals:
    unit: str
    unit_name: str
    registered: int
    admitted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HallTotals:
    """How many are registered and have come in, in all and per unit."""

    ceremony: str
    registered: int
    admitted: int
    units: tuple[UnitTotals, ...]


CEREMONY = Shape(Ceremony, 1)
REGISTRATION = Shape(Registration, 1)
TICKET = Shape(Ticket, 1)
ADMISSION = Shape(Admission, 1)
REFUSED_SCAN = Shape(RefusedScan, 1)
DELEGATE_LIST = Shape(DelegateList, 1)
