"""kill -9 in the middle of a burst, again and again: nothing is lost and nothing happens twice.

Two processes share one store. Each produces orders (an item and its fact in one commit), leases the facts, gives each
its effect (an item that must be new, a count, and a second fact, in one commit) and does the same with the second
queue. The parent kills one of them at a random moment, starts another, and in the end lets them finish and counts.

Run by `make soak` and, as it takes seconds, by tests/unit/embedded. By hand: python -m tests.soak.kill_burst --kills 50
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from events.envelope import SYSTEM, Envelope
from shared.embedded.queues import Leased, QueuePolicy, Queues
from shared.embedded.store import Store
from shared.kernel.errors import Conflict
from shared.kernel.ports import ABSENT, Add, Put

SUBSCRIPTIONS = {("giaouoc.test", "Ordered"): ["first"], ("giaouoc.test", "Done"): ["second"]}
POLICY = QueuePolicy(max_attempts=1000, back_off_base_s=0.01, back_off_cap_s=0.05)
VISIBILITY_S = 0.7
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`first` and `second` are numbers of effects found, `counted` what the counters say; all should be `messages`.

    `in_burst`: kills before the last effect; `redelivered`: messages whose acknowledgement a kill had cut off.
    """

    kills: int
    messages: int
    ordered: int
    first: int
    second: int
    counted: tuple[int, int]
    left: int
    dead: int
    redelivered: int
    in_burst: int
    seconds: float

    @property
    def sound(self) -> bool:
        found = (self.ordered, self.first, self.second, *self.counted)
        return set(found) == {self.messages} and self.left == self.dead == 0


def fact(kind: str, number: str) -> Envelope:
    return Envelope(
        id=f"{kind}-{number}",
        type=kind,
        version=1,
        source="giaouoc.test",
        subject=number,
        sequence=100,
        occurred_at=datetime(2027, 2, 12, tzinfo=UTC),
        actor=SYSTEM,
        correlation_id=number,
        causation_id=None,
        data={"number": number},
    )


def produce(store: Store, messages: int) -> None:
    """Orders 0 to messages - 1, in a random order, as two processes share the work; those that stand are skipped."""
    table = store.table("orders")
    numbers = [f"{number:05}" for number in range(messages)]
    random.shuffle(numbers)
    for number in numbers:
        if table.get("orders", number) is None:
            try:
                put = Put(partition="orders", sort=number, body={"number": number}, expect=ABSENT)
                table.commit([put], [fact("Ordered", number)])
            except Conflict:
                continue
            time.sleep(0.0005)


def work(store: Store, queue: str) -> None:
    """Handle one queue for ever."""
    queues, table = Queues(store, {queue: POLICY}), store.table(queue)
    listener = queues.listen()
    leased: list[Leased] = []
    while True:
        done: list[Leased] = []
        for each in leased:
            number = json.loads(each.body)["detail"]["subject"]
            try:
                table.commit(
                    [
                        Put(partition="effects", sort=number, body={}, expect=ABSENT),
                        Add(partition="count", sort="all", counter="n", amount=1),
                    ],
                    [fact("Done", number)] if queue == "first" else [],
                )
            except Conflict:  # its effect was there: the acknowledgement had been lost
                table.commit([Add(partition="count", sort="again", counter="n", amount=1)])
            done.append(each)
        _, leased = queues.settle_and_lease(done, [], queue, 10, VISIBILITY_S)
        if not leased:
            listener.wait(queues.next_due_s([queue], at_most=0.2))


def engine(path: Path, messages: int) -> None:
    """One process: a producer and two workers, until it is killed."""
    store = Store(path, SUBSCRIPTIONS)
    for queue in ("first", "second"):
        threading.Thread(target=work, args=(store, queue), daemon=True).start()
    print("ready", flush=True)
    produce(store, messages)
    threading.Event().wait()


def start(path: Path, messages: int) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-m", "tests.soak.kill_burst", "--engine", str(path), "--messages", str(messages)]
    process = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def count(store: Store, context: str, partition: str) -> int:
    found, cursor = 0, None
    while True:
        page = store.table(context).query(partition, limit=1000, cursor=cursor)
        found += len(page.items)
        cursor = page.cursor
        if cursor is None:
            return found


def counter(store: Store, context: str, sort: str) -> int:
    item = store.table(context).get("count", sort)
    return 0 if item is None else int(item.body["n"])


def run(folder: Path, *, kills: int, messages: int, patience_s: float = 120.0) -> Report:
    """Kill `kills` times, then let everything finish (or give up after `patience_s`) and count."""
    path = folder / "store.db"
    begun, in_burst = time.monotonic(), 0
    with Store(path, SUBSCRIPTIONS) as store:
        processes = [start(path, messages) for _ in range(2)]
        try:
            for _ in range(kills):
                time.sleep(random.uniform(0.0, 0.08))
                place = random.randrange(2)
                in_burst += counter(store, "second", "all") < messages
                stop(processes[place])
                processes[place] = start(path, messages)
            while counter(store, "second", "all") < messages and time.monotonic() < begun + patience_s:
                time.sleep(0.05)
        finally:
            for process in processes:
                stop(process)
        queues = Queues(store)
        time.sleep(VISIBILITY_S)  # acknowledgements that the last kill cut off come back once more
        for queue in ("first", "second"):
            while leased := queues.lease(queue, 100, 30):
                for each in leased:
                    assert store.table(queue).get("effects", json.loads(each.body)["detail"]["subject"]) is not None
                queues.settle(leased)
        depths = [queues.depth(queue) for queue in ("first", "second")]
        return Report(
            kills=kills,
            messages=messages,
            ordered=count(store, "orders", "orders"),
            first=count(store, "first", "effects"),
            second=count(store, "second", "effects"),
            counted=(counter(store, "first", "all"), counter(store, "second", "all")),
            left=sum(depth.due + depth.waiting for depth in depths),
            dead=sum(depth.dead for depth in depths),
            redelivered=counter(store, "first", "again") + counter(store, "second", "again"),
            in_burst=in_burst,
            seconds=round(time.monotonic() - begun, 1),
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--engine", type=Path)
    arguments = parser.parse_args()
    if arguments.engine:
        engine(arguments.engine, arguments.messages)
    with tempfile.TemporaryDirectory() as folder:
        report = run(Path(folder), kills=arguments.kills, messages=arguments.messages)
    print(json.dumps({**asdict(report), "sound": report.sound}))
    return 0 if report.sound else 1


if __name__ == "__main__":
    sys.exit(main())
