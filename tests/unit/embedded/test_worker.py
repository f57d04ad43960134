"""The worker: partial batch responses, failures, poison, queues that do not wait for each other, a graceful end."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.embedded import worker as module
from infra.embedded.invoke import Watch
from infra.embedded.worker import Worker, split
from infra.embedded.world import policies
from shared.embedded.queues import Depth, Leased, QueuePolicy, Queues
from shared.embedded.store import Store
from shared.kernel.errors import Unavailable
from tests.trial_engine import SERVICE, until


def leased_of(ids: list[int]) -> list[Leased]:
    return [Leased(id=number, queue="q", body="", attempts=1, lease=9, sent_at=0) for number in ids]


BATCHES = st.lists(st.integers(1, 50), min_size=1, max_size=10, unique=True)


@given(BATCHES.flatmap(lambda ids: st.tuples(st.just(ids), st.lists(st.sampled_from(ids)))))
def test_the_named_messages_failed_and_the_others_are_done(case: tuple[list[int], list[int]]) -> None:
    ids, bad = case
    answer = {
        "batchItemFailures": [{"itemIdentifier": str(each)} for each in bad],
        "reasons": {str(each): "KeyError" for each in bad},
    }
    done, failed = split(leased_of(ids), answer)
    assert [each.id for each in done] == [each for each in ids if each not in bad]
    assert [(each.id, reason) for each, reason in failed] == [(each, "KeyError") for each in ids if each in bad]


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_no_failures_named_means_all_done(answer: Any) -> None:
    assert split(leased_of([1, 2]), answer) == (leased_of([1, 2]), [])


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(BATCHES, JUNK | st.fixed_dictionaries({"batchItemFailures": JUNK}, optional={"reasons": st.just({})}))
def test_an_answer_of_another_form_fails_the_whole_batch_and_never_the_worker(ids: list[int], answer: Any) -> None:
    """As Lambda reads it: an empty list or null is success, an unknown, empty or missing identifier a failed batch."""
    done, failed = split(leased_of(ids), answer)
    assert sorted(each.id for each in [*done, *(each for each, _ in failed)]) == sorted(ids)
    well_formed = answer is None or isinstance(answer, dict)
    named = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if well_formed and (named is None or named == []):
        assert failed == []
    elif not isinstance(named, list) or not all(_names_one_of(one, ids) for one in named):
        assert done == []


def _names_one_of(one: Any, ids: list[int]) -> bool:
    return isinstance(one, dict) and one.get("itemIdentifier") in map(str, ids)


@pytest.mark.parametrize("reasons", ["text", 7, ["a"]])
def test_reasons_of_another_form_fail_the_batch_too(reasons: Any) -> None:
    answer = {"batchItemFailures": [{"itemIdentifier": "1"}], "reasons": reasons}
    assert split(leased_of([1, 2]), answer) == ([], [(each, "BadBatchResponse") for each in leased_of([1, 2])])


class Handlers:
    """What the queues' functions do, by function name; and all messages that they got."""

    def __init__(self) -> None:
        self.seen: dict[str, list[list[str]]] = {"trialTold": [], "trialOther": []}
        self.act: dict[str, Any] = {}

    def load(self, function: Any) -> Any:
        def handle(event: Any, _context: Any) -> Any:
            bodies = [record["body"] for record in event["Records"]]
            self.seen[function.name].append(bodies)
            return self.act.get(function.name, lambda _event: None)(event)

        return handle

    def bodies(self, name: str) -> list[str]:
        return [body for batch in self.seen[name] for body in batch]


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> Handlers:
    made = Handlers()
    monkeypatch.setattr(module, "load_handler", made.load)
    return made


@pytest.fixture
def queues() -> Any:
    with Store(":memory:") as store:
        fast = {name: replace(policy, back_off_base_s=0.0) for name, policy in policies(SERVICE).items()}
        yield Queues(store, fast)


@pytest.fixture
def running(queues: Queues, handlers: Handlers) -> Any:
    worker = Worker(SERVICE, queues)
    thread = threading.Thread(target=worker.run)
    thread.start()
    yield worker
    worker.end()
    thread.join(timeout=30)
    assert not thread.is_alive()


EMPTY = Depth(due=0, waiting=0, dead=0)


def failing(*bodies: str) -> Any:
    def answer(event: Any) -> Any:
        return {
            "batchItemFailures": [
                {"itemIdentifier": record["messageId"]} for record in event["Records"] if record["body"] in bodies
            ],
            "reasons": {record["messageId"]: "KeyError" for record in event["Records"]},
        }

    return answer


def test_a_message_is_handled_once_and_gone(running: Worker, queues: Queues, handlers: Handlers) -> None:
    queues.send("told", ["a"])
    until(lambda: queues.depth("told") == EMPTY and handlers.seen["trialTold"])
    assert handlers.seen["trialTold"] == [["a"]]


def test_a_poison_message_dies_with_its_reason_and_delays_no_other(
    running: Worker, queues: Queues, handlers: Handlers
) -> None:
    handlers.act["trialTold"] = failing("poison")
    queues.send("told", ["poison", *(f"good{number}" for number in range(30))])
    until(lambda: queues.depth("told") == Depth(due=0, waiting=0, dead=1))
    [dead] = queues.dead_letters("told")
    assert (dead.body, dead.attempts, dead.reason) == ("poison", 3, "KeyError")
    assert sorted(handlers.bodies("trialTold")) == sorted(["poison"] * 3 + [f"good{number}" for number in range(30)])


def test_a_handler_that_raises_fails_its_whole_batch_with_the_errors_code(
    running: Worker, queues: Queues, handlers: Handlers
) -> None:
    def raises(_event: Any) -> Any:
        raise Unavailable("mail.no_server")

    handlers.act["trialTold"] = raises
    queues.send("told", ["a", "b"])
    until(lambda: queues.depth("told").dead == 2)
    assert {dead.reason for dead in queues.dead_letters("told")} == {"Unavailable mail.no_server"}


def test_what_the_handler_knows_of_each_message_is_kept_when_all_failed(
    running: Worker, queues: Queues, handlers: Handlers
) -> None:
    class AllFailed(Exception):
        def __init__(self, event: Any) -> None:
            self.reasons = {record["messageId"]: f"Conflict {record['body']}" for record in event["Records"]}

    def raises(event: Any) -> Any:
        raise AllFailed(event)

    handlers.act["trialTold"] = raises
    queues.send("told", ["a", "b"])
    until(lambda: queues.depth("told").dead == 2)
    assert {(dead.body, dead.reason) for dead in queues.dead_letters("told")} == {
        ("a", "Conflict a"),
        ("b", "Conflict b"),
    }


def test_a_slow_queue_delays_no_other(running: Worker, queues: Queues, handlers: Handlers) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(_event: Any) -> None:
        begun.set()
        go_on.wait(30)

    handlers.act["trialTold"] = slow
    queues.send("told", ["slow"])
    assert begun.wait(30)
    queues.send("other", [str(number) for number in range(40)])
    until(lambda: len(handlers.bodies("trialOther")) == 40)
    until(lambda: queues.depth("other") == EMPTY)
    assert queues.depth("told").waiting == 1, "still in hand"
    go_on.set()
    until(lambda: queues.depth("told") == EMPTY)


def test_a_graceful_end_finishes_the_batch_in_hand_and_takes_no_other(queues: Queues, handlers: Handlers) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(_event: Any) -> None:
        begun.set()
        go_on.wait(30)

    handlers.act["trialTold"] = slow
    queues.send("told", ["a", "b", "c", "d", "e", "f"])  # a batch holds five
    worker = Worker(SERVICE, queues)
    thread = threading.Thread(target=worker.run)
    thread.start()
    assert begun.wait(30)
    worker.end()
    until(lambda: worker._loops["told"]._ending.is_set())
    go_on.set()
    thread.join(30)
    assert not thread.is_alive()
    assert handlers.seen["trialTold"] == [["a", "b", "c", "d", "e"]]
    assert queues.depth("told") == Depth(due=1, waiting=0, dead=0)


def test_a_queue_survives_an_error_of_its_store(
    running: Worker, queues: Queues, handlers: Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault between two batches must not end the queue's thread: nobody would notice that it stands still."""
    real, calls = queues.settle_and_lease, []

    def fails_once(*arguments: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 1:
            raise RuntimeError("a fault of ours")
        return real(*arguments)

    monkeypatch.setattr(queues, "settle_and_lease", fails_once)
    queues.send("told", ["a"])
    until(lambda: handlers.seen["trialTold"])
    assert handlers.seen["trialTold"] == [["a"]]


def test_idle_costs_one_look_a_second_and_a_message_needs_none(
    queues: Queues, handlers: Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Woken by the bell, not by polling: with a look every ten minutes a message still arrives."""
    monkeypatch.setattr(module, "IDLE_S", 600.0)
    looks: list[int] = []
    real = queues.due
    monkeypatch.setattr(queues, "due", lambda names: (looks.append(1), real(names))[1])
    worker = Worker(SERVICE, queues)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        until(lambda: looks)
        before = len(looks)
        queues.send("told", ["a"])
        until(lambda: handlers.seen["trialTold"])
        assert len(looks) > before
    finally:
        worker.end()
        thread.join(30)
    assert len(looks) < 20


def test_leases_left_by_a_dead_process_are_taken_up_at_the_start(
    queues: Queues, handlers: Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    recovered = threading.Event()
    monkeypatch.setattr(queues, "recover", lambda: recovered.set() or 0)
    worker = Worker(SERVICE, queues)
    thread = threading.Thread(target=worker.run)
    thread.start()
    assert recovered.wait(30)
    worker.end()
    thread.join(30)


def test_only_a_worker_without_work_may_be_renewed(
    queues: Queues, handlers: Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUIET_S", 0.0)
    monkeypatch.setattr(module, "IDLE_S", 0.01)
    begun, go_on, asked = threading.Event(), threading.Event(), threading.Event()

    def slow(_event: Any) -> None:
        begun.set()
        go_on.wait(30)

    handlers.act["trialTold"] = slow
    queues.send("told", ["a"])
    worker = Worker(SERVICE, queues)
    renewed: list[bool] = []
    thread = threading.Thread(target=lambda: renewed.append(worker.run(renew=lambda: asked.set() or True)))
    thread.start()
    assert begun.wait(30)
    assert not asked.wait(0.3), "a handler is at work"
    go_on.set()
    thread.join(30)
    assert renewed == [True]
    assert queues.depth("told") == EMPTY


def test_the_watch_names_what_is_overdue_and_lets_the_rest_be(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    overdue: list[str] = []
    over = threading.Event()

    def end(code: int) -> None:
        ended.append(code)
        over.set()
        threading.Event().wait(30)  # a process that has ended does nothing more

    monkeypatch.setattr("infra.embedded.invoke.os._exit", end)
    monkeypatch.setattr("infra.embedded.invoke.GRACE_S", 0.0)
    watch = Watch(overdue.append)
    quick, slow = (
        replace(SERVICE.function("trialTold"), timeout_s=30),
        replace(SERVICE.function("trialTold"), timeout_s=0),
    )
    assert watch.call(quick, lambda event, context: (event, context.get_remaining_time_in_millis() > 29_000), 7) == (
        7,
        True,
    )
    threading.Thread(target=watch.call, args=(slow, lambda _e, _c: over.wait(30), None), daemon=True).start()
    assert over.wait(30)
    assert (overdue, ended) == (["trialTold"], [70])


def test_policies_come_from_the_description() -> None:
    assert policies(SERVICE)["told"] == QueuePolicy(max_attempts=3)
