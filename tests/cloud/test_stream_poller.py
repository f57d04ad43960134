"""Our stream poller on the emulator: a poison record ends in the on-failure queue, everything else arrives, also over a kill.

The functions here are the test's own: they copy a record's id to another table, and fail of what is marked as poison.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from infra.rehearsal.emulator import Running
from infra.rehearsal.poller_process import PollerProcess, polling
from tests.cloud_wait import until

CODE = """
import boto3, os
table = boto3.client("dynamodb")

def put(record):
    image = record["dynamodb"]["NewImage"]
    table.update_item(TableName="sink", Key={"pk": image["pk"]}, UpdateExpression="ADD seen :one",
                      ExpressionAttributeValues={":one": {"N": "1"}})

def reporting(event, context):
    for record in event["Records"]:
        if "poison" in record["dynamodb"]["NewImage"]:
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
        put(record)
    return {"batchItemFailures": []}

def raising(event, context):
    for record in event["Records"]:
        if "poison" in record["dynamodb"]["NewImage"]:
            raise ValueError("poison")
        put(record)
"""
RETRIES = 2


@dataclass
class Streams:
    """A table with a stream, a function behind it, and what arrived."""

    running: Running
    poller: PollerProcess

    def put(self, first: int, count: int, poison: tuple[int, ...] = ()) -> None:
        for number in range(first, first + count):
            item: dict[str, Any] = {"pk": {"S": f"{number:05}"}}
            if number in poison:
                item["poison"] = {"BOOL": True}
            self.running.client("dynamodb").put_item(TableName="source", Item=item)

    def arrived(self) -> dict[int, int]:
        """Times by number."""
        pages = self.running.client("dynamodb").get_paginator("scan").paginate(TableName="sink", ConsistentRead=True)
        return {int(item["pk"]["S"]): int(item["seen"]["N"]) for page in pages for item in page["Items"]}

    def failures(self) -> list[dict[str, Any]]:
        """What lies in the on-failure queue, left there."""
        texts = [each["Body"] for each in self.running.messages()["lost"]]
        assert not any("poison" in text for text in texts), "a message about a lost record holds the record"
        return [json.loads(text) for text in texts]


@contextmanager
def streams(running: Running, handler: str) -> Iterator[Streams]:
    running.reset()
    dynamodb, key = running.client("dynamodb"), [{"AttributeName": "pk", "KeyType": "HASH"}]
    names = {"AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}], "KeySchema": key}
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    dynamodb.create_table(TableName="source", BillingMode="PAY_PER_REQUEST", StreamSpecification=stream, **names)
    dynamodb.create_table(TableName="sink", BillingMode="PAY_PER_REQUEST", **names)
    running.client("sqs").create_queue(QueueName="lost")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("own.py", CODE)
    running.client("lambda").create_function(
        FunctionName="copy",
        Runtime="python3.13",
        Handler=f"own.{handler}",
        Role="arn:aws:iam::000000000000:role/any",
        Code={"ZipFile": packed.getvalue()},
        Timeout=30,
    )
    mapping = {
        "name": f"copy-{handler}",
        "function": "copy",
        "table": "source",
        "batch": 100,
        "start": "TRIM_HORIZON",
        "retries": RETRIES,
        "bisect": True,
        "report": True,
        "patterns": [{"eventName": ["INSERT"]}],
        "on_failure": "lost",
    }
    with polling(running, [mapping]) as poller:
        yield Streams(running, poller)


@pytest.mark.parametrize("handler", ["reporting", "raising"])
def test_the_poison_is_given_up_alone_and_everything_else_arrives(bare: Running, handler: str) -> None:
    with streams(bare, handler) as world:
        world.put(0, 250, poison=(40, 163))
        good = set(range(250)) - {40, 163}
        until(lambda: set(world.arrived()), lambda seen: seen == good)
        lost = until(world.failures, lambda seen: len(seen) == 2)
        assert all(each["requestContext"]["approximateInvokeCount"] == RETRIES + 1 for each in lost)
        assert all(each["DDBStreamBatchInfo"]["batchSize"] == 1 for each in lost)
        world.put(250, 5)
        until(lambda: set(world.arrived()), lambda seen: seen == good | set(range(250, 255)))
        assert len(world.failures()) == 2
        if handler == "reporting":
            assert set(world.arrived().values()) == {1}


def test_a_lost_record_is_found_again_by_its_place_in_the_stream(bare: Running) -> None:
    with streams(bare, "reporting") as world:
        world.put(0, 3, poison=(1,))
        (lost,) = until(world.failures, lambda seen: len(seen) == 1)
        where, reading = lost["DDBStreamBatchInfo"], bare.client("dynamodbstreams")
        iterator = reading.get_shard_iterator(
            StreamArn=where["streamArn"],
            ShardId=where["shardId"],
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=where["startSequenceNumber"],
        )["ShardIterator"]
        (record,) = reading.get_records(ShardIterator=iterator, Limit=where["batchSize"])["Records"]
        assert record["dynamodb"]["NewImage"]["pk"] == {"S": "00001"}


def test_a_poller_that_is_killed_loses_nothing(bare: Running) -> None:
    with streams(bare, "reporting") as world:
        for first in range(0, 320, 80):
            world.put(first, 60, poison=(130,))
            until(lambda: max(world.arrived(), default=-1), first.__lt__)
            world.poller.kill()
            assert not world.poller.alive()
            world.put(first + 60, 20, poison=(130,))
            world.poller.start()
        until(lambda: set(world.arrived()), lambda seen: seen == set(range(320)) - {130})
        until(world.failures, lambda seen: len(seen) >= 1)
