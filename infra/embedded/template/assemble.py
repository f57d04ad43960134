"""serverless.yml to a `Service`: reads the files, resolves the variables, has each part read, checks that they fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from infra.embedded.template.error import TemplateError, Where
from infra.embedded.template.functions import Functions, read_functions
from infra.embedded.template.model import Queue, Service
from infra.embedded.template.resources import Resources
from infra.embedded.template.source import Node
from infra.embedded.template.variables import Variables

_TOP = ("service provider functions resources", "frameworkVersion configValidationMode package custom params")
_READ = "architecture memorySize timeout environment httpApi"
_AWS_ALONE = "logRetentionInDays versionFunctions tracing tags stackTags logs deploymentBucket stackPolicy"
_PROVIDER = ("name runtime region stage", f"{_READ} {_AWS_ALONE}")
_EXTENSIONS = "HttpApiStage"
"""What the packaging tool makes and we add to: the stage's throttling, which means nothing here."""


def load(
    path: str | Path,
    *,
    options: Mapping[str, str] | None = None,
    parameters: Mapping[str, str] | None = None,
) -> Service:
    """The service described in the file `path` (serverless.yml) and the files that it includes.

    `options` are the packaging tool's --stage and --region, `parameters` its --param values; what is not given takes
    the default in the file. Raises TemplateError.
    """
    document, stage = resolve(Path(path), options or {}, parameters or {})
    top = document.fields(required=_TOP[0], optional=_TOP[1])
    provider = top["provider"].fields(required=_PROVIDER[0], optional=_PROVIDER[1])
    provider["name"].exactly("aws")
    if "httpApi" in provider:
        provider["httpApi"].fields(required="payload")["payload"].exactly("2.0")
    resources = Resources(_resource_blocks(top["resources"]), provider["region"].text())
    common = {**provider, **{key: top[key] for key in ("package",) if key in top}}
    functions = read_functions(_merged(_blocks(top["functions"])), common, resources)
    return Service(
        name=top["service"].text(),
        stage=stage,
        functions=functions.functions,
        routes=functions.routes,
        queues=_queues(resources, functions),
        subscriptions=resources.subscriptions(),
        schedules=(*functions.schedules, *resources.schedules()),
        tables=resources.tables(),
    )


def resolve(path: Path, options: Mapping[str, str], parameters: Mapping[str, str]) -> tuple[Node, str]:
    """The description without variables, and its stage: what the packaging tool prints. Raises TemplateError."""
    variables = Variables(path.parent, path.name, options, parameters)
    return variables.resolved(), variables.stage()


def _blocks(node: Node) -> tuple[Node, ...]:
    """One mapping, or a list of them (one per included file)."""
    return node.items() if isinstance(node.content, tuple) else (node,)


def _resource_blocks(node: Node) -> dict[str, Node]:
    """The resources. Outputs and conditions are AWS's own; an extension could change what is read here, so few may be."""
    found = []
    for block in _blocks(node):
        fields = block.fields(optional="Resources Outputs Conditions extensions")
        if "extensions" in fields:
            fields["extensions"].fields(optional=_EXTENSIONS)
        if "Resources" in fields:
            found.append(fields["Resources"])
    return _merged(tuple(found))


def _merged(blocks: tuple[Node, ...]) -> dict[str, Node]:
    """All entries of several mappings. The packaging tool would let the later of two equal names win in silence."""
    entries: dict[str, Node] = {}
    for block in blocks:
        for name, entry in block.mapping().items():
            if name in entries:
                raise TemplateError("template.repeated", entry.where, name=name)
            entries[name] = entry
    return entries


def _queues(resources: Resources, functions: Functions) -> tuple[Queue, ...]:
    """The queues with their consumers; every subscribed queue has one, every consumed queue has dead letters."""
    subscribed = {one.queue for one in resources.subscriptions()}
    queues = []
    for queue, where in resources.queues():
        consumer = functions.consumers.get(queue.logical_id)
        if consumer is not None:
            if queue.dead_letter is None:
                raise TemplateError("template.no_dead_letters", where, queue=queue.logical_id)
            _check_visibility(queue, functions, consumer.function, where)
            queue = replace(
                queue,
                function=consumer.function,
                batch_size=consumer.batch_size,
                window_s=consumer.window_s,
                max_concurrency=consumer.max_concurrency,
            )
        elif queue.logical_id in subscribed:
            raise TemplateError("template.no_consumer", where, queue=queue.logical_id)
        queues.append(queue)
    return tuple(queues)


def _check_visibility(queue: Queue, functions: Functions, name: str, where: Where) -> None:
    timeout = next(one.timeout_s for one in functions.functions if one.name == name)
    if queue.visibility_s < timeout:
        raise TemplateError(
            "template.visibility", where, queue=queue.logical_id, visibility=queue.visibility_s, timeout=timeout
        )
