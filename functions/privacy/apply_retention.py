"""Once a day: what is kept only for some time ends."""

from __future__ import annotations

from typing import Any

from events.envelope import SYSTEM, Act
from events.plain import to_plain
from shared.edge import wiring
from shared.edge.retention import apply_retention


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001  (the clock says nothing more)
    """Lambda entry point; answers how much ended, in numbers alone."""
    ports = wiring.ports()
    act = Act(actor=SYSTEM, at=ports.clock.now(), correlation_id=context.aws_request_id)
    done: dict[str, Any] = to_plain(apply_retention(ports, act))
    return done
