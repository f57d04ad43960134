"""Queue issue-ticket <- DelegateRegistered: a ticket is drawn, once for each registration."""

from __future__ import annotations

from typing import Any

from events.ceremonies import DelegateRegistered
from shared.ceremonies.tickets import IssueTicket
from shared.edge import queue, wiring


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """A repeat meets the ticket that was drawn first."""
    ports = wiring.ports()
    issue = IssueTicket(ports.table("ceremonies"), ports.keyring)
    return queue.consume(message, context, {DelegateRegistered: lambda act, fact, _: issue(act, fact.registration)})
