"""Queue write-log <- what is issued and what becomes of it: entries of the public log. And every ten minutes by the clock."""

from __future__ import annotations

from typing import Any

from events.envelope import SYSTEM, Act, Envelope
from shared.edge import queue, transparency, wiring
from shared.transparency.append import NoteEntry


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """Queue write-log <- CertificateIssued, CertificateRevoked, CertificateReplaced, StatusChanged, PledgeSealed,
    PledgeWithdrawn, SignatureDisputed. One batch of messages becomes one batch of the log; if that fails, all come again."""
    ports = wiring.ports()
    act = Act(actor=SYSTEM, at=ports.clock.now(), correlation_id=context.aws_request_id)
    if "Records" not in message:
        transparency.sweep_log(ports, act)
        return {}
    note = NoteEntry(ports.table("transparency"))
    noted: list[str] = []

    def one(act: Act, fact: Any, envelope: Envelope) -> None:
        entry = transparency.entry_of(ports, fact, envelope)
        if entry is not None:
            noted.append(note(act, entry))

    answer = queue.consume(message, context, dict.fromkeys(transparency.FACTS, one))
    transparency.write_log(ports, act, noted)
    return answer
