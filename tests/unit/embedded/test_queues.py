"""Queues: leases, attempts, back-off, dead letters, waking; two processes that never hold one message at once."""

from __future__ import annotations

import collections
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.embedded import queues as module
from shared.embedded.queues import LEASE_EXPIRED, Depth, Leased, QueuePolicy, Queues
from shared.embedded.store import Store

ROOT = Path(__file__).parents[3]


class Time:
    """The monotonic clock of the queues, moved by hand."""

    def __init__(self) -> None:
        self.ms = 1_000_000

    def __call__(self) -> int:
        return self.ms

    def advance(self, seconds: float) -> None:
        self.ms += int(seconds * 1000)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Time:
    hands = Time()
    monkeypatch.setattr(module, "monotonic_ms", hands)
    return hands


@pytest.fixture
def queues(clock: Time) -> Iterator[Queues]:
    with Store(":memory:") as store:
        yield Queues(store, {"q": QueuePolicy(max_attempts=3, back_off_base_s=10, back_off_cap_s=25)})


def bodies(leased: list[Leased]) -> list[str]:
    return [each.body for each in leased]


def test_messages_come_in_turn_and_once(queues: Queues) -> None:
    queues.send("q", ["a", "b", "c"])
    queues.send("other", ["x"])
    first = queues.lease("q", 2, 30)
    assert bodies(first) == ["a", "b"]
    assert [each.attempts for each in first] == [1, 1]
    assert bodies(queues.lease("q", 2, 30)) == ["c"]
    assert queues.lease("q", 2, 30) == []
    assert queues.depth("q") == Depth(due=0, waiting=3, dead=0)
    queues.settle(first)
    assert queues.depth("q") == Depth(due=0, waiting=1, dead=0)
    assert queues.depth("other") == Depth(due=1, waiting=0, dead=0)


def test_an_expired_lease_is_given_to_another_and_the_late_answer_changes_nothing(queues: Queues, clock: Time) -> None:
    queues.send("q", ["a", "b"])
    slow = queues.lease("q", 2, 30)
    clock.advance(29.9)
    assert queues.lease("q", 2, 30) == []
    clock.advance(0.1)
    again = queues.lease("q", 2, 30)
    assert [each.attempts for each in again] == [2, 2]
    settled = queues.settle([slow[0]], [(slow[1], "KeyError")])
    assert settled.late == (slow[0].id, slow[1].id)
    assert queues.depth("q").waiting == 2
    assert queues.settle(again).late == ()
    assert queues.depth("q") == Depth(due=0, waiting=0, dead=0)
    assert queues.settle(again).late == tuple(each.id for each in again)


def test_a_late_answer_counts_while_nobody_else_has_the_message(queues: Queues, clock: Time) -> None:
    queues.send("q", ["a"])
    slow = queues.lease("q", 1, 30)
    clock.advance(60)
    assert queues.settle(slow).late == ()
    assert queues.lease("q", 1, 30) == []


def test_failures_wait_longer_each_time_and_end_in_the_dead_letters(queues: Queues, clock: Time) -> None:
    queues.send("q", ["poison"])
    for attempt, most in ((1, 10), (2, 20)):
        [leased] = queues.lease("q", 1, 30)
        assert leased.attempts == attempt
        assert queues.settle(failed=[(leased, "KeyError")]).dead == ()
        assert 0 <= queues.next_due_s(["q"], at_most=1000) <= most
        clock.advance(most)
    [leased] = queues.lease("q", 1, 30)
    assert queues.settle(failed=[(leased, "KeyError")]).dead == (leased.id,)
    assert queues.depth("q") == Depth(due=0, waiting=0, dead=1)
    [dead] = queues.dead_letters("q")
    assert (dead.body, dead.attempts, dead.reason, dead.sent_at) == ("poison", 3, "KeyError", leased.sent_at)


def test_back_off_is_jittered_and_capped(queues: Queues, clock: Time) -> None:
    waits = set()
    for _ in range(60):
        queues.send("q", ["x"])
        [leased] = queues.lease("q", 1, 30)
        queues.settle(failed=[(Leased(**{**_fields(leased), "attempts": 2}), "KeyError")])
        wait = queues.next_due_s(["q"], at_most=1000)
        assert 0 <= wait <= 20
        waits.add(wait)
        clock.advance(20)
        queues.settle(queues.lease("q", 10, 30))
    assert len(waits) > 30
    assert queues._back_off_ms(QueuePolicy(max_attempts=99), 60) <= 900_000


def _fields(leased: Leased) -> dict[str, object]:
    return {name: getattr(leased, name) for name in Leased.__slots__}


def test_a_message_that_kills_its_worker_dies_too(queues: Queues, clock: Time) -> None:
    queues.send("q", ["killer"])
    for _ in range(3):
        assert bodies(queues.lease("q", 1, 30)) == ["killer"]
        clock.advance(31)
    assert queues.lease("q", 1, 30) == []
    [dead] = queues.dead_letters("q")
    assert (dead.reason, dead.attempts) == (LEASE_EXPIRED, 3)


def test_a_poison_message_delays_no_other(queues: Queues, clock: Time) -> None:
    queues.send("q", ["poison", *(f"good{n}" for n in range(50))])
    handled: list[str] = []
    for _ in range(30):
        done, failed = [], []
        for each in queues.lease("q", 10, 30):
            (failed if each.body == "poison" else done).append(each)
        handled += bodies(done)
        queues.settle(done, [(each, "ValueError") for each in failed])
        if len(handled) == 50:
            break
    assert sorted(handled) == sorted(f"good{n}" for n in range(50))
    assert clock.ms == 1_000_000  # nobody had to wait for it


def test_a_message_tried_in_vain_goes_out_alone(queues: Queues, clock: Time) -> None:
    queues.send("q", ["a", "killer", "b"])
    for _ in range(2):  # whoever had all three was gone before it could say which it was
        assert bodies(queues.lease("q", 10, 30)) == ["a", "killer", "b"]
        clock.advance(30)
    queues.send("q", ["new", "newer"])
    batches = [bodies(queues.lease("q", 10, 30)) for _ in range(4)]
    assert batches == [["a"], ["killer"], ["b"], ["new", "newer"]]


HOLDS = """
import sys, threading
from shared.embedded.queues import Queues
from shared.embedded.store import Store
queues = Queues(Store(sys.argv[1]))
print(",".join(each.body for each in queues.lease("q", 2, 10_000)), flush=True)
threading.Event().wait()
"""


def test_what_a_killed_process_had_in_hand_is_tried_again_without_waiting(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store, Store(path) as third:
        queues = Queues(store, {"q": QueuePolicy(back_off_base_s=0)})
        queues.send("q", ["a", "b", "c"])
        process = subprocess.Popen([sys.executable, "-c", HOLDS, str(path)], cwd=ROOT, stdout=subprocess.PIPE)
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"a,b\n"
            living = Queues(third).lease("q", 2, 10_000)
            assert bodies(living) == ["c"]
            assert queues.recover() == 0, "both live"
        finally:
            process.kill()
            process.communicate()
        assert queues.recover() == 2
        assert queues.recover() == 0, "and is forgotten"
        again = queues.lease("q", 10, 30)
        assert [(each.body, each.attempts) for each in again] == [("a", 2), ("b", 2)]
        assert Queues(third).settle(living).late == (), "the living one keeps what it has"


def test_a_process_that_closes_its_store_counts_as_gone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store:
        queues = Queues(store, {"q": QueuePolicy(back_off_base_s=0)})
        queues.send("q", ["a"])
        with Store(path) as other:
            assert bodies(Queues(other).lease("q", 1, 10_000)) == ["a"]
        assert queues.recover() == 1
        assert bodies(queues.lease("q", 1, 30)) == ["a"]


def test_redrive_gives_the_dead_another_life(queues: Queues, clock: Time) -> None:
    queues.send("q", ["a", "b", "c"])
    while queues.depth("q").dead < 3:
        queues.settle(failed=[(each, "KeyError") for each in queues.lease("q", 10, 30)])
        clock.advance(30)
    dead = {each.body: each.id for each in queues.dead_letters("q")}
    assert queues.redrive("q", [dead["b"], 999]) == 1
    assert queues.redrive("other") == 0
    [again] = queues.lease("q", 10, 30)
    assert (again.body, again.attempts) == ("b", 1)
    assert queues.redrive("q") == 2
    assert sorted(bodies(queues.lease("q", 10, 30))) == ["a", "c"]
    assert queues.depth("q").dead == 0


def test_what_is_released_is_due_at_once_and_lost_no_attempt(queues: Queues) -> None:
    queues.send("q", ["a"])
    queues.release(queues.lease("q", 1, 30))
    [again] = queues.lease("q", 1, 30)
    assert again.attempts == 1


def test_a_delay_and_what_is_due_next(queues: Queues, clock: Time) -> None:
    assert queues.next_due_s(["q"], at_most=7) == 7
    queues.send("q", ["later"], delay_s=5)
    assert queues.due(["q", "r"]) == []
    assert queues.next_due_s(["q", "r"], at_most=7) == 5
    clock.advance(5)
    assert queues.due(["q", "r"]) == ["q"]
    assert queues.next_due_s(["q", "r"]) == 0
    assert bodies(queues.lease("q", 1, 30)) == ["later"]


def test_another_boot_makes_everything_due(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store:
        queues = Queues(store)
        queues.send("q", ["leased", "retried"])
        leased = queues.lease("q", 2, 10_000)
        queues.settle(failed=[(leased[1], "KeyError")])
        store.transact(lambda db: db.execute("UPDATE meta SET value = 'before' WHERE name = 'boot'"))
    with Store(path) as store:
        queues = Queues(store)
        assert [each.attempts for each in queues.lease("q", 10, 30)] == [2, 2]
        assert queues.settle([leased[0]]).late == (leased[0].id,)


def test_a_waiting_worker_is_woken_by_another_store_on_the_file(tmp_path: Path) -> None:
    path = _deep(tmp_path)
    with Store(path) as store, Store(path) as other:
        waiting, sending = Queues(store), Queues(other)
        listener = waiting.listen()
        assert listener.wait(0) is False
        threading.Timer(0.05, lambda: sending.send("q", ["a"])).start()
        assert listener.wait(30) is True
        assert bodies(waiting.lease("q", 1, 30)) == ["a"]
        sending.send("q", ["b"])  # rung before anybody waits: not lost
        sending.send("q", ["c"])
        assert listener.wait(30) is True
        assert listener.wait(0) is False
        listener.close()
        sending.send("q", ["d"])


def _deep(folder: Path) -> Path:
    """A path that no socket address could hold."""
    deep = folder / ("d" * 80) / ("e" * 80)
    deep.mkdir(parents=True)
    return deep / "store.db"


LEASES = """
import json, sys, time
from shared.embedded.queues import Queues
from shared.embedded.store import Store
queues = Queues(Store(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
held, done, idle = [], [], 0
while idle < 100:
    _, leased = queues.settle_and_lease(done, [], "q", 7, 30)
    if not leased:
        idle += 1
        time.sleep(0.002)
    held += [each.body for each in leased]
    done = leased
print(json.dumps(held))
"""


def test_two_processes_never_hold_one_message(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store:
        queues = Queues(store)
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", LEASES, str(path)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for batch in range(20):
            queues.send("q", [f"{batch}-{number}" for number in range(50)])
        outputs = [process.communicate(timeout=60)[0] for process in processes]
        held = [json.loads(output.splitlines()[-1]) for output in outputs]
        times = collections.Counter(body for each in held for body in each)
        assert len(times) == 1000
        assert set(times.values()) == {1}
        assert all(held), "both had some"
        assert queues.depth("q") == Depth(due=0, waiting=0, dead=0)


def test_many_threads_on_one_queue_share_the_work(tmp_path: Path) -> None:
    with Store(tmp_path / "store.db") as store:
        queues = Queues(store)
        queues.send("q", [str(number) for number in range(600)])
        handled: list[str] = []

        def work() -> None:
            done: list[Leased] = []
            while True:
                _, leased = queues.settle_and_lease(done, [], "q", 10, 30)
                if not leased:
                    return
                handled.extend(bodies(leased))
                time.sleep(0)
                done = leased

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(map(int, handled)) == list(range(600))
