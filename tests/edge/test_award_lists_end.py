"""Award lists as they came in end some time after the results are out, and when somebody of the decision is erased."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from events.certificates import AwardListReceived
from functions.certificates.check_awards import check
from functions.privacy import apply_retention
from shared.certificates.decisions import ReceiveAwardList, RecordDecision
from shared.certificates.erasing import EraseCertificate
from shared.certificates.lists import ShowListReport
from shared.certificates.model import Certificate, ListState
from shared.certificates.retention import GONE, EmptyAwardLists
from shared.certificates.store import AWARD, CERTIFICATE, put_certificate, put_decision, read_decision
from shared.kernel.ports import ABSENT
from shared.kernel.uploads import KEPT
from tests.edge_world import NOW, act, context, sample_world
from tests.unit.certificates.conftest import new_decision

SAMPLE = Path("samples/khoi-thi-dua-2/awards.csv")


class Lists:
    """A decision whose list was checked, results announced at NOW + 3 days."""

    def __init__(self, world) -> None:
        self.world, self.table, self.objects = world, world.ports.table("certificates"), world.ports.objects
        self.decision = RecordDecision(self.table)(act(world), new_decision())
        standing, version = read_decision(self.table, self.decision.id)
        out = replace(standing, announce_at=NOW + timedelta(days=3))
        self.table.commit([put_decision(out, version)])
        self.keys: list[str] = []

    def send(self, name: str, *, read: bool = True) -> str:
        key = f"imports/awards/{self.decision.id}/{name}"
        self.objects.replace(key, SAMPLE.read_bytes(), "text/csv")
        received = ReceiveAwardList(self.table)(
            act(self.world), decision=self.decision.id, object_key=key, filename=f"{name}.csv"
        )
        fact = AwardListReceived(decision=self.decision.id, list_id=received.id, object_key=key, filename=name)
        if read:
            check(self.world.ports, act(self.world), fact)
        self.world.store.catch_up()
        self.keys += [key, f"{KEPT}awards/{received.id}"]
        return received.id

    def report(self, list_id: str):
        return ShowListReport(self.table)(decision=self.decision.id, list_id=list_id)

    def findings(self):
        return self.table.query(f"decision#{self.decision.id}", prefix="findings#").items

    def awards(self):
        items = self.table.query(f"decision#{self.decision.id}", prefix="award#", limit=500).items
        return [AWARD.read(item.body) for item in items]

    def at(self, days: int):
        self.world.ports.clock.set(NOW + timedelta(days=days))
        done = apply_retention.handler({}, context())
        self.world.store.catch_up()
        return done["award_lists"]


@pytest.fixture
def lists(tmp_path) -> Iterator[Lists]:
    with sample_world(tmp_path) as world:
        yield Lists(world)


def test_files_and_findings_end_after_the_results_and_the_counts_stay(lists):
    id_ = lists.send("one")
    awards, before = lists.awards(), lists.report(id_)
    assert before.problems
    assert before.notes
    assert lists.at(91) == 0, "the results were out on the third day"
    assert lists.report(id_) == before
    assert lists.at(94) == 1
    after = lists.report(id_)
    assert (after.list.state, after.list.rows, after.list.accepted, after.list.rejected) == (
        ListState.ACCEPTED, 65, 61, 4,
    )  # fmt: skip
    assert (after.problems, after.notes, lists.findings()) == ((), (), ())
    assert {lists.objects.get(key) for key in lists.keys} == {GONE}
    assert lists.awards() == awards, "awards are kept as long as their decision"
    assert lists.at(95) == 0
    day = (NOW + timedelta(days=94)).date().isoformat()
    assert any("AWARD_LISTS" in str(item.body) for item in lists.table.query(f"audit#{day}").items)


def test_a_run_that_was_cut_off_is_finished_by_the_next(lists, monkeypatch):
    id_ = lists.send("one")

    def dying(*_):
        raise RuntimeError("the process died")

    with monkeypatch.context() as patched:
        patched.setattr("shared.certificates.retention.put_list", dying)
        with pytest.raises(RuntimeError):
            lists.at(94)
    assert lists.at(94) == 1
    assert lists.report(id_).list.cleared_at == NOW + timedelta(days=94)


def test_a_run_is_bounded_and_the_next_goes_on(lists):
    for name in ("one", "two", "three"):
        lists.send(name)
    empty, end = EmptyAwardLists(lists.table, lists.objects), NOW + timedelta(days=4)
    assert [empty.before(act(lists.world), end, most=2) for _ in range(3)] == [2, 1, 0]


def test_who_is_erased_is_gone_from_the_lists_of_the_decision_too(lists):
    id_, waiting = lists.send("one"), lists.send("two", read=False)
    award = lists.awards()[0]
    one = Certificate(
        id="3" * 39, decision=lists.decision.id, award=award.id, issuer=lists.decision.issuer,
        authority=lists.decision.authority, decision_number="1", decision_date=NOW.date(), decision_subject="x",
        occasion="X", form=award.form, form_name=award.form_name, recipient=award.recipient, citation=award.citation,
        status_number=7, issued_at=NOW, token="00", fault="text_too_long",
    )  # fmt: skip
    lists.table.commit([put_certificate(one, ABSENT)])
    for _ in range(2):
        EraseCertificate(lists.table, lists.objects)(act(lists.world), one.id)
    assert CERTIFICATE.read(lists.table.get(f"certificate#{one.id}", "certificate").body).erased_at is not None
    assert {lists.objects.get(key) for key in lists.keys[:2]} == {GONE}
    assert lists.findings() == ()
    assert lists.report(id_).list.accepted == 61
    assert lists.report(waiting).list.state is ListState.RECEIVED
    assert lists.objects.get(lists.keys[2]) == SAMPLE.read_bytes(), "not read yet: its awards would be lost"
