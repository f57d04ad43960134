"""A published fact as the JSON text of an EventBridge event: what a queue's message holds on both engines.

Called by table.py (events of a commit) and schedules.py (facts that come due).
"""

from __future__ import annotations

import json

from events.envelope import Envelope
from shared.kernel.clock import rfc3339


def event_text(envelope: Envelope) -> str:
    """The message body that a rule without input transformation delivers to SQS."""
    event = {
        "version": "0",
        "id": envelope.id,
        "detail-type": envelope.type,
        "source": envelope.source,
        "account": "000000000000",
        "time": rfc3339(envelope.occurred_at),
        "region": "local",
        "resources": [],
        "detail": envelope.wire(),
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))
