"""The scheduler: turns due schedules into messages, runs the timed functions, and the engine's own nightly work.

A thread of the worker process. Any number of processes may run it on one store: firing is one transaction, and a timed
function belongs to whoever moves its mark first. Each job runs in a thread of its own, so that a long one (the nightly
backup) delays no reminder; one that still runs is not started again. Business time: a moved test clock moves these too.
What came due while the machine was off is done at the next start, once.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from infra.embedded.invoke import Watch, load_handler
from infra.embedded.payloads import scheduled_event
from infra.embedded.template import Rate, Schedule, Service
from shared.embedded.queues import Queues
from shared.embedded.schedules import EmbeddedSchedules
from shared.kernel.clock import Clock
from shared.kernel.errors import Conflict, reason_of
from shared.kernel.ports import ABSENT, Item, Put, Table

POLL_S: Final = 1.0
Job = Callable[[], None]


class Scheduler(threading.Thread):
    """Polls once a second. `table` is the engine's own context, where the marks of timed functions stand."""

    def __init__(
        self,
        service: Service,
        schedules: EmbeddedSchedules,
        queues: Queues,
        table: Table,
        clock: Clock,
        own_jobs: tuple[tuple[Schedule, Job], ...] = (),
        watch: Watch | None = None,
    ) -> None:
        super().__init__(name="scheduler", daemon=True)
        self._schedules = schedules
        self._table = table
        self._clock = clock
        watch = watch or Watch()
        self._jobs: list[tuple[Schedule, Job]] = list(own_jobs)
        for schedule in service.schedules:
            job = self._caller(service, schedule, watch) if schedule.function else _sender(service, schedule, queues)
            self._jobs.append((schedule, job))
        self._running: dict[str, threading.Thread] = {}
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
                print(f"giaouoc: scheduler: {reason_of(error)}", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Stop after the tick in hand."""
        self._ending.set()

    def tick(self) -> None:
        """One look at all that may be due."""
        now = self._clock.now()
        self._schedules.fire_due(now)
        for schedule, job in self._jobs:
            running = self._running.get(schedule.name)
            if (running is None or not running.is_alive()) and self._mine(schedule, now):
                self._running[schedule.name] = threading.Thread(
                    target=_run, args=(schedule.name, job), name=f"timed {schedule.name}", daemon=True
                )
                self._running[schedule.name].start()

    def busy(self) -> bool:
        """Whether a job is under way."""
        return any(thread.is_alive() for thread in self._running.values())

    def wait(self) -> None:
        """Until every job that was started has ended (tests, and the end of the process)."""
        for thread in self._running.values():
            thread.join()

    def _mine(self, schedule: Schedule, now: datetime) -> bool:
        """Whether it is due and this process is the one that runs it.

        When a schedule is seen for the first time a rate is due, as on AWS, and a cron expression waits for its hour.
        """
        key = f"timed#{schedule.name}"
        item = self._table.get(key, "mark")
        due = isinstance(schedule.expression, Rate) if item is None else _due(item, schedule, now)
        if item is not None and not due:
            return False
        body = {"shape": 1, "fired_at": now.isoformat()}
        try:
            self._table.commit([Put(partition=key, sort="mark", body=body, expect=item.version if item else ABSENT)])
        except Conflict:
            return False
        return due


def _sender(service: Service, schedule: Schedule, queues: Queues) -> Job:
    queue = service.queue(schedule.queue or "")
    body = json.dumps(schedule.input, ensure_ascii=False)
    return lambda: queues.send(queue.name.removeprefix(service.prefix + "-"), [body])


def _run(name: str, job: Job) -> None:
    try:
        job()
    except Exception as error:
        print(f"giaouoc: {name}: {reason_of(error)}", file=sys.stderr, flush=True)


def _due(item: Item, schedule: Schedule, now: datetime) -> bool:
    fired = datetime.fromisoformat(item.body["fired_at"])
    if fired > now + timedelta(minutes=1):  # a test clock went back
        return True
    following = schedule.expression.next_after(fired)
    return following is not None and following <= now
