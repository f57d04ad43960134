"""May this ticket come in now? A pure decision over the ticket, its history and the scan. Called by admission.py.

The order of the questions is the order in which a person at the door wants to know: is it this very scan again, is it ours,
does it stand, is it the time, is it used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from shared.ceremonies.model import Admission, Ticket, TicketState
from shared.kernel.errors import Fact

_SCAN_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_CEREMONY = re.compile(r"[0-9a-f]{16}")
_ECI = re.compile(r"^\\0000[0-9]{2}")  # some scanners pass on the code's character set as `\000026`
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A code was held before a scanner. `scan_id` is the device's own and makes a repeated request the same scan."""

    scan_id: str
    gate: str
    ceremony: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """Let in, now (`fresh`) or by this very scan before."""

    admission: Admission
    ticket: Ticket
    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Not let in: `code` is a text of shared/texts/ceremonies.toml, `facts` what stands in it."""

    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


def admit(ticket: Ticket | None, history: Sequence[Admission], scan: Scan, now: datetime) -> Admitted | Refusal:
    """`history` are the ticket's admissions to this ceremony (none or one)."""
    if ticket is None:
        return Refusal(code="ticket.unknown")
    before = next(iter(history), None)
    if before is not None and before.scan_id == scan.scan_id:
        return Admitted(admission=before, ticket=ticket, fresh=False)
    if ticket.ceremony != scan.ceremony:
        return Refusal(code="ticket.wrong_ceremony")
    if ticket.state is TicketState.REVOKED:
        return Refusal(code="ticket.revoked", facts={"name": ticket.holder})
    if ticket.state is TicketState.CANCELLED:
        return Refusal(code="ticket.cancelled", facts={"name": ticket.holder})
    seconds = int(now.timestamp())
    if seconds >= ticket.expires_at:
        return Refusal(code="ticket.expired")
    if seconds < ticket.opens_at:
        opens = local(datetime.fromtimestamp(ticket.opens_at, UTC), ticket.zone)
        return Refusal(code="ticket.too_early", facts={"opens": opens})
    if before is not None:
        facts: dict[str, Fact] = {"at": local(before.at, ticket.zone), "gate": before.gate, "name": ticket.holder}
        return Refusal(code="ticket.already_admitted", facts=facts)
    admission = Admission(
        ceremony=scan.ceremony,
        ticket=ticket.id,
        registration=ticket.registration,
        scan_id=scan.scan_id,
        gate=scan.gate,
        at=now,
        by=scan.by,
    )
    return Admitted(admission=admission, ticket=ticket, fresh=True)


def is_scan_id(text: str) -> bool:
    """8 to 64 letters, digits, `-`, `_`: a UUID, or what a device draws."""
    return _SCAN_ID.fullmatch(text) is not None


def is_ceremony_id(text: str) -> bool:
    """Eight bytes in hex, as planning makes them and tickets carry them."""
    return _CEREMONY.fullmatch(text) is not None


def scanned_text(text: str) -> str:
    """What the code said: without a scanner's own prefix, line end and control characters."""
    return _ECI.sub("", _CONTROLS.sub("", text).strip(" "))


def local(at: datetime, zone: str) -> str:
    """`07:00 12/02/2027` on the clocks of the ceremony's place."""
    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M %d/%m/%Y")
