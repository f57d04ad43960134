"""The whole engine on this machine: emulator, deployed template, stream poller, keys. Called by the rehearsal's tests.

    with rehearsal(folder, template, archives) as stage:
        office = stage.organiser()

What a test asks is asked over HTTP like anybody's request; `ports` are the operator's own view of the same account.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

from infra.rehearsal.deploy import Deployed, deploy
from infra.rehearsal.emulator import REGION, Running, emulator
from infra.rehearsal.operator import Operator
from infra.rehearsal.poller_process import PollerProcess, polling
from infra.sample.client import Client, Reply
from infra.sample.device import enrolled
from shared.aws.clients import Clients
from shared.edge import wiring
from shared.edge.wiring import Ports

ENFORCED: Final = {"AUTH": "true"}
"""Every call is judged by the caller's rights: a function's by the role that the template gives it, nobody else's."""
REST_S: Final = 180.0
_LOOK_EVERY_S: Final = 0.2


class NotAtRest(Exception):
    """The engine does not come to rest; the message names what is still under way."""


class _OperatorClients(Clients):
    """The adapters' clients, of the emulator's account."""

    def __init__(self, running: Running) -> None:
        super().__init__(REGION)
        self._running = running

    def _make(self, service: str) -> Any:
        return self._running.client(service)


class _Visitor(Client):
    """Asks the distribution, whose name on the emulator is `host`; on AWS TLS would end there."""

    def __init__(self, origin: str, endpoint: str, host: str) -> None:
        super().__init__(origin, 60, endpoint=endpoint, host=host)

    def _send(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> Reply:
        return super()._send(method, path, data, {**headers, "x-forwarded-proto": "https"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A deployed engine. `origin` is the office's own name, which no name server knows; requests go to the emulator."""

    running: Running
    deployed: Deployed
    poller: PollerProcess
    ports: Ports
    operator: Operator

    @property
    def origin(self) -> str:
        return self.ports.settings.origin

    def client(self) -> Client:
        """A browser that nobody has signed in with: what it asks goes through the distribution, API and files alike."""
        distribution = self.running.client("cloudfront").get_distribution(Id=self.deployed.physical["Distribution"])
        name = str(distribution["Distribution"]["DomainName"])  # <label>.cloudfront.net
        return _Visitor(self.origin, self.running.endpoint, name.replace(".cloudfront.net", ".cloudfront.localhost"))

    def file(self, path: str) -> bytes:
        """A file of the public bucket, as anybody gets it."""
        return self.client().request("GET", path).body

    def organiser(self) -> Client:
        """Signed in by a one-time link that the operator made."""
        client = self.client()
        client.keep_signed_in(lambda: self.operator.link("organiser"))
        return client

    def gate(self, ceremony: str, place: str) -> Client:
        """A device at a door, with a key of its own."""
        client = self.client()
        enrolled(client, self.operator.link("gate", "--ceremony", ceremony, "--gate", place))
        return client

    def letters(self) -> list[EmailMessage]:
        """Every letter that went out, oldest first, with its text (the emulator keeps no attachments)."""
        return [_letter(each) for each in self.running.letters()]

    def queue_url(self, name: str) -> str:
        """Where a queue takes and gives; by the name without the stage's prefix."""
        return str(self.running.client("sqs").get_queue_url(QueueName=f"{self.prefix}-{name}")["QueueUrl"])

    @property
    def prefix(self) -> str:
        return f"giaouoc-{self.ports.settings.stage}"

    def waiting(self) -> Counter[str]:
        """Messages by queue with a function behind it, those under way too; without the prefix."""
        live = self.deployed.consumed
        held = self.running.messages()
        return Counter({name.removeprefix(f"{self.prefix}-"): len(held[name]) for name in live if held.get(name)})

    def dead_letters(self) -> dict[str, list[dict[str, Any]]]:
        """What lies in queues without a function behind them; empty when all is well."""
        live = self.deployed.consumed
        held = self.running.messages().items()
        return {name.removeprefix(f"{self.prefix}-"): found for name, found in held if found and name not in live}

    def settle(self, within_s: float = REST_S) -> None:
        """Waits until nothing is under way: no message in a queue, no record in the outbox that the bus has not got.

        Raises NotAtRest. In this order, because a message is deleted only after what it brought about is committed.
        """
        deadline = time.monotonic() + within_s
        while True:
            before = self.poller.checkpoints()
            waiting = self.waiting()
            if not waiting and before == self.poller.checkpoints() and not self.behind():
                return
            if not self.poller.alive():
                raise NotAtRest(f"the stream poller has ended: read {self.running.folder}/poller/poller.log")
            if time.monotonic() > deadline:
                raise NotAtRest(f"after {within_s:.0f} s: {dict(waiting)}, records of the outbox: {self.behind()}")
            time.sleep(_LOOK_EVERY_S)

    def behind(self) -> int:
        """Records of streams that the poller has not settled."""
        return sum(
            _records_after(self.running, each["table"], self.poller.last(each["name"])) for each in self.mappings
        )

    @property
    def mappings(self) -> list[dict[str, Any]]:
        return self.deployed.mappings


@contextmanager
def rehearsal(folder: Path, template: Path, archives: Path) -> Iterator[Stage]:
    """Everything up, keys made. The functions' logs are left in `folder`/logs, whatever happens."""
    with emulator(folder, settings=ENFORCED) as running:
        deployed = deploy(running, template, archives)
        ports = wiring.aws({"AWS_REGION": REGION, **deployed.common_environment()}, _OperatorClients(running))
        operator = Operator(running=running, stage=ports.settings.stage, folder=folder / "office")
        operator.hold_key_session()
        with polling(running, deployed.mappings) as poller:
            try:
                yield Stage(running=running, deployed=deployed, poller=poller, ports=ports, operator=operator)
            finally:
                save_logs(running, folder / "logs")


def save_logs(running: Running, folder: Path) -> None:
    """One file for each function: what it wrote, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    logs = running.client("logs")
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            name = group["logGroupName"]
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=name)
            lines = [f"{event['timestamp']} {event['message'].rstrip()}" for each in pages for event in each["events"]]
            if lines:
                (folder / f"{name.rsplit('/', 1)[-1]}.log").write_text("\n".join(lines) + "\n", "utf-8")


def _records_after(running: Running, table: str, last: str | None) -> int:
    stream = running.client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    streams = running.client("dynamodbstreams")
    (shard,) = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
    start = {"ShardIteratorType": "TRIM_HORIZON"}
    if last is not None:
        start = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": last}
    iterator = streams.get_shard_iterator(StreamArn=stream, ShardId=shard["ShardId"], **start)["ShardIterator"]
    return len(streams.get_records(ShardIterator=iterator, Limit=1000)["Records"])


def _letter(kept: dict[str, Any]) -> EmailMessage:
    letter = EmailMessage()
    letter["to"] = ", ".join(kept["To"])
    letter["from"] = kept["Source"]
    letter["subject"] = kept["Subject"]
    letter.set_content(kept["BodyText"])
    return letter
