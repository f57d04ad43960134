"""`giaouoc redrive --stage ...`: the dead letters of a stage on AWS, shown or tried again (called by redrive.py).

Three kinds: a queue's own (moved back by SQS), `bus` (what the bus or a schedule could not deliver: sent to the queue it was
for), `outbox` (facts that never reached the bus: found in the stream or in the outbox, and put there).
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from infra.commands.aws_environment import Cloud
from infra.embedded.errors import EngineError
from infra.embedded.worker import short_name
from infra.embedded.world import description
from shared.aws.dead_letters import DEAD, UNLISTED, DeadLetters, DeadQueue, Moved, fact_of, target_queue
from shared.aws.outbox_rescue import NotCarried, OutboxRescue
from shared.aws.relay import Relay
from shared.aws.table import OUTBOX_LIFETIME
from shared.texts import LOCALES, say

BUS: Final = "bus"
OUTBOX: Final = "outbox"
VIET_NAM: Final = timezone(timedelta(hours=7))


def redrive(stage: Cloud, arguments: argparse.Namespace) -> int:
    """Exit code 1 where something stays. Raises EngineError."""
    if arguments.since and arguments.queue != OUTBOX:
        raise EngineError("redrive.since_outbox")
    if arguments.queue is None and (arguments.stop or arguments.rate or arguments.id):
        raise EngineError("redrive.which_queue")
    letters = DeadLetters(stage.clients.get("sqs"), stage.prefix, dead_queues())
    queues = {queue.name: queue for queue in letters.queues()}
    if arguments.queue is None:
        _show(letters, queues.values())
        return 0
    queue = queues.get(arguments.queue)
    if queue is None:
        raise EngineError("engine.no_queue", queue=arguments.queue, known=", ".join(queues))
    if arguments.stop:
        moved = letters.stop(queue)
        _say("redrive.nothing_to_stop" if moved is None else "redrive.stopped", queue=queue.name, count=moved)
        return 0
    if arguments.since:
        count = _rescue(stage).carry_committed(_time(arguments.since), datetime.now(UTC))
        _say("redrive.carried", count=count)
        return 0
    return _report(queue, _move(stage, letters, queue, arguments), len(set(arguments.id or ())))


def dead_queues() -> list[str]:
    """The queues of dead letters that serverless.yml names, without prefix and ending: the same in every stage."""
    service = description(os.environ)
    names = [short_name(service, queue) for queue in service.queues]
    return [name.removesuffix(DEAD) for name in names if name.endswith(DEAD)]


def _move(stage: Cloud, letters: DeadLetters, queue: DeadQueue, arguments: argparse.Namespace) -> Moved:
    ids: Collection[str] | None = arguments.id
    if queue.name == OUTBOX:
        return letters.take(queue, _settle(_rescue(stage)), ids)
    if queue.name == BUS:
        return letters.move(queue, ids, arguments.rate, route=_route(stage))
    if ids:
        return letters.move(queue, ids, arguments.rate)
    return letters.move_all(queue, arguments.rate)


def _settle(rescue: OutboxRescue) -> Callable[[str], bool]:
    """One message whose facts the bus does not take holds up no other."""

    def settle(body: str) -> bool:
        try:
            return rescue.settle(body)
        except NotCarried:
            return False

    return settle


def _rescue(stage: Cloud) -> OutboxRescue:
    clients = stage.clients
    return OutboxRescue(
        streams=clients.get("dynamodbstreams"),
        dynamodb=clients.get("dynamodb"),
        outbox=f"{stage.prefix}-outbox",
        relay=Relay(clients.get("events"), stage.prefix),
    )


def _route(stage: Cloud) -> Callable[[Mapping[str, Any]], str | None]:
    """The queue of a message of the bus: as the message says, else by the rules if they leave no doubt."""
    service = description(os.environ)

    def route(message: Mapping[str, Any]) -> str | None:
        told = target_queue(message, stage.prefix)
        if told is not None:
            return told
        source, kind, _ = fact_of(message["Body"])
        known = service.subscribers(source, kind)
        return short_name(service, known[0]) if len(known) == 1 else None

    return route


def _report(queue: DeadQueue, moved: Moved, wanted: int) -> int:
    """`wanted`: how many messages were asked for by their ids."""
    _say("engine.redriven", count=moved.count, queue=queue.name)
    if moved.reason == UNLISTED:
        _say("redrive.move_unlisted", queue=queue.name)
    elif moved.reason:
        _say("redrive.move_ended", queue=queue.name, reason=moved.reason)
    if moved.stuck:
        _say("redrive.stuck", count=moved.stuck, queue=queue.name)
    elif moved.count < wanted:
        _say("redrive.not_found", count=wanted - moved.count, queue=queue.name)
    return 1 if moved.stuck or moved.reason or moved.count < wanted else 0


def _show(letters: DeadLetters, queues: Collection[DeadQueue]) -> None:
    _say("redrive.heading_aws")
    now = datetime.now(UTC)
    for queue in queues:
        print(f"{queue.name:28} {queue.count:6}")
        for letter in letters.look(queue) if queue.count else ():
            hours = (now - letter.since).total_seconds() / 3600
            print(f"    {letter.id}  {hours:6.1f} h  {letter.fact}  {letter.reason}  {letter.correlation_id}")
    _say("redrive.how")


def _time(text: str) -> datetime:
    """A time of the last seven days: the outbox keeps facts no longer. Without an offset it is Viet Nam's."""
    try:
        since = datetime.fromisoformat(text)
    except ValueError:
        raise EngineError("redrive.since_form", given=text) from None
    since = since if since.tzinfo else since.replace(tzinfo=VIET_NAM)
    if not datetime.now(UTC) - OUTBOX_LIFETIME <= since <= datetime.now(UTC):
        raise EngineError("redrive.since_form", given=text)
    return since


def _say(code: str, **facts: object) -> None:
    for locale in LOCALES:
        print(say(code, locale, **facts))
