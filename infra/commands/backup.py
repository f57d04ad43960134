"""`giaouoc backup TARGET`: a consistent, verified copy of the data, also while the engine runs; keys are kept apart."""

from __future__ import annotations

import argparse

from infra.embedded.supervisor import EngineError
from shared.embedded.backup import backup
from shared.kernel.errors import Problem
from shared.texts import say


def main(arguments: argparse.Namespace) -> int:
    """Says what was saved, and that the keys were not."""
    try:
        made = backup(arguments.data, arguments.target)
    except Problem as error:
        raise EngineError(error.code, **error.facts) from error
    for locale in ("vi", "en"):
        print(say("engine.backed_up", locale, files=made.files, target=arguments.target))
    return 0
