"""The writer of the log: nothing lost, nothing twice, whatever is interrupted, repeated, or done by several at once."""

import itertools
import threading
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from shared.kernel import canonical
from shared.kernel.errors import Unavailable
from shared.kernel.merkle import check_consistency, leaf_hash, root_of_path
from shared.kernel.notes import parse_note, sign_note
from shared.kernel.tlog import Checkpoint, parse_disclosure, parse_proof
from shared.transparency.append import MAX_BATCH, AppendEntries, NoteEntry
from shared.transparency.entries import published_trust_list
from shared.transparency.proofs import ShowConsistency, ShowProof
from shared.transparency.publish import CHECKPOINT_KEY
from tests.unit.transparency.conftest import NOW, ORIGIN, SIGNER, VKEY, Failing, Steps, act, document


def check(log, numbers):
    """What a monitor finds: each entry once, in the tree of the checkpoint, opened by its salt."""
    entries = log.entries()
    assert log.checkpoint.size == len(entries)
    assert log.checkpoint.root == InmemoryTree.init_from_entries(entries, algorithm="sha256").get_state()
    assert sorted(log.entry(number).index for number in numbers) == list(range(len(entries)))
    for number in numbers:
        entry = log.entry(number)
        assert entries[entry.index] == entry.data
        assert entries.count(entry.data) == 1
    times = [canonical.parse(entry)["time"] for entry in entries]
    assert times == sorted(times)


def test_what_is_written_can_be_proved(log):
    log.write(1, 2, 3)
    check(log, (1, 2, 3))
    proof = parse_proof(ShowProof(log.table, log.public)(f"{2:039d}"))
    opened = parse_disclosure(proof.extra)
    assert opened.subject["token_sha256"] == f"{2:064x}"
    assert root_of_path(leaf_hash(opened.entry), proof.index, 3, proof.path) == log.checkpoint.root
    assert parse_note(proof.note).signed_by([VKEY]) == (VKEY,)


def test_an_entry_in_public_says_nothing_about_its_document(log):
    log.write(7)
    (entry,) = log.entries()
    assert sorted(canonical.parse_canonical(entry)) == ["commit", "time", "type", "v"]
    assert f"{7:039d}".encode() not in b"".join(log.files().values())


def test_the_same_facts_again_change_nothing(log):
    log.write(1, 2)
    before, salt = log.files(), log.entry(1).salt
    log.write(2, 1, 2)
    assert (log.files(), log.entry(1).salt) == (before, salt)


def test_salts_are_fresh(log):
    log.write(*range(20))
    assert len({log.entry(number).salt for number in range(20)}) == 20


def test_time_never_decreases_when_a_clock_goes_back(log):
    log.write(1, at=NOW)
    log.write(2, at=NOW - timedelta(hours=1))
    log.write(3, at=NOW + timedelta(seconds=5))
    check(log, (1, 2, 3))


def test_a_trust_list_commits_to_its_plain_digest(log):
    entry = NoteEntry(log.table)(act(), published_trust_list(b"\x07" * 32))
    AppendEntries(log.table, log.objects)(act(), [entry])
    log.publish()
    (data,) = log.entries()
    assert canonical.parse(data) == {
        "commit": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
        "time": "2027-02-12T00:30:00Z",
        "type": "trust-list",
        "v": 1,
    }


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_step_loses_nothing_and_doubles_nothing(new_log, after):
    """First 3 entries, then a writer of 4 that dies at its k-th call; then the message comes again."""
    for step in itertools.count():
        log = new_log()
        log.write(1, 2, 3)
        steps = Steps(step, after)
        try:
            log.write(4, 5, 6, 7, wrap=lambda port, steps=steps: Failing(port, steps))
        except Unavailable:
            log.write(4, 5, 6, 7)
            check(log, range(1, 8))
            continue
        check(log, range(1, 8))
        assert step > 15
        return


def test_what_a_dead_writer_left_is_swept_up(log):
    log.write(1)
    NoteEntry(log.table)(act(), document(2))
    log.sweep()
    check(log, (1, 2))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(batches=st.lists(st.lists(st.integers(0, 300), max_size=130), max_size=5), fail=st.integers(0, 60))
def test_any_batches_in_any_order_with_repeats(new_log, batches, fail):
    log, steps, sizes = new_log(), Steps(fail, after=bool(fail % 2)), []
    for batch in [*batches, *reversed(batches)]:
        try:
            log.write(*batch, wrap=lambda port: Failing(port, steps))
        except Unavailable:
            log.write(*batch)
        if log.publish() is not None:
            sizes.append(log.checkpoint)
    numbers = set(itertools.chain(*batches))
    if numbers:
        check(log, numbers)
    for old in sizes:
        _, path = ShowConsistency(log.public)(old.size)
        check_consistency(old.size, old.root, log.checkpoint.size, log.checkpoint.root, path)


def test_a_writer_that_loses_the_head_places_its_entries_behind(log):
    class Overtaken(Failing):
        def __init__(self, port, _steps=None):
            super().__init__(port, Steps(-5, False))
            self.times = itertools.count(100)

        def commit(self, writes, events=()):
            if any(write.sort == "head" for write in writes) and (number := next(self.times)) < 103:
                log.write(number)
            self._port.commit(writes, events)

    log.write(1, 2, wrap=lambda port: Overtaken(port) if port is log.table else port)
    check(log, (1, 2, 100, 101, 102))


def test_an_older_checkpoint_put_over_a_newer_one_is_put_right(log):
    class Slow(Failing):
        def __init__(self, port):
            super().__init__(port, Steps(-5, False))

        def replace(self, key, data, kind):
            if log.checkpoint.size == 1:
                log.write(50)
            self._port.replace(key, data, kind)

    log.write(1)
    log.write(2, wrap=lambda port: Slow(port) if port is log.public else port)
    check(log, (1, 2, 50))


def test_writers_in_threads_share_one_log(log):
    """Each writer tries again as a queue would; duplicates among them are likely."""
    problems = []

    def writer(first):
        for at in range(first, first + 40, 8):
            for _ in range(20):
                try:
                    log.write(*range(at, at + 12))
                    break
                except Exception as problem:  # delivered again
                    last = problem
            else:
                problems.append(last)

    threads = [threading.Thread(target=writer, args=(first,)) for first in (0, 20, 40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    check(log, range(84))


@pytest.mark.parametrize("kept", ["nothing", "checkpoint"])
def test_everything_public_can_be_made_again_from_the_store(log, kept):
    log.write(*range(300))
    log.write(*range(300, 310))
    before = log.files()
    for path in log.public._data.rglob("*"):
        if path.is_file() and path.name != kept:
            path.unlink()
    log.write(310)
    again = log.files()
    assert {
        name: data for name, data in before.items() if name in again and name != CHECKPOINT_KEY
    }.items() <= again.items()
    check(log, range(311))


def test_ten_thousand_entries(log):
    table = log.table
    ids = [NoteEntry(table)(act(), document(number)) for number in range(10_000)]
    AppendEntries(table, log.objects)(act(), ids)
    before = log.publish()
    assert before is not None
    assert before.size == 10_000
    assert before.root == InmemoryTree.init_from_entries(log.entries(), algorithm="sha256").get_state()
    files = log.files()
    log.write(10_000)
    after = log.files()
    assert {name for name in files if files[name] != after[name]} == {CHECKPOINT_KEY}
    assert len(files["log/tile/0/000"]) == len(files["log/tile/0/038"]) == 8192
    assert len(files["log/tile/0/039.p/16"]) == 16 * 32
    assert len(files["log/tile/1/000.p/39"]) == 39 * 32
    for number in (0, 4_711, 9_999, 10_000):
        proof = parse_proof(ShowProof(table, log.public)(f"{number:039d}"))
        leaf = leaf_hash(parse_disclosure(proof.extra).entry)
        assert root_of_path(leaf, proof.index, 10_001, proof.path) == log.checkpoint.root


def test_batches_fit_into_a_commit(log):
    log.write(*range(MAX_BATCH * 2 + 5))
    check(log, range(MAX_BATCH * 2 + 5))


def test_a_log_that_lost_its_store_is_not_forked(log, new_log):
    """As after a restore from a backup that is older than what is public."""
    log.write(1, 2, 3)
    other = new_log()
    other.write(1)
    other.public.replace(CHECKPOINT_KEY, log.public.get(CHECKPOINT_KEY), "text/plain")
    with pytest.raises(Unavailable, match=r"log\.behind"):
        other.publish()


def test_a_checkpoint_of_another_history_stops_the_writer(log):
    log.write(1, 2, 3)
    for size in (2, 3):
        other = sign_note(Checkpoint(ORIGIN, size, b"\x01" * 32).text, ORIGIN, SIGNER)
        log.public.replace(CHECKPOINT_KEY, other, "text/plain")
        with pytest.raises(Unavailable):
            log.publish()
    log.public.replace(CHECKPOINT_KEY, b"not a note", "text/plain")
    with pytest.raises(Unavailable, match=r"log\.foreign"):
        log.publish()
