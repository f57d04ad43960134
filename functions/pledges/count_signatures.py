"""Queue count-signatures <- PartySigned, PartyDeferred: the hall's board."""

from __future__ import annotations

from typing import Any

from events.pledges import PartyDeferred, PartySigned
from shared.edge import queue, wiring
from shared.pledges.reading import CountSignature


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """A set of members, so that repeats and reorderings count once."""
    count = CountSignature(wiring.ports().table("pledges"))

    def project(act: Any, fact: Any, envelope: Any) -> None:
        count(act, fact, envelope.sequence)

    return queue.consume(message, context, {PartySigned: project, PartyDeferred: project})
