"""Facts that the relay gave up: found again in the stream or in the outbox, and put on the bus.

A message of `outbox-dead` names a shard and the first and last record of a batch; it holds none of them. The stream keeps
records for 24 hours; later the facts are still items of the outbox, for seven days, found by the second of their commit.
Carrying a fact twice does no harm, leaving one out would: where records cannot be told apart, all of that time are carried.
Called by infra/commands/redrive_on_aws.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from shared.aws.faults import code_of
from shared.aws.relay import Record, Relay
from shared.aws.table import OUTBOX_LIFETIME

AROUND: Final = timedelta(seconds=60)
"""A fact reaches the stream within moments of its commit; clocks differ by less than this."""
BATCH: Final = 100
_GONE: Final = frozenset({"TrimmedDataAccessException", "ResourceNotFoundException"})


EMPTY: Final = 100
"""Answers without records in a row after which the stream is taken not to hold the last one any more."""


class _NotThere(Exception):
    """The stream does not hold the records."""


class NotCarried(Exception):
    """The bus does not take facts now; `number` is the first that it did not take."""

    def __init__(self, number: str) -> None:
        super().__init__(number)
        self.number = number


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """What one message of the on-failure queue is about."""

    stream: str
    shard: str
    first: str
    last: str
    began: datetime
    ended: datetime


class OutboxRescue:
    """Carries facts of one stage. `streams`, `dynamodb` are an operator's clients."""

    def __init__(self, *, streams: Any, dynamodb: Any, outbox: str, relay: Relay) -> None:
        self._streams = streams
        self._dynamodb = dynamodb
        self._outbox = outbox
        self._relay = relay
        self.carried = 0

    def settle(self, body: str) -> bool:
        """Carries all that a message of the on-failure queue names. False if it is no such message.

        Raises NotCarried when the bus does not take them: the message must stay; the SDK's errors.
        """
        lost = read_message(body)
        if lost is None:
            return False
        try:
            self._carry(self._from_stream(lost))
        except (ClientError, _NotThere) as error:
            if isinstance(error, ClientError) and code_of(error) not in _GONE:
                raise
            self.carry_committed(lost.began - AROUND, lost.ended + AROUND)
        return True

    def carry_committed(self, since: datetime, until: datetime) -> int:
        """Carries every fact of the outbox that was committed in that time; how many. Raises NotCarried."""
        before = self.carried
        self._carry(self._from_outbox(since, until))
        return self.carried - before

    def _carry(self, records: Iterator[Record]) -> None:
        batch: list[Record] = []
        for record in records:
            batch.append(record)
            if len(batch) == BATCH:
                self._send(batch)
                batch = []
        self._send(batch)

    def _send(self, batch: list[Record]) -> None:
        failed = self._relay.carry(batch)
        if failed is not None:
            raise NotCarried(failed)
        self.carried += sum(record["eventName"] == "INSERT" for record in batch)

    def _from_stream(self, lost: Lost) -> Iterator[Record]:
        """From the first record to the last, both included: a batch may have been more than one."""
        iterator = self._streams.get_shard_iterator(
            StreamArn=lost.stream,
            ShardId=lost.shard,
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=lost.first,
        )["ShardIterator"]
        empty = 0
        while iterator and empty < EMPTY:
            answer = self._streams.get_records(ShardIterator=iterator)
            empty = 0 if answer["Records"] else empty + 1
            for record in answer["Records"]:
                number = int(record["dynamodb"]["SequenceNumber"])
                if number > int(lost.last):
                    return
                yield record
                if number == int(lost.last):
                    return
            iterator = answer.get("NextShardIterator")
        raise _NotThere

    def _from_outbox(self, since: datetime, until: datetime) -> Iterator[Record]:
        """The items committed in that time, oldest first, in the form of records."""
        low, high = (int((each + OUTBOX_LIFETIME).timestamp()) for each in (since, until))
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._outbox,
            ConsistentRead=True,
            FilterExpression="#ttl BETWEEN :low AND :high",
            ExpressionAttributeNames={"#ttl": "ttl"},
            ExpressionAttributeValues={":low": {"N": str(low)}, ":high": {"N": str(high)}},
        )
        items = [item for page in pages for item in page["Items"]]
        for item in sorted(items, key=lambda one: (int(one["ttl"]["N"]), _sequence(one))):
            yield {"eventName": "INSERT", "dynamodb": {"SequenceNumber": item["pk"]["S"], "NewImage": item}}


def read_message(body: str) -> Lost | None:
    """What Lambda tells of a batch that it gave up; None for anything else."""
    try:
        info: Mapping[str, Any] = json.loads(body)["DDBStreamBatchInfo"]
        return Lost(
            stream=info["streamArn"],
            shard=info["shardId"],
            first=_number(info["startSequenceNumber"]),
            last=_number(info["endSequenceNumber"]),
            began=datetime.fromisoformat(info["approximateArrivalOfFirstRecord"]),
            ended=datetime.fromisoformat(info["approximateArrivalOfLastRecord"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _number(text: str) -> str:
    """A sequence number as it was written: it is looked for by its digits, zeros in front too."""
    int(text)
    return str(text)


def _sequence(item: Mapping[str, Any]) -> tuple[str, int]:
    """Facts of one subject in their order."""
    try:
        envelope = json.loads(item["envelope"]["S"])
        return str(envelope["subject"]), int(envelope["sequence"])
    except (ValueError, KeyError, TypeError):
        return "", 0
