"""Where everything lies in the data folder of the embedded engine: one place for names (edge/wiring, infra, backup).

A folder per concern, so that a backup can take what belongs in it and leave keys and secrets where they are.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The paths below `root`."""

    root: Path

    @property
    def store(self) -> Path:
        """The store file; `.lock`, `.wake`, `-wal` and `-shm` stand beside it."""
        return self.root / "store.db"

    @property
    def objects(self) -> Path:
        """Objects handed out by signed links or by handlers."""
        return self.root / "objects"

    @property
    def public(self) -> Path:
        """Objects served to everybody as files (/.well-known, /status)."""
        return self.root / "public"

    @property
    def keys(self) -> Path:
        """Encrypted signing keys. Never in a backup of data."""
        return self.root / "keys"

    @property
    def link_secret(self) -> Path:
        """What signs links to objects. Never in a backup: another folder makes its own."""
        return self.root / "links.secret"

    @property
    def mail(self) -> Path:
        """The Maildir that stands for a mail server."""
        return self.root / "mail"

    @property
    def sms(self) -> Path:
        """The spool of short messages."""
        return self.root / "sms"

    @property
    def copies(self) -> Path:
        """Where the engine puts its nightly backups: GIAOUOC_BACKUPS, best on another disk; else a folder beside the data."""
        return Path(os.environ.get("GIAOUOC_BACKUPS") or self.root.with_name(self.root.name + "-backups"))

    @property
    def logs(self) -> Path:
        """What the engine's processes write: access and error lines."""
        return self.root / "log"
