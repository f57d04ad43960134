"""The one SQLite file of the embedded engine: items, messages, schedules, the test clock (DESIGN 1 and 3).

Opened once per process by shared/edge/wiring.py and infra/embedded; several processes may have it open. WAL,
synchronous=FULL: what `commit` has answered survives a power cut. Reads run on connections of their own and never wait
for a writer. `:memory:` is a file in a memory folder, gone when the store is closed: the same code, nothing to fake.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import sqlite3
import tempfile
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

from shared.embedded import schema
from shared.embedded.doorbell import Doorbell, Listener
from shared.embedded.owners import Owners
from shared.embedded.sqlite_errors import StoreError, code_of, unavailable_on_error
from shared.embedded.table import EmbeddedTable
from shared.embedded.writer import Writer
from shared.kernel.errors import Unavailable

T = TypeVar("T")
Subscriptions = Mapping[tuple[str, str], Sequence[str]]
"""(source, event type) -> names of the queues that get a message of it."""

SWEEP_ROWS = 1000
"""Expired items removed in one transaction: others wait no longer than that."""


class Store:
    """An open store file.

    `subscriptions` decides into which queues the events of a commit go, in the same transaction. `late_indexes` is a
    test mode: index reads answer as of before the last commit, as an index of the cloud may.
    """

    def __init__(
        self, path: str | os.PathLike[str], subscriptions: Subscriptions | None = None, *, late_indexes: bool = False
    ) -> None:
        """Opens, creates or migrates the file. Raises StoreError when that cannot be done (schema.prepare)."""
        self.subscriptions: Final = {key: tuple(queues) for key, queues in (subscriptions or {}).items()}
        durable = str(path) != ":memory:"
        self.path: Final = Path(path).absolute() if durable else _memory_file(self)
        self._readers: deque[sqlite3.Connection] = deque()
        self._late: sqlite3.Connection | None = None
        self._late_turn = threading.RLock()
        self._open = True
        lock_file = self.path.with_name(self.path.name + ".lock")
        with _opening(self.path):
            with _locked(lock_file):
                schema.prepare(self.path)
                connection = schema.connect(self.path, durable=durable)
                _note_boot(connection)
            self._doorbell = Doorbell(self.path.with_name(self.path.name + ".wake"))
            self.owners: Final = Owners(self.path.with_name(self.path.name + ".owners"))
            self._writer = Writer(connection, lock_file, self.catch_up if late_indexes else None)
            if late_indexes:
                self._late = schema.connect(self.path, durable=durable)
                self.catch_up()

    def table(self, context: str) -> EmbeddedTable:
        """The items of one context."""
        return EmbeddedTable(self, context)

    def transact(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """`work(connection)` in a transaction of the group writer; raises as Writer.run does.

        `work` looks first and writes last: a Problem that it raises means that it has written nothing.
        """
        return self._writer.run(work)

    @contextmanager
    def reading(self, *, index: bool = False) -> Iterator[sqlite3.Connection]:
        """A connection for reading; errors of the disk come out as Unavailable."""
        with unavailable_on_error():
            if index and self._late is not None:
                with self._late_turn:
                    yield self._late
                return
            try:
                connection = self._readers.pop()
            except IndexError:
                if not self._open:
                    raise Unavailable("store.closed") from None
                connection = schema.connect(self.path, durable=False)
                connection.execute("PRAGMA query_only=1")
            try:
                yield connection
            finally:
                self._readers.append(connection)

    def catch_up(self) -> None:
        """In the test mode of late indexes: let index reads see all that is committed by now."""
        if self._late is None:
            return
        with self._late_turn:
            if self._late.in_transaction:
                self._late.execute("COMMIT")
            self._late.execute("BEGIN")
            self._late.execute("SELECT count(*) FROM meta").fetchone()  # a read fixes the snapshot

    def listen(self) -> Listener:
        """For a worker: wakes when messages arrive, whichever process sends them."""
        return self._doorbell.listen()

    def ring(self) -> None:
        """Messages have arrived: wake the workers."""
        self._doorbell.ring()

    def sweep(self, now: datetime) -> int:
        """Remove the items whose `expires_at` has passed; how many. Until then they are still there, as in the cloud."""
        statement = (
            "DELETE FROM items WHERE (context, pk, sk) IN"
            " (SELECT context, pk, sk FROM items WHERE expires_at <= ? LIMIT ?)"
        )
        removed = 0
        while True:
            count = self.transact(lambda db: db.execute(statement, (int(now.timestamp()), SWEEP_ROWS)).rowcount)
            removed += count
            if count < SWEEP_ROWS:
                return removed

    def close(self) -> None:
        """Finish what is under way and let go of the file. Closing twice does nothing."""
        if not self._open:
            return
        self._open = False
        self._writer.close()
        self._doorbell.close()
        self.owners.close()
        if self._late is not None:
            self._late.close()
        while self._readers:
            self._readers.pop().close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def monotonic_ms() -> int:
    """CLOCK_MONOTONIC in milliseconds: the same for all processes of this machine, and counted from its boot."""
    return time.monotonic_ns() // 1_000_000


def _note_boot(connection: sqlite3.Connection) -> None:
    """Leases and back-off count from boot; after another boot, or on another machine, they mean nothing: all are due."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot = "unknown"
    known = connection.execute("SELECT value FROM meta WHERE name = 'boot'").fetchone()
    if known is not None and known[0] == boot:
        return
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE messages SET visible_at = 0, lease = NULL")
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('boot', ?)", (boot,))
    connection.execute("COMMIT")


def _memory_file(store: Store) -> Path:
    shm = Path("/dev/shm")  # noqa: S108 (mkdtemp makes a folder of our own in it)
    folder = tempfile.mkdtemp(prefix="giaouoc-", dir=shm if os.access(shm, os.W_OK) else None)
    weakref.finalize(store, shutil.rmtree, folder, ignore_errors=True)
    return Path(folder) / "store.db"


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(code_of(error) or "store.cannot_open", path=str(path)) from error
    except PermissionError as error:
        raise StoreError("store.read_only", path=str(path)) from error
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise StoreError("store.disk_full" if full else "store.cannot_open", path=str(path)) from error


@contextmanager
def _locked(lock_file: Path) -> Iterator[None]:
    number = os.open(lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)
