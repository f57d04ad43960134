"""Revocation, suspension, replacement, and that no sequence of acts ever clears a revocation or publishes too early."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from events.plain import to_plain
from shared.certificates.decisions import ReceiveAwardList, RecordDecision
from shared.certificates.issue import IssueCertificate
from shared.certificates.lists import CheckAwards
from shared.certificates.model import CertificateState
from shared.certificates.numbers import BLOCK
from shared.certificates.publish import PublishCertificates, ReleaseResults
from shared.certificates.records import FindPublicRecord, ListCertificates, ShowCertificate
from shared.certificates.replace import Correction, ReplaceCertificate
from shared.certificates.status import (
    ListsInUse,
    Order,
    RestoreCertificate,
    RevokeCertificate,
    StatusBits,
    SuspendCertificate,
)
from shared.embedded.objects import FolderObjects
from shared.embedded.store import Store
from shared.kernel.clock import FixedClock
from shared.kernel.errors import Invalid, Refused
from tests.unit.certificates.conftest import (
    BEFORE,
    ORIGIN,
    DocumentKeys,
    act_at,
    list_of,
    new_decision,
    plain_draw,
    row_of,
)

LATER = datetime(2027, 3, 2, 8, 30, tzinfo=UTC)
ORDER = Order(number="215/QĐ-SNV", date=date(2027, 3, 1), reason="Khai man thành tích")


@pytest.fixture
def certificate(check, issue, table):
    check(row_of("A"))
    [one] = issue()
    ReleaseResults(table)(act_at(), decision=one.decision)
    PublishCertificates(table)(act_at(), decision=one.decision)
    return ShowCertificate(table)(one.id)


def test_a_revocation_shows_its_decision_and_never_its_reason(certificate, table, facts):
    RevokeCertificate(table)(act_at(LATER), certificate=certificate.id, order=ORDER)
    record = FindPublicRecord(table)(certificate.id)
    assert record is not None
    assert (record.state, record.cancelled_by_number, record.cancelled_by_date) == (
        CertificateState.REVOKED,
        "215/QĐ-SNV",
        date(2027, 3, 1),
    )
    assert ORDER.reason not in str(to_plain(record))
    assert ORDER.reason not in str(facts())
    assert ShowCertificate(table)(certificate.id).cancellation.reason == ORDER.reason
    [revoked] = facts("CertificateRevoked")
    assert (revoked.status_number, revoked.decided_on) == (certificate.status_number, "2027-03-01")
    [changed] = facts("StatusChanged")
    assert (changed.issuer, changed.purpose) == ("SNV", "revocation")


def test_a_revocation_sets_its_bit_and_leaves_the_document_as_it_was(certificate, table, objects):
    assert ListsInUse(table)() == (("SNV", 0),)
    assert StatusBits(table)("SNV", 0).revocation == frozenset()
    before = objects.get(certificate.documents.pdf_key)
    RevokeCertificate(table)(act_at(LATER), certificate=certificate.id, order=ORDER)
    assert StatusBits(table)("SNV", 0).revocation == {certificate.status_number % BLOCK}
    assert StatusBits(table)("SNV", 1).revocation == frozenset()
    assert objects.get(certificate.documents.pdf_key) == before
    assert ShowCertificate(table)(certificate.id).token == certificate.token


def test_the_same_revocation_again_changes_nothing_and_another_is_refused(certificate, table, facts):
    revoke = RevokeCertificate(table)
    first = revoke(act_at(LATER), certificate=certificate.id, order=ORDER)
    assert revoke(act_at(LATER + timedelta(days=1)), certificate=certificate.id, order=ORDER) == first
    with pytest.raises(Refused) as refused:
        revoke(act_at(LATER), certificate=certificate.id, order=replace(ORDER, number="999/QĐ-SNV"))
    assert refused.value.code == "certificate.ended"
    assert len(facts("CertificateRevoked")) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"number": " "}, "number"), ({"reason": ""}, "reason"), ({"date": date(2027, 3, 9)}, "date")],
)
def test_a_revocation_needs_a_decision_that_is_made(certificate, table, changes, field):
    with pytest.raises(Invalid) as refused:
        RevokeCertificate(table)(act_at(LATER), certificate=certificate.id, order=replace(ORDER, **changes))
    assert refused.value.facts["field"] == field


def test_a_suspended_certificate_is_not_said_to_have_ended(certificate, table, keys):
    SuspendCertificate(table)(act_at(LATER), certificate=certificate.id, order=ORDER)
    with pytest.raises(Refused) as refused:
        ReplaceCertificate(table, keys)(
            act_at(LATER), certificate=certificate.id, correction=Correction(name="Khác"), order=ORDER
        )
    assert refused.value.code == "certificate.suspended"


def test_a_suspension_can_be_lifted_and_a_revocation_cannot(certificate, table):
    SuspendCertificate(table)(act_at(LATER), certificate=certificate.id, order=ORDER)
    assert StatusBits(table)("SNV", 0).suspension == {certificate.status_number % BLOCK}
    RestoreCertificate(table)(act_at(LATER), certificate=certificate.id)
    assert StatusBits(table)("SNV", 0).suspension == frozenset()
    assert ShowCertificate(table)(certificate.id).state is CertificateState.VALID
    RevokeCertificate(table)(act_at(LATER), certificate=certificate.id, order=ORDER)
    with pytest.raises(Refused):
        RestoreCertificate(table)(act_at(LATER), certificate=certificate.id)


def test_a_replacement_has_its_own_id_and_number_and_ends_the_old_one(certificate, table, keys, issue, facts):
    use_case = ReplaceCertificate(table, keys)
    correction = Correction(name="Ă")
    new = use_case(act_at(LATER), certificate=certificate.id, correction=correction, order=ORDER)
    assert use_case(act_at(LATER), certificate=certificate.id, correction=correction, order=ORDER) == new
    old = ShowCertificate(table)(certificate.id)
    assert (old.state, old.replaced_by, new.replaces) == (CertificateState.REPLACED, new.id, old.id)
    assert (new.recipient.name, new.citation) == ("Ă", old.citation)
    assert new.status_number != old.status_number
    assert StatusBits(table)("SNV", 0).revocation == {old.status_number % BLOCK}
    [replaced] = facts("CertificateReplaced")
    [issued] = issue(LATER)
    assert (issued.id, replaced.replaced_by) == (new.id, new.id)
    assert issued.documents is not None
    assert issued.published_at is not None
    record = FindPublicRecord(table)(old.id)
    assert record is not None
    assert record.replaced_by == new.id


@pytest.mark.parametrize("correction", [Correction(), Correction(name="A"), Correction(citation=" ")])
def test_a_replacement_corrects_something_and_empties_nothing(certificate, table, keys, correction):
    with pytest.raises(Invalid):
        ReplaceCertificate(table, keys)(act_at(LATER), certificate=certificate.id, correction=correction, order=ORDER)


class CertificateLife(RuleBasedStateMachine):
    """Any acts in any order: what must hold afterwards holds after each."""

    @initialize()
    def begin(self):
        self.store = Store(":memory:")
        self.table = self.store.table("certificates")
        self.keys = DocumentKeys()
        self.objects = FolderObjects(
            self.store.path.parent / "objects",
            origin=ORIGIN,
            clock=FixedClock(BEFORE),
            secret_file=self.store.path.parent / "urls.secret",
        )
        self.decision = RecordDecision(self.table)(act_at(), new_decision(ceremony=None))
        received = ReceiveAwardList(self.table)(
            act_at(), decision=self.decision.id, object_key="imports/a.csv", filename="a.csv"
        )
        CheckAwards(self.table)(
            act_at(), decision=self.decision.id, list_id=received.id, read=list_of(row_of("A"), row_of("B"))
        )
        page = self.table.query(f"decision#{self.decision.id}", prefix="award#")
        self.awards = [item.sort.removeprefix("award#") for item in page.items]
        self.released = False
        self.cleared: set[int] = set()

    def teardown(self):
        if hasattr(self, "store"):
            self.store.close()

    @property
    def certificates(self):
        return ListCertificates(self.table)(decision=self.decision.id).certificates

    @rule(place=st.integers(0, 1))
    def issue(self, place):
        IssueCertificate(self.table, self.objects, self.keys, ORIGIN, plain_draw)(
            act_at(), decision=self.decision.id, award=self.awards[place]
        )

    @rule()
    def release(self):
        ReleaseResults(self.table)(act_at(LATER), decision=self.decision.id)
        PublishCertificates(self.table)(act_at(LATER), decision=self.decision.id)
        self.released = True

    @precondition(lambda self: self.certificates)
    @rule(data=st.data(), act=st.sampled_from(["revoke", "suspend", "restore", "replace"]))
    def change(self, data, act):
        target = data.draw(st.sampled_from([each.id for each in self.certificates]))
        try:
            if act == "revoke":
                RevokeCertificate(self.table)(act_at(LATER), certificate=target, order=ORDER)
            elif act == "suspend":
                SuspendCertificate(self.table)(act_at(LATER), certificate=target, order=ORDER)
            elif act == "restore":
                RestoreCertificate(self.table)(act_at(LATER), certificate=target)
            else:
                before = ShowCertificate(self.table)(target).recipient.name
                ReplaceCertificate(self.table, self.keys)(
                    act_at(LATER), certificate=target, correction=Correction(name=before + "x"), order=ORDER
                )
        except Refused:
            assert ShowCertificate(self.table)(target).state is not CertificateState.VALID

    @invariant()
    def every_award_has_at_most_one_certificate_that_stands(self):
        if hasattr(self, "store"):
            standing = [
                each.award
                for each in self.certificates
                if each.state in (CertificateState.VALID, CertificateState.SUSPENDED)
            ]
            assert len(standing) == len(set(standing))

    @invariant()
    def numbers_are_used_once_and_bits_say_what_the_records_say(self):
        if hasattr(self, "store"):
            numbers = [each.status_number for each in self.certificates]
            assert len(numbers) == len(set(numbers))
            ended = (CertificateState.REVOKED, CertificateState.REPLACED)
            expected = {each.status_number % BLOCK for each in self.certificates if each.state in ended}
            bits = StatusBits(self.table)("SNV", 0).revocation
            assert bits == expected
            assert self.cleared <= bits
            self.cleared |= bits

    @invariant()
    def nothing_is_seen_before_the_release(self):
        if hasattr(self, "store") and not self.released:
            for each in self.certificates:
                record = FindPublicRecord(self.table)(each.id)
                assert record is not None
                assert (record.published, record.decision_number) == (False, "")


TestCertificateLife = CertificateLife.TestCase
TestCertificateLife.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
