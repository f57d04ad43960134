"""The dead letters of a stage: what lies in the queues `<prefix>-...-dead`, and how it comes back to where it was for.

Called by infra/commands/redrive_on_aws.py with an operator's own rights, by failed_work.py with a function's. A message is
sent to its queue first and deleted from the dead letters after; whatever breaks in between delivers it twice, which is
harmless by design, and never loses it.

queue's dead letters   put there by SQS after the last attempt; a whole queue is moved by SQS itself (StartMessageMoveTask),
                       which is told where to: it knows no source of what SNS or a person put there
bus-dead               put there by the bus and by schedules, with the target they were for as an attribute
outbox-dead            names stream records, holds none: shared/aws/outbox_rescue.py
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from shared.aws.faults import code_of
from shared.kernel.operations import told_of

DEAD: Final = "-dead"
SHOWN: Final = 20
HELD_S: Final = 120
"""Seconds for which messages that were looked through stay away from others; they are given back at once at the end."""
ROUNDS: Final = 10_000
LISTED: Final = 60
"""How often, a second apart, SQS is asked for a move that it has begun."""
UNLISTED: Final = "not listed"
"""`Moved.reason` of a move that SQS took and did not show in that time: it goes on, and nobody knows yet how far."""
_NO_TASKS: Final = frozenset({"InvalidAction", "UnsupportedOperation", "UnknownOperationException", "NotImplemented"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One message: its fact, as far as it is one, the ids in it, and the reason where the sender told it. No personal datum."""

    id: str
    fact: str
    correlation_id: str
    since: datetime
    reason: str
    things: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadQueue:
    """A queue of dead letters under the name of the queue they were for (`bus`, `outbox` for the engine's own)."""

    name: str
    url: str
    arn: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How many messages went back, and how many stay: nobody can say where they were for, or SQS ended early (`reason`)."""

    count: int
    stuck: int = 0
    reason: str = ""


class DeadLetters:
    """The dead letters of one stage. `sqs` is an operator's client."""

    def __init__(
        self,
        sqs: Any,
        prefix: str,
        names: Collection[str],
        *,
        sleep: Callable[[float], None] = time.sleep,
        poll_s: int = 1,
        rounds: int = ROUNDS,
    ) -> None:
        """`names`: of the stage's queues of dead letters, as in DeadQueue. The prefix alone does not tell them apart: a
        stage `prod-x` may stand beside `prod`. `poll_s`: with a second or more SQS asks all of its servers for messages,
        without some of them. `rounds`: how often it is asked at most while one message is looked for."""
        self._poll_s = poll_s
        self._rounds = rounds
        self._sqs = sqs
        self._known = frozenset(f"{prefix}-{name}{DEAD}" for name in names)
        self._prefix = prefix
        self._sleep = sleep

    def queues(self) -> tuple[DeadQueue, ...]:
        """All of the stage's queues of dead letters, empty ones too, by name. Raises the SDK's errors."""
        pages = self._sqs.get_paginator("list_queues").paginate(QueueNamePrefix=f"{self._prefix}-")
        urls = [url for page in pages for url in page.get("QueueUrls", ()) if url.rpartition("/")[2] in self._known]
        return tuple(self._queue(url) for url in sorted(urls))

    def queue(self, name: str) -> DeadQueue:
        """The dead letters of one queue, without asking for the list of all. Raises the SDK's errors."""
        return self._queue(self.url(f"{name}{DEAD}"))

    def url(self, name: str) -> str:
        """Of a queue of the stage."""
        return str(self._sqs.get_queue_url(QueueName=f"{self._prefix}-{name}")["QueueUrl"])

    def look(self, queue: DeadQueue, limit: int = SHOWN) -> tuple[DeadLetter, ...]:
        """Some of the messages, the oldest first; they stay where they are."""
        found: dict[str, DeadLetter] = {}
        with self._held(queue) as held:
            for message in held:
                found[message["MessageId"]] = _letter(message)
                if len(found) >= limit:
                    break
        return tuple(sorted(found.values(), key=lambda letter: letter.since))

    def move_all(self, queue: DeadQueue, per_second: int | None) -> Moved:
        """The whole queue back to its source, by SQS itself, which goes on if this process ends."""
        rate = {} if per_second is None else {"MaxNumberOfMessagesPerSecond": per_second}
        source = queue.arn.removesuffix(DEAD)
        try:
            earlier = _started(self._task(queue))
            self._sqs.start_message_move_task(SourceArn=queue.arn, DestinationArn=source, **rate)
        except ClientError as error:
            if code_of(error).rpartition(".")[2] in _NO_TASKS:  # an emulator
                return self.move(queue, None, per_second)
            raise
        unlisted = 0
        while unlisted < LISTED:
            task = self._task(queue)
            if task is None or _started(task) <= earlier:
                unlisted += 1  # the list may be late; what it still shows first is an earlier move
            elif task["Status"] not in ("RUNNING", "CANCELLING"):
                return _ended(task)
            self._sleep(1)
        return Moved(count=0, reason=UNLISTED)

    def stop(self, queue: DeadQueue) -> int | None:
        """Stops a move under way; how many messages had gone. None if none is under way."""
        task = self._task(queue)
        if task is None or task["Status"] != "RUNNING":
            return None
        answer = self._sqs.cancel_message_move_task(TaskHandle=task["TaskHandle"])
        return int(answer.get("ApproximateNumberOfMessagesMoved", 0))

    def move(
        self,
        queue: DeadQueue,
        ids: Collection[str] | None,
        per_second: int | None = None,
        route: Callable[[Mapping[str, Any]], str | None] | None = None,
        most: int | None = None,
    ) -> Moved:
        """Those messages (all without `ids`, or `most` of all) back one by one, to the queue's source, or where `route` says
        (a queue's name)."""
        wanted = None if ids is None else set(ids)
        count = stuck = 0
        with self._held(queue) as held:
            for message in held:
                if wanted is not None and message["MessageId"] not in wanted:
                    continue
                name = queue.name if route is None else route(message)
                if name is None:
                    stuck += 1
                    continue
                self._send(name, message)
                self._sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"])
                message["gone"] = True
                count += 1
                if per_second:
                    self._sleep(1 / per_second)
                if count == (most if wanted is None else len(wanted)):
                    break
        return Moved(count=count, stuck=stuck)

    def take(self, queue: DeadQueue, settle: Callable[[str], bool], ids: Collection[str] | None) -> Moved:
        """Gives each message's body to `settle` and deletes what that has settled."""
        count = stuck = 0
        with self._held(queue) as held:
            for message in held:
                if ids is not None and message["MessageId"] not in ids:
                    continue
                if settle(message["Body"]):
                    self._sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"])
                    message["gone"] = True
                    count += 1
                else:
                    stuck += 1
                if ids is not None and count + stuck == len(ids):
                    break
        return Moved(count=count, stuck=stuck)

    def _held(self, queue: DeadQueue) -> _Held:
        return _Held(self._sqs, queue.url, self._poll_s, self._rounds)

    def _queue(self, url: str) -> DeadQueue:
        names = ["QueueArn", "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        name = url.rpartition("/")[2].removeprefix(f"{self._prefix}-").removesuffix(DEAD)
        return DeadQueue(name=name, url=url, arn=found["QueueArn"], count=sum(int(found[each]) for each in names[1:]))

    def _task(self, queue: DeadQueue) -> dict[str, Any] | None:
        """The queue's newest move. A queue has one at a time; SQS tells its handle only while it runs."""
        results = self._sqs.list_message_move_tasks(SourceArn=queue.arn, MaxResults=10).get("Results", ())
        return max(map(dict, results), key=_started, default=None)

    def _send(self, name: str, message: Mapping[str, Any]) -> None:
        self._sqs.send_message(QueueUrl=self.url(name), MessageBody=message["Body"])


class _Held:
    """The messages of a queue, each once, hidden from others meanwhile; what is not `gone` at the end is given back."""

    def __init__(self, sqs: Any, url: str, poll_s: int, rounds: int) -> None:
        self._sqs, self._url, self._poll_s, self._rounds = sqs, url, poll_s, rounds
        self._seen: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> Iterator[dict[str, Any]]:
        return self._messages()

    def __exit__(self, *_: object) -> None:
        for message in self._seen.values():
            if "gone" not in message:
                receipt = message["ReceiptHandle"]
                with suppress(ClientError):  # held for longer than HELD_S: it is back already
                    self._sqs.change_message_visibility(QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=0)

    def _messages(self) -> Iterator[dict[str, Any]]:
        empty = 0
        for _ in range(self._rounds):
            taken = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=10,
                VisibilityTimeout=HELD_S,
                WaitTimeSeconds=self._poll_s,
                MessageSystemAttributeNames=["SentTimestamp"],
                MessageAttributeNames=["All"],
            ).get("Messages", ())
            fresh = [message for message in taken if message["MessageId"] not in self._seen]
            self._seen |= {message["MessageId"]: message for message in taken}
            yield from fresh
            empty = 0 if fresh else empty + 1
            if empty == 2:
                return


def target_queue(message: Mapping[str, Any], prefix: str) -> str | None:
    """The queue that the bus or a schedule could not reach, if the message says so and it is one of ours."""
    arn = _attribute(message, "TARGET_ARN") or ""
    name = arn.rpartition(":")[2]
    return name.removeprefix(f"{prefix}-") if name.startswith(f"{prefix}-") and not name.endswith(DEAD) else None


def fact_of(body: str) -> tuple[str, str, str]:
    """(source, type, correlation id) of the fact in a message; empty where it is none."""
    try:
        detail = json.loads(body)["detail"]
        return str(detail["source"]), str(detail["type"]), str(detail["correlation_id"])
    except (ValueError, KeyError, TypeError):
        return "", "", ""


def _started(task: Mapping[str, Any] | None) -> int:
    return int(task.get("StartedTimestamp", 0)) if task else 0


def _ended(task: Mapping[str, Any]) -> Moved:
    moved = int(task.get("ApproximateNumberOfMessagesMoved", 0))
    if task["Status"] == "COMPLETED":
        return Moved(count=moved)
    left = int(task.get("ApproximateNumberOfMessagesToMove", 0)) - moved
    return Moved(count=moved, stuck=max(0, left), reason=str(task.get("FailureReason") or task["Status"]))


def _letter(message: Mapping[str, Any]) -> DeadLetter:
    told = told_of(message["Body"])
    sent = int(message.get("Attributes", {}).get("SentTimestamp", 0)) / 1000
    return DeadLetter(
        id=message["MessageId"],
        fact=told.fact,
        correlation_id=told.correlation_id,
        since=datetime.fromtimestamp(sent, UTC),
        reason=_attribute(message, "ERROR_CODE") or "-",
        things=told.things,
    )


def _attribute(message: Mapping[str, Any], name: str) -> str | None:
    value = message.get("MessageAttributes", {}).get(name, {}).get("StringValue")
    return str(value) if value is not None else None
