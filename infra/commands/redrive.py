"""`giaouoc redrive [QUEUE]`: shows what could not be done, or has it tried again. Repeating is harmless by design.

For a stage on AWS: redrive_on_aws.py.
"""

from __future__ import annotations

import argparse
import os

from infra.commands.aws_environment import cloud, on_aws
from infra.commands.data_folder import data_folder
from infra.embedded.errors import EngineError
from infra.embedded.worker import short_name
from infra.embedded.world import description, policies, subscriptions
from shared.embedded.layout import DataFolder
from shared.embedded.queues import Queues
from shared.embedded.store import Store
from shared.texts import say


def main(arguments: argparse.Namespace) -> int:
    """Without a queue: every queue with its dead letters and their reasons. Raises EngineError."""
    if on_aws(arguments):
        from infra.commands.redrive_on_aws import redrive  # needs the SDK

        with cloud(arguments) as stage:
            return redrive(stage, arguments)
    if arguments.stop or arguments.rate or arguments.since:
        raise EngineError("redrive.on_aws_alone")
    ids = _numbers(arguments.id)
    service = description(os.environ)
    names = [short_name(service, queue) for queue in service.queues if queue.function is not None]
    data = data_folder(arguments, os.environ)
    path = DataFolder(data).store
    if not path.exists():
        raise EngineError("engine.no_store", path=data)
    if arguments.queue is not None and arguments.queue not in names:
        raise EngineError("engine.no_queue", queue=arguments.queue, known=", ".join(names))
    with Store(path, subscriptions(service)) as store:
        queues = Queues(store, policies(service))
        if arguments.queue is None:
            _show(queues, names)
        else:
            count = queues.redrive(arguments.queue, ids)
            for locale in ("vi", "en"):
                print(say("engine.redriven", locale, count=count, queue=arguments.queue))
    return 0


def _numbers(given: list[str] | None) -> list[int] | None:
    """The numbers by which this engine knows its messages."""
    if given is None:
        return None
    try:
        return [int(text) for text in given]
    except ValueError:
        raise EngineError("redrive.id_form", given=" ".join(given)) from None


def _show(queues: Queues, names: list[str]) -> None:
    for locale in ("vi", "en"):
        print(say("redrive.heading", locale))
    for name in names:
        depth = queues.depth(name)
        print(f"{name:28} {depth.due + depth.waiting:6} {depth.dead:6}")
        for letter in queues.dead_letters(name, 20):
            print(f"    #{letter.id}  x{letter.attempts}  {letter.reason}")
