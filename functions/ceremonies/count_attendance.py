"""Queue count-attendance <- TicketAdmitted: the hall screen's totals."""

from __future__ import annotations

from typing import Any

from events.ceremonies import TicketAdmitted
from shared.ceremonies.attendance import CountAttendance
from shared.edge import queue, wiring


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """Each member counts once, whatever is delivered how often."""
    count = CountAttendance(wiring.ports().table("ceremonies"))
    return queue.consume(
        message, context, {TicketAdmitted: lambda act, fact, envelope: count(act, fact, envelope.sequence)}
    )
