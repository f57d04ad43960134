"""Queue send-invitation <- TicketIssued, DelegateAddressGiven: the invitation with the ticket, where there is a mail address;
and PaperCirculated: the invitation to read a paper (shared/edge/paper_letters.py).

The ticket's text is made again at the moment of sending; a ticket that was replaced or cancelled meanwhile is not sent, and
the ledger says why. An address that comes with a later list has the same notice sent: one ticket, one letter, ever.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from events.ceremonies import DelegateAddressGiven, TicketIssued
from events.envelope import Act
from events.papers import PaperCirculated
from shared.ceremonies.model import Ceremony, Registration, Ticket, TicketState
from shared.ceremonies.planning import ShowCeremony
from shared.ceremonies.registrations import ShowRegistration
from shared.ceremonies.rules import local
from shared.ceremonies.ticket_code import ticket_text
from shared.ceremonies.tickets import show_ticket
from shared.documents.ticket_png import TicketPicture, render_ticket
from shared.edge import queue, wiring
from shared.edge.paper_letters import send_paper
from shared.edge.wiring import Ports
from shared.kernel.errors import Invalid, Refused
from shared.kernel.ids import derived_id
from shared.kernel.ports import Attachment, Letter
from shared.notices.letters import write_letter
from shared.notices.model import Notice
from shared.notices.usecases import SendNotice
from shared.texts import say


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """One letter for each ticket, or for each reader of a paper."""
    ports = wiring.ports()

    def invite(act: Act, fact: TicketIssued | DelegateAddressGiven, _: Any) -> None:
        send(ports, act, fact)

    def ask_to_read(act: Act, fact: PaperCirculated, _: Any) -> None:
        send_paper(ports, act, fact)

    kinds: dict[type, queue.Consumer] = {
        TicketIssued: invite, DelegateAddressGiven: invite, PaperCirculated: ask_to_read,
    }  # fmt: skip
    return queue.consume(message, context, kinds)


def send(ports: Ports, act: Act, fact: TicketIssued | DelegateAddressGiven) -> None:
    """Without an address the ledger keeps SUPPRESSED `notice.no_address`, until one comes."""
    table = ports.table("ceremonies")
    registration = ShowRegistration(table)(fact.registration)
    delegate = registration.delegate
    notice = Notice(
        id=derived_id("notice", "invitation", fact.ticket),
        kind="invitation",
        recipient=f"registration:{registration.id}",
        address=delegate.email,
        address_name=delegate.name,
        subject_ref=f"ticket:{fact.ticket}",
    )

    def compose(_attempt: int) -> Letter:
        ticket, ceremony = show_ticket(table, fact.ticket), ShowCeremony(table)(fact.ceremony)
        if ticket.state is not TicketState.VALID:
            raise Refused("ticket.not_in_force")
        text = ticket_text(ticket, ports.keyring, ports.settings.origin)
        facts = {
            "ceremony": ceremony.title,
            "starts_at": local(ceremony.starts, ceremony.zone),
            "place": ceremony.place,
            "ticket_url": text,
        }
        return write_letter(notice, facts, attachments=_picture(text, ticket, ceremony, registration))

    SendNotice(ports.table("notices"), ports.mail)(act, notice, compose)


def _picture(text: str, ticket: Ticket, ceremony: Ceremony, registration: Registration) -> tuple[Attachment, ...]:
    """The ticket as a picture; a name that no typeface can draw goes without, for the link in the letter is enough."""
    try:
        data = ticket_picture(text, ticket, ceremony, registration.delegate.honorific)
    except Invalid:
        return ()
    return (Attachment(filename="ve-moi.png", content_type="image/png", data=data),)


def ticket_picture(text: str, ticket: Ticket, ceremony: Ceremony, honorific: str) -> bytes:
    """A PNG, its times on the clocks of the ceremony's place. Raises Invalid for letters that cannot be drawn."""
    zone = ZoneInfo(ceremony.zone)
    return render_ticket(
        TicketPicture(
            code_text=text,
            ceremony_title=ceremony.title,
            starts=ceremony.starts.astimezone(zone),
            doors_open=ceremony.doors_open.astimezone(zone),
            place=ceremony.place,
            holder_name=f"{honorific} {ticket.holder}".strip(),
            unit=ticket.unit_name,
            category=say(f"category.{ticket.category.value.lower()}", "vi"),
        )
    )
