"""The embedded store beyond the contract: events in the commit, groups, several stores on one file, late indexes."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from events.envelope import SYSTEM, Envelope, read_envelope
from shared.embedded.queues import Queues
from shared.embedded.store import Store
from shared.kernel.errors import Conflict, Unavailable
from shared.kernel.ports import ABSENT, ANY, Put, Write

NOW = datetime(2027, 2, 12, 0, 30, tzinfo=UTC)
SUBSCRIPTIONS = {("giaouoc.ceremonies", "GuestRegistered"): ["issue-ticket", "notify"]}


def fact(number: int, kind: str = "GuestRegistered") -> Envelope:
    return Envelope(
        id=f"{kind}{number}",
        type=kind,
        version=1,
        source="giaouoc.ceremonies",
        subject=str(number),
        sequence=100,
        occurred_at=NOW,
        actor=SYSTEM,
        correlation_id="k",
        causation_id=None,
        data={"name": "Nguyễn Thị Thuý"},
    )


def put(sort: str, expect: int | None = ANY, **more: object) -> Put:
    return Put(partition="p", sort=sort, body={}, expect=expect, **more)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store.db", SUBSCRIPTIONS) as opened:
        yield opened


def test_a_fact_reaches_every_subscribed_queue_as_the_bus_would_bring_it(store: Store) -> None:
    store.table("ceremonies").commit([put("s")], [fact(1), fact(2, "NobodyListens")])
    queues = Queues(store)
    for queue in ("issue-ticket", "notify"):
        [leased] = queues.lease(queue, 10, 30)
        event = json.loads(leased.body)
        assert {key: event[key] for key in event if key != "detail"} == {
            "version": "0",
            "id": "GuestRegistered1",
            "detail-type": "GuestRegistered",
            "source": "giaouoc.ceremonies",
            "account": "000000000000",
            "time": "2027-02-12T00:30:00Z",
            "region": "local",
            "resources": [],
        }
        assert read_envelope(event["detail"]) == fact(1)


def test_a_commit_that_fails_sends_nothing(store: Store) -> None:
    with pytest.raises(Conflict):
        store.table("ceremonies").commit([put("s", 1)], [fact(1)])
    assert Queues(store).depth("notify").due == 0


def test_a_commit_of_facts_alone(store: Store) -> None:
    store.table("ceremonies").commit([], [fact(1)])
    assert Queues(store).depth("notify").due == 1


def test_a_conflict_does_not_hurt_the_others_of_its_group(store: Store) -> None:
    table = store.table("c")
    table.commit([put("taken")])
    held, begun = threading.Event(), threading.Event()

    def hold(_db: sqlite3.Connection) -> None:
        begun.set()
        held.wait(10)

    outcomes: dict[int, BaseException | None] = {}

    def commit(number: int, writes: list[Write]) -> None:
        try:
            table.commit(writes)
            outcomes[number] = None
        except Conflict as conflict:
            outcomes[number] = conflict

    holder = threading.Thread(target=lambda: store.transact(hold))
    holder.start()
    begun.wait(10)
    threads = [
        threading.Thread(target=commit, args=(n, [put(f"new{n}", ABSENT), put("taken", 9 if n % 2 else ANY)]))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    held.set()
    for thread in [holder, *threads]:
        thread.join(10)
    assert [isinstance(outcomes[n], Conflict) for n in range(8)] == [bool(n % 2) for n in range(8)]
    assert [table.get("p", f"new{n}") is not None for n in range(8)] == [not n % 2 for n in range(8)]


def test_a_fault_in_the_midst_of_writing_does_not_hurt_the_others_of_its_group(store: Store) -> None:
    held, begun = threading.Event(), threading.Event()

    def hold(_db: sqlite3.Connection) -> None:
        begun.set()
        held.wait(10)

    def faulty(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO meta VALUES ('half', 'done')")
        raise ZeroDivisionError

    caught: list[BaseException] = []

    def run_faulty() -> None:
        try:
            store.transact(faulty)
        except ZeroDivisionError as error:
            caught.append(error)

    threads = [threading.Thread(target=lambda: store.transact(hold))]
    threads[0].start()
    begun.wait(10)
    threads += [threading.Thread(target=run_faulty)]
    threads += [threading.Thread(target=lambda n=n: store.table("c").commit([put(f"{n}", ABSENT)])) for n in range(4)]
    for thread in threads[1:]:
        thread.start()
    held.set()
    for thread in threads:
        thread.join(10)
    assert len(caught) == 1
    assert [store.table("c").get("p", f"{n}") is not None for n in range(4)] == [True] * 4
    with store.reading() as db:
        assert db.execute("SELECT count(*) FROM meta WHERE name = 'half'").fetchone() == (0,)


def test_an_interrupted_commit_leaves_the_writer_usable(store: Store) -> None:
    def interrupted(_db: sqlite3.Connection) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.transact(interrupted)
    store.table("c").commit([put("s", ABSENT)])
    assert store.table("c").get("p", "s") is not None


def test_two_stores_on_one_file_share_it_without_conflicts(store: Store) -> None:
    with Store(store.path) as other:
        tables = [store.table("c"), other.table("c")]

        def add(table: object) -> None:
            for number in range(40):
                tables[number % 2].commit([put(f"{threading.get_ident()}-{number}", ABSENT)])

        threads = [threading.Thread(target=add, args=(None,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(tables[0].query("p", limit=1000).items) == 160
        assert len(tables[1].query("p", limit=1000).items) == 160


def test_a_foreign_lock_on_the_file_is_unavailable(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.transact(lambda db: db.execute("PRAGMA busy_timeout=50").fetchone())
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable) as caught:
        store.table("c").commit([put("s")])
    assert caught.value.code == "store.busy"
    other.execute("ROLLBACK")
    other.close()
    store.table("c").commit([put("s")])


def test_late_indexes_lag_one_commit_behind(tmp_path: Path) -> None:
    with Store(tmp_path / "store.db", late_indexes=True) as store:
        table = store.table("c")
        for number in range(3):
            table.commit([put(f"{number}", index1=("list", f"{number}"))])
            assert [item.sort for item in table.query("list", index=1).items] == [f"{n}" for n in range(number)]
            assert len(table.query("p").items) == number + 1
            assert table.get("p", f"{number}") is not None
        store.catch_up()
        assert len(table.query("list", index=1).items) == 3


def test_the_sweep_removes_what_has_expired(store: Store) -> None:
    table = store.table("c")
    for days in (-1, 0, 1):
        table.commit([put(f"{days}", expires_at=NOW + timedelta(days=days))])
    table.commit([put("for ever")])
    assert {item.sort for item in table.query("p").items} == {"-1", "0", "1", "for ever"}
    assert store.sweep(NOW) == 2
    assert {item.sort for item in table.query("p").items} == {"1", "for ever"}


@pytest.mark.parametrize("index", [None, 1, 2])
def test_no_query_scans_or_sorts(store: Store, index: int | None) -> None:
    seen: list[str] = []
    table = store.table("c")
    with store.reading() as db:
        db.set_trace_callback(seen.append)
    cursor = None
    table.commit([put(f"s{n}", index1=("p", f"s{n}"), index2=("p", f"s{n}")) for n in range(5)])
    for more in ({}, {"prefix": "s"}, {"between": ("s1", "s3")}, {"reverse": True}):
        cursor = table.query("p", limit=1, index=index, **more).cursor  # type: ignore[arg-type]
        table.query("p", limit=1, index=index, cursor=cursor, **more)  # type: ignore[arg-type]
    with store.reading() as db:
        db.set_trace_callback(None)
        statements = [each for each in seen if each.startswith("SELECT pk")]
        assert len(statements) == 8
        for statement in statements:
            plan = " / ".join(row[3] for row in db.execute("EXPLAIN QUERY PLAN " + statement))
            assert plan.startswith("SEARCH items USING"), plan
            assert "TEMP B-TREE" not in plan
            assert ("items_" in plan) == (index is not None)
