"""The pledge's rules under random commands, repeats and reorderings: what must hold holds after every step."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from shared.kernel.errors import Invalid, Refused
from shared.pledges import rules
from shared.pledges.model import Party, Pledge, Representative, Role, Seal, State

START = datetime(2027, 2, 12, 5, 0, tzinfo=UTC)
NUMBERS = st.integers(min_value=0, max_value=6)
VERSIONS = st.integers(min_value=0, max_value=3)


def parties(groups: list[int]) -> tuple[Party, ...]:
    return tuple(
        Party(
            no=no,
            unit=f"U{no}",
            name=f"Đơn vị {no}",
            role=Role.MEMBER,
            group=group,
            representative=Representative(name=f"Người {no}", office="Chủ tịch"),
        )
        for no, group in enumerate(groups, 1)
    )


class PledgeMachine(RuleBasedStateMachine):
    """Commands in any order; a refusal must leave the pledge as it was, which values do by themselves."""

    @initialize(groups=st.lists(st.integers(1, 3), min_size=2, max_size=5))
    def draft(self, groups: list[int]) -> None:
        ranks = sorted(set(groups))
        self.pledge = Pledge(
            id="p", issuer="TDOAN", title="Giao ước", state=State.DRAFT, drafted_at=START,
            period=(date(2027, 1, 1), date(2027, 12, 31)), parties=parties([ranks.index(g) + 1 for g in groups]),
        )  # fmt: skip
        self.facts: list[Any] = []
        self.after_end: list[Any] = []
        self.minutes = 0

    def apply(self, decide: Any) -> None:
        self.minutes += 1
        ended = self.pledge.state is State.WITHDRAWN
        try:
            self.pledge, facts = decide(START + timedelta(minutes=self.minutes))
        except Refused:
            return
        self.facts += facts
        if ended:
            self.after_end += facts

    @rule()
    def open_it(self) -> None:
        now = self.pledge
        digest = f"{now.version + 1:064x}"
        self.apply(
            lambda at: rules.open_for_signing(now, at=at, text_sha256=digest, parties=now.parties, public_id="1" * 39)
        )

    @rule(no=NUMBERS, stale=VERSIONS, fresh=st.booleans())
    def sign(self, no: int, stale: int, fresh: bool) -> None:
        now = self.pledge
        version = now.version if fresh else stale
        before = now.open_group
        self.apply(lambda at: rules.sign(now, no, version, means="LINK", at=at))
        if self.pledge.signed != now.signed:
            assert version == now.version
            assert now.parties[no - 1].group <= before

    @rule(no=NUMBERS)
    def defer(self, no: int) -> None:
        now = self.pledge
        self.apply(lambda at: rules.defer(now, no, reason="vắng mặt", at=at))

    @rule(no=NUMBERS)
    def replace_person(self, no: int) -> None:
        now = self.pledge
        person = Representative(name="Người khác", office="Phó Chủ tịch", capacity="KT. CHỦ TỊCH")
        self.apply(lambda at: rules.change_representative(now, no, person))
        assert self.pledge.text_sha256 == now.text_sha256

    @rule()
    def revise(self) -> None:
        now = self.pledge
        self.apply(lambda at: rules.revise(now))

    @rule(decided=st.booleans())
    def withdraw(self, decided: bool) -> None:
        now = self.pledge
        decision = {"decision_number": "5/QĐ", "decided_on": date(2027, 2, 12)} if decided else {}
        self.apply(lambda at: rules.withdraw(now, reason="nội dung thay đổi", at=at, **decision))

    @rule(number=st.integers(0, 9), stale=VERSIONS, fresh=st.booleans())
    def begin_sealing(self, number: int, stale: int, fresh: bool) -> None:
        now = self.pledge
        version = now.version if fresh else stale
        self.apply(lambda at: rules.begin_sealing(now, version, Seal(issued_at=at, status_number=number, token="00")))
        if now.seal is not None:
            assert self.pledge.seal is not None
            assert (self.pledge.seal.issued_at, self.pledge.seal.status_number) == (
                now.seal.issued_at,
                now.seal.status_number,
            )

    @rule(stale=VERSIONS, fresh=st.booleans())
    def record_sealed(self, stale: int, fresh: bool) -> None:
        now = self.pledge
        version = now.version if fresh else stale
        self.apply(lambda at: rules.record_sealed(now, version, at=at, pdf_key="k", pdf_sha256="0"))

    @rule(no=NUMBERS, hours=st.sampled_from([1, 71, 73]))
    def dispute(self, no: int, hours: int) -> None:
        now = self.pledge
        self.apply(lambda at: rules.dispute(now, no, now.version, signed_at=at - timedelta(hours=hours), at=at))

    @invariant()
    def one_signature_per_party_and_version(self) -> None:
        signed = [(fact.version, fact.party) for fact in self._of("PartySigned")]
        assert len(signed) == len(set(signed))
        if self.pledge.open_group:
            assert [no for version, no in signed if version == self.pledge.version] == list(self.pledge.signed)

    @invariant()
    def order_binds_signing(self) -> None:
        """Whoever signed before an earlier group was through found that group waiting for deferred parties only."""
        deferred = {each.party for each in self.pledge.deferred}
        for no in self.pledge.signed:
            group = self.pledge.parties[no - 1].group
            earlier = [each.no for each in self.pledge.parties if each.group < group]
            place = self.pledge.signed.index(no)
            assert all(each in self.pledge.signed[:place] or each in deferred for each in earlier)

    @invariant()
    def each_group_opens_once_per_version(self) -> None:
        opened = [(fact.version, fact.group) for fact in self._of("SigningGroupOpened")]
        assert len(opened) == len(set(opened))

    @invariant()
    def completed_and_sealed_once_and_only_with_all_signatures(self) -> None:
        for kind in ("PledgeCompleted", "PledgeSealed"):
            assert len(self._of(kind)) <= 1
        if self.pledge.state in (State.SIGNED, State.IN_FORCE):
            assert set(self.pledge.signed) == {party.no for party in self.pledge.parties}
            assert len(self._of("PledgeCompleted")) == 1
        if self._of("PledgeSealed"):
            assert self._of("PledgeCompleted")

    @invariant()
    def nothing_happens_after_the_end(self) -> None:
        assert not [fact for fact in self.after_end if type(fact).__name__ != "SignatureDisputed"]

    def _of(self, kind: str) -> list[Any]:
        return [fact for fact in self.facts if type(fact).__name__ == kind]


PledgeMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestPledgeMachine = PledgeMachine.TestCase


def opened(groups: list[int]) -> Pledge:
    pledge = Pledge(
        id="p", issuer="TDOAN", title="Giao ước", state=State.DRAFT, drafted_at=START,
        period=(date(2027, 1, 1), date(2027, 12, 31)), parties=parties(groups),
    )  # fmt: skip
    return rules.open_for_signing(pledge, at=START, text_sha256="0", parties=pledge.parties, public_id="1" * 39)[0]


def test_a_group_of_absent_parties_opens_the_one_after_it() -> None:
    pledge = opened([1, 2, 2, 3])
    for no in (2, 3):
        pledge, _ = rules.defer(pledge, no, reason="vắng", at=START)
    pledge, facts = rules.sign(pledge, 1, 1, means="LINK", at=START)
    assert [(fact.group, fact.parties) for fact in facts[1:]] == [(2, (2, 3)), (3, (4,))]


def test_a_deferred_party_may_still_sign_and_completes_the_pledge() -> None:
    pledge, _ = rules.defer(opened([1, 1]), 1, reason="ốm", at=START)
    pledge, _ = rules.sign(pledge, 2, 1, means="LINK", at=START)
    assert pledge.state is State.PARTLY_SIGNED
    pledge, facts = rules.sign(pledge, 1, 1, means="LINK", at=START)
    assert pledge.state is State.SIGNED
    assert [type(fact).__name__ for fact in facts] == ["PartySigned", "PledgeCompleted"]


def test_numbers_of_parties_out_of_range_are_named() -> None:
    for no in (0, 3, -1):
        with pytest.raises(Invalid) as refused:
            rules.sign(opened([1, 1]), no, 1, means="LINK", at=START)
        assert (refused.value.code, refused.value.facts["field"]) == ("pledge.no_such_party", "party")
