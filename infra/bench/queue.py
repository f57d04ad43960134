"""Messages a second through a queue with a trivial handler, end to end, each durable before it is answered.

Published by commits of ten events, leased in batches of ten by the worker's own loop, handed to a handler as an SQS
payload, acknowledged. The floor is SQLite itself: insert and delete the same rows in the same number of transactions.
"""

from __future__ import annotations

import sqlite3
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from events.directory import UnitRegistered
from events.envelope import SYSTEM, Act, wrap
from infra.bench.machine import report
from infra.embedded.invoke import Watch
from infra.embedded.template import Function, Queue
from infra.embedded.worker import QueueLoop
from shared.embedded.queues import Queues
from shared.embedded.store import Store
from shared.kernel.ports import ANY, Put

MESSAGES = 20_000
BATCH = 10
FUNCTION = Function(name="bench", handler="infra.bench.queue.handler", timeout_s=30, memory_mb=128, environment={})
QUEUE = Queue(
    logical_id="Bench", name="bench", arn="arn:aws:sqs:local:000000000000:bench", function="bench", batch_size=BATCH,
    window_s=0, visibility_s=180, delay_s=0, max_attempts=5, dead_letter=None, max_concurrency=None,
)  # fmt: skip
_seen = 0
_all_seen = threading.Event()


def handler(message: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Counts, and acknowledges everything."""
    global _seen
    _seen += len(message["Records"])
    if _seen >= MESSAGES:
        _all_seen.set()
    return {"batchItemFailures": []}


def main() -> None:
    """Prints queue.throughput."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        with Store(Path(folder) / "store.db", {("giaouoc.directory", "UnitRegistered"): ["bench"]}) as store:
            spent = _run(store)
        floor = _floor(Path(folder) / "floor.db")
    report(
        "queue.throughput",
        value=round(MESSAGES / spent),
        unit="messages/s",
        target=2000,
        floor=round(MESSAGES / floor),
        ratio_to_floor=round(spent / floor, 2),
        durable="PRAGMA synchronous=FULL",
    )


def _run(store: Store) -> float:
    loop = QueueLoop(Queues(store), "bench", QUEUE, FUNCTION, Watch())
    loop.start()
    table = store.table("bench")
    act = Act(actor=SYSTEM, at=datetime.now(UTC), correlation_id="bench")
    event = UnitRegistered(unit="SNV", name="Sở Nội vụ", kind="STATE")
    started = time.perf_counter()
    for number in range(MESSAGES // BATCH):
        facts = [wrap(event, act, subject=f"u{number}", version=1, place=place) for place in range(BATCH)]
        table.commit([Put(partition=f"u{number}", sort="u", body={"shape": 1}, expect=ANY)], facts)
        loop.wake()
    while not _all_seen.wait(0.01):
        loop.wake()
    spent = time.perf_counter() - started
    loop.end()
    loop.join(5)
    return spent


def _floor(path: Path) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE m (id INTEGER PRIMARY KEY, body TEXT)")
    body = "x" * 700
    started = time.perf_counter()
    for _ in range(MESSAGES // BATCH):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO m (body) VALUES (?)", [(body,)] * BATCH)
        connection.execute("COMMIT")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM m WHERE id IN (SELECT id FROM m LIMIT ?)", (BATCH,))
        connection.execute("COMMIT")
    spent = time.perf_counter() - started
    connection.close()
    return spent
