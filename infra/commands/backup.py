"""`giaouoc backup TARGET`: a consistent, verified copy of the data, also while the engine runs; keys are kept apart."""

from __future__ import annotations

import argparse

from shared.embedded.backup import backup
from shared.texts import say


def main(arguments: argparse.Namespace) -> int:
    """Says what was saved, and that the keys were not. Raises BackupError."""
    made = backup(arguments.data, arguments.target)
    for locale in ("vi", "en"):
        print(say("engine.backed_up", locale, files=made.files, target=arguments.target))
    return 0
