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
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from events.envelope import Act, Envelope, open_envelope, read_envelope
from shared.edge import telemetry, wiring
from shared.kernel.clock import Clock
from shared.kernel.errors import Refused, reason_of

Consumer = Callable[[Act, Any, Envelope], object]


class BatchFailed(Exception):
    """Every record of a batch failed: Lambda counts an error and slows down. `reasons` by message id, codes only."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__(f"{len(reasons)} records failed")
        self.reasons = dict(reasons)


def consume(message: Mapping[str, Any], context: Any, consumers: Mapping[type, Consumer]) -> dict[str, Any]:
    """Gives each fact of the batch to the consumer of its class.

    `message` is an SQS event whose bodies are EventBridge events with our envelope as `detail`. Returns
    `{"batchItemFailures": [...], "reasons": {message id: code}}`; raises BatchFailed when the whole batch failed.
    A fact that no consumer here knows fails its message: it was routed wrongly.
    """
    clock = wiring.ports().clock
    return each_record(message, context, lambda record: _deliver(record.body, clock, consumers))


def each_record(message: Mapping[str, Any], context: Any, deliver: Callable[[SQSRecord], object]) -> dict[str, Any]:
    """`deliver` for each record of an SQS event; what it raises fails that record alone. Answers as `consume`."""
    reasons: dict[str, str] = {}

    def one(record: SQSRecord) -> None:
        try:
            deliver(record)
        except Exception as error:
            reasons[record.message_id] = reason_of(error)
            raise

    processor = BatchProcessor(event_type=EventType.SQS)
    try:
        answer = process_partial_response(event=dict(message), record_handler=one, processor=processor, context=context)
    except BatchProcessingError:
        raise BatchFailed(reasons) from None
    return {**answer, "reasons": reasons}


def _deliver(body: str, clock: Clock, consumers: Mapping[type, Consumer]) -> None:
    envelope = read_envelope(json.loads(body)["detail"])
    fact = open_envelope(envelope, consumers)
    try:
        consumers[type(fact)](envelope.act(clock.now()), fact, envelope)
    except Refused as refused:
        telemetry.refusal(envelope.type, refused.code, envelope.correlation_id)
    except Exception as error:
        telemetry.fault(envelope.type, error, envelope.correlation_id)
        raise
