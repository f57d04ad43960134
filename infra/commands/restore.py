"""`giaouoc restore BACKUP DATA`: verifies a backup whole, then puts it into an empty data folder."""

from __future__ import annotations

import argparse

from infra.embedded.supervisor import EngineError
from shared.embedded.backup import restore
from shared.kernel.errors import Problem
from shared.texts import say


def main(arguments: argparse.Namespace) -> int:
    """Says what was restored, and that the keys must be put back from their own copy."""
    try:
        made = restore(arguments.backup, arguments.data)
    except Problem as error:
        raise EngineError(error.code, **error.facts) from error
    for locale in ("vi", "en"):
        print(say("engine.restored", locale, files=made.files, data=arguments.data))
    return 0
