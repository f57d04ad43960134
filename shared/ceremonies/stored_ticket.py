"""How a ticket lies in the table. Called by whoever writes one: drawing, ending, erasing, and the door at each admission."""

from __future__ import annotations

from shared.ceremonies.model import TICKET, Ticket
from shared.kernel.ports import Put


def ticket_put(ticket: Ticket, expect: int) -> Put:
    """How a ticket is stored: with the others of its registration, for a replaced one bears the name too."""
    return Put(
        partition=f"ticket#{ticket.id}",
        sort="ticket",
        body=TICKET.body(ticket),
        expect=expect,
        index1=(f"tickets#{ticket.registration}", ticket.id),
    )
