"""Queues on the store: leases, attempts, back-off and dead letters (called by infra/embedded/worker and the commands).

A message arrives at least once and in no order, as on SQS. A lease is a number written into the row, its owner's and a
random part: settling looks for it, so a worker that was too slow changes nothing and is told; what a process had in
hand that is gone is found and tried again. A message that was tried in vain goes out alone, so that one which takes
its process down does not use up the attempts of its neighbours. Times here are CLOCK_MONOTONIC, never business
time. The text of a dead letter's reason is an error's class and code, never its sentence: no personal data.
"""

from __future__ import annotations

import itertools
import json
import random
import secrets
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from shared.embedded.doorbell import Listener
from shared.embedded.owners import first_lease, new_lease
from shared.embedded.store import Store, monotonic_ms

_PICK = "SELECT id, attempts FROM messages WHERE queue = ? AND visible_at <= ? ORDER BY visible_at, id LIMIT ?"
_LEASE = """
UPDATE messages SET lease = ?, attempts = attempts + 1, visible_at = ?
WHERE id IN (SELECT value FROM json_each(?)) RETURNING id, body, attempts, sent_at
"""
_LEFT_BY = "SELECT id, queue, attempts, lease FROM messages WHERE lease >= ? AND lease < ?"
_DUE = """
SELECT value FROM json_each(?1)
WHERE EXISTS (SELECT 1 FROM messages WHERE queue = value AND visible_at <= ?2)
"""
_DONE = "DELETE FROM messages WHERE lease = ? AND id IN (SELECT value FROM json_each(?)) RETURNING id"
_RETRY = "UPDATE messages SET lease = NULL, visible_at = ? WHERE id = ? AND lease = ?"
_RELEASE = "UPDATE messages SET lease = NULL, attempts = attempts - 1, visible_at = ? WHERE id = ? AND lease = ?"
_BURY = """
INSERT INTO dead_letters (queue, body, attempts, reason, sent_at, died_at)
    SELECT queue, body, attempts, ?, sent_at, ? FROM messages WHERE id = ? AND lease = ?
"""
_FORGET = "DELETE FROM messages WHERE id = ? AND lease = ?"
_SEND = "INSERT INTO messages (queue, body, visible_at, sent_at) VALUES (?, ?, ?, ?)"
_DEAD = (
    "SELECT id, queue, body, attempts, reason, sent_at, died_at FROM dead_letters WHERE queue = ? ORDER BY id LIMIT ?"
)
_REDRIVE = """
DELETE FROM dead_letters WHERE queue = :queue AND (:all OR id IN (SELECT value FROM json_each(:ids)))
RETURNING queue, body
"""

ALONE_AFTER = 2
"""Attempts after which a message is handed out in a batch of its own."""
LEASE_EXPIRED = "LeaseExpired"
"""Reason of a dead letter whose worker never answered, time after time: it hangs or takes its process down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePolicy:
    """How a queue treats failures: tries `max_attempts` times, waiting a random part of base * 2^n s, at most the cap."""

    max_attempts: int = 5
    back_off_base_s: float = 1.0
    back_off_cap_s: float = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """A message in hand. `attempts` counts this one too; `sent_at` is UNIX time in ms."""

    id: int
    queue: str
    body: str
    attempts: int
    lease: int
    sent_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of a batch: `late` are those whose lease was lost, where nothing was changed."""

    late: tuple[int, ...] = ()
    dead: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message that failed for good; times are UNIX time in ms."""

    id: int
    queue: str
    body: str
    attempts: int
    reason: str
    sent_at: int
    died_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """Messages of a queue: due now, in hand or waiting to be tried again, dead."""

    due: int
    waiting: int
    dead: int


Failure = tuple[Leased, str]


@dataclass(slots=True)
class _Outcome:
    late: list[int] = field(default_factory=list)
    dead: list[int] = field(default_factory=list)


class Queues:
    """The queues of a store; `policies` by queue name, others follow the defaults."""

    def __init__(self, store: Store, policies: Mapping[str, QueuePolicy] | None = None) -> None:
        self._store = store
        self._policies = dict(policies or {})
        self._random = random.Random(secrets.randbits(64))  # noqa: S311 (jitter)

    def send(self, queue: str, bodies: Sequence[str], *, delay_s: float = 0.0) -> None:
        """Put messages in, due after `delay_s`."""
        due, sent = monotonic_ms() + int(delay_s * 1000), _wall_ms()
        rows = [(queue, body, due, sent) for body in bodies]
        self._store.transact(lambda db: db.executemany(_SEND, rows))
        self._store.ring()

    def lease(self, queue: str, limit: int, visibility_s: float) -> list[Leased]:
        """Up to `limit` due messages, which nobody else gets for `visibility_s` seconds."""
        if not self.due([queue]):
            return []
        return self._store.transact(lambda db: self._lease(db, queue, limit, visibility_s))

    def settle(self, done: Iterable[Leased] = (), failed: Iterable[Failure] = ()) -> Settled:
        """Finish `done` for good; let `failed`, each with its reason, be tried again later or become dead letters."""
        done, failed = list(done), list(failed)
        if not done and not failed:
            return Settled()
        return self._store.transact(lambda db: self._settle(db, done, failed))

    def settle_and_lease(
        self, done: Iterable[Leased], failed: Iterable[Failure], queue: str, limit: int, visibility_s: float
    ) -> tuple[Settled, list[Leased]]:
        """Both in one transaction: a busy worker pays for one fsync a batch."""
        done, failed = list(done), list(failed)
        if not done and not failed:
            return Settled(), self.lease(queue, limit, visibility_s)
        return self._store.transact(
            lambda db: (self._settle(db, done, failed), self._lease(db, queue, limit, visibility_s))
        )

    def release(self, leased: Iterable[Leased]) -> None:
        """Give back what was never begun (a worker that stops): due at once, and the attempt does not count."""
        rows = [(monotonic_ms(), each.id, each.lease) for each in leased]
        if rows:
            self._store.transact(lambda db: db.executemany(_RELEASE, rows))
            self._store.ring()

    def recover(self) -> int:
        """Have tried again, after the usual back-off, what processes had in hand that are gone; how many messages.

        The attempt counts: the message may be why the process is gone.
        """
        with self._store.owners.gone() as owners:
            return self._store.transact(lambda db: sum(self._free(db, each) for each in owners)) if owners else 0

    def listen(self) -> Listener:
        """For waiting: `listener.wait(queues.next_due_s([...]))`."""
        return self._store.listen()

    def ring(self) -> None:
        """Wake whoever listens. Safe in a signal handler."""
        self._store.ring()

    def due(self, queues: Sequence[str]) -> list[str]:
        """Those of `queues` that hold a message due now: what a dispatcher asks after the bell has rung."""
        with self._store.reading() as connection:
            rows = connection.execute(_DUE, (json.dumps(list(queues)), monotonic_ms())).fetchall()
        return [str(row[0]) for row in rows]

    def next_due_s(self, queues: Sequence[str], *, at_most: float = 1.0) -> float:
        """Seconds until a message of these queues is due: 0.0 if one is, `at_most` if none is due sooner."""
        names = json.dumps(list(queues))
        with self._store.reading() as connection:
            row = connection.execute(
                "SELECT min((SELECT min(visible_at) FROM messages WHERE queue = value)) FROM json_each(?)", (names,)
            ).fetchone()
        return at_most if row[0] is None else min(at_most, max(0.0, (row[0] - monotonic_ms()) / 1000))

    def depth(self, queue: str) -> Depth:
        """How many messages a queue holds."""
        with self._store.reading() as connection:
            due, waiting = connection.execute(
                "SELECT coalesce(sum(visible_at <= ?1), 0), coalesce(sum(visible_at > ?1), 0)"
                " FROM messages WHERE queue = ?2",
                (monotonic_ms(), queue),
            ).fetchone()
            dead = connection.execute("SELECT count(*) FROM dead_letters WHERE queue = ?", (queue,)).fetchone()[0]
        return Depth(due=due, waiting=waiting, dead=dead)

    def dead_letters(self, queue: str, limit: int = 1000) -> list[DeadLetter]:
        """The oldest dead letters of a queue."""
        with self._store.reading() as connection:
            rows = connection.execute(_DEAD, (queue, limit)).fetchall()
        names = ("id", "queue", "body", "attempts", "reason", "sent_at", "died_at")
        return [DeadLetter(**dict(zip(names, row, strict=True))) for row in rows]

    def redrive(self, queue: str, ids: Sequence[int] | None = None) -> int:
        """Put dead letters (all of the queue, or those) back to be tried anew; how many."""

        def work(db: sqlite3.Connection) -> int:
            values = {"queue": queue, "all": ids is None, "ids": json.dumps(list(ids or ()))}
            rows = db.execute(_REDRIVE, values).fetchall()
            db.executemany(_SEND, [(name, body, monotonic_ms(), _wall_ms()) for name, body in rows])
            return len(rows)

        count = self._store.transact(work)
        self._store.ring()
        return count

    def _policy(self, queue: str) -> QueuePolicy:
        return self._policies.get(queue) or QueuePolicy()

    def _lease(self, db: sqlite3.Connection, queue: str, limit: int, visibility_s: float) -> list[Leased]:
        now, lease = monotonic_ms(), new_lease(self._store.owners.enter())
        ids = _together(db.execute(_PICK, (queue, now, limit)).fetchall())
        if not ids:
            return []
        values = (lease, now + int(visibility_s * 1000), json.dumps(ids))
        leased = [
            Leased(id=number, queue=queue, body=body, attempts=attempts, lease=lease, sent_at=sent_at)
            for number, body, attempts, sent_at in db.execute(_LEASE, values).fetchall()
        ]
        most = self._policy(queue).max_attempts
        for each in leased:
            if each.attempts > most:  # every attempt was leased and none was ever settled
                db.execute("UPDATE messages SET attempts = attempts - 1 WHERE id = ?", (each.id,))
                _bury(db, each, LEASE_EXPIRED)
        return [each for each in sorted(leased, key=lambda each: each.id) if each.attempts <= most]

    def _free(self, db: sqlite3.Connection, owner: int) -> int:
        left = db.execute(_LEFT_BY, (first_lease(owner), first_lease(owner + 1))).fetchall()
        for number, queue, attempts, lease in left:
            due = monotonic_ms() + self._back_off_ms(self._policy(queue), attempts)
            db.execute(_RETRY, (due, number, lease))
        return len(left)

    def _settle(self, db: sqlite3.Connection, done: Sequence[Leased], failed: Sequence[Failure]) -> Settled:
        outcome = _Outcome()
        for lease in {each.lease for each in done}:
            ids = [each.id for each in done if each.lease == lease]
            gone = {row[0] for row in db.execute(_DONE, (lease, json.dumps(ids))).fetchall()}
            outcome.late += [number for number in ids if number not in gone]
        for message, reason in failed:
            policy = self._policy(message.queue)
            if message.attempts >= policy.max_attempts:
                (outcome.dead if _bury(db, message, reason) else outcome.late).append(message.id)
                continue
            due = monotonic_ms() + self._back_off_ms(policy, message.attempts)
            if db.execute(_RETRY, (due, message.id, message.lease)).rowcount == 0:
                outcome.late.append(message.id)
        return Settled(late=tuple(outcome.late), dead=tuple(outcome.dead))

    def _back_off_ms(self, policy: QueuePolicy, attempts: int) -> int:
        """Full jitter: any time from now to the bound, so that what failed together does not come back together."""
        bound = min(policy.back_off_cap_s, policy.back_off_base_s * 2 ** min(attempts - 1, 30))
        return int(self._random.uniform(0, bound) * 1000)


def _together(due: Sequence[tuple[int, int]]) -> list[int]:
    """Which of the due messages (id, attempts) make one batch: new ones together, one tried in vain alone."""
    if due and due[0][1] >= ALONE_AFTER:
        return [due[0][0]]
    return [number for number, _ in itertools.takewhile(lambda each: each[1] < ALONE_AFTER, due)]


def _bury(db: sqlite3.Connection, message: Leased, reason: str) -> bool:
    buried = db.execute(_BURY, (reason[:200], _wall_ms(), message.id, message.lease)).rowcount > 0
    if buried:
        db.execute(_FORGET, (message.id, message.lease))
    return buried


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
