"""Who holds leases on a store: each process has a number, and a lock by which others see that it still lives.

Called by store.py and queues.py. A number is a file beside the store that its process keeps locked (flock): the kernel
lets go of the lock the moment the process is gone, however it ended. That is surer than a process number, which is
given out anew and means nothing in another container. Leases begin with the number of their owner, so what a dead
process had in hand is found and need not wait for its visibility time-out.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

LEASE_BITS: Final = 32
"""Lower bits of a lease are its own, the upper 30 its owner's number."""


class Owners:
    """The folder of owners of one store."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder = folder
        self._held: tuple[int, int] | None = None  # number, descriptor

    def enter(self) -> int:
        """The number of this process, locked until it ends. The caller sees to it that this is called once."""
        if self._held is None:
            self._held = _take(self._folder)
        return self._held[0]

    @contextmanager
    def gone(self) -> Iterator[list[int]]:
        """Owners that live no longer. They are forgotten when the block ends well; no other process sees them meanwhile."""
        found: dict[int, int] = {}
        try:
            for name in os.listdir(self._folder):
                if name.isdecimal() and (self._held is None or int(name) != self._held[0]):
                    descriptor = _lock_of_the_dead(self._folder / name)
                    if descriptor is not None:
                        found[int(name)] = descriptor
            yield sorted(found)
            for number in found:
                (self._folder / str(number)).unlink(missing_ok=True)
        finally:
            for descriptor in found.values():
                os.close(descriptor)

    def close(self) -> None:
        """From now on this process counts as gone: what it still has in hand is given to others."""
        if self._held is not None:
            os.close(self._held[1])
            self._held = None


def first_lease(owner: int) -> int:
    """Leases of an owner stand from here up to before those of the next number."""
    return owner << LEASE_BITS


def new_lease(owner: int) -> int:
    """A lease that nobody else holds."""
    return first_lease(owner) | secrets.randbits(LEASE_BITS)


def _take(folder: Path) -> tuple[int, int]:
    while True:
        number = secrets.randbits(30)
        path = folder / str(number)
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if path.exists():  # else somebody took it for a dead one before it was locked
                return number, descriptor
            os.close(descriptor)


def _lock_of_the_dead(path: Path) -> int | None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
