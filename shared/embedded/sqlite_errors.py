"""SQLite's errors as ours: which mean "later" (Unavailable) and which mean "never with this file" (StoreError).

Called by the store's modules around everything that touches the file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from shared.kernel.errors import Problem, Unavailable


class StoreError(Problem):
    """The store cannot be opened at all: the process says why and ends (exit code not zero)."""


_LATER = {
    sqlite3.SQLITE_FULL: "store.disk_full",
    sqlite3.SQLITE_IOERR: "store.io",
    sqlite3.SQLITE_READONLY: "store.read_only",
    sqlite3.SQLITE_BUSY: "store.busy",
    sqlite3.SQLITE_LOCKED: "store.busy",
    sqlite3.SQLITE_CANTOPEN: "store.cannot_open",
    sqlite3.SQLITE_NOMEM: "store.no_memory",
    sqlite3.SQLITE_CORRUPT: "store.corrupt",
    sqlite3.SQLITE_NOTADB: "store.corrupt",
}


def code_of(error: sqlite3.Error) -> str | None:
    """Our code for an error of the file or the disk; None for what can only be a fault of ours (bad SQL, misuse)."""
    number = getattr(error, "sqlite_errorcode", None)
    if number == sqlite3.SQLITE_IOERR_SHMSIZE:  # no room for the index of the write-ahead log
        return "store.disk_full"
    return None if number is None else _LATER.get(number & 0xFF)


@contextmanager
def unavailable_on_error() -> Iterator[None]:
    """Turns errors of the file or the disk into Unavailable."""
    try:
        yield
    except sqlite3.Error as error:
        code = code_of(error)
        if code is None:
            raise
        raise Unavailable(code) from error
