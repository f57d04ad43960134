"""What the description says, as frozen values: read by the embedded engine, compared with AWS's by the tests.

Times are seconds. `logical_id` is a resource's name inside serverless.yml; `name` is its physical name, on queues the
last part of the ARN that handlers see in `eventSourceARN`, the same on both engines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.embedded.template.expressions import Cron, Rate

EMBEDDED_ACCOUNT = "000000000000"
"""Stands for the AWS account in the ARNs of the embedded engine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One Lambda function. `handler` is `functions.<context>.<verb>.handler`: a module and the callable in it.

    `environment` is what AWS sets: references as physical names, ARNs with EMBEDDED_ACCOUNT. The embedded engine sets
    GIAOUOC_ENGINE and HOST itself. `archive` is what AWS unpacks for it, a path relative to serverless.yml; the embedded
    engine runs from the sources.
    """

    name: str
    handler: str
    timeout_s: int
    memory_mb: int
    environment: Mapping[str, str]
    archive: str = ""

    @property
    def module(self) -> str:
        return self.handler.rpartition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`method` is GET, POST... or ANY; `path` has {name} and, at its end, {name+}; `$default` takes what is left."""

    method: str
    path: str
    function: str

    @property
    def key(self) -> str:
        """API Gateway's routeKey."""
        return self.path if self.path == "$default" else f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A standard queue. Without `function` nobody consumes it: it holds dead letters.

    `max_attempts` deliveries, then the message moves to the queue with the logical id `dead_letter`; both are None on
    a queue that nobody consumes. `max_concurrency` None: no limit but the engine's own.
    """

    logical_id: str
    name: str
    arn: str
    function: str | None
    batch_size: int
    window_s: int
    visibility_s: int
    delay_s: int
    max_attempts: int | None
    dead_letter: str | None
    max_concurrency: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Facts of this source and type go to this queue (its logical id)."""

    source: str
    detail_type: str
    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """At the times of `expression` (UTC), `input` goes to a function, or as a message's body to a queue (logical id).

    Exactly one of `function` and `queue` is set. `input` None: the engine sends its own scheduled event.
    """

    name: str
    expression: Rate | Cron
    function: str | None
    queue: str | None
    input: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TableIndex:
    name: str
    partition_key: str
    sort_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with a partition and a sort key, both texts. `streamed`: the outbox, read by the relay on AWS."""

    logical_id: str
    name: str
    partition_key: str
    sort_key: str
    indexes: tuple[TableIndex, ...]
    streamed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The whole description, each tuple in the order of the files. `prefix` begins every physical name."""

    name: str
    stage: str
    functions: tuple[Function, ...]
    routes: tuple[Route, ...]
    queues: tuple[Queue, ...]
    subscriptions: tuple[Subscription, ...]
    schedules: tuple[Schedule, ...]
    tables: tuple[Table, ...]

    @property
    def prefix(self) -> str:
        return f"{self.name}-{self.stage}"

    def function(self, name: str) -> Function:
        """Raises KeyError."""
        for function in self.functions:
            if function.name == name:
                return function
        raise KeyError(name)

    def queue(self, name: str) -> Queue:
        """By logical id, by name, or by the name without the prefix, as people write it. Raises KeyError."""
        for queue in self.queues:
            if name in (queue.logical_id, queue.name, queue.name.removeprefix(self.prefix + "-")):
                return queue
        raise KeyError(name)

    def subscribers(self, source: str, detail_type: str) -> tuple[Queue, ...]:
        """The queues that get a fact of this source and type, each once, as the bus would send it."""
        wanted = (source, detail_type)
        ids = {one.queue for one in self.subscriptions if (one.source, one.detail_type) == wanted}
        return tuple(queue for queue in self.queues if queue.logical_id in ids)
