"""kill -9 of a whole engine's processes in the middle of a burst: nothing is lost and nothing happens twice.

Clients order over HTTP, and order again when an answer is lost. Each order is an item and its fact; a queue's function
makes an effect that must be new, a count and a second fact of it; another queue does the same with that. Meanwhile the
HTTP and the worker process are killed at random moments and the supervisor starts them again.

Run by `make soak`, and shorter by tests/unit/embedded. By hand: python -m tests.soak.engine_kills --kills 50
"""

import argparse
import http.client
import json
import queue
import random
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.soak.kill_burst import count, counter
from tests.trial_engine import Engine, engine, until

CLIENTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`in_burst`: kills while messages were under way; `redelivered`: messages whose acknowledgement a kill cut off."""

    kills: int
    in_burst: int
    messages: int
    ordered: int
    first: int
    second: int
    counted: tuple[int, int]
    left: int
    dead: int
    redelivered: int
    seconds: float

    @property
    def sound(self) -> bool:
        return {self.ordered, self.first, self.second, *self.counted} == {self.messages} and not (
            self.left or self.dead
        )


def order(running: Engine, numbers: "queue.Queue[int | None]") -> None:
    """One client: each number until it is known to stand."""
    while (number := numbers.get()) is not None:
        while True:
            try:
                status, _, _ = running.get("/trial/orders", "POST", json.dumps({"number": f"{number:05}"}))
            except (OSError, http.client.HTTPException):
                # its process was killed: nobody knows whether the order stands
                time.sleep(0.01)
                continue
            if status in (201, 409):
                break


def run(folder: Path, *, kills: int, messages: int, patience_s: float = 120.0) -> Report:
    """Kills one of the two processes `kills` times, lets everything finish, and counts."""
    begun, in_burst = time.monotonic(), 0
    numbers: queue.Queue[int | None] = queue.Queue()
    bursts = [range(messages)[place :: kills + 1] for place in range(kills + 1)]
    with engine(folder) as running, running.store() as (store, queues):
        clients = [threading.Thread(target=order, args=(running, numbers), daemon=True) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        for place, burst in enumerate(bursts):
            for number in burst:
                numbers.put(number)
            if place < kills:
                in_burst += _kill(running, store, sum(map(len, bursts[: place + 1])))
        for _ in clients:
            numbers.put(None)
        for client in clients:
            client.join(patience_s)
        until(lambda: counter(store, "second", "all") >= messages, "all effects stand", patience_s)
        until(lambda: all(not _open(queues.depth(name)) for name in ("first", "second")), "all is settled", patience_s)
        depths = [queues.depth(name) for name in ("first", "second")]
        return Report(
            kills=kills,
            in_burst=in_burst,
            messages=messages,
            ordered=count(store, "trial", "orders"),
            first=count(store, "first", "effects"),
            second=count(store, "second", "effects"),
            counted=(counter(store, "first", "all"), counter(store, "second", "all")),
            left=sum(map(_open, depths)),
            dead=sum(depth.dead for depth in depths),
            redelivered=counter(store, "first", "again") + counter(store, "second", "again"),
            seconds=round(time.monotonic() - begun, 1),
        )


def _kill(running: Engine, store: Any, expected: int) -> bool:
    """At a random moment of the burst; whether something was still under way."""
    name = random.choice(("http", "worker"))
    pid = running.pid(name)
    before = counter(store, "second", "all")
    until(lambda: counter(store, "second", "all") > before or counter(store, "second", "all") >= expected)
    time.sleep(random.uniform(0.0, 0.03))
    under_way = counter(store, "second", "all") < expected
    running.kill(pid)
    return under_way


def _open(depth: Any) -> int:
    return int(depth.due + depth.waiting)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--messages", type=int, default=2000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = run(Path(folder), kills=arguments.kills, messages=arguments.messages)
    print(json.dumps({**asdict(report), "sound": report.sound}))
    return 0 if report.sound else 1


if __name__ == "__main__":
    sys.exit(main())
