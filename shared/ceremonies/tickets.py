"""Issue a ticket, issue it anew, show it to its bearer. Called by issue_ticket.py, the API and the attendee's page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from events.ceremonies import TicketIssued
from events.envelope import Act, wrap
from shared.ceremonies.model import (
    ADMISSION,
    REGISTRATION,
    TICKET,
    Ceremony,
    Registration,
    RegistrationState,
    Ticket,
    TicketState,
)
from shared.ceremonies.planning import ShowCeremony
from shared.ceremonies.registrations import ended_ticket, registration_put
from shared.ceremonies.rules import scanned_text
from shared.ceremonies.stored_ticket import ticket_put
from shared.ceremonies.ticket_code import Unreadable, claims_of, read_ticket
from shared.kernel import tokens
from shared.kernel.codetext import id_digits
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import NotFound, Refused
from shared.kernel.ids import document_id
from shared.kernel.ports import ABSENT, Keyring, Signer, Table, Write
from shared.kernel.trust import TrustList

VALID_AFTER_END = timedelta(hours=12)
"""A ticket and the devices' lists end this long after the ceremony (FORMATS 5)."""


class IssueTicket:
    """Draws a registration's ticket; a repeat answers the ticket that was drawn first."""

    def __init__(self, table: Table, keyring: Keyring) -> None:
        self._table = table
        self._keyring = keyring

    def __call__(self, act: Act, registration: str) -> Ticket:
        """Raises NotFound, Refused (`registration.cancelled`, `ceremony.over`), Unavailable (no key of the issuer)."""
        return decide_again(partial(self._issue, act, registration, anew=False))

    def anew(self, act: Act, registration: str) -> Ticket:
        """Another ticket in place of the one before (lost, passed on), which is revoked. Raises as above."""
        return decide_again(partial(self._issue, act, registration, anew=True))

    def _issue(self, act: Act, registration: str, *, anew: bool) -> Ticket:
        item = self._table.get(f"registration#{registration}", "registration")
        if item is None:
            raise NotFound("registration.unknown", registration=registration[:40])
        standing = REGISTRATION.read(item.body)
        if standing.erased_at is not None:
            raise Refused("registration.erased")
        if standing.state is RegistrationState.CANCELLED:
            raise Refused("registration.cancelled")
        if standing.ticket is not None and not anew:
            return show_ticket(self._table, standing.ticket)
        ceremony = ShowCeremony(self._table)(standing.ceremony)
        if act.at >= ceremony.ends + VALID_AFTER_END:
            raise Refused("ceremony.over")
        ticket = _drawn(act, standing, ceremony, self._keyring.signer(ceremony.host, "ticket"))
        writes: list[Write] = [
            ticket_put(ticket, ABSENT),
            registration_put(replace(standing, ticket=ticket.id), item.version),
        ]
        if standing.ticket is not None:
            writes.append(ended_ticket(self._table, standing.ticket, TicketState.REVOKED))
        fact = TicketIssued(ceremony=ceremony.id, registration=standing.id, ticket=ticket.id)
        self._table.commit(writes, [wrap(fact, act, subject=ticket.id, version=1)])
        return ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    """What the bearer of a ticket sees: the occasion and whose ticket it is, no contact data. Times are UTC."""

    ceremony: str
    title: str
    place: str
    zone: str
    doors_open: datetime
    starts: datetime
    ends: datetime
    holder: str
    office: str
    unit: str
    category: str
    state: str
    admitted_at: datetime | None
    gate: str | None


class ShowTicket:
    """A ticket's facts for whoever holds its text."""

    def __init__(self, table: Table, trust: TrustList) -> None:
        self._table = table
        self._trust = trust

    def __call__(self, act: Act, text: str) -> TicketView:
        """Raises Refused with the codes of read_ticket, or `ticket.unknown`."""
        try:
            claims = read_ticket(scanned_text(text), self._trust, int(act.at.timestamp()))
            ticket = show_ticket(self._table, id_digits(claims.id))
        except Unreadable as unreadable:
            raise Refused(unreadable.code) from None
        except NotFound:
            raise Refused("ticket.unknown") from None
        ceremony = ShowCeremony(self._table)(ticket.ceremony)
        item = self._table.get(f"ticket#{ticket.id}", f"admission#{ticket.ceremony}")
        admission = ADMISSION.read(item.body) if item else None
        return TicketView(
            ceremony=ceremony.id,
            title=ceremony.title,
            place=ceremony.place,
            zone=ceremony.zone,
            doors_open=ceremony.doors_open,
            starts=ceremony.starts,
            ends=ceremony.ends,
            holder=ticket.holder,
            office=ticket.office,
            unit=ticket.unit_name,
            category=ticket.category.value,
            state=ticket.state.value,
            admitted_at=admission.at if admission else None,
            gate=admission.gate if admission else None,
        )


def show_ticket(table: Table, ticket: str) -> Ticket:
    """The record of a ticket. Raises NotFound(`ticket.unknown`)."""
    item = table.get(f"ticket#{ticket}", "ticket")
    if item is None:
        raise NotFound("ticket.unknown")
    return TICKET.read(item.body)


def _drawn(act: Act, registration: Registration, ceremony: Ceremony, signer: Signer) -> Ticket:
    """A ticket with a fresh id; the token is made once to keep its seed and proof."""
    delegate = registration.delegate
    ticket = Ticket(
        id=id_digits(document_id()),
        ceremony=ceremony.id,
        registration=registration.id,
        issuer=ceremony.host,
        kid=signer.kid,
        issued_at=int(act.at.astimezone(UTC).timestamp()),
        expires_at=int((ceremony.ends + VALID_AFTER_END).timestamp()),
        category=delegate.category,
        seed=b"",
        proof=b"",
        state=TicketState.VALID,
        opens_at=int(ceremony.doors_open.timestamp()),
        zone=ceremony.zone,
        holder=delegate.name,
        office=delegate.office,
        unit=delegate.unit,
        unit_name=delegate.unit_name,
    )
    token = tokens.sign_ticket(claims_of(ticket), signer)
    return replace(ticket, seed=tokens.ticket_seed(token), proof=tokens.ticket_proof(token))
