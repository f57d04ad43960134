"""`giaouoc restore BACKUP DATA`: verifies a backup whole, then puts it into an empty data folder."""

from __future__ import annotations

import argparse

from shared.embedded.backup import restore
from shared.texts import say


def main(arguments: argparse.Namespace) -> int:
    """Says what was restored, and that the keys must be put back from their own copy. Raises BackupError."""
    made = restore(arguments.backup, arguments.data)
    for locale in ("vi", "en"):
        print(say("engine.restored", locale, files=made.files, data=arguments.data))
    return 0
