"""The engine's own timed work: the nightly backup into a second folder, one that an officer asked for, and the removal of
expired items.

Not in serverless.yml: on AWS point-in-time recovery and TTL do the same. Called by the worker process.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

from infra.embedded.scheduler import Job
from infra.embedded.template import Schedule
from infra.embedded.template.expressions import parse
from infra.embedded.world import World
from shared.embedded.backup import MANIFEST, Backup, backup
from shared.identity.maintenance import SettleCopyRequest, TakeCopyRequest
from shared.kernel.errors import Conflict, Problem

KEEP: Final = 14
"""Nightly backups kept; the oldest is removed when a new one has been verified."""

_NAME: Final = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{6}Z(\.partial)?")


def remove_oldest(folder: Path, keep: int = KEEP) -> None:
    """Removes all but the newest nightly backups, and what a killed one left. Nothing else in the folder is touched."""
    ours = [path for path in folder.iterdir() if path.is_dir() and _NAME.fullmatch(path.name)]
    whole = sorted(path for path in ours if (path / MANIFEST).is_file() and path.suffix != ".partial")
    for path in [*whole[:-keep], *(path for path in ours if path.suffix == ".partial")]:
        shutil.rmtree(path, ignore_errors=True)


def own_jobs(world: World) -> tuple[tuple[Schedule, Job], ...]:
    """(when, what): 02:10 in Viet Nam for the backup, every minute for one that was asked for, every hour for the sweep."""

    def nightly() -> None:
        _copy(world)

    def on_request() -> None:
        """One that an officer asked for (shared/identity/maintenance.py); what goes wrong is said on the page that asked."""
        table = world.ports.table("identity")
        try:
            if TakeCopyRequest(table)() is None:
                return
        except Conflict:  # another worker process has it
            return
        settle = SettleCopyRequest(table)
        try:
            made = _copy(world)
        except Problem as problem:
            settle(world.ports.clock.now(), code=problem.code)
        except OSError:
            settle(world.ports.clock.now(), code="operations.copy_disk")
        else:
            settle(world.ports.clock.now(), files=made.files, size=made.size)

    def sweep() -> None:
        world.store.sweep(world.ports.clock.now())

    return (
        (_own("nightly-backup", "cron(10 19 * * ? *)"), nightly),
        (_own("requested-backup", "rate(1 minute)"), on_request),
        (_own("sweep", "rate(1 hour)"), sweep),
    )


def _copy(world: World) -> Backup:
    folder = world.folder.copies
    made = backup(world.data, folder / f"{world.ports.clock.now():%Y-%m-%dT%H%M%SZ}")
    remove_oldest(folder)
    return made


def _own(name: str, expression: str) -> Schedule:
    return Schedule(name=name, expression=parse(expression), function=None, queue=None, input=None)
