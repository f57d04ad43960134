"""Tokens: written as FORMATS 1 says, verified by libraries of others, and refused at every point of strictness."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import replace
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.keys import Ed25519Signer, ed25519_key
from shared.kernel.malformed import Malformed
from shared.kernel.tokens import (
    BadToken,
    Claims,
    DocumentClaims,
    DocumentKind,
    TicketClaims,
    read,
    sign_document,
    sign_ticket,
    ticket_proof,
    ticket_seed,
)
from tests.unit.kernel.crafted import (
    CERTIFICATE,
    KEY,
    PLEDGE,
    PROTECTED,
    SIGNER,
    TICKET,
    assemble,
    dumps,
    refusal,
    signature,
    wire,
)

PAYLOAD = dumps(wire(CERTIFICATE))
KID = SIGNER.kid
ALL = {"certificate": CERTIFICATE, "pledge": PLEDGE, "ticket": TICKET}


def sign(claims: Claims) -> bytes:
    return sign_ticket(claims, SIGNER) if isinstance(claims, TicketClaims) else sign_document(claims, SIGNER)


@pytest.mark.parametrize("claims", ALL.values(), ids=ALL)
def test_what_we_write_is_what_the_format_says(claims: Claims) -> None:
    token = sign(claims)
    assert token == assemble(dumps(wire(claims)))
    assert read(token).kid == KID
    assert read(token).open(KEY) == claims


def test_a_typical_ticket_is_about_145_bytes() -> None:
    assert 140 <= len(sign(TICKET)) <= 152


def changed(claims: Claims, outer: dict[Any, Any] | None = None, ours: dict[Any, Any] | None = None) -> bytes:
    """The claims with members replaced; a value of None takes the member away."""
    map_: dict[Any, Any] = wire(claims)
    map_[-65537] = merged(map_[-65537], ours or {})
    return assemble(dumps(merged(map_, outer or {})))


def merged(map_: dict[Any, Any], changes: dict[Any, Any]) -> dict[Any, Any]:
    return {key: value for key, value in (map_ | changes).items() if value is not None}


CLAIMS: dict[str, tuple[bytes, str]] = {
    "no issuer": (changed(CERTIFICATE, {1: None}), "claims"),
    "no time of issue": (changed(CERTIFICATE, {6: None}), "claims"),
    "no id": (changed(CERTIFICATE, {7: None}), "claims"),
    "none of ours": (changed(CERTIFICATE, {-65537: None}), "claims"),
    "ours no map": (changed(CERTIFICATE, {-65537: [1]}), "claims"),
    "payload no map": (assemble(dumps([1])), "claims"),
    "one claim more": (changed(CERTIFICATE, {5: 1}), "claims"),
    "a claim with a text key": (changed(CERTIFICATE, {"recipient": "X"}), "claims"),
    "one of ours more": (changed(CERTIFICATE, ours={10: 1}), "claims"),
    "version 2": (changed(CERTIFICATE, ours={0: 2}), "version"),
    "version true": (changed(CERTIFICATE, ours={0: True}), "version"),
    "no version": (changed(CERTIFICATE, ours={0: None}), "version"),
    "kind unknown": (changed(CERTIFICATE, ours={1: "x"}), "kind"),
    "kind as bytes": (changed(CERTIFICATE, ours={1: b"c"}), "kind"),
    "no kind": (changed(CERTIFICATE, ours={1: None}), "kind"),
    "issuer in lower case": (changed(CERTIFICATE, {1: "ubnd"}), "issuer"),
    "issuer empty": (changed(CERTIFICATE, {1: ""}), "issuer"),
    "issuer of 13": (changed(CERTIFICATE, {1: "A" * 13}), "issuer"),
    "issuer begins with a hyphen": (changed(CERTIFICATE, {1: "-A"}), "issuer"),
    "issuer with a line end": (changed(CERTIFICATE, {1: "UBND\n"}), "issuer"),
    "issuer with another script's digit": (changed(CERTIFICATE, {1: "A\u0661"}), "issuer"),
    "issuer as bytes": (changed(CERTIFICATE, {1: b"UBND"}), "issuer"),
    "id of 15 bytes": (changed(CERTIFICATE, {7: b"1" * 15}), "id"),
    "id as a number": (changed(CERTIFICATE, {7: 5}), "id"),
    "time below zero": (changed(CERTIFICATE, {6: -1}), "time"),
    "time as text": (changed(CERTIFICATE, {6: "2027"}), "time"),
    "time as a float": (changed(CERTIFICATE, {6: float(CERTIFICATE.issued_at)}), "float"),
    "time tagged": (changed(CERTIFICATE, {6: cbor2.CBORTag(1, CERTIFICATE.issued_at)}), "tag"),
    "time true": (changed(CERTIFICATE, {6: True}), "time"),
    "time no JavaScript reads exactly": (changed(CERTIFICATE, {6: 2**53}), "time"),
    "expiry below zero": (changed(PLEDGE, {4: -1}), "time"),
    "recipient decomposed": (changed(CERTIFICATE, ours={2: "Nguye\u0302\u0303n"}), "text"),
    "recipient with U+202E": (changed(CERTIFICATE, ours={2: "A\u202eB"}), "text"),
    "recipient with U+200B": (changed(CERTIFICATE, ours={2: "A\u200bB"}), "text"),
    "title with a line end": (changed(CERTIFICATE, ours={3: "A\nB"}), "text"),
    "title with U+2028": (changed(CERTIFICATE, ours={3: "A\u2028B"}), "text"),
    "title with U+2029": (changed(CERTIFICATE, ours={3: "A\u2029B"}), "text"),
    "decision with private use": (changed(CERTIFICATE, ours={4: "\ue000"}), "text"),
    "occasion with an unassigned code point": (changed(CERTIFICATE, ours={5: "\u0378"}), "text"),
    "recipient as bytes": (changed(CERTIFICATE, ours={2: b"A"}), "text"),
    "no title": (changed(CERTIFICATE, ours={3: None}), "claims"),
    "status number below zero": (changed(CERTIFICATE, ours={6: -1}), "status_number"),
    "status number as text": (changed(CERTIFICATE, ours={6: "1"}), "status_number"),
    "certificate with a pledge's digest": (changed(CERTIFICATE, ours={7: b"1" * 32}), "claims"),
    "pledge without its digest": (changed(PLEDGE, ours={7: None}), "claims"),
    "pledge's digest of 31 bytes": (changed(PLEDGE, ours={7: b"1" * 31}), "text_digest"),
    "ticket without an end": (changed(TICKET, {4: None}), "claims"),
    "ticket without a category": (changed(TICKET, ours={8: None}), "claims"),
    "ticket with a name": (changed(TICKET, ours={2: "An"}), "claims"),
    "category below zero": (changed(TICKET, ours={8: -1}), "category"),
    "ceremony of 7 bytes": (changed(TICKET, ours={9: b"1234567"}), "ceremony"),
    "ceremony as text": (changed(TICKET, ours={9: "ceremony"}), "ceremony"),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_claims_that_we_refuse_under_a_right_signature(name: str) -> None:
    token, reason = CLAIMS[name]
    assert refusal(token) == reason


def test_a_payload_that_is_not_utf8() -> None:
    assert refusal(assemble(PAYLOAD.replace("ễ".encode(), b"\xed\xa0\x80"))) == "not_utf8"


@pytest.mark.parametrize("claims", ALL.values(), ids=ALL)
def test_no_bit_can_be_changed(claims: Claims) -> None:
    token = sign(claims)
    for place in range(len(token)):
        assert refusal(token[:place] + bytes([token[place] ^ 1]) + token[place + 1 :]) is not None
        assert refusal(token[:place]) is not None


def test_the_signature_covers_the_external_data_which_tokens_leave_empty() -> None:
    other = signature(PAYLOAD, aad=b"x")
    assert refusal(b"\xd2\x84" + dumps(PROTECTED) + b"\xa0" + dumps(PAYLOAD) + dumps(other)) == "bad_signature"


def test_s_plus_the_group_order_is_no_second_signature() -> None:
    token = sign(CERTIFICATE)
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(token[-32:], "little") + order
    assert refusal(token[:-32] + s.to_bytes(32, "little")) == "bad_signature"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        (replace(CERTIFICATE, recipient=""), "empty_text"),
        (replace(CERTIFICATE, title="A\u200b"), "text"),
        (replace(CERTIFICATE, text_sha256=b"1" * 32), "claims"),
        (replace(PLEDGE, text_sha256=None), "claims"),
        (replace(PLEDGE, expires_at=PLEDGE.issued_at), "expiry"),
        (replace(TICKET, expires_at=TICKET.issued_at), "expiry"),
        (replace(TICKET, issuer="ubnd"), "issuer"),
        (replace(TICKET, category=-1), "category"),
        (replace(CERTIFICATE, status_number=2**53), "status_number"),
    ],
)
def test_nothing_is_signed_that_a_verifier_would_refuse(claims: Claims, reason: str) -> None:
    with pytest.raises(BadToken) as problem:
        sign(claims)
    assert problem.value.reason == reason


def test_another_key_does_not_open() -> None:
    other = Ed25519Signer.from_seed(b"2" * 32)
    with pytest.raises(Malformed, match="wrong_key"):
        read(sign(TICKET)).open(ed25519_key(other.public_key()))


def test_an_unverified_token_shows_its_kid_and_nothing_else() -> None:
    sealed = read(sign(CERTIFICATE))
    assert "Hương" not in repr(sealed)
    assert KID.hex() in repr(sealed) or repr(KID) in repr(sealed)


def test_digests_of_a_ticket() -> None:
    assert ticket_seed(b"T") == hashlib.sha256(b"giaouoc/ticket-seed/1" + b"\x00" + b"T").digest()
    assert ticket_proof(b"T") == hashlib.sha256(b"giaouoc/ticket-proof/1" + b"\x00" + b"T").digest()


NUMBERS = st.integers(min_value=0, max_value=2**53 - 2)
IDS = st.integers(min_value=0, max_value=2**128 - 1)
ISSUERS = st.from_regex(r"[A-Z0-9][A-Z0-9-]{0,11}", fullmatch=True)
TEXTS = st.text(alphabet="aăâđêôơưÝễ0-/ .(XQ😀", min_size=1, max_size=60)
TICKETS = st.builds(
    TicketClaims,
    issuer=ISSUERS,
    issued_at=NUMBERS,
    expires_at=st.just(2**53 - 1),
    id=IDS,
    category=NUMBERS,
    ceremony=st.binary(min_size=8, max_size=8),
)
CERTIFICATES = st.builds(
    DocumentClaims,
    issuer=ISSUERS,
    issued_at=NUMBERS,
    expires_at=st.none() | st.just(2**53 - 1),
    id=IDS,
    kind=st.just(DocumentKind.CERTIFICATE),
    recipient=TEXTS,
    title=TEXTS,
    reference=TEXTS,
    occasion=TEXTS,
    status_number=NUMBERS,
)


@given(TICKETS | CERTIFICATES)
def test_round_trip_of_any_claims(claims: Claims) -> None:
    token = sign(claims)
    assert read(token).open(KEY) == claims
    assert token == assemble(dumps(wire(claims)))
    assert sign(claims) == token


@given(st.binary(max_size=200))
def test_strangers_bytes_are_refused_and_nothing_else_happens(data: bytes) -> None:
    for token in (data, assemble(data), b"\xd2\x84" + data):
        with contextlib.suppress(Malformed):
            read(token).open(KEY)
            raise AssertionError("accepted")
