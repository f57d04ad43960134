"""Schedules on the store: facts that come due in business time (port Schedules; polled by infra/embedded/scheduler).

A schedule becomes messages and is marked as fired in one transaction, so that it fires once, whatever is killed when.
"""

from __future__ import annotations

import sqlite3
import time
from datetime import UTC, datetime, timedelta

from events.envelope import Envelope
from shared.embedded.bridge import event_text
from shared.embedded.store import Store, monotonic_ms

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PUT = "INSERT INTO schedules (name, at, queue, body) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING"
_DELETE = "DELETE FROM schedules WHERE name = ? AND fired_at IS NULL"
_DUE = "SELECT name, queue, body FROM schedules WHERE fired_at IS NULL AND at <= ? ORDER BY at LIMIT ?"
_FIRED = "UPDATE schedules SET fired_at = ?, body = '' WHERE name = ?"
_SEND = "INSERT INTO messages (queue, body, visible_at, sent_at) VALUES (?, ?, ?, ?)"

FIRE_ROWS = 500
"""Schedules of one transaction: a moved clock may make thousands due at once, and others want to write too."""


class EmbeddedSchedules:
    """The schedules of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, name: str, *, at: datetime, queue: str, envelope: Envelope) -> None:
        row = (name, _micros(at), queue, event_text(envelope))
        self._store.transact(lambda db: db.execute(_PUT, row))

    def delete(self, name: str) -> None:
        self._store.transact(lambda db: db.execute(_DELETE, (name,)))

    def fire_due(self, now: datetime) -> int:
        """Turn every schedule that is due at business time `now` into a message; how many."""
        if not self._anything_due(now):
            return 0
        fired = 0
        while True:
            count = self._store.transact(lambda db: _fire(db, _micros(now)))
            fired += count
            if count:
                self._store.ring()
            if count < FIRE_ROWS:
                return fired

    def _anything_due(self, now: datetime) -> bool:
        with self._store.reading() as connection:
            return connection.execute(_DUE, (_micros(now), 1)).fetchone() is not None


def _fire(db: sqlite3.Connection, now: int) -> int:
    due = db.execute(_DUE, (now, FIRE_ROWS)).fetchall()
    sent = time.time_ns() // 1_000_000
    db.executemany(_SEND, [(queue, body, monotonic_ms(), sent) for _, queue, body in due])
    db.executemany(_FIRED, [(now, name) for name, _, _ in due])
    return len(due)


def _micros(at: datetime) -> int:
    """UNIX time in microseconds. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return (at - _EPOCH) // timedelta(microseconds=1)
