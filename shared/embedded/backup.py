"""Consistent copies of a data folder while it is in use, and the way back (called by infra/commands and the scheduler).

A backup is a folder: `store.db` (a snapshot by SQLite's backup API), `objects/` and `public/` (hard links where the
disk allows, for an object is never changed in place), and `manifest.json` with the SHA-256 of each file. The store is
copied first: whatever it names was stored before, so it is among the objects copied afterwards. Keys, secrets, the
Maildir and the spool are not in it. A folder that bears the backup's name is complete and was verified: it is written
as `<name>.partial`, read back, and renamed.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from shared.embedded.files import disk_errors, make_folder, sync_folder
from shared.embedded.layout import DataFolder
from shared.embedded.schema import APPLICATION_ID, SCHEMA
from shared.embedded.sqlite_errors import code_of
from shared.kernel.clock import rfc3339
from shared.kernel.errors import Problem

MANIFEST: Final = "manifest.json"
STORE: Final = "store.db"
_TREES: Final = ("objects", "public")
_NAME = re.compile(r"store\.db|(objects|public)/(data|type)(/[A-Za-z0-9._-]+)+")


class BackupError(Problem):
    """The backup, or what should be restored, is not whole: nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What was copied: `made_at` by the machine's clock, number of files, bytes, the schema of the store."""

    folder: Path
    made_at: str
    files: int
    size: int
    schema: int


def backup(data: Path, target: Path) -> Backup:
    """Copy the data folder `data` to the new folder `target`, verified. Writers are not held up.

    Raises BackupError: backup.no_store, backup.target_exists, backup.damaged; Unavailable for the disk.
    """
    layout = DataFolder(data)
    if not layout.store.is_file():
        raise BackupError("backup.no_store", path=str(data))
    if target.exists():
        raise BackupError("backup.target_exists", path=str(target))
    partial = target.with_name(target.name + ".partial")
    with disk_errors():
        if partial.exists():
            shutil.rmtree(partial)  # left by one that was killed
        make_folder(partial)
        _copy_store(layout.store, partial / STORE)
        files = {STORE: _describe(partial / STORE)}
        for tree, source in zip(_TREES, (layout.objects, layout.public), strict=True):
            for name, path in _objects_of(source, tree):
                if _copied(path, partial / name):
                    files[name] = _describe(partial / name)
        made_at = rfc3339(datetime.now(UTC))
        manifest = {"v": 1, "made_at": made_at, "schema": _check_store(partial / STORE), "files": files}
        (partial / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        done = verify(partial)
        _sync_tree(partial)
        partial.rename(target)
        sync_folder(target.parent)
    return Backup(folder=target, made_at=made_at, files=done.files, size=done.size, schema=done.schema)


def verify(folder: Path) -> Backup:
    """Read a whole backup: every file of the manifest with its digest, no other file, a sound store of a known schema.

    Raises BackupError: backup.not_a_backup, backup.missing, backup.damaged, backup.unexpected, backup.newer_schema.
    """
    manifest = _manifest(folder)
    files: dict[str, dict[str, Any]] = manifest["files"]
    present = {
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()
    } - {MANIFEST}
    for name in sorted(files):
        if name not in present:
            raise BackupError("backup.missing", file=name)
        if _describe(folder / name) != files[name]:
            raise BackupError("backup.damaged", file=name)
    for name in sorted(present - set(files)):
        raise BackupError("backup.unexpected", file=name)
    if _check_store(folder / STORE) > SCHEMA:
        raise BackupError("backup.newer_schema", found=manifest["schema"], known=SCHEMA)
    return Backup(
        folder=folder,
        made_at=manifest["made_at"],
        files=len(files),
        size=sum(int(each["size"]) for each in files.values()),
        schema=manifest["schema"],
    )


def restore(folder: Path, data: Path) -> Backup:
    """Verify the backup, then make `data` (absent or empty) from it; it appears whole or not at all.

    Raises BackupError as `verify` does, and backup.data_not_empty.
    """
    found = verify(folder)
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise BackupError("backup.data_not_empty", path=str(data))
    partial = data.with_name(data.name + ".restoring")
    with disk_errors():
        if partial.exists():
            shutil.rmtree(partial)
        make_folder(partial)
        for name, described in _manifest(folder)["files"].items():
            target = partial / name
            make_folder(target.parent)
            shutil.copyfile(folder / name, target)  # not linked: the store will be written to
            target.chmod(0o600)
            if _describe(target) != described:
                raise BackupError("backup.damaged", file=name)
        _sync_tree(partial)
        partial.rename(data)
        sync_folder(data.parent)
    return found


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        files = manifest["files"]
        sound = manifest["v"] == 1 and isinstance(manifest["made_at"], str) and isinstance(manifest["schema"], int)
        sound = sound and STORE in files and all(_is_entry(name, files[name]) for name in files)
    except (OSError, ValueError, KeyError, TypeError):
        sound = False
    if not sound:
        raise BackupError("backup.not_a_backup", path=str(folder))
    return dict(manifest)


def _is_entry(name: str, described: Any) -> bool:
    plain = _NAME.fullmatch(name) is not None and {".", ".."}.isdisjoint(name.split("/"))
    return plain and set(described) == {"sha256", "size"} and isinstance(described["size"], int)


def _copy_store(source: Path, target: Path) -> None:
    origin = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
    copy = sqlite3.connect(target)
    try:
        origin.backup(copy)  # all pages in one step: one snapshot, and writers go on in the WAL
        copy.execute("PRAGMA journal_mode=DELETE")
        copy.execute("DELETE FROM meta WHERE name = 'boot'")  # who held a message is not there any more: all are due
        copy.commit()
    except sqlite3.Error as error:
        raise BackupError("backup.damaged", file=STORE, reason=code_of(error)) from error
    finally:
        copy.close()
        origin.close()
    target.chmod(0o600)


def _check_store(path: Path) -> int:
    """The schema number of a sound store. Raises BackupError."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            sound = connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
            ours = connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
            schema = int(connection.execute("PRAGMA user_version").fetchone()[0])
        finally:
            connection.close()
    except sqlite3.Error:
        sound, ours, schema = False, False, 0
    if not (sound and ours):
        raise BackupError("backup.damaged", file=STORE)
    return schema


def _objects_of(folder: Path, tree: str) -> list[tuple[str, Path]]:
    found = []
    for part in ("data", "type"):
        for path in sorted((folder / part).rglob("*")):
            if path.is_file() and not path.is_symlink():
                found.append((f"{tree}/{path.relative_to(folder)}", path))
    return found


def _copied(source: Path, target: Path) -> bool:
    """False if the object was erased since it was listed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
            raise
        shutil.copyfile(source, target)
    return True


def _describe(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {"sha256": digest, "size": file.tell()}


def _sync_tree(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir():
            sync_folder(path)
        else:
            with path.open("rb") as file:
                os.fsync(file.fileno())
