"""The copies of the embedded engine's data that lie in the folder of nightly backups (kernel/operations.py, backup.py)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from shared.embedded.backup import MANIFEST
from shared.kernel.operations import Copies

NIGHTLY: Final = re.compile(r"(20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{6}Z)")
"""Names of the copies that the engine makes by itself; `<name>.partial` is not finished."""


class FolderBackups:
    """`folder`: where the engine puts its copies (GIAOUOC_BACKUPS)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def copies(self) -> Copies:
        """Only finished copies count: they were read back before they got their name."""
        try:
            names = [
                path.name
                for path in self._folder.iterdir()
                if NIGHTLY.fullmatch(path.name) and (path / MANIFEST).is_file()
            ]
        except OSError:  # none was made yet, or its disk is not there: there is none to fall back on
            names = []
        latest = max(names, default=None)
        made = datetime.strptime(latest, "%Y-%m-%dT%H%M%SZ").replace(tzinfo=UTC) if latest else None
        return Copies(way="COPIES", latest=made, count=len(names), on_demand=True)
