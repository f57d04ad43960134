"""Queue publish-results <- PresentationBegan: the decisions announced at that ceremony become public."""

from __future__ import annotations

from typing import Any

from events.ceremonies import PresentationBegan
from shared.certificates.publish import PublishResults
from shared.edge import queue, wiring


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """Queue publish-results <- PresentationBegan."""
    publish = PublishResults(wiring.ports().table("certificates"))
    return queue.consume(
        message,
        context,
        {PresentationBegan: lambda act, fact, _: publish(act, ceremony=fact.ceremony, began_at=fact.began_at)},
    )
