"""Reads DynamoDB streams and calls functions with them, in place of the emulator's own mappings, which lose records.

A process of its own, `python -m infra.rehearsal.stream_poller CONFIG`, one thread for each mapping; may be killed at any
time: where a mapping stands is a file, moved on when a record is settled. What fails around a record (no answer, a throttle,
another stream under the same table) is no attempt of it: the poller waits and goes on from the checkpoint. Tables are known
by name, because a stream's ARN changes with every deployment.

CONFIG is JSON: {"endpoint", "region", "checkpoints": folder, "mappings": [{"name", "function", "table", "batch", "start",
"retries", "bisect", "report", "patterns", "on_failure": queue's name or null}]}.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.rehearsal.stream_delivery import (
    Outcome,
    Record,
    Rules,
    check_pattern,
    deliver,
    failure_message,
    first_failed,
    number_of,
    wanted,
)

IDLE_S: Final = 0.1
AGAIN_S: Final = 0.5
_log = logging.getLogger("rehearsal.streams")


class Stopping(Exception):
    """The process is to end; what is not settled comes again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamMapping:
    """One event source mapping; `start` is TRIM_HORIZON or LATEST, `on_failure` a queue's name."""

    name: str
    function: str
    table: str
    batch: int
    start: str
    rules: Rules
    on_failure: str | None


def read_mapping(given: Mapping[str, Any]) -> StreamMapping:
    """A mapping of CONFIG. Raises ValueError, KeyError for what is not understood."""
    patterns = tuple(check_pattern(each) for each in given["patterns"])
    rules = Rules(retries=given["retries"], bisect=given["bisect"], report=given["report"], patterns=patterns)
    if not 0 <= rules.retries <= 10_000:
        raise ValueError("retries without an end are not built")
    return StreamMapping(
        name=given["name"],
        function=given["function"],
        table=given["table"],
        batch=given["batch"],
        start=given["start"],
        rules=rules,
        on_failure=given["on_failure"],
    )


class Checkpoint:
    """How far a mapping has come, in a file that is replaced as a whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def after(self, stream: str) -> str | None:
        """The last settled number of this stream; None before the first, and in another stream."""
        if not self._path.exists():
            return None
        kept = json.loads(self._path.read_text("utf-8"))
        return str(kept["last"]) if kept["stream"] == stream else None

    def set(self, stream: str, number: str) -> None:
        written = self._path.with_suffix(".new")
        written.write_text(json.dumps({"stream": stream, "last": number}), "utf-8")
        os.replace(written, self._path)


class Reader:
    """One mapping at work (also the Target of its deliveries)."""

    def __init__(
        self,
        mapping: StreamMapping,
        checkpoint: Checkpoint,
        client: Callable[[str], Any],
        stopping: threading.Event,
    ) -> None:
        self._mapping = mapping
        self._checkpoint = checkpoint
        self._client = client
        self._stopping = stopping
        self._stream = ""
        self._shard = ""

    def run(self) -> None:
        """Until the process is to end."""
        while not self._stopping.is_set():
            try:
                for records in self._batches():
                    self._settle(records)
            except Stopping:
                return
            except (ClientError, BotoCoreError, OSError) as error:
                _log.warning("%s: %s", self._mapping.name, error)
                self._stopping.wait(AGAIN_S)

    def _settle(self, records: Sequence[Record]) -> None:
        chosen = [record for record in records if wanted(record, self._mapping.rules.patterns)]
        deliver(chosen, self._mapping.rules, self)
        self.advance(number_of(records[-1]))

    def _batches(self) -> Iterator[Sequence[Record]]:
        streams = self._client("dynamodbstreams")
        self._stream = self._client("dynamodb").describe_table(TableName=self._mapping.table)["Table"][
            "LatestStreamArn"
        ]
        (shard,) = streams.describe_stream(StreamArn=self._stream)["StreamDescription"]["Shards"]
        self._shard = shard["ShardId"]
        iterator = self._iterator(streams)
        while iterator is not None:
            if self._stopping.is_set():
                raise Stopping
            page = streams.get_records(ShardIterator=iterator, Limit=self._mapping.batch)
            if page["Records"]:
                yield [as_lambda_gets_it(record, self._stream) for record in page["Records"]]
            else:
                self._stopping.wait(IDLE_S)
            iterator = page.get("NextShardIterator")

    def _iterator(self, streams: Any) -> str:
        where = {"StreamArn": self._stream, "ShardId": self._shard}
        last = self._checkpoint.after(self._stream)
        if last is not None:
            try:
                after = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": last}
                return str(streams.get_shard_iterator(**where, **after)["ShardIterator"])
            except ClientError as error:
                if error.response["Error"]["Code"] != "TrimmedDataAccessException":
                    raise
        start = self._mapping.start if last is None else "TRIM_HORIZON"
        return str(streams.get_shard_iterator(**where, ShardIteratorType=start)["ShardIterator"])

    def invoke(self, records: Sequence[Record]) -> Outcome:
        """See Target. SDK retries are off: they would deliver a second time without our knowing."""
        if self._stopping.is_set():
            raise Stopping
        payload = json.dumps({"Records": list(records)}).encode()
        answer = self._client("lambda").invoke(FunctionName=self._mapping.function, Payload=payload)
        body = answer["Payload"].read()
        request_id = answer["ResponseMetadata"].get("RequestId", "")
        if answer.get("FunctionError"):
            _log.warning("%s: %s", self._mapping.name, body[:500])
            return Outcome(failed=0, request_id=request_id, function_error=answer["FunctionError"])
        failed = first_failed(json.loads(body or b"null"), records) if self._mapping.rules.report else None
        return Outcome(failed=failed, request_id=request_id)

    def advance(self, number: str) -> None:
        """See Target."""
        self._checkpoint.set(self._stream, number)

    def give_up(self, records: Sequence[Record], attempts: int, last: Outcome) -> None:
        """See Target."""
        _log.warning("%s: given up after %d attempts: %d records", self._mapping.name, attempts, len(records))
        if self._mapping.on_failure is None:
            return
        function = self._client("lambda").get_function_configuration(FunctionName=self._mapping.function)
        text = failure_message(
            records, attempts, last, function_arn=function["FunctionArn"], shard=self._shard, now=datetime.now(UTC)
        )
        queue = self._client("sqs").get_queue_url(QueueName=self._mapping.on_failure)["QueueUrl"]
        self._client("sqs").send_message(QueueUrl=queue, MessageBody=text)

    def pause(self, seconds: float) -> None:
        """See Target."""
        if self._stopping.wait(seconds):
            raise Stopping


def as_lambda_gets_it(record: Mapping[str, Any], stream: str) -> dict[str, Any]:
    """A record of GetRecords as a function meets it: binary as base64, times as numbers, its stream named."""
    made: dict[str, Any] = {**record, "eventSourceARN": stream, "dynamodb": _plain(record["dynamodb"])}
    identity = made.pop("userIdentity", None)
    if identity:
        made["userIdentity"] = {name[0].lower() + name[1:]: value for name, value in identity.items()}
    return made


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, datetime):
        return int(value.timestamp())
    return value


class _Clients:
    """The clients of all mappings, each made once; nothing is sent twice behind our back."""

    def __init__(self, endpoint: str, region: str) -> None:
        self._given = {"endpoint_url": endpoint, "region_name": region}
        self._made: dict[str, Any] = {}
        self._lock = threading.Lock()

    def __call__(self, service: str) -> Any:
        with self._lock:
            if service not in self._made:
                once = Config(retries={"total_max_attempts": 1}, read_timeout=120, max_pool_connections=16)
                keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
                self._made[service] = boto3.session.Session().client(service, **self._given, **keys, config=once)
            return self._made[service]


def main(config: Path) -> int:
    """Ends with SIGTERM, after the invocations under way; and with the process that started it. 1 if a mapping gave out."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    given = json.loads(config.read_text("utf-8"))
    folder = Path(given["checkpoints"])
    folder.mkdir(parents=True, exist_ok=True)
    clients = _Clients(given["endpoint"], given["region"])
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: stopping.set())
    threads = []
    for mapping in map(read_mapping, given["mappings"]):
        reader = Reader(mapping, Checkpoint(folder / f"{mapping.name}.json"), clients, stopping)
        threads.append(threading.Thread(target=reader.run, name=mapping.name))
    for thread in threads:
        thread.start()
    parent = os.getppid()
    while not stopping.wait(0.5):
        if os.getppid() != parent:
            stopping.set()
        elif not all(thread.is_alive() for thread in threads):  # its error is in the log
            stopping.set()
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
