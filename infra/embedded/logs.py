"""The engine's log files, kept small: a file that has grown too large becomes `<name>.1`, and the one before it goes.

Called by the supervisor (for what its children write) and by the HTTP process (for its access log).
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import Final

LIMIT_BYTES: Final = 20 * 1024 * 1024


def trim(path: Path, limit: int = LIMIT_BYTES) -> None:
    """Sets a file aside that another process goes on appending to: copied, then emptied in place."""
    with contextlib.suppress(OSError):
        if path.stat().st_size > limit:
            shutil.copyfile(path, path.with_name(path.name + ".1"))
            os.truncate(path, 0)


class AccessLog:
    """One line per request: method, route, status, milliseconds. Never a path that a person's code may stand in."""

    def __init__(self, path: Path, limit: int = LIMIT_BYTES) -> None:
        self._path = path
        self._limit = limit
        self._file = path.open("a", buffering=1, encoding="utf-8")
        self._size = path.stat().st_size

    def write(self, method: str, route: str, status: int, milliseconds: float) -> None:
        """A disk that is full costs the line, not the request."""
        line = f"{method} {route} {status} {milliseconds:.1f}ms\n"
        with contextlib.suppress(OSError):
            self._file.write(line)
            self._size += len(line)
            if self._size > self._limit:
                self._file.close()
                self._path.replace(self._path.with_name(self._path.name + ".1"))
                self._file = self._path.open("a", buffering=1, encoding="utf-8")
                self._size = 0

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
