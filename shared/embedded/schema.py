"""The store file's tables, its schema number, and how an older file is brought up to date (called by store.py).

`prepare` decides at opening: an empty file gets the present schema; an older one is backed up to `<file>.before-<n>`
(n = the number it is brought to) and migrated in one transaction; a newer or foreign one is refused. The number stands
in `user_version`, our mark in `application_id`.

items          one row per item of every context; two indexes, each only over the items that stand in it; rows of the audit
               trail are neither changed nor deleted (schema 2)
messages       one row per message and queue; `visible_at` is CLOCK_MONOTONIC in ms and counts from boot
dead_letters   what failed for good
schedules      facts that come due; a fired one keeps its name for ever
meta           boot id, test clock
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

from shared.embedded.sqlite_errors import StoreError, code_of

SCHEMA = 2
APPLICATION_ID = 0x67696F75  # "giou"
QUICK_CHECK_BYTES = 64 << 20
"""Files up to this size are checked at every opening; larger ones by the nightly backup, so that a start stays fast."""

_TABLES = """
CREATE TABLE items (
    context TEXT NOT NULL, pk TEXT NOT NULL, sk TEXT NOT NULL,
    version INTEGER NOT NULL, body TEXT NOT NULL,
    i1pk TEXT, i1sk TEXT, i2pk TEXT, i2sk TEXT,
    expires_at INTEGER,
    PRIMARY KEY (context, pk, sk)
) WITHOUT ROWID;
CREATE INDEX items_1 ON items (context, i1pk, i1sk, pk, sk) WHERE i1pk IS NOT NULL;
CREATE INDEX items_2 ON items (context, i2pk, i2sk, pk, sk) WHERE i2pk IS NOT NULL;
CREATE INDEX items_expiring ON items (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL, body TEXT NOT NULL,
    visible_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, lease INTEGER,
    sent_at INTEGER NOT NULL
);
CREATE INDEX messages_due ON messages (queue, visible_at);
CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY,
    queue TEXT NOT NULL, body TEXT NOT NULL,
    attempts INTEGER NOT NULL, reason TEXT NOT NULL,
    sent_at INTEGER NOT NULL, died_at INTEGER NOT NULL
);
CREATE INDEX dead_letters_of ON dead_letters (queue, id);
CREATE TABLE schedules (
    name TEXT PRIMARY KEY, at INTEGER NOT NULL, queue TEXT NOT NULL, body TEXT NOT NULL, fired_at INTEGER
) WITHOUT ROWID;
CREATE INDEX schedules_due ON schedules (at) WHERE fired_at IS NULL;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

_TRAIL = tuple(
    f"CREATE TRIGGER trail_is_kept_{name} BEFORE {verb} ON items WHEN substr(OLD.pk, 1, 6) = 'audit#'"
    " BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END"
    for name, verb in (("1", "UPDATE"), ("2", "DELETE"))
)
"""Lines of the audit trail are added alone; whatever opens this file is told so by the file itself (decision 24)."""

Migration = Callable[[sqlite3.Connection], None]


def _keep_the_trail(connection: sqlite3.Connection) -> None:
    for statement in _TRAIL:
        connection.execute(statement)


MIGRATIONS: Mapping[int, Migration] = {1: _keep_the_trail}
"""From schema n to n + 1, inside a transaction that the caller opened."""


def connect(path: Path, *, durable: bool) -> sqlite3.Connection:
    """A connection in autocommit mode. `durable`: every COMMIT has reached the disk when it returns."""
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=5.0, cached_statements=256
    )
    connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
    connection.execute("PRAGMA journal_size_limit=67108864")
    return connection


def prepare(path: Path, *, schema: int = SCHEMA, migrations: Mapping[int, Migration] = MIGRATIONS) -> None:
    """Bring the file at `path` to `schema`. The caller holds the store's file lock.

    Raises StoreError: store.cannot_open, store.read_only, store.corrupt, store.not_ours, store.newer_schema,
    store.no_migration, store.disk_full; OSError where not even an empty file can be made.
    """
    _make_private(path)
    try:
        connection = connect(path, durable=True)
        try:
            _prepare(connection, path, schema, migrations)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StoreError(code_of(error) or "store.corrupt", path=str(path)) from error


def _prepare(connection: sqlite3.Connection, path: Path, schema: int, migrations: Mapping[int, Migration]) -> None:
    found = _number(connection, "user_version")
    empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    if not empty and _number(connection, "application_id") != APPLICATION_ID:
        raise StoreError("store.not_ours", path=str(path))
    if found > schema:
        raise StoreError("store.newer_schema", path=str(path), found=found, known=schema)
    _check(connection, path)
    if _text(connection, "PRAGMA journal_mode=WAL") != "wal":
        raise StoreError("store.no_wal", path=str(path))
    if empty:
        _in_transaction(connection, _create, schema)
    elif found < schema:
        _back_up(connection, path.with_name(f"{path.name}.before-{schema}"))
        _in_transaction(connection, lambda db: _migrate(db, path, found, schema, migrations), schema)


def _check(connection: sqlite3.Connection, path: Path) -> None:
    pages = _number(connection, "page_count")
    if pages * _number(connection, "page_size") > QUICK_CHECK_BYTES:
        return
    if _text(connection, "PRAGMA quick_check(1)") != "ok":
        raise StoreError("store.corrupt", path=str(path))


def _create(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    for statement in _TABLES.split(";"):
        if statement.strip():
            connection.execute(statement)
    _keep_the_trail(connection)


def _migrate(
    connection: sqlite3.Connection, path: Path, found: int, schema: int, migrations: Mapping[int, Migration]
) -> None:
    for number in range(found, schema):
        if number not in migrations:
            raise StoreError("store.no_migration", path=str(path), found=found, known=schema)
        migrations[number](connection)


def _in_transaction(connection: sqlite3.Connection, work: Migration, schema: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        work(connection)
        connection.execute(f"PRAGMA user_version={schema:d}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _back_up(connection: sqlite3.Connection, target: Path) -> None:
    target.unlink(missing_ok=True)
    _make_private(target)
    copy = sqlite3.connect(target)
    try:
        connection.backup(copy)
    finally:
        copy.close()
    for each in (target, target.parent):
        number = os.open(each, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _make_private(path: Path) -> None:
    """An absent file is made for its owner only; SQLite gives the files beside it the same mode.

    One that exists is never opened here: closing it would drop every lock that SQLite holds on it in this process
    (POSIX record locks), and another process would then take the write-ahead log away from under us.
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _text(connection: sqlite3.Connection, statement: str) -> str:
    return str(connection.execute(statement).fetchone()[0])
