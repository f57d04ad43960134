"""Facts of ceremonies: planned, lists received and imported, delegates registered, tickets issued and admitted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CeremonyPlanned:
    """A ceremony stands in the calendar. `host` is a unit's code."""

    ceremony: str
    title: str
    host: str
    starts_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegateListReceived:
    """A list was uploaded under `object_key` and waits to be read."""

    ceremony: str
    list_id: str
    object_key: str
    filename: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegateListImported:
    """A list was read to its end: `rows` = `accepted` + `rejected`."""

    ceremony: str
    list_id: str
    rows: int
    accepted: int
    rejected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegateRegistered:
    """A person is registered for a ceremony and needs a ticket. `category` is DELEGATE or GUEST."""

    ceremony: str
    registration: str
    unit: str
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketIssued:
    """A ticket (39 digits) was drawn for a registration; its text is made again where it is shown, never carried."""

    ceremony: str
    registration: str
    ticket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegateAddressGiven:
    """A later list gave a delegate, who has a ticket, a mail address, or another one: an invitation that did not reach its
    reader may go out."""

    ceremony: str
    registration: str
    ticket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketAdmitted:
    """A ticket was let in at a gate; once for each ticket of a ceremony. `kind` is GATE or SELF."""

    ceremony: str
    ticket: str
    registration: str
    unit: str
    kind: str
    gate: str
    admitted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentationBegan:
    """The handing over of awards began: what was decided may be published."""

    ceremony: str
    began_at: datetime


EVENTS: dict[tuple[str, int], type] = {
    ("CeremonyPlanned", 1): CeremonyPlanned,
    ("DelegateListReceived", 1): DelegateListReceived,
    ("DelegateListImported", 1): DelegateListImported,
    ("DelegateRegistered", 1): DelegateRegistered,
    ("TicketIssued", 1): TicketIssued,
    ("DelegateAddressGiven", 1): DelegateAddressGiven,
    ("TicketAdmitted", 1): TicketAdmitted,
    ("PresentationBegan", 1): PresentationBegan,
}
