"""Admissions over HTTP on the real processes: requests a second, CPU, latency at 1, 4 and 8 clients, and exactly one success.

Every request verifies the ticket's signature, reads the session and the ticket, and commits ticket, admission and event
with synchronous=FULL before it is answered. The floor is one bare SQLite transaction of three rows, durable.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from infra.bench.imports import planned
from infra.bench.machine import cpu_seconds, percentile, report, resident_mb
from infra.bench.world import ORIGIN, PASSPHRASE, act, environment
from infra.embedded.prepare import sample_keys
from infra.embedded.supervisor import Supervisor, listen
from infra.embedded.world import World, open_world
from infra.sample.device import device_cookie
from infra.sample.first_start import wait_until_ready
from shared.ceremonies.importing import ImportDelegates, ReceiveDelegateList, upload_prefix
from shared.ceremonies.ticket_code import ticket_text
from shared.ceremonies.tickets import show_ticket
from shared.documents.workbook import read_workbook
from shared.edge.invited import invited_units
from shared.embedded.layout import DataFolder
from shared.identity.model import Role

PORT = int(ORIGIN.rpartition(":")[2])
RUNS = ((1, 1500), (4, 3000), (8, 4000))
RACE = 500


def main() -> None:
    """Prints engine.idle_memory, admission.http for each number of clients, and admission.race."""
    with _engine() as (world, supervisor):
        time.sleep(3)
        report(
            "engine.idle_memory",
            value=round(sum(resident_mb(pid) for pid in supervisor.pids().values()), 1),
            unit="MB (http and worker, shared pages split)",
            target=150,
        )
        ceremony, texts = _tickets(world, sum(count for _, count in RUNS) + RACE)
        cookie = _gate(world, ceremony)
        http, worker = supervisor.pids()["http"], supervisor.pids()["worker"]
        floor = _floor_ms()
        for clients, count in RUNS:
            portion, texts = texts[:count], texts[count:]
            before, behind = cpu_seconds(http), cpu_seconds(worker)
            done = _scan(cookie, ceremony, portion, clients)
            spent, later = cpu_seconds(http) - before, cpu_seconds(worker) - behind
            _report_run(clients, count, done, spent, later, floor)
        race = _scan(cookie, ceremony, texts[:RACE], 8, shared=True)
    right = {"200": RACE, "409": RACE * 7}
    report("admission.race", value=race["statuses"], expected=right, exactly_one=race["statuses"] == right)


def _report_run(clients: int, count: int, done: dict[str, Any], cpu: float, worker_cpu: float, floor: float) -> None:
    if done["statuses"] != {"200": count}:
        raise RuntimeError(f"not every ticket was admitted: {done['statuses']}")
    latencies = done["latencies_ms"]
    report(
        "admission.http",
        clients=clients,
        value=round(count / done["seconds"]),
        unit="admissions/s",
        cpu_ms=round(cpu / count * 1000, 3),
        target_cpu_ms=1.5,
        worker_cpu_ms=round(worker_cpu / count * 1000, 3),
        p50_ms=round(percentile(latencies, 0.5), 2),
        p95_ms=round(percentile(latencies, 0.95), 2),
        p99_ms=round(percentile(latencies, 0.99), 2),
        target_p99_ms=20,
        floor_ms=round(floor, 3),
        cpu_ratio_to_floor=round(cpu / count * 1000 / floor, 1),
    )


@contextmanager
def _engine() -> Iterator[tuple[World, Supervisor]]:
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-", ignore_cleanup_errors=True) as folder:
        settings = environment(Path(folder))
        world = open_world(settings, PASSPHRASE)
        sample_keys(world, PASSPHRASE)
        listener = listen("127.0.0.1", PORT)
        supervisor = Supervisor(settings, PASSPHRASE, listener, DataFolder(Path(folder)).logs)
        supervisor.start()
        watcher = threading.Thread(target=supervisor.run, daemon=True)
        watcher.start()
        try:
            if not wait_until_ready(ORIGIN):
                raise RuntimeError("the engine does not answer")
            yield world, supervisor
        finally:
            supervisor.stop()
            watcher.join(20)
            listener.close()
            world.close()


def _tickets(world: World, count: int) -> tuple[str, list[str]]:
    """A ceremony whose doors are open, and the ticket texts of `count` delegates."""
    ceremony = planned(world, timedelta(minutes=-5))
    table, objects = world.ports.table("ceremonies"), world.ports.objects
    header = "STT;Họ và tên;Chức vụ;Đơn vị\n"
    rows = [f"{number};Nguyễn Văn An {number};Chuyên viên;Sở Nội vụ" for number in range(1, count + 1)]
    key = upload_prefix(ceremony.id) + "bench"
    objects.put_new(key, (header + "\n".join(rows)).encode(), "application/octet-stream")
    received = ReceiveDelegateList(table, objects)(act(world), ceremony=ceremony.id, object_key=key, filename="b.csv")
    invited = invited_units(world.ports.table("directory"), ceremony)
    ImportDelegates(table, objects, read_workbook)(
        act(world), ceremony=ceremony.id, list_id=received.id, invited=invited
    )
    _at_rest(world)
    texts = []
    with world.store.reading() as db:
        found = db.execute("SELECT pk FROM items WHERE context = 'ceremonies' AND pk LIKE 'ticket#%' AND sk = 'ticket'")
        ids = [str(row[0]).partition("#")[2] for row in found]
    for number in ids:
        texts.append(ticket_text(show_ticket(table, number), world.ports.keyring, ORIGIN))
    if len(texts) < count:
        raise RuntimeError(f"{len(texts)} of {count} tickets")
    return ceremony.id, texts


def _at_rest(world: World) -> None:
    """The worker issues the tickets; invitations without an address only fill the ledger."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        depths = [world.queues.depth(name) for name in ("issue-ticket", "send-invitation")]
        if not any(depth.due + depth.waiting for depth in depths):
            return
        time.sleep(0.1)
    raise RuntimeError("the worker does not come to rest")


def _gate(world: World, ceremony: str) -> str:
    table = world.ports.table("identity")
    _, cookie = device_cookie(table, act(world), origin=ORIGIN, ceremony=ceremony, role=Role.GATE)
    return f"giaouoc={cookie}"


def _scan(cookie: str, ceremony: str, texts: list[str], clients: int, *, shared: bool = False) -> dict[str, Any]:
    words = [str(PORT), cookie, ceremony, *(["SHARED"] if shared else ["OWN"]), str(clients)]
    run = subprocess.run(
        [sys.executable, "-m", "infra.bench.door_clients", *words],
        input="\n".join(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(run.stdout)
    return result


def _floor_ms() -> float:
    """CPU milliseconds of one bare durable transaction with three rows."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        db = sqlite3.connect(Path(folder) / "floor.db", isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT)")
        started = time.process_time()
        for _ in range(1000):
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO t (body) VALUES (?)", [("x" * 400,)] * 3)
            db.execute("COMMIT")
        spent = (time.process_time() - started) / 1000
        db.close()
    return spent * 1000
