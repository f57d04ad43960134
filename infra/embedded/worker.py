"""The worker process: leases batches from every queue and calls the function that serverless.yml names.

Each queue has a thread of its own, so that a slow one (rendering) or a poisoned one delays no other. One dispatcher
listens for the store's bell and wakes only the threads that have something to do. Acknowledging a batch and leasing
the next is one transaction, so a busy queue pays for one disk flush a batch.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from infra.embedded.invoke import Handler, Watch, load_handler
from infra.embedded.payloads import Delivery, sqs_event
from infra.embedded.template import Function, Queue, Service
from shared.embedded.queues import Leased, Queues
from shared.kernel.errors import Unavailable, reason_of

IDLE_S: Final = 1.0
"""The dispatcher looks at least this often: for back-offs that end, and for a bell that was lost."""
RECOVER_EVERY_S: Final = 2.0
"""How often it looks for what other processes had in hand when they were killed; and once at its start."""
QUIET_S: Final = 10.0
"""After so long without work the process may be renewed."""
LAST_BATCH_S: Final = 10.0
"""At the end the batches in hand get this long; what is not done by then is tried again by the next process."""


def short_name(service: Service, queue: Queue) -> str:
    """The name by which the code calls a queue: without the service's prefix."""
    return queue.name.removeprefix(service.prefix + "-")


class QueueLoop(threading.Thread):
    """Works through one queue while there is work, then sleeps until the dispatcher wakes it."""

    def __init__(self, queues: Queues, name: str, queue: Queue, function: Function, watch: Watch) -> None:
        super().__init__(name=f"queue {name}", daemon=True)
        self._queues = queues
        self._name = name
        self._queue = queue
        self._function = function
        self._handler: Handler | None = None
        self._watch = watch
        self._wake = threading.Event()
        self._ending = threading.Event()
        self.working = False

    def wake(self) -> None:
        """There is something due."""
        self._wake.set()

    def end(self) -> None:
        """Finish the batch in hand, take no other."""
        self._ending.set()
        self._wake.set()

    def run(self) -> None:
        while not self._ending.is_set():
            self._wake.wait()
            self._wake.clear()
            self.working = True
            try:
                self._work()
            except Exception as error:  # the disk is full or gone: what was leased comes back by itself
                print(f"giaouoc: {self._name}: {reason_of(error)}", file=sys.stderr, flush=True)
                self._ending.wait(IDLE_S)
            self.working = False

    def _work(self) -> None:
        done: Sequence[Leased] = ()
        failed: Sequence[tuple[Leased, str]] = ()
        while True:
            if self._ending.is_set():
                self._queues.settle(done, failed)
                return
            _, leased = self._queues.settle_and_lease(
                done, failed, self._name, self._queue.batch_size, self._queue.visibility_s
            )
            if not leased:
                return
            done, failed = self._handle(leased)

    def _handle(self, leased: Sequence[Leased]) -> tuple[list[Leased], list[tuple[Leased, str]]]:
        event = sqs_event(self._queue, map(delivery_of, leased))
        try:
            if self._handler is None:
                self._handler = load_handler(self._function)
            answer = self._watch.call(self._function, self._handler, event)
        except Exception as error:
            reasons: Mapping[str, str] = getattr(error, "reasons", {})
            return [], [(each, reasons.get(str(each.id)) or reason_of(error)) for each in leased]
        return split(leased, answer)


def split(leased: Sequence[Leased], answer: Any) -> tuple[list[Leased], list[tuple[Leased, str]]]:
    """Which messages are done and which failed, by a partial batch response as Lambda reads it.

    Nothing, an empty response, a null or empty list: all done. An unknown or empty identifier, or an answer of another
    form, fails the whole batch (Lambda developer guide, "Reporting batch item failures").
    """
    try:
        response = {} if answer is None else {**answer}
        items = response.get("batchItemFailures", [])
        known = items is None or isinstance(items, list)
        names = {item["itemIdentifier"] for item in items or ()} if known else {""}
        reasons = {**(response.get("reasons") or {})}
    except (TypeError, KeyError):
        return [], [(each, "BadBatchResponse") for each in leased]
    if not names <= {str(each.id) for each in leased}:
        return [], [(each, "BadBatchResponse") for each in leased]
    done = [each for each in leased if str(each.id) not in names]
    failed = [(each, str(reasons.get(str(each.id), "Failed"))) for each in leased if str(each.id) in names]
    return done, failed


def delivery_of(leased: Leased) -> Delivery:
    return Delivery(
        id=str(leased.id),
        receipt=f"{leased.id}-{leased.lease}",
        body=leased.body,
        attempts=leased.attempts,
        sent_at=leased.sent_at / 1000,
    )


class Worker:
    """All queue loops and their dispatcher."""

    def __init__(self, service: Service, queues: Queues, watch: Watch | None = None) -> None:
        watch = watch or Watch()
        self._queues = queues
        self._loops: dict[str, QueueLoop] = {}
        for queue in service.queues:
            if queue.function is not None:
                name = short_name(service, queue)
                self._loops[name] = QueueLoop(queues, name, queue, service.function(queue.function), watch)
        self._ending = threading.Event()

    def run(self, renew: Callable[[], bool] = lambda: False) -> bool:
        """Until `end` is called: False; or until, with nothing to do for QUIET_S, `renew` says so: True."""
        listener = self._queues.listen()
        for loop in self._loops.values():
            loop.start()
        try:
            recovered, busy = -RECOVER_EVERY_S, time.monotonic()
            while not self._ending.is_set():
                try:
                    if time.monotonic() - recovered >= RECOVER_EVERY_S:
                        self._queues.recover()
                        recovered = time.monotonic()
                    pause = self._dispatch()
                except Unavailable as error:
                    print(f"giaouoc: {reason_of(error)}", file=sys.stderr, flush=True)
                    pause = IDLE_S
                if listener.wait(pause) or any(loop.working for loop in self._loops.values()):
                    busy = time.monotonic()
                elif time.monotonic() - busy > QUIET_S:
                    busy = time.monotonic()
                    if renew():
                        return True
            return False
        finally:
            listener.close()
            for loop in self._loops.values():
                loop.end()
            deadline = time.monotonic() + LAST_BATCH_S
            for loop in self._loops.values():
                loop.join(timeout=max(0.0, deadline - time.monotonic()))

    def _dispatch(self) -> float:
        """Wakes the loops that have something to do; seconds until the next look (unless the bell rings)."""
        names = list(self._loops)
        for name in self._queues.due(names):
            self._loops[name].wake()
        # not at once again while a loop is still busy with what is due
        return max(0.02, self._queues.next_due_s(names, at_most=IDLE_S))

    def end(self) -> None:
        """Stop taking batches; finish those in hand. Safe in a signal handler."""
        self._ending.set()
        self._queues.ring()
