"""The test clock: one row in the store, seen by all processes; without it the machine's own clock (port Clock).

Called by shared/edge/wiring.py; moved by tests, by `make demo` and in rehearsals. It either stands where it was put, or
runs on from there at the pace of the machine's clock. Leases, back-off and deadlines never ask it.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta

from shared.embedded.store import Store

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_READ = "SELECT value FROM meta WHERE name = 'clock'"
_WRITE = "INSERT OR REPLACE INTO meta VALUES ('clock', ?)"


class StoredClock:
    """Business time of a store: {"at": µs} stands, {"offset": µs} runs ahead of or behind the machine's clock."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def now(self) -> datetime:
        with self._store.reading() as connection:
            return _time_of(connection.execute(_READ).fetchone())

    def set(self, at: datetime, *, running: bool = False) -> None:
        """Put the clock to `at`; it stands there, or runs on if `running`."""
        if at.tzinfo is None:
            raise ValueError("a time without a zone")
        row = {"offset": _micros(at - datetime.now(UTC))} if running else {"at": _micros(at - _EPOCH)}
        self._store.transact(lambda db: db.execute(_WRITE, (json.dumps(row),)))

    def advance(self, delta: timedelta) -> datetime:
        """Move the clock on, standing or running as it is; the machine's own begins to run ahead. The new time."""

        def work(db: sqlite3.Connection) -> datetime:
            found = db.execute(_READ).fetchone()
            row = {"offset": 0} if found is None else json.loads(found[0])
            row = {key: value + _micros(delta) for key, value in row.items()}
            text = json.dumps(row)
            db.execute(_WRITE, (text,))
            return _time_of((text,))

        return self._store.transact(work)

    def clear(self) -> None:
        """Back to the machine's own clock."""
        self._store.transact(lambda db: db.execute("DELETE FROM meta WHERE name = 'clock'"))


def _time_of(found: tuple[str] | None) -> datetime:
    row = {"offset": 0} if found is None else json.loads(found[0])
    if "at" in row:
        return _EPOCH + timedelta(microseconds=row["at"])
    return datetime.now(UTC) + timedelta(microseconds=row["offset"])


def _micros(delta: timedelta) -> int:
    return delta // timedelta(microseconds=1)
