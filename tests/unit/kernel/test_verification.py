"""The one answer about a code, and the door's check of a ticket: every fact alone, and the order among them."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.codetext import document_code, parse_code, ticket_code
from shared.kernel.keys import Ed25519Signer
from shared.kernel.statuslist import StatusList, StatusPurpose, empty_bits, with_bits
from shared.kernel.token_check import Check, NotVerified, check_ticket
from shared.kernel.tokens import DocumentClaims, sign_document, sign_ticket, ticket_proof, ticket_seed
from shared.kernel.trust import Issuer, Revocation, TrustList
from shared.kernel.verification import Answer, LogFacts, StatusFacts, Verification, verify_document
from tests.unit.kernel.crafted import CERTIFICATE, ISSUED_AT, PLEDGE, SIGNER, TICKET, assemble, dumps, wire
from tests.unit.kernel.trusting import (
    DOCUMENT_KEY,
    FROM,
    HOST,
    ISSUER,
    KEYS,
    OTHER,
    TICKET_KEY,
    TICKET_SIGNER,
    TRUST,
    UNTIL,
)

NOW = ISSUED_AT + 1000
ORIGIN = f"https://{HOST}"
GOOD = StatusFacts(revoked=False, suspended=False, issued_at=NOW - 60, expires_at=NOW + 60)
STALE = replace(GOOD, issued_at=NOW - 90_000, expires_at=NOW - 3600)
PROVEN = LogFacts(included=True, anchored_at=ISSUED_AT + 10)


def code(claims: DocumentClaims = CERTIFICATE, signer: Ed25519Signer = SIGNER, origin: str = ORIGIN) -> str:
    return document_code(origin, claims.id, sign_document(claims, signer))


def answer(text: str | None = None, **facts: Any) -> Verification:
    """The verification with everything right except what `facts` say otherwise."""
    given_facts: dict[str, Any] = {"status": GOOD, "log": PROVEN} | facts
    trust, now = given_facts.pop("trust", TRUST), given_facts.pop("now", NOW)
    return verify_document(code() if text is None else text, trust, now, **given_facts)


def with_document_key(**changes: Any) -> TrustList:
    return replace(TRUST, keys=(replace(DOCUMENT_KEY, **changes), *KEYS[1:]))


COMPROMISED = with_document_key(revoked_at=ISSUED_AT + 100, revoked_for=Revocation.COMPROMISED)


def test_everything_right() -> None:
    found = answer()
    assert (found.answer, found.reason, found.exit_code) == (Answer.MATCHES, None, 0)
    assert (found.claims, found.key, found.status) == (CERTIFICATE, DOCUMENT_KEY, GOOD)
    assert found.passed == tuple(Check)
    assert not found.failed
    assert not found.missing
    assert not found.sample
    assert answer(code(PLEDGE)).answer is Answer.MATCHES


@pytest.mark.parametrize(
    ("facts", "reason", "missing", "exit_code"),
    [
        ({"status": None}, "no_status", (Check.STATUS,), 3),
        ({"status": STALE}, "status_not_fresh", (Check.STATUS,), 3),
        ({"status": replace(GOOD, issued_at=NOW + 301, expires_at=NOW + 900)}, "status_not_fresh", (Check.STATUS,), 3),
        ({"status": replace(STALE, suspended=True)}, "status_not_fresh", (Check.STATUS,), 3),
        ({"log": None}, "no_log_proof", (Check.LOG,), 0),
        ({"status": None, "log": None}, "no_status", (Check.STATUS, Check.LOG), 3),
    ],
)
def test_what_is_missing_is_said(
    facts: dict[str, Any], reason: str, missing: tuple[Check, ...], exit_code: int
) -> None:
    found = answer(**facts)
    assert (found.answer, found.reason, found.missing) == (Answer.CANNOT_CHECK_NOW, reason, missing)
    assert found.exit_code == exit_code
    assert found.claims == CERTIFICATE


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"status": replace(GOOD, revoked=True)}, Answer.REVOKED),
        ({"status": replace(STALE, revoked=True)}, Answer.REVOKED),
        ({"status": replace(GOOD, revoked=True, replaced=True)}, Answer.REPLACED),
        ({"status": replace(GOOD, suspended=True)}, Answer.SUSPENDED),
        ({"status": replace(GOOD, suspended=True, revoked=True)}, Answer.REVOKED),
        ({"status": replace(GOOD, revoked=True), "log": None}, Answer.REVOKED),
    ],
)
def test_what_is_no_longer_good(facts: dict[str, Any], expected: Answer) -> None:
    found = answer(**facts)
    assert (found.answer, found.exit_code, found.failed) == (expected, 2, (Check.STATUS,))


def test_expiry() -> None:
    assert PLEDGE.expires_at is not None
    trust = with_document_key(valid_until=UNTIL)
    late = replace(GOOD, issued_at=PLEDGE.expires_at - 60, expires_at=PLEDGE.expires_at + 60)
    assert answer(code(PLEDGE), trust=trust, now=PLEDGE.expires_at - 1, status=late).answer is Answer.MATCHES
    for status in (late, None):
        found = answer(code(PLEDGE), trust=trust, now=PLEDGE.expires_at, status=status)
        assert (found.answer, found.exit_code) == (Answer.EXPIRED, 2)
        assert Check.EXPIRY in found.failed


def refused(found: Verification, check: Check, reason: str, exit_code: int = 1) -> None:
    assert (found.answer, found.reason, found.failed) == (Answer.NO_MATCH, reason, (check,))
    assert found.exit_code == exit_code
    assert (found.claims, found.key, found.status) == (None, None, None)


def test_each_check_of_the_token_alone() -> None:
    stranger = Ed25519Signer.from_seed(b"s" * 32)
    refused(answer(code(signer=stranger)), Check.KEY, "unknown_key")
    refused(answer(code(signer=TICKET_SIGNER)), Check.KEY, "wrong_purpose")
    refused(answer(code(replace(CERTIFICATE, issuer="THPT"))), Check.ISSUER, "wrong_issuer")
    refused(answer(code(replace(CERTIFICATE, issuer="NOBODY"))), Check.ISSUER, "wrong_issuer")
    refused(answer(code(replace(CERTIFICATE, issued_at=FROM - 1))), Check.PERIOD, "key_not_yet_valid")
    late = replace(CERTIFICATE, issued_at=UNTIL)
    refused(answer(code(late), now=UNTIL + 1), Check.PERIOD, "key_expired")
    future = replace(CERTIFICATE, issued_at=NOW + 301)
    refused(answer(code(future)), Check.PERIOD, "issued_in_future")
    assert answer(code(replace(CERTIFICATE, issued_at=NOW + 300))).answer is Answer.MATCHES
    refused(answer(code(origin="https://x.example.vn")), Check.HOST, "wrong_host")
    moved = document_code(ORIGIN, CERTIFICATE.id ^ 1, sign_document(CERTIFICATE, SIGNER))
    refused(answer(moved), Check.ID, "wrong_id")
    with_ticket = document_code(ORIGIN, TICKET.id, sign_ticket(TICKET, SIGNER))
    refused(answer(with_ticket), Check.PURPOSE, "wrong_purpose")
    token = bytearray(sign_document(CERTIFICATE, SIGNER))
    token[-1] ^= 1
    refused(answer(document_code(ORIGIN, CERTIFICATE.id, bytes(token))), Check.SIGNATURE, "bad_signature")
    refused(answer(document_code(ORIGIN, CERTIFICATE.id, bytes(token[:-1]))), Check.FORM, "truncated")
    misspelled = assemble(dumps(wire(CERTIFICATE)) + b"\x00")
    refused(answer(document_code(ORIGIN, CERTIFICATE.id, misspelled)), Check.FORM, "trailing_bytes")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not_a_code"),
        ("001099012345||NGUYEN VAN A", "not_a_code"),
        (code() + "\n", "not_a_code"),
        (code().split("#")[0], "no_token"),
        (code().replace("https", "http"), "http"),
        (ticket_code(ORIGIN, sign_ticket(TICKET, TICKET_SIGNER)), "not_a_document"),
    ],
)
def test_text_that_is_no_document_code_is_unusable(text: str, reason: str) -> None:
    refused(answer(text), Check.FORM, reason, exit_code=4)


def test_a_retired_key_stands_for_what_it_signed_before() -> None:
    retired = with_document_key(revoked_at=ISSUED_AT + 1, revoked_for=Revocation.RETIRED)
    assert answer(trust=retired).answer is Answer.MATCHES
    refused(answer(code(replace(CERTIFICATE, issued_at=ISSUED_AT + 1)), trust=retired), Check.PERIOD, "key_retired")


@pytest.mark.parametrize(
    "log",
    [None, LogFacts(included=True), LogFacts(included=True, anchored_at=ISSUED_AT + 100)],
)
def test_under_a_compromised_key_a_bare_code_says_nothing(log: LogFacts | None) -> None:
    found = answer(trust=COMPROMISED, log=log)
    assert (found.answer, found.reason, found.exit_code) == (Answer.CANNOT_CHECK_NOW, "key_compromised", 3)
    assert (found.claims, found.key, found.status) == (None, None, None)


def test_under_a_compromised_key_an_anchored_proof_stands() -> None:
    found = answer(trust=COMPROMISED, log=LogFacts(included=True, anchored_at=ISSUED_AT + 99))
    assert (found.answer, found.claims) == (Answer.MATCHES, CERTIFICATE)


def test_a_log_proof_of_something_else_is_no_match() -> None:
    refused(answer(log=LogFacts(included=False)), Check.LOG, "log_proof_wrong")


def test_the_sample_says_so() -> None:
    local = replace(TRUST, issuers=(replace(ISSUER, hosts=("localhost",)), OTHER))
    found = answer(code(origin="http://localhost:8000"), trust=local)
    assert (found.answer, found.sample) == (Answer.MATCHES, True)
    assert answer(code(origin="http://localhost:8000")).sample
    refused(answer(trust=local), Check.HOST, "wrong_host")


def test_an_old_trust_list_is_reported() -> None:
    old = replace(TRUST, issued_at=NOW - 500 * 86_400)
    assert answer(trust=old).old_list
    assert answer(code(signer=TICKET_SIGNER), trust=old).old_list
    assert not answer().old_list


def status_list(purpose: StatusPurpose, *bits: int, at: int = NOW - 60, issuer: Issuer = ISSUER) -> StatusList:
    return StatusList(
        origin=ORIGIN,
        issuer=issuer.code,
        purpose=purpose,
        index=0,
        issued_at=at,
        expires_at=at + 86_400,
        bits=with_bits(empty_bits(), bits),
    )


R, S = StatusPurpose.REVOCATION, StatusPurpose.SUSPENSION
NUMBER = CERTIFICATE.status_number


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        ([status_list(R), status_list(S)], Answer.MATCHES),
        ([status_list(R, 1, NUMBER + 1), status_list(S, 2)], Answer.MATCHES),
        ([status_list(R, NUMBER), status_list(S)], Answer.REVOKED),
        ([status_list(R, NUMBER)], Answer.REVOKED),
        ([status_list(R, NUMBER, at=NOW - 10**6)], Answer.REVOKED),
        ([status_list(R, NUMBER, at=NOW - 10**6), status_list(R), status_list(S)], Answer.REVOKED),
        ([status_list(R), status_list(S, NUMBER)], Answer.SUSPENDED),
        ([status_list(S, NUMBER, at=NOW - 90), status_list(R), status_list(S)], Answer.MATCHES),
        ([status_list(R)], Answer.CANNOT_CHECK_NOW),
        ([status_list(S)], Answer.CANNOT_CHECK_NOW),
        ([], Answer.CANNOT_CHECK_NOW),
        ([status_list(R), status_list(S, at=NOW - 90_000)], Answer.CANNOT_CHECK_NOW),
        ([status_list(R, issuer=OTHER), status_list(S, issuer=OTHER)], Answer.CANNOT_CHECK_NOW),
        ([replace(status_list(R), index=1), status_list(S)], Answer.CANNOT_CHECK_NOW),
    ],
)
def test_status_from_lists(lists: list[StatusList], expected: Answer) -> None:
    for order in (lists, lists[::-1]):
        assert answer(status=None, status_lists=order).answer is expected


def test_matches_only_if_all_is_right() -> None:
    """Every combination of facts: MATCHES, and exit code 0, never come with anything wrong."""
    texts = {"right": code(), "host": code(origin="https://x.vn"), "key": code(signer=TICKET_SIGNER)}
    statuses = [None, GOOD, STALE, replace(GOOD, revoked=True), replace(GOOD, suspended=True)]
    logs = [None, PROVEN, LogFacts(included=True), LogFacts(included=False)]
    for (name, text), status, log, trust in product(texts.items(), statuses, logs, (TRUST, COMPROMISED)):
        found = answer(text, status=status, log=log, trust=trust)
        anchored = log == PROVEN or (trust is TRUST and log == logs[2])
        assert (found.answer is Answer.MATCHES) == (name == "right" and status is GOOD and anchored)
        if found.exit_code == 0:
            assert status is GOOD
            assert found.claims == CERTIFICATE
        if name != "right":
            assert found.claims is None


@given(st.text(max_size=80))
def test_any_text_gets_an_answer(text: str) -> None:
    assert verify_document(text, TRUST, NOW).exit_code == 4


TICKET_TOKEN = sign_ticket(TICKET, TICKET_SIGNER)
TICKET_TEXT = ticket_code(ORIGIN, TICKET_TOKEN)


def test_a_ticket_at_the_door() -> None:
    found = check_ticket(TICKET_TEXT, TRUST, NOW)
    assert (found.claims, found.key, found.sample, found.token) == (TICKET, TICKET_KEY, False, TICKET_TOKEN)
    assert (found.seed, found.proof) == (ticket_seed(TICKET_TOKEN), ticket_proof(TICKET_TOKEN))
    assert repr(TICKET_TOKEN) not in repr(found)
    assert parse_code(TICKET_TEXT).token == TICKET_TOKEN


@pytest.mark.parametrize(
    ("text", "now", "reason"),
    [
        ("x", NOW, "not_a_code"),
        (code(), NOW, "not_a_ticket"),
        (TICKET_TEXT, TICKET.expires_at, "expired"),
        (TICKET_TEXT, ISSUED_AT - 301, "issued_in_future"),
        (ticket_code("https://x.vn", TICKET_TOKEN), NOW, "wrong_host"),
        (ticket_code(ORIGIN, sign_ticket(TICKET, SIGNER)), NOW, "wrong_purpose"),
        (ticket_code(ORIGIN, sign_document(CERTIFICATE, TICKET_SIGNER)), NOW, "wrong_purpose"),
        (ticket_code(ORIGIN, sign_ticket(replace(TICKET, issuer="THPT"), TICKET_SIGNER)), NOW, "wrong_issuer"),
        (ticket_code(ORIGIN, TICKET_TOKEN[:-1] + b"\x00"), NOW, "bad_signature"),
        (ticket_code(ORIGIN, TICKET_TOKEN + b"\x00"), NOW, "trailing_bytes"),
    ],
)
def test_refused_tickets(text: str, now: int, reason: str) -> None:
    with pytest.raises(NotVerified) as refusal:
        check_ticket(text, TRUST, now)
    assert refusal.value.reason == reason


def test_a_ticket_under_a_compromised_key_is_refused() -> None:
    lost = replace(TICKET_KEY, revoked_at=NOW + 10, revoked_for=Revocation.COMPROMISED)
    with pytest.raises(NotVerified, match="key_compromised"):
        check_ticket(TICKET_TEXT, replace(TRUST, keys=(DOCUMENT_KEY, lost)), NOW)
