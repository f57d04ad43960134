"""The engine's own timed work: the nightly backup into a second folder, and the removal of expired items.

Not in serverless.yml: on AWS point-in-time recovery and TTL do the same. Called by the worker process.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Final

from infra.embedded.scheduler import Job
from infra.embedded.template import Schedule
from infra.embedded.template.expressions import parse
from infra.embedded.world import World
from shared.embedded.backup import MANIFEST, backup

KEEP: Final = 14
"""Nightly backups kept; the oldest is removed when a new one has been verified."""

_NAME: Final = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{6}Z(\.partial)?")


def backup_folder(data: Path) -> Path:
    """GIAOUOC_BACKUPS, best on another disk; else a folder beside the data."""
    return Path(os.environ.get("GIAOUOC_BACKUPS") or data.with_name(data.name + "-backups"))


def remove_oldest(folder: Path, keep: int = KEEP) -> None:
    """Removes all but the newest nightly backups, and what a killed one left. Nothing else in the folder is touched."""
    ours = [path for path in folder.iterdir() if path.is_dir() and _NAME.fullmatch(path.name)]
    whole = sorted(path for path in ours if (path / MANIFEST).is_file() and path.suffix != ".partial")
    for path in [*whole[:-keep], *(path for path in ours if path.suffix == ".partial")]:
        shutil.rmtree(path, ignore_errors=True)


def own_jobs(world: World) -> tuple[tuple[Schedule, Job], ...]:
    """(when, what): 02:10 in Viet Nam for the backup, every hour for the sweep."""

    def nightly() -> None:
        folder = backup_folder(world.data)
        backup(world.data, folder / f"{world.ports.clock.now():%Y-%m-%dT%H%M%SZ}")
        remove_oldest(folder)

    def sweep() -> None:
        world.store.sweep(world.ports.clock.now())

    return (
        (_own("nightly-backup", "cron(10 19 * * ? *)"), nightly),
        (_own("sweep", "rate(1 hour)"), sweep),
    )


def _own(name: str, expression: str) -> Schedule:
    return Schedule(name=name, expression=parse(expression), function=None, queue=None, input=None)
