"""The AWS engine on moto, made from serverless.yml: tables, outbox, bus, rules, queues, buckets; and what Lambda does.

`aws_world()` gives the ports' adapters, and `drain()`, which plays the event source mappings: outbox stream -> relay,
queues -> handlers, until nothing moves. Handlers get true payloads, partial batch answers are honoured, and what fails
as often as its queue allows goes to the dead letters, moved there by the queue itself. `fire_due()` plays EventBridge
Scheduler, whose schedules moto keeps but never fires.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from functions.outbox import relay
from infra.embedded.invoke import load_handler
from infra.embedded.payloads import Context
from infra.embedded.template import Queue, Service, load
from shared.aws.objects import S3Objects
from shared.aws.table import DynamoTable
from shared.kernel.clock import Clock, SystemClock
from tests.aws_calls import working_as
from tests.aws_template import REGION, Template, described
from tests.support_aws import aws_account, make_bucket, make_outbox, make_table

Handler = Callable[[dict[str, Any], Context], Any]

BUCKETS = {"documents": "DocumentsBucket", "public": "PublicBucket"}
ROUNDS = 200
STREAM_BATCH = 100
STREAM_ATTEMPTS = 5
RELAY = "outboxRelay"


@dataclass
class AwsWorld:
    """The engine's parts. `handlers` replaces functions of serverless.yml by name; `delivered` messages they got so far."""

    service: Service
    template: Template
    client: Callable[[str], Any]
    clock: Clock
    handlers: dict[str, Handler] = field(default_factory=dict)
    delivered: int = 0
    _last: int = 0
    _waiting: list[dict[str, Any]] = field(default_factory=list)
    _fired: set[str] = field(default_factory=set)

    def table(self, context: str) -> DynamoTable:
        """The Table of a context."""
        prefix = self.service.prefix
        return DynamoTable(self.client("dynamodb"), f"{prefix}-{context}", f"{prefix}-outbox", clock=self.clock)

    def objects(self, bucket: str = "documents") -> S3Objects:
        """The Objects of a bucket: documents or public."""
        return S3Objects(self.client("s3"), self.template.name(BUCKETS[bucket]), clock=self.clock)

    def queue_url(self, queue: Queue) -> str:
        """Where a queue takes and gives."""
        return str(self.client("sqs").get_queue_url(QueueName=queue.name)["QueueUrl"])

    def messages(self, name: str) -> list[dict[str, Any]]:
        """The bodies that lie in a queue (dead letters too), taken out."""
        url, bodies = self.queue_url(self.service.queue(name)), []
        while taken := self.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in taken:
                bodies.append(json.loads(message["Body"]))
                self.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def send(self, name: str, body: str) -> None:
        """A message by another way than the bus."""
        self.client("sqs").send_message(QueueUrl=self.queue_url(self.service.queue(name)), MessageBody=body)

    def drain(self) -> int:
        """Lets everything happen that is under way; how many messages handlers got. Raises if it never ends."""
        before = self.delivered
        for _ in range(ROUNDS):
            moved = self.pump_outbox()
            for queue in self.service.queues:
                if queue.function is not None:
                    moved += self._deliver(queue)
            if not moved:
                return self.delivered - before
        raise AssertionError("the queues never come to rest")

    def pump_outbox(self) -> int:
        """Stream -> relay -> bus -> queues, as the stream's event source mapping does it; how many records."""
        self._waiting += self._new_records()
        moved = 0
        failures = 0
        while self._waiting:
            batch = self._waiting[:STREAM_BATCH]
            with patch.dict(os.environ, self.environment(RELAY)), working_as(RELAY):
                failed = relay.handler({"Records": batch}, None)["batchItemFailures"]
            numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
            done = numbers.index(failed[0]["itemIdentifier"]) if failed else len(batch)
            self._waiting, moved = self._waiting[done:], moved + done
            failures = failures + 1 if failed and not done else 0
            if failures == STREAM_ATTEMPTS:
                raise AssertionError(f"record {numbers[0]} does not pass the relay")
        return moved

    def environment(self, function: str) -> dict[str, str]:
        """What a function finds in its environment: what the description sets, and what Lambda itself sets."""
        return {**self.template.environment(function), "AWS_REGION": REGION}

    def fire_due(self) -> int:
        """Sends what is due by the clock to its queue, each schedule once, under the schedules' role; how many."""
        scheduler, due = self.client("scheduler"), []
        for page in scheduler.get_paginator("list_schedules").paginate(GroupName=self.service.prefix):
            for one in page["Schedules"]:
                if one["Name"] not in self._fired:
                    made = scheduler.get_schedule(GroupName=self.service.prefix, Name=one["Name"])
                    at = datetime.strptime(made["ScheduleExpression"], "at(%Y-%m-%dT%H:%M:%S)").replace(tzinfo=UTC)
                    if at <= self.clock.now():
                        due.append((at, one["Name"], made["Target"]))
        for _, name, target in sorted(due, key=lambda each: each[:2]):
            self._fired.add(name)
            url = self.client("sqs").get_queue_url(QueueName=target["Arn"].rpartition(":")[2])["QueueUrl"]
            with working_as(target["RoleArn"].rpartition("/")[2]):
                self.client("sqs").send_message(QueueUrl=url, MessageBody=target["Input"])
        return len(due)

    def _new_records(self) -> list[dict[str, Any]]:
        """From the start of the stream each time: a transaction that moto rolls back leaves older iterators behind."""
        streams = self.client("dynamodbstreams")
        iterator = _start_of_stream(self.client("dynamodb"), streams, f"{self.service.prefix}-outbox")
        fresh: list[dict[str, Any]] = []
        while records := (answer := streams.get_records(ShardIterator=iterator))["Records"]:
            fresh += [record for record in records if int(record["dynamodb"]["SequenceNumber"]) > self._last]
            iterator = answer["NextShardIterator"]
        if fresh:
            self._last = int(fresh[-1]["dynamodb"]["SequenceNumber"])
        return [_as_lambda_gets_it(record) for record in fresh]

    def _deliver(self, queue: Queue) -> int:
        sqs, url = self.client("sqs"), self.queue_url(queue)
        taken = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=min(queue.batch_size, 10), MessageSystemAttributeNames=["All"]
        ).get("Messages", [])
        if not taken:
            return 0
        self.delivered += len(taken)
        failed = self._call(queue, taken)
        for message in taken:
            receipt = message["ReceiptHandle"]
            if message["MessageId"] in failed:
                sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)
            else:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=receipt)
        return len(taken)

    def _call(self, queue: Queue, taken: list[dict[str, Any]]) -> set[str]:
        """The ids of the messages that failed: all when the handler raises, those it names otherwise."""
        function = self.service.function(str(queue.function))
        handler = self.handlers.get(function.name) or load_handler(function)
        context = Context(function.name, function.memory_mb, time.monotonic() + function.timeout_s)
        try:
            with working_as(function.name):
                answer = handler(sqs_event(queue, taken), context) or {}
        except Exception:
            return {message["MessageId"] for message in taken}
        return {failure["itemIdentifier"] for failure in answer.get("batchItemFailures", [])}


@contextmanager
def aws_world(
    *,
    clock: Clock | None = None,
    handlers: Mapping[str, Handler] | None = None,
    path: str = "serverless.yml",
    parameters: Mapping[str, str] | None = None,
) -> Iterator[AwsWorld]:
    """An empty account with everything that serverless.yml describes; `parameters` are those of a deployment."""
    service = load(Path(path), options={"region": REGION}, parameters=parameters)
    template = described(Path(path), parameters or {})
    relay._relay.cache_clear()
    with aws_account() as client:
        world = AwsWorld(service, template, client, clock or SystemClock(), dict(handlers or {}))
        for table in service.tables:
            (make_outbox if table.streamed else make_table)(client("dynamodb"), table.name)
        for bucket in BUCKETS.values():
            make_bucket(client("s3"), template.name(bucket))
        client("scheduler").create_schedule_group(Name=service.prefix)
        _make_queues(world)
        _make_bus(world)
        yield world


def sqs_event(queue: Queue, taken: list[dict[str, Any]]) -> dict[str, Any]:
    """The event that Lambda makes of messages."""
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
                "messageAttributes": {},
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": queue.arn,
                "awsRegion": REGION,
            }
            for message in taken
        ]
    }


def _make_queues(world: AwsWorld) -> None:
    sqs, service = world.client("sqs"), world.service
    for queue in sorted(service.queues, key=lambda each: each.dead_letter is not None):  # dead letters first
        attributes = {"VisibilityTimeout": str(queue.visibility_s)}
        if queue.dead_letter is not None:
            dead = _arn(world, service.queue(queue.dead_letter))
            attributes["RedrivePolicy"] = json.dumps(
                {"deadLetterTargetArn": dead, "maxReceiveCount": queue.max_attempts}
            )
        sqs.create_queue(QueueName=queue.name, Attributes=attributes)


def _make_bus(world: AwsWorld) -> None:
    events, service = world.client("events"), world.service
    events.create_event_bus(Name=service.prefix)
    for number, one in enumerate(service.subscriptions):
        name = f"{service.prefix}-{number}"
        pattern = {"source": [one.source], "detail-type": [one.detail_type]}
        events.put_rule(Name=name, EventBusName=service.prefix, EventPattern=json.dumps(pattern))
        target = {"Id": "queue", "Arn": _arn(world, service.queue(one.queue))}
        events.put_targets(Rule=name, EventBusName=service.prefix, Targets=[target])


def _arn(world: AwsWorld, queue: Queue) -> str:
    answer = world.client("sqs").get_queue_attributes(QueueUrl=world.queue_url(queue), AttributeNames=["QueueArn"])
    return str(answer["Attributes"]["QueueArn"])


def _start_of_stream(dynamodb: Any, streams: Any, table: str) -> str:
    arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    answer = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    return str(answer["ShardIterator"])


def _as_lambda_gets_it(record: dict[str, Any]) -> dict[str, Any]:
    created = record["dynamodb"].get("ApproximateCreationDateTime")
    inner = {**record["dynamodb"], "ApproximateCreationDateTime": created.timestamp() if created else 0}
    return {**record, "dynamodb": inner, "eventSourceARN": "outbox"}
