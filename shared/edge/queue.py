"""Queue consumers: an SQS batch in, the failed messages out (partial batch response). Called by functions/*.

The error class decides a message's fate: `Refused` is acknowledged and counted, since a retry cannot help; everything
else is reported as failed, redelivered and in the end dead-lettered. Records are independent: one bad row never holds
up its neighbours.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from events.envelope import Act, Envelope, UnknownEvent, open_envelope, read_envelope
from shared.edge import telemetry, wiring
from shared.kernel.errors import Refused

Consumer = Callable[[Act, Any, Envelope], object]


def consume(message: Mapping[str, Any], context: Any, consumers: Mapping[type, Consumer]) -> dict[str, Any]:
    """Gives each fact of the batch to the consumer of its class.

    `message` is an SQS event whose bodies are EventBridge events with our envelope as `detail`. Returns
    `{"batchItemFailures": [...]}`; raises BatchProcessingError when the whole batch failed, which Lambda counts as an
    error. A fact that no consumer here knows fails its message: it was routed wrongly.
    """
    clock = wiring.ports().clock

    def one(record: SQSRecord) -> None:
        envelope = read_envelope(json.loads(record.body)["detail"])
        fact = open_envelope(envelope)
        consumer = consumers.get(type(fact))
        if consumer is None:
            raise UnknownEvent(f"{envelope.type} v{envelope.version} on this queue")
        try:
            consumer(envelope.act(clock.now()), fact, envelope)
        except Refused as refused:
            telemetry.refusal(envelope.type, refused.code, envelope.correlation_id)
        except Exception as error:
            telemetry.fault(envelope.type, error, envelope.correlation_id)
            raise

    processor = BatchProcessor(event_type=EventType.SQS)
    return dict(process_partial_response(event=dict(message), record_handler=one, processor=processor, context=context))
