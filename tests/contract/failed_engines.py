"""Engines of FailedWork for its contract suite: messages are put aside as each engine does it, and taken from its queues."""

from __future__ import annotations

import json
from typing import Any

from shared.aws.failed_work import AwsFailedWork
from shared.embedded.failed_work import EmbeddedFailedWork
from shared.embedded.queues import QueuePolicy, Queues
from shared.embedded.store import Store
from tests.support_aws import account_for

NAMES = ("issue-ticket", "send-invitation")


class SqliteQueues:
    def __init__(self) -> None:
        self.store = Store(":memory:")
        self.queues = Queues(self.store, {name: QueuePolicy(max_attempts=1) for name in NAMES})
        self.failed_work = EmbeddedFailedWork(self.store, NAMES)

    def send(self, queue: str, body: str) -> None:
        self.queues.send(queue, [body])

    def fail(self, queue: str, body: str) -> None:
        self.queues.send(queue, [body])
        (leased,) = self.queues.lease(queue, 1, 30)
        self.queues.settle(failed=[(leased, "Unavailable mail.no_server")])

    def due(self, queue: str) -> list[Any]:
        return [json.loads(each.body) for each in self.queues.lease(queue, 100, 30)]


class SqsQueues:
    """The stage `dev` beside a stage whose name goes on."""

    def __init__(self, request: Any) -> None:
        self.client = account_for(request)("sqs")
        for name in (*NAMES, "bus", "outbox"):
            self.client.create_queue(QueueName=f"giaouoc-dev-{name}-dead")
            self.client.create_queue(QueueName=f"giaouoc-dev-x-{name}-dead")
        for name in NAMES:
            self.client.create_queue(QueueName=f"giaouoc-dev-{name}")
        self.failed_work = AwsFailedWork(self.client, "giaouoc-dev", NAMES, poll_s=0)

    def _url(self, name: str) -> str:
        return str(self.client.get_queue_url(QueueName=f"giaouoc-dev-{name}")["QueueUrl"])

    def send(self, queue: str, body: str) -> None:
        self.client.send_message(QueueUrl=self._url(queue), MessageBody=body)

    def fail(self, queue: str, body: str) -> None:
        self.client.send_message(QueueUrl=self._url(f"{queue}-dead"), MessageBody=body)

    def due(self, queue: str) -> list[Any]:
        found: list[Any] = []
        while taken := self.client.receive_message(QueueUrl=self._url(queue), MaxNumberOfMessages=10).get("Messages"):
            found += [json.loads(each["Body"]) for each in taken]
        return found
