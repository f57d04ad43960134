"""Functions and their events: routes, queue consumers, schedules.

A `stream` event is passed over, but only on the outbox's table: its relay carries events to the bus on AWS, while the
embedded engine writes the queues' rows in the commit itself. A stream of any other table would go unread here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from infra.embedded.template.error import TemplateError
from infra.embedded.template.model import Function, Route, Schedule
from infra.embedded.template.resources import Resources, expression
from infra.embedded.template.routing import well_formed
from infra.embedded.template.source import Node

RELAYED_TABLE = "OutboxTable"
_HANDLER = re.compile(r"functions\.[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\.handler")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "ANY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """How a function takes messages from its queue."""

    function: str
    batch_size: int
    window_s: int
    max_concurrency: int | None


@dataclass(slots=True)
class Functions:
    """What the `functions` part says; `consumers` by the queue's logical id."""

    functions: tuple[Function, ...] = ()
    routes: tuple[Route, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    consumers: dict[str, Consumer] = field(default_factory=dict)


def read_functions(entries: dict[str, Node], provider: dict[str, Node], resources: Resources) -> Functions:
    """Every function with its events. Raises TemplateError."""
    found = Functions()
    for name, entry in entries.items():
        fields = entry.fields(
            required="handler",
            optional="description timeout memorySize environment events role reservedConcurrency ephemeralStorageSize "
            "tags package",
        )
        found.functions += (_function(name, fields, provider, resources),)
        for event in fields.get("events", Node((), entry.where)).items():
            _read_event(event, name, resources, found)
    return found


def _function(name: str, fields: dict[str, Node], provider: dict[str, Node], resources: Resources) -> Function:
    handler = fields["handler"]
    if not _HANDLER.fullmatch(handler.text()):
        raise handler.wrong("functions.<context>.<verb>.handler")
    settings = {**provider, **fields}
    environment = {
        key: resources.local_value(value)
        for part in (provider, fields)
        if "environment" in part
        for key, value in part["environment"].mapping().items()
    }
    return Function(
        name=name,
        handler=handler.text(),
        timeout_s=settings["timeout"].integer(1, 900) if "timeout" in settings else 6,
        memory_mb=settings["memorySize"].integer(128, 10240) if "memorySize" in settings else 1024,
        environment=environment,
        archive=settings["package"].fields(required="artifact")["artifact"].text() if "package" in settings else "",
    )


def _read_event(event: Node, function: str, resources: Resources, found: Functions) -> None:
    kinds = event.mapping()
    if len(kinds) != 1:
        raise event.wrong("httpApi, sqs, schedule, stream")
    kind, value = next(iter(kinds.items()))
    if kind == "httpApi":
        found.routes += (_route(value, function, found.routes),)
    elif kind == "sqs":
        _read_consumer(value, function, resources, found)
    elif kind == "schedule":
        found.schedules += _schedules(value, function, len(found.schedules))
    elif kind == "stream":
        _pass_over_relay(value, resources)
    else:
        raise TemplateError("template.unknown_key", value.where, key=kind, known="httpApi, schedule, sqs, stream")


def _route(node: Node, function: str, others: tuple[Route, ...]) -> Route:
    """`POST /path`, `*`, or {method, path}, as the packaging tool reads them."""
    if isinstance(node.content, str):
        method, _, path = node.content.partition(" ") if node.content != "*" else ("*", "", "*")
    else:
        fields = node.fields(required="path", optional="method")
        path = fields["path"].text()
        if path != "*" and "method" not in fields:
            raise TemplateError("template.missing_key", node.where, key="method")
        method = fields["method"].text() if "method" in fields else "*"
    method = "ANY" if method == "*" else method.upper()
    path = "$default" if path == "*" else path
    if method not in _METHODS or (path == "$default" and method != "ANY"):
        raise node.wrong(", ".join([*_METHODS, "*"]))
    if path != "$default" and not well_formed(path):
        raise node.wrong("/a/{b}/{c+}")
    route = Route(method=method, path=path, function=function)
    if any(route.key == other.key for other in others):
        raise TemplateError("template.repeated", node.where, name=route.key)
    return route


def _read_consumer(node: Node, function: str, resources: Resources, found: Functions) -> None:
    fields = node.fields(
        required="arn functionResponseType", optional="batchSize maximumBatchingWindow maximumConcurrency enabled"
    )
    if "enabled" in fields:
        fields["enabled"].exactly(True)
    fields["functionResponseType"].exactly("ReportBatchItemFailures")  # else one bad message repeats its whole batch
    queue = resources.queue_of(fields["arn"])
    if queue in found.consumers:
        raise TemplateError(
            "template.two_consumers", node.where, queue=queue, first=found.consumers[queue].function, second=function
        )
    window = fields["maximumBatchingWindow"].integer(0, 300) if "maximumBatchingWindow" in fields else 0
    # SQS gives at most 10 at once; more only together with a window to collect them
    limit = 10_000 if window else 10
    found.consumers[queue] = Consumer(
        function=function,
        batch_size=fields["batchSize"].integer(1, limit) if "batchSize" in fields else 10,
        window_s=window,
        max_concurrency=fields["maximumConcurrency"].integer(2, 1000) if "maximumConcurrency" in fields else None,
    )


def _schedules(node: Node, function: str, count: int) -> tuple[Schedule, ...]:
    """`rate(...)`, or {rate, input}; `rate` may be a list. Named after the function and a running number."""
    if isinstance(node.content, str):
        rates: tuple[Node, ...] = (node,)
        given: Any = None
    else:
        fields = node.fields(required="rate", optional="input enabled name description")
        if "enabled" in fields:
            fields["enabled"].exactly(True)
        rates = fields["rate"].items() if isinstance(fields["rate"].content, tuple) else (fields["rate"],)
        given = _input(fields["input"]) if "input" in fields else None
    return tuple(
        Schedule(
            name=f"{function}-{count + place}", expression=expression(rate), function=function, queue=None, input=given
        )
        for place, rate in enumerate(rates, 1)
    )


def _input(node: Node) -> Any:
    """The input as the function gets it: a mapping, or a text that holds JSON."""
    if not isinstance(node.content, str):
        return {key: value.plain() for key, value in node.mapping().items()}
    try:
        return json.loads(node.content)
    except json.JSONDecodeError:
        raise node.wrong("JSON") from None


def _pass_over_relay(node: Node, resources: Resources) -> None:
    table = resources.table_of(node.mapping().get("arn", node))
    if table != RELAYED_TABLE:
        raise TemplateError("template.stream", node.where, table=table, relayed=RELAYED_TABLE)
