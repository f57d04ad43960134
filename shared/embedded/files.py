"""Files that are whole or not there: written aside, flushed to the disk, then given their name in one step.

Called by objects.py, mail.py, keyfiles.py and backup.py. What these functions have answered survives a power cut.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.kernel.errors import Unavailable

_LATER = {
    errno.ENOSPC: "store.disk_full",
    errno.EDQUOT: "store.disk_full",
    errno.EROFS: "store.read_only",
    errno.EACCES: "store.read_only",
    errno.EPERM: "store.read_only",
    errno.EIO: "store.io",
    errno.EMFILE: "store.io",
    errno.ENFILE: "store.io",
}


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turns errors of the disk into Unavailable; others (a file that is there, or is not) pass."""
    try:
        yield
    except OSError as error:
        code = _LATER.get(error.errno or 0)
        if code is None:
            raise
        raise Unavailable(code) from error


def put_aside(folder: Path, data: bytes, mode: int = 0o600) -> Path:
    """A new file with these bytes on the disk, under a name of its own in `folder`."""
    path = folder / f"{os.getpid()}-{secrets.token_hex(8)}"
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(number, rest) :]
        os.fsync(number)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    finally:
        os.close(number)
    return path


def name_once(aside: Path, path: Path) -> bool:
    """Give the file its name if nobody has it yet: True. False if it is taken; the file aside is gone either way."""
    try:
        os.link(aside, path)
        return True
    except FileExistsError:
        return False
    finally:
        aside.unlink(missing_ok=True)
        sync_folder(path.parent)


def name_anew(aside: Path, path: Path) -> None:
    """Give the file the name, whoever had it."""
    os.replace(aside, path)
    sync_folder(path.parent)


def make_folder(path: Path, mode: int = 0o700) -> None:
    """The folder and those above it, on the disk."""
    if path.is_dir():
        return
    make_folder(path.parent, mode)
    try:
        path.mkdir(mode)
    except FileExistsError:
        if not path.is_dir():
            raise
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Names given and taken in the folder are on the disk."""
    number = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)
