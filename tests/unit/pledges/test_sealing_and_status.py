"""After the last signature: the seal plan, its record, objections, withdrawal, the hall's board and the public record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from events.pledges import PartyDeferred, PartySigned
from shared.kernel.errors import Conflict, Invalid, NotFound, Refused
from shared.kernel.keys import ed25519_key
from shared.kernel.ports import ABSENT, Put
from shared.kernel.tokens import DocumentClaims, read
from shared.pledges import sealing
from shared.pledges.model import STATUS_CLAIM, State, StatusClaim
from shared.pledges.objections import MakeReceiptLink, ObjectToSignature
from shared.pledges.public_record import FindPublicRecord
from shared.pledges.reading import (
    CountSignature,
    ListPledges,
    ListSignatures,
    ListStatusNumbers,
    ReadBoard,
    ShowPledge,
)
from shared.pledges.sealing import BeginSealing, RecordSealed
from shared.pledges.usecases import DeferParty, WithdrawPledge
from tests.unit.pledges.parties import HCCB, HEAD, HND, NOON, DocumentKeys, Hall, act, dump

SHA = "ab" * 32
KEYS = DocumentKeys()

DECIDED = date(2027, 2, 12)


@pytest.fixture
def signed(hall: Hall) -> Hall:
    hall.all_but()
    return hall


def seal(table: Any, hall: Hall, minutes: float = 1) -> Any:
    plan = BeginSealing(table, KEYS)(act(minutes), hall.pledge.id, 1)
    return RecordSealed(table)(act(minutes), plan, pdf_sha256=SHA)


def test_the_plan_is_decided_once_whatever_is_redelivered(signed: Hall, table: Any) -> None:
    begin = BeginSealing(table, KEYS)
    first, again = begin(act(1), signed.pledge.id, 1), begin(act(500), signed.pledge.id, 1)
    assert first == again
    assert first.issued_at == NOON + timedelta(minutes=1)
    assert first.status_number % sealing.BLOCK_NUMBERS >= sealing.LOWER_HALF
    assert [line.no for line in first.signatures] == list(range(1, 13))
    assert (first.signatures[HND - 1].capacity, first.signatures[HND - 1].means) == ("KT. CHỦ TỊCH", "LINK")
    assert len(table.query("status#TDOAN").items) == 1


def test_the_token_of_the_seal_binds_id_text_and_status_number(signed: Hall, table: Any) -> None:
    plan = BeginSealing(table, KEYS)(act(1), signed.pledge.id, 1)
    claims = read(plan.token).open(ed25519_key(KEYS.signer("TDOAN", "document").public_key()))
    assert isinstance(claims, DocumentClaims)
    assert (f"{claims.id:039d}", claims.text_sha256) == (signed.pledge.public_id, bytes.fromhex(plan.text_sha256))
    assert (claims.recipient, claims.reference) == ("Khối thi đua 2", "01/01/2027 - 31/12/2027")
    assert (claims.kind, claims.status_number, claims.occasion) == ("p", plan.status_number, "KHOI2-2027")
    assert claims.issued_at == int(plan.issued_at.timestamp())


def test_a_taken_status_number_is_not_used_twice(signed: Hall, table: Any, monkeypatch: Any) -> None:
    taken = sealing.LOWER_HALF + 7
    claim = STATUS_CLAIM.body(StatusClaim(pledge="another"))
    table.commit([Put(partition="status#TDOAN", sort=f"{taken:010d}", body=claim, expect=ABSENT)])
    draws = iter([7, 7, 7, 8])
    monkeypatch.setattr(sealing.secrets, "randbelow", lambda _: next(draws))
    assert BeginSealing(table, KEYS)(act(1), signed.pledge.id, 1).status_number == taken + 1
    assert table.get("status#TDOAN", f"{taken:010d}").body["pledge"] == "another"


def test_a_full_half_leads_into_the_next_block() -> None:
    assert sealing._draw(0) < sealing.BLOCK_NUMBERS <= sealing._draw(8) < 2 * sealing.BLOCK_NUMBERS
    assert all(sealing._draw(attempt) % sealing.BLOCK_NUMBERS >= sealing.LOWER_HALF for attempt in range(40))


def test_nothing_is_sealed_before_the_last_signature(hall: Hall, table: Any) -> None:
    DeferParty(table)(act(), hall.pledge.id, HCCB, "vắng")
    hall.all_but(HCCB)
    with pytest.raises(Refused) as refused:
        BeginSealing(table, KEYS)(act(1), hall.pledge.id, 1)
    assert refused.value.code == "pledge.not_completed"


def test_recording_the_seal_twice_publishes_it_once(signed: Hall, table: Any, facts: Any) -> None:
    first = seal(table, signed)
    assert first.state is State.IN_FORCE
    assert seal(table, signed, 30) == first
    (fact,) = facts("PledgeSealed")
    assert (fact.pdf_key, fact.pdf_sha256) == (f"pledges/{signed.pledge.id}/v1/sealed.pdf", SHA)


def test_a_pledge_withdrawn_while_it_is_being_sealed_is_not_sealed(signed: Hall, table: Any, facts: Any) -> None:
    plan = BeginSealing(table, KEYS)(act(1), signed.pledge.id, 1)
    WithdrawPledge(table)(act(2), signed.pledge.id, "sai nội dung")
    with pytest.raises(Refused):
        RecordSealed(table)(act(3), plan, pdf_sha256=SHA)
    assert facts("PledgeSealed") == []
    assert ListStatusNumbers(table)("TDOAN") == (frozenset({plan.status_number}), frozenset())


def test_a_pledge_in_force_is_withdrawn_by_a_decision_and_its_signatures_stay(
    signed: Hall, table: Any, facts: Any
) -> None:
    number = seal(table, signed).seal.status_number
    withdraw = WithdrawPledge(table)
    with pytest.raises(Invalid) as refused:
        withdraw(act(5), signed.pledge.id, "không còn phù hợp")
    assert refused.value.code == "pledge.decision_needed"
    with pytest.raises(Invalid) as refused:
        withdraw(act(5), signed.pledge.id, "x", decision_number="1" * 41, decided_on=DECIDED)
    assert refused.value.facts["field"] == "decision_number"
    with pytest.raises(Invalid) as refused:
        withdraw(act(5), signed.pledge.id, "x", decision_number="15/QĐ-TĐ", decided_on=date(2027, 3, 1))
    assert (refused.value.code, refused.value.facts["field"]) == ("pledge.decided_in_future", "decided_on")
    withdraw(act(6), signed.pledge.id, "không còn phù hợp", decision_number="15/QĐ-TĐ\u202e", decided_on=DECIDED)
    assert ListStatusNumbers(table)("TDOAN")[0] == {number}
    assert [(fact.issuer, fact.status_number) for fact in facts("PledgeWithdrawn")] == [("TDOAN", number)]
    record = FindPublicRecord(table)(signed.pledge.public_id or "")
    assert record is not None
    assert (record.status, record.decision_number, record.withdrawn_on) == ("revoked", "15/QĐ-TĐ", DECIDED)
    assert "phù hợp" not in repr(record)
    assert len(ListSignatures(table)(signed.pledge.id)) == 12


def test_the_public_record_names_no_person_and_says_when_it_is_not_sealed(hall: Hall, table: Any) -> None:
    find = FindPublicRecord(table)
    before = find(hall.pledge.public_id or "")
    assert before is not None
    assert (before.published, before.pdf_key, before.parties) == (False, None, 12)
    assert "Nguyễn Thu Thủy" not in repr(before)
    assert find("0" * 39) is None
    assert find("x") is None
    assert find("\u0661" * 39) is None
    hall.all_but()
    seal(table, hall)
    sealed = find(hall.pledge.public_id or "")
    assert sealed is not None
    assert (sealed.published, sealed.status, sealed.title) == (True, "valid", hall.pledge.title)


def test_this_was_not_us_suspends_a_sealed_pledge(signed: Hall, table: Any, store: Any, facts: Any) -> None:
    number = seal(table, signed).seal.status_number
    receipt = MakeReceiptLink(table)(act(2), signed.pledge.id, 1, 3)
    assert receipt.objection_until == NOON + timedelta(hours=72)
    assert (receipt.line.unit, receipt.line.means) == ("LDLD", "LINK")
    assert receipt.secret not in dump(store)
    objecting = ObjectToSignature(table)
    given = {"public_id": receipt.public_id, "secret": receipt.secret, "reason": "Chúng tôi không ký"}
    first = objecting(act(100), **given)
    assert objecting(act(200), **given) == first
    assert ListStatusNumbers(table)("TDOAN") == (frozenset(), frozenset({number}))
    (fact,) = facts("SignatureDisputed")
    assert (fact.party, fact.unit, fact.status_number) == (3, "LDLD", number)
    record = FindPublicRecord(table)(receipt.public_id)
    assert record is not None
    assert record.status == "suspended"
    assert ListSignatures(table)(signed.pledge.id)[2].disputed_at == first


def test_sealing_does_not_wait_for_an_objection_but_is_suspended_by_one(signed: Hall, table: Any) -> None:
    receipt = MakeReceiptLink(table)(act(1), signed.pledge.id, 1, 3)
    ObjectToSignature(table)(act(2), public_id=receipt.public_id, secret=receipt.secret, reason="không ký")
    number = seal(table, signed, 3).seal.status_number
    assert ListStatusNumbers(table)("TDOAN")[1] == {number}


def test_an_objection_is_refused_late_without_reason_or_by_an_old_letter(signed: Hall, table: Any) -> None:
    first = MakeReceiptLink(table)(act(1), signed.pledge.id, 1, 3)
    second = MakeReceiptLink(table)(act(1), signed.pledge.id, 1, 3)
    objecting = ObjectToSignature(table)
    given = {"public_id": second.public_id, "secret": second.secret, "reason": "không ký"}
    for change, minutes, code in (
        ({"secret": first.secret}, 5, "signing.link_replaced"),
        ({"reason": " "}, 5, "pledge.reason"),
        ({}, 72 * 60 + 1, "pledge.objection_too_late"),
    ):
        with pytest.raises(Refused) as refused:
            objecting(act(minutes), **{**given, **change})
        assert refused.value.code == code
    with pytest.raises(NotFound):
        objecting(act(5), **{**given, "secret": "A" * 43})
    with pytest.raises(NotFound):
        objecting(act(5), **{**given, "public_id": "1" * 39})
    with pytest.raises(NotFound):
        MakeReceiptLink(table)(act(1), signed.pledge.id, 2, 3)


def test_a_lost_race_of_sealing_is_tried_again(signed: Hall, table: Any) -> None:
    class Racing:
        def __init__(self) -> None:
            self.lost = 3

        def __getattr__(self, name: str) -> Any:
            return getattr(table, name)

        def commit(self, writes: Any, events: Any = ()) -> None:
            self.lost -= 1
            if self.lost >= 0:
                raise Conflict
            table.commit(writes, events)

    assert BeginSealing(Racing(), KEYS)(act(1), signed.pledge.id, 1).pledge == signed.pledge.id  # type: ignore[arg-type]


def test_the_board_counts_members_whatever_order_or_repetition(hall: Hall, table: Any) -> None:
    count = CountSignature(table)
    signed = PartySigned(pledge=hall.pledge.id, version=1, party=HCCB, unit="HCCB", means="LINK", signed_at=NOON)
    deferred = PartyDeferred(pledge=hall.pledge.id, version=1, party=HCCB, unit="HCCB")
    for _ in range(2):
        count(act(), signed, 900)
        count(act(), deferred, 300)  # came late, happened before
    count(act(), replace(signed, party=HEAD, unit="BTGDV"), 1000)
    count(act(), replace(signed, party=2, unit="TDOAN", version=2), 1100)
    board = ReadBoard(table)(hall.pledge.id)
    assert (board.signed, board.total) == (2, 12)
    assert [(party.no, party.state) for party in board.parties if party.state != "WAITING"] == [
        (1, "SIGNED"),
        (6, "SIGNED"),
    ]
    DeferParty(table)(act(), hall.pledge.id, HND, "vắng")
    count(act(), replace(deferred, party=HND, unit="HND"), 300)
    assert ReadBoard(table)(hall.pledge.id).parties[HND - 1].state == "DEFERRED"


def test_pledges_are_listed_by_ceremony_and_by_issuer(hall: Hall, table: Any) -> None:
    (by_ceremony,), _ = ListPledges(table)(ceremony="ceremony-1")
    (by_issuer,), _ = ListPledges(table)(issuer="TDOAN")
    assert by_ceremony == by_issuer
    assert (by_issuer.state, by_issuer.signed, by_issuer.parties) == (State.OPEN_FOR_SIGNING, 0, 12)
    assert ListPledges(table)(issuer="SNV") == ((), None)
    for wrong in ({"limit": 0, "issuer": "TDOAN"}, {}, {"issuer": "TDOAN", "cursor": "x"}):
        with pytest.raises(Invalid):
            ListPledges(table)(**wrong)
    with pytest.raises(NotFound):
        ShowPledge(table)("nothing")
