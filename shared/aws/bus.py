"""A published fact on the bus: how it is put there, and how a rule delivers it to a queue. Called by relay, schedules."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from events.envelope import Envelope
from shared.kernel.clock import rfc3339


def entry(bus: str, envelope_text: str) -> dict[str, Any]:
    """The PutEvents entry of an envelope's JSON. Raises ValueError, KeyError, TypeError if it is none.

    The envelope travels as it was committed; its fields are not interpreted beyond what a rule looks at.
    """
    envelope = json.loads(envelope_text)
    return {
        "EventBusName": bus,
        "Source": _word(envelope["source"]),
        "DetailType": _word(envelope["type"]),
        "Time": datetime.fromisoformat(envelope["occurred_at"]),
        "Detail": envelope_text,
    }


def entry_size(one: dict[str, Any]) -> int:
    """Bytes that count towards a request's limit: 14 for the time, and the texts."""
    return 14 + sum(len(one[name].encode()) for name in ("Source", "DetailType", "Detail"))


def delivered_text(envelope: Envelope, *, account: str, region: str) -> str:
    """The message that a rule without transformation sends to a queue, for what comes to a queue by another way."""
    event = {
        "version": "0",
        "id": envelope.id,
        "detail-type": envelope.type,
        "source": envelope.source,
        "account": account,
        "time": rfc3339(envelope.occurred_at),
        "region": region,
        "resources": [],
        "detail": envelope.wire(),
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def _word(value: object) -> str:
    if isinstance(value, str) and value:
        return value
    raise TypeError("source and type are texts")
