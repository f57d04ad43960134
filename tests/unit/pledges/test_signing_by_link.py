"""Signing through one-time links: order, statements, browsers, races, repeats, and what the issuer attests."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import cwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.kernel.canonical import canonical
from shared.kernel.errors import Conflict, NotFound, Refused
from shared.kernel.keys import ed25519_key
from shared.kernel.malformed import Malformed
from shared.pledges.links import MakeSigningLink
from shared.pledges.model import Representative, State
from shared.pledges.reading import ListSignatures, ShowPledge
from shared.pledges.statement import ATTESTATION_TYPE, open_attestation
from shared.pledges.usecases import (
    ChangeRepresentative,
    DeferParty,
    EditDraft,
    OpenPledge,
    RequestLink,
    RevisePledge,
    WithdrawPledge,
)
from tests.unit.pledges.parties import HCCB, HEAD, HND, SITE, Hall, act, dump, sample_draft


def code_of(refused: Any) -> str:
    return str(refused.value.code)


def signature_of(table: Any, hall: Hall, no: int) -> dict[str, Any]:
    return dict(table.get(f"pledge#{hall.pledge.id}", f"signature#001#{no:03d}").body)


def test_a_party_reads_the_frozen_text_and_signs_it(hall: Hall, table: Any, facts: Any) -> None:
    hall.link(HND)
    view = hall.read(HND)
    assert view.text["contents"][3]["target"]["planned"] == 36
    assert view.text_sha256 == hall.pledge.text_sha256
    assert view.party.representative.capacity == "KT. CHỦ TỊCH"
    assert (view.turn, view.signed, view.parties) == (True, 0, 12)
    receipt = hall.sign(HND, view.statement or "")
    assert (receipt.unit, receipt.means, receipt.version) == ("HND", "LINK", 1)
    assert [fact.party for fact in facts("PartySigned")] == [HND]


def test_the_statement_says_all_that_is_promised_in_canonical_form(hall: Hall) -> None:
    hall.link(HND)
    text = hall.read(HND).statement or ""
    fields = json.loads(text)
    assert canonical(fields).decode() == text
    assert fields == {
        "type": "giaouoc/pledge-signature/1",
        "rp_id": "giaouoc.tinh.example",
        "origin": "https://giaouoc.tinh.example",
        "issuer": "TDOAN",
        "pledge": hall.pledge.public_id,
        "version": 1,
        "text_sha256": hall.pledge.text_sha256,
        "party": {"no": HND, "unit": "HND", "name": hall.pledge.parties[HND - 1].name, "role": "MEMBER"},
        "signer": {"name": "Nguyễn Thu Thủy", "office": "Phó Chủ tịch Thường trực", "capacity": "KT. CHỦ TỊCH"},
        "mandate_sha256": None,
        "nonce": fields["nonce"],
        "issued_at": "2027-02-12T05:00:00Z",
        "expires_at": "2027-02-12T06:00:00Z",
    }
    assert len(bytes.fromhex(fields["nonce"])) == 16


def test_the_issuer_attests_how_the_signature_came(hall: Hall, table: Any) -> None:
    hall.signs(2)
    kept = signature_of(table, hall, 2)
    signer = hall.keys.signer("TDOAN", "document")
    attested = open_attestation(bytes.fromhex(kept["attestation"]), ed25519_key(signer.public_key()))
    assert (attested["means"], attested["sent_by"]) == ("LINK", "MAIL")
    assert attested["statement"] == json.loads(kept["statement"])
    key = cwt.COSEKey.new({1: 1, -1: 6, -2: signer.public_key(), 3: -8, 2: signer.kid})
    verifier = cwt.COSE.new()
    payload = verifier.decode(bytes.fromhex(kept["attestation"]), key, external_aad=ATTESTATION_TYPE.encode())
    assert json.loads(payload)["statement"]["nonce"] == kept["nonce"]
    with pytest.raises(cwt.VerifyError):
        verifier.decode(bytes.fromhex(kept["attestation"]), key)  # not to be taken for a document's token
    other = hall.keys.signer("SNV", "document")
    with pytest.raises(Malformed):
        open_attestation(bytes.fromhex(kept["attestation"]), ed25519_key(other.public_key()))


def test_signing_again_gives_the_same_receipt_and_one_signature(hall: Hall, table: Any, facts: Any) -> None:
    hall.link(2)
    statement = hall.read(2).statement or ""
    first = hall.sign(2, statement)
    assert hall.sign(2, statement, at=act(30)) == first
    assert hall.read(2).receipt == first
    assert len(ListSignatures(table)(hall.pledge.id)) == 1
    assert len(facts("PartySigned")) == 1
    with pytest.raises(Refused) as refused:
        hall.sign(2, statement.replace("2027", "2028"))
    assert code_of(refused) == "pledge.already_signed"


def test_no_valid_link_lets_the_head_sign_before_the_members(hall: Hall, table: Any) -> None:
    with pytest.raises(Refused) as refused:
        hall.link(HEAD)
    assert code_of(refused) == "pledge.not_your_turn"
    hall.all_but(HEAD, HCCB)
    with pytest.raises(Refused):
        hall.link(HEAD)
    DeferParty(table)(act(), hall.pledge.id, HCCB, "Đồng chí Chủ tịch đi công tác")
    hall.signs(HEAD)
    assert ShowPledge(table)(hall.pledge.id).pledge.state is State.PARTLY_SIGNED


def test_a_link_of_an_earlier_round_does_not_help_out_of_turn(hall: Hall, table: Any) -> None:
    """The head's link and statement exist; then a new version begins, and the order binds again."""
    DeferParty(table)(act(), hall.pledge.id, HCCB, "vắng")
    hall.all_but(HEAD, HCCB)
    hall.link(HEAD)
    statement = hall.read(HEAD).statement or ""
    RevisePledge(table)(act(), hall.pledge.id, "sửa chỉ tiêu")
    with pytest.raises(Refused) as refused:
        hall.sign(HEAD, statement)
    assert code_of(refused) == "pledge.not_open"
    with pytest.raises(Refused) as refused:
        hall.read(HEAD)
    assert code_of(refused) == "signing.superseded"
    OpenPledge(table)(act(), hall.pledge.id)
    with pytest.raises(Refused) as refused:
        hall.sign(HEAD, statement)
    assert code_of(refused) == "pledge.other_version"


def test_a_signature_of_version_1_counts_for_nothing_in_version_2(hall: Hall, table: Any, facts: Any) -> None:
    hall.link(2)
    old = hall.read(2).statement or ""
    hall.sign(2, old)
    RevisePledge(table)(act(), hall.pledge.id, "thêm một nội dung")
    EditDraft(table)(act(), hall.pledge.id, replace(sample_draft(), slogan="Đổi mới"))
    opened = OpenPledge(table)(act(), hall.pledge.id)
    assert (opened.version, opened.signed, opened.public_id) == (2, (), hall.pledge.public_id)
    hall.link(2, version=2)
    assert hall.read(2).statement != old
    with pytest.raises(Refused) as refused:
        hall.sign(2, old)
    assert code_of(refused) == "signing.other_statement"
    assert len(ListSignatures(table)(hall.pledge.id, 1)) == 1  # kept, not counted
    assert ListSignatures(table)(hall.pledge.id) == ()
    assert len(facts("PledgeRevised")) == 1


def test_a_statement_of_another_party_or_a_changed_one_is_refused(hall: Hall) -> None:
    hall.link(2)
    hall.link(3)
    mine, other = hall.read(2).statement or "", hall.read(3).statement or ""
    for text in (
        other,
        mine + " ",
        mine.replace("KT.", "TM."),
        "{}",
        "",
        "không phải JSON",
        mine.replace('"no":2', '"no":3'),
    ):
        if text == mine:
            continue
        with pytest.raises(Refused) as refused:
            hall.sign(2, text)
        assert code_of(refused) == "signing.other_statement"
    assert hall.sign(2, mine).party == 2


def test_a_statement_is_good_for_an_hour(hall: Hall) -> None:
    hall.link(2)
    statement = hall.read(2).statement or ""
    with pytest.raises(Refused) as refused:
        hall.sign(2, statement, at=act(61))
    assert code_of(refused) == "signing.statement_expired"
    again = hall.read(2, at=act(61)).statement or ""
    assert again != statement
    assert hall.sign(2, again, at=act(62)).party == 2


def test_reading_again_soon_gives_the_same_statement(hall: Hall) -> None:
    """A page opened in two tabs must not make the first one useless."""
    hall.link(2)
    first = hall.read(2).statement
    assert hall.read(2, at=act(20)).statement == first
    assert hall.read(2, at=act(40)).statement != first


def test_another_person_signs_without_freezing_anew_and_the_old_statement_is_void(hall: Hall, table: Any) -> None:
    hall.link(2)
    statement = hall.read(2).statement or ""
    deputy = Representative(name="Lê Hoài An", office="Phó Bí thư", capacity="KT. BÍ THƯ")
    changed = ChangeRepresentative(table)(act(), hall.pledge.id, 2, deputy)
    assert (changed.version, changed.text_sha256) == (1, hall.pledge.text_sha256)
    with pytest.raises(Refused) as refused:
        hall.sign(2, statement)
    assert code_of(refused) == "signing.other_statement"
    hall.sign(2, hall.read(2).statement or "")
    (view,) = ListSignatures(table)(hall.pledge.id)
    assert (view.line.signer, view.line.capacity) == ("Lê Hoài An", "KT. BÍ THƯ")
    with pytest.raises(Refused) as refused:
        ChangeRepresentative(table)(act(), hall.pledge.id, 2, Representative(name="Ai đó", office="x"))
    assert code_of(refused) == "pledge.already_signed"


def test_a_link_belongs_to_the_browser_that_tapped_first(hall: Hall) -> None:
    secret = hall.link(2)
    statement = hall.read(2).statement or ""
    mine = hall.cookies[2]
    hall.cookies[2] = "B" * 43
    for wrong in (None, "B" * 43, "short", "ấ" * 43):
        with pytest.raises(Refused) as refused:
            hall.sign(2, statement, cookie=wrong)
        assert code_of(refused) == "signing.other_browser"
        with pytest.raises(Refused):
            hall.read(2, cookie=wrong)
    assert hall.sign(2, statement, cookie=mine).party == 2
    assert secret not in mine


def test_a_tap_without_reading_signs_nothing(hall: Hall) -> None:
    hall.link(2)
    with pytest.raises(Refused) as refused:
        hall.sign(2, "{}")
    assert code_of(refused) == "signing.read_first"


def test_sending_again_ends_the_link_before(hall: Hall, table: Any, facts: Any) -> None:
    first = hall.link(2)
    statement = hall.read(2).statement or ""
    cookie = hall.cookies[2]
    RequestLink(table)(act(), hall.pledge.id, 2)
    assert [(fact.party, fact.request) for fact in facts("SigningLinkRequested")] == [(2, 1)]
    second = hall.link(2)
    hall.secrets[2], hall.cookies[2] = first, cookie
    for attempt in (lambda: hall.read(2), lambda: hall.sign(2, statement)):
        with pytest.raises(Refused) as refused:
            attempt()
        assert code_of(refused) == "signing.link_replaced"
    hall.secrets[2] = second
    hall.cookies.pop(2)
    assert hall.sign(2, hall.read(2).statement or "").party == 2


def test_a_link_lasts_fourteen_days(hall: Hall) -> None:
    hall.link(2)
    with pytest.raises(Refused) as refused:
        hall.read(2, at=act(14 * 24 * 60 + 1))
    assert code_of(refused) == "signing.link_expired"


@pytest.mark.parametrize("secret", ["", "x", "A" * 43, "A" * 42 + "=", "\u0663" * 43, "../" * 10])
def test_a_wrong_secret_opens_nothing(hall: Hall, secret: str) -> None:
    hall.secrets[2] = secret
    with pytest.raises(NotFound):
        hall.read(2)


def test_a_secret_does_not_open_another_pledge(hall: Hall) -> None:
    hall.link(2)
    hall.pledge = replace(hall.pledge, public_id="0" * 39)
    with pytest.raises(NotFound):
        hall.read(2)


def test_no_secret_is_stored_published_or_shown(hall: Hall, store: Any, table: Any) -> None:
    made = MakeSigningLink(table)(act(), hall.pledge.id, 1, 2)
    hall.secrets[2] = made.secret
    hall.sign(2, hall.read(2).statement or "")
    everything = dump(store)
    assert made.secret not in everything
    assert hall.cookies[2] not in everything
    assert made.secret not in repr(made)
    shown = repr((ShowPledge(table)(hall.pledge.id), ListSignatures(table)(hall.pledge.id)))
    assert made.secret not in shown
    assert made.address(SITE.origin).endswith("#" + made.secret)


def test_after_withdrawal_no_link_works_and_the_reason_is_kept(hall: Hall, table: Any, facts: Any) -> None:
    hall.link(2)
    statement = hall.read(2).statement or ""
    WithdrawPledge(table)(act(), hall.pledge.id, "Khối đã giải thể")
    with pytest.raises(Refused) as refused:
        hall.sign(2, statement)
    assert code_of(refused) == "pledge.not_open"
    view = hall.read(2)
    assert (view.turn, view.statement, view.state) == (False, None, "WITHDRAWN")
    with pytest.raises(Refused):
        hall.link(3)
    WithdrawPledge(table)(act(1), hall.pledge.id, "Khối đã giải thể")
    assert len(facts("PledgeWithdrawn")) == 1


def test_the_last_signature_and_the_completion_are_one_commit(hall: Hall, table: Any, facts: Any) -> None:
    hall.all_but()
    assert ShowPledge(table)(hall.pledge.id).pledge.state is State.SIGNED
    last, completed = facts()[-2:]
    assert (last.type, completed.type) == ("PartySigned", "PledgeCompleted")
    assert last.sequence // 100 == completed.sequence // 100
    assert len(facts("PledgeCompleted")) == 1
    assert [fact.group for fact in facts("SigningGroupOpened")] == [1, 2]


class Between:
    """A table that lets something happen just before a commit, once."""

    def __init__(self, table: Any, happens: Any) -> None:
        self._table = table
        self._happens = happens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def commit(self, writes: Any, events: Any = ()) -> None:
        happens, self._happens = self._happens, None
        if happens:
            happens()
        self._table.commit(writes, events)


def test_two_sign_at_the_same_instant_and_both_are_kept(hall: Hall, table: Any) -> None:
    for no in (2, 3):
        hall.link(no)
    statements = {no: hall.read(no).statement or "" for no in (2, 3)}
    meanwhile = Between(table, lambda: hall.sign(3, statements[3]))
    hall.sign(2, statements[2], table=meanwhile)
    assert set(ShowPledge(table)(hall.pledge.id).pledge.signed) == {2, 3}


def test_a_link_replaced_between_look_and_commit_signs_nothing(hall: Hall, table: Any) -> None:
    hall.link(2)
    statement = hall.read(2).statement or ""
    first = hall.secrets[2], hall.cookies[2]

    def replaced() -> None:
        hall.link(2)
        hall.secrets[2], hall.cookies[2] = first

    with pytest.raises(Refused) as refused:
        hall.sign(2, statement, table=Between(table, replaced))
    assert code_of(refused) == "signing.link_replaced"
    assert ListSignatures(table)(hall.pledge.id) == ()


def test_a_whole_group_signs_at_once_and_again(hall: Hall, table: Any, facts: Any) -> None:
    members = [party.no for party in hall.pledge.parties if party.group == 1]
    statements = {}
    for no in members:
        hall.link(no)
        statements[no] = hall.read(no).statement or ""
    start = threading.Barrier(len(members) * 2)
    results: dict[int, set[str]] = {no: set() for no in members}

    def run(no: int) -> None:
        start.wait()
        while True:
            try:
                results[no].add(hall.sign(no, statements[no]).nonce)
                return
            except Conflict:
                continue

    threads = [threading.Thread(target=run, args=(no,)) for no in members for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(len(nonces) == 1 for nonces in results.values())
    assert sorted(fact.party for fact in facts("PartySigned")) == members
    assert [fact.group for fact in facts("SigningGroupOpened")] == [1, 2]


def test_deferring_needs_a_reason_is_audited_and_repeats_change_nothing(hall: Hall, table: Any, facts: Any) -> None:
    with pytest.raises(Refused) as refused:
        DeferParty(table)(act(), hall.pledge.id, HCCB, "  ")
    assert code_of(refused) == "pledge.reason"
    for minute in (0, 5):
        DeferParty(table)(act(minute, who="organiser-7"), hall.pledge.id, HCCB, "Đi công tác đột xuất")
    audit = [item.body for item in table.query(f"pledge#{hall.pledge.id}", prefix="audit#").items]
    (line,) = [body for body in audit if body["verb"] == "DEFER"]
    assert (line["actor_id"], line["reason"], line["party"]) == ("organiser-7", "Đi công tác đột xuất", HCCB)
    assert [fact.unit for fact in facts("PartyDeferred")] == ["HCCB"]
    assert not [fact for fact in facts() if "reason" in vars(fact)]


def test_the_absent_party_signs_later_and_completes(hall: Hall, table: Any) -> None:
    DeferParty(table)(act(), hall.pledge.id, HCCB, "vắng")
    hall.all_but(HCCB)
    assert ShowPledge(table)(hall.pledge.id).pledge.state is State.PARTLY_SIGNED
    hall.signs(HCCB, at=act(3 * 24 * 60))
    assert ShowPledge(table)(hall.pledge.id).pledge.state is State.SIGNED


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=300))
def test_no_text_but_the_issued_statement_is_ever_signed(hall: Hall, text: str) -> None:
    if 4 not in hall.secrets:
        hall.link(4)
    hall.read(4)
    with pytest.raises(Refused):
        hall.sign(4, text)
