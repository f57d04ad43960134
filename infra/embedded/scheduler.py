"""The scheduler: turns due schedules into messages, runs the timed functions, and the engine's own nightly work.

A thread of the worker process. Any number of processes may run it on one store: firing is one transaction, and a timed
function belongs to whoever moves its mark first. Business time (a moved test clock moves these too).
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from infra.embedded.invoke import Watch, load_handler
from infra.embedded.payloads import scheduled_event
from infra.embedded.template import Schedule, Service
from shared.embedded.schedules import EmbeddedSchedules
from shared.kernel.clock import Clock
from shared.kernel.errors import Conflict, Problem
from shared.kernel.ports import ABSENT, Item, Put, Table

POLL_S: Final = 1.0
Job = Callable[[], None]


class Scheduler(threading.Thread):
    """Polls once a second. `table` is the engine's own context, where the marks of timed functions stand."""

    def __init__(
        self,
        service: Service,
        schedules: EmbeddedSchedules,
        table: Table,
        clock: Clock,
        own_jobs: tuple[tuple[Schedule, Job], ...] = (),
    ) -> None:
        super().__init__(name="scheduler", daemon=True)
        self._schedules = schedules
        self._table = table
        self._clock = clock
        watch = Watch()
        self._jobs: list[tuple[Schedule, Job]] = list(own_jobs)
        for schedule in service.schedules:
            if schedule.function is not None:
                self._jobs.append((schedule, self._caller(service, schedule, watch)))
        self._ending = threading.Event()

    def _caller(self, service: Service, schedule: Schedule, watch: Watch) -> Job:
        function = service.function(schedule.function or "")

        def call() -> None:
            watch.call(function, load_handler(function), scheduled_event(schedule, self._clock.now()))

        return call

    def run(self) -> None:
        while not self._ending.wait(POLL_S):
            try:
                self.tick()
            except Exception as error:
                print(f"giaouoc: scheduler: {type(error).__name__}", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Stop after the tick in hand."""
        self._ending.set()

    def tick(self) -> None:
        """One look at all that may be due."""
        now = self._clock.now()
        self._schedules.fire_due(now)
        for schedule, job in self._jobs:
            if self._mine(schedule, now):
                try:
                    job()
                except (Problem, OSError) as error:
                    print(f"giaouoc: {schedule.name}: {type(error).__name__}", file=sys.stderr, flush=True)

    def _mine(self, schedule: Schedule, now: datetime) -> bool:
        """Whether it is due and this process is the one that runs it. The first time counts as due: at start."""
        key = f"timed#{schedule.name}"
        item = self._table.get(key, "mark")
        if item is not None and not _due(item, schedule, now):
            return False
        body = {"shape": 1, "fired_at": now.isoformat()}
        try:
            self._table.commit([Put(partition=key, sort="mark", body=body, expect=item.version if item else ABSENT)])
        except Conflict:
            return False
        return True


def _due(item: Item, schedule: Schedule, now: datetime) -> bool:
    fired = datetime.fromisoformat(item.body["fired_at"])
    if fired > now + timedelta(minutes=1):  # a test clock went back
        return True
    following = schedule.expression.next_after(fired)
    return following is not None and following <= now
