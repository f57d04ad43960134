"""Queue sign-status-lists <- StatusChanged, PledgeWithdrawn, SignatureDisputed; and at start and every 6 hours."""

from __future__ import annotations

from typing import Any

from events.certificates import StatusChanged
from events.envelope import Act
from events.pledges import PledgeWithdrawn, SignatureDisputed
from shared.edge import queue, wiring
from shared.edge.status_lists import sign_all, sign_block
from shared.kernel.statuslist import place


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """SQS batch, or the schedule's event."""
    ports = wiring.ports()
    if "Records" not in message:
        return {"signed": list(sign_all(ports, ports.clock.now()))}

    def changed(act: Act, fact: StatusChanged | PledgeWithdrawn | SignatureDisputed, _: object) -> None:
        if fact.status_number is not None:  # a pledge that was never sealed stands in no list
            sign_block(ports, fact.issuer, place(fact.status_number)[0], act.at)

    return queue.consume(
        message, context, {StatusChanged: changed, PledgeWithdrawn: changed, SignatureDisputed: changed}
    )
