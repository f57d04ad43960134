"""What becomes of a batch of stream records, as Lambda's mapping of a DynamoDB stream decides it. Pure but for `Target`.

Called by stream_poller.py. Rules (AWS, "Using Lambda with DynamoDB", partial batch responses and bisect):
- the LOWEST record that a batch's answer names has failed; what stands before it is done, from it on all comes again;
- an answer that names a record it did not get, or none at all, means that the whole batch has failed, as an error does;
- a batch whose first record has failed is halved where the mapping says so, and halving is not an attempt;
- after `retries` + 1 attempts a batch is given up: a message about it (no payload) goes to the on-failure queue.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

Record = Mapping[str, Any]
"""A stream record as Lambda hands it to a function."""
FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One mapping: `retries` after the first attempt, `report` for ReportBatchItemFailures."""

    retries: int
    bisect: bool
    report: bool
    patterns: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an invocation brought: `failed` is the place of the lowest failed record, None if all are done."""

    failed: int | None
    request_id: str = ""
    function_error: str | None = None


class Target(Protocol):
    """What delivery acts on. An error raised by any of them ends the delivery; it starts again at the checkpoint."""

    def invoke(self, records: Sequence[Record]) -> Outcome: ...

    def advance(self, number: str) -> None:
        """Everything up to this sequence number is settled, for ever."""

    def give_up(self, records: Sequence[Record], attempts: int, last: Outcome) -> None:
        """Tells the on-failure queue."""

    def pause(self, seconds: float) -> None: ...


def deliver(records: Sequence[Record], rules: Rules, target: Target) -> None:
    """Settles every record, in order: done or given up."""
    waiting: list[tuple[Sequence[Record], int]] = [(records, 0)] if records else []
    while waiting:
        batch, attempts = waiting.pop()
        outcome = target.invoke(batch)
        failed = outcome.failed
        if failed is None:
            target.advance(number_of(batch[-1]))
        elif failed > 0:
            target.advance(number_of(batch[failed - 1]))
            waiting.append((batch[failed:], 0))  # what comes first now has had no attempt of its own
        elif rules.bisect and len(batch) > 1:
            half = (len(batch) + 1) // 2
            waiting += [(batch[half:], 0), (batch[:half], 0)]
        elif attempts < rules.retries:
            target.pause(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**attempts))
            waiting.append((batch, attempts + 1))
        else:
            target.give_up(batch, attempts + 1, outcome)  # told first: a crash in between tells it twice, never not
            target.advance(number_of(batch[-1]))


def first_failed(answer: Any, records: Sequence[Record]) -> int | None:
    """The place of the lowest failed record of an answer of ReportBatchItemFailures; None if all are done."""
    if answer is None or answer == {}:
        return None
    named = answer.get("batchItemFailures") if isinstance(answer, dict) else answer
    if isinstance(answer, dict) and named is None:
        return None
    if not isinstance(named, list):
        return 0
    places = {number_of(record): place for place, record in enumerate(records)}
    numbers = [each.get("itemIdentifier") if isinstance(each, dict) else None for each in named]
    return min((places.get(number, 0) if isinstance(number, str) else 0 for number in numbers), default=None)


def wanted(record: Record, patterns: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one of the patterns takes the record; no patterns take every record."""
    return not patterns or any(_matches(record, pattern) for pattern in patterns)


def check_pattern(pattern: Any) -> Mapping[str, Any]:
    """The pattern itself. Raises ValueError for what is more than lists of exact values."""
    if not isinstance(pattern, dict):
        raise ValueError(f"not a filter pattern: {pattern}")
    for value in pattern.values():
        if isinstance(value, list) and not any(isinstance(one, dict | list) for one in value):
            continue
        check_pattern(value)
    return pattern


def number_of(record: Record) -> str:
    """A record's sequence number."""
    return str(record["dynamodb"]["SequenceNumber"])


def failure_message(
    records: Sequence[Record], attempts: int, last: Outcome, *, function_arn: str, shard: str, now: datetime
) -> str:
    """What Lambda sends to the on-failure queue: where the records stand in the stream, and nothing of what they hold."""
    response: dict[str, Any] = {"statusCode": 200, "executedVersion": "$LATEST"}
    if last.function_error is not None:
        response["functionError"] = last.function_error
    message = {
        "requestContext": {
            "requestId": last.request_id,
            "functionArn": function_arn,
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": attempts,
        },
        "responseContext": response,
        "version": "1.0",
        "timestamp": _stamp(now.timestamp()),
        "DDBStreamBatchInfo": {
            "shardId": shard,
            "startSequenceNumber": number_of(records[0]),
            "endSequenceNumber": number_of(records[-1]),
            "approximateArrivalOfFirstRecord": _stamp(records[0]["dynamodb"]["ApproximateCreationDateTime"]),
            "approximateArrivalOfLastRecord": _stamp(records[-1]["dynamodb"]["ApproximateCreationDateTime"]),
            "batchSize": len(records),
            "streamArn": records[0]["eventSourceARN"],
        },
    }
    return json.dumps(message)


def _matches(value: Any, pattern: Mapping[str, Any]) -> bool:
    if not isinstance(value, Mapping):
        return False
    for name, allowed in pattern.items():
        held = value.get(name)
        if not (held in allowed if isinstance(allowed, list) else _matches(held, allowed)):
            return False
    return True


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
