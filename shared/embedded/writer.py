"""All writing of one process to the store file, in groups: one lock, one transaction, one fsync for all who wait.

Called by store.py. The thread that finds nobody writing leads: it takes every job that waits, runs them in one
transaction and wakes their owners; then the first of those who came meanwhile leads the next group. No thread of its
own, so a lone commit pays for no hand-over. Processes queue on `<file>.lock` (flock: the kernel wakes the next one),
not on SQLite's busy handler, which sleeps and guesses.

A job looks first and writes last: when it raises a Problem it has written nothing, so the others of its group are not
hurt. Should one fail in the midst of writing, the group is rolled back and each of its jobs run again alone.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from shared.embedded.sqlite_errors import code_of
from shared.kernel.errors import Problem, Unavailable

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], Any]

MAX_GROUP = 64
"""Jobs of one transaction: bounds how long the first of them waits for the last."""


class _Job:
    __slots__ = ("error", "result", "settled", "wake", "work")

    def __init__(self, work: Work) -> None:
        self.work = work
        self.result: Any = None
        self.error: BaseException | None = None
        self.settled = False
        self.wake = threading.Lock()
        self.wake.acquire()


class Writer:
    """Runs jobs on the one writing connection of this process."""

    def __init__(
        self, connection: sqlite3.Connection, lock_file: Path, before: Callable[[], None] | None = None
    ) -> None:
        """`before` is called by the leader ahead of each transaction (the test mode of late indexes)."""
        self._connection = connection
        self._lock_file = os.open(lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._before = before
        self._mutex = threading.Lock()
        self._waiting: deque[_Job] = deque()
        self._led = False
        self._closed = False  # no further jobs
        self._open = True

    def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """`work(connection)` inside a transaction; its result once that is on disk.

        Raises what `work` raised, or Unavailable when the file cannot be written; then nothing was stored.
        """
        job = _Job(work)
        self._settle(job)
        if job.error is not None:
            raise job.error
        return cast(T, job.result)

    def close(self) -> None:
        """Wait for what is under way; further jobs are refused."""
        last = _Job(lambda _connection: None)
        self._settle(last, closing=True)
        with self._mutex:
            if self._open:
                self._open = False
                self._connection.close()
                os.close(self._lock_file)

    def _settle(self, job: _Job, *, closing: bool = False) -> None:
        with self._mutex:
            if self._closed:
                job.error = Unavailable("store.closed")
                return
            self._closed = closing
            self._waiting.append(job)
            leads, self._led = not self._led, True
        interrupt: BaseException | None = None
        while not leads:
            try:
                leads = job.wake.acquire()  # released when done, or to lead
            except BaseException as signal:  # the job stays in line and its turn must be taken: stop afterwards
                interrupt = signal
        if not job.settled:
            self._lead()
        if interrupt is not None:
            raise interrupt

    def _lead(self) -> None:
        group: list[_Job] = []
        try:
            with self._mutex:
                group.extend(self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_GROUP)))
            self._commit(group)
        except BaseException:  # an interrupt of this thread must not leave the others waiting
            for job in group:
                job.error = job.error or Unavailable("store.interrupted")
            raise
        finally:
            with self._mutex:
                following = self._waiting[0] if self._waiting else None
                self._led = following is not None
            if following is not None:
                following.wake.release()
            for job in group:
                job.settled = True
                if job.wake.locked():
                    job.wake.release()

    def _commit(self, group: list[_Job]) -> None:
        fcntl.flock(self._lock_file, fcntl.LOCK_EX)
        try:
            if self._before is not None:
                self._before()
            if not self._attempt(group) and len(group) > 1:
                for job in group:
                    self._attempt([job])
        finally:
            fcntl.flock(self._lock_file, fcntl.LOCK_UN)

    def _attempt(self, group: list[_Job]) -> bool:
        """One transaction. False if it was rolled back: then every job of the group carries an error."""
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            for job in group:
                job.error = None
                try:
                    job.result = job.work(connection)
                except Problem as problem:
                    job.error = problem
            connection.execute("COMMIT")
        except BaseException as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            for job in group:
                job.error = _translated(error)
            if not isinstance(error, Exception):
                raise
            return False
        return True


def _translated(error: BaseException) -> BaseException:
    code = code_of(error) if isinstance(error, sqlite3.Error) else None
    if code is None:
        return error
    unavailable = Unavailable(code)
    unavailable.__cause__ = error
    return unavailable
