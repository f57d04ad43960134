"""Queue publish-certificates <- ResultsPublished: every finished certificate of the decision, in chunks."""

from __future__ import annotations

from typing import Any

from events.certificates import ResultsPublished
from shared.certificates.publish import PublishCertificates
from shared.edge import queue, wiring


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """Queue publish-certificates <- ResultsPublished."""
    publish = PublishCertificates(wiring.ports().table("certificates"))
    return queue.consume(
        message, context, {ResultsPublished: lambda act, fact, _: publish(act, decision=fact.decision)}
    )
