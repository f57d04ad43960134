"""The trust list: what it must not contain, which key it gives, and the root that signs it and its successors."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.canonical import canonical
from shared.kernel.codetext import parse_code, ticket_code
from shared.kernel.keys import Ed25519Signer
from shared.kernel.malformed import Malformed
from shared.kernel.notes import Vkey, open_note
from shared.kernel.trust import OLD_AFTER, BadTrust, Purpose, Revocation, TrustList
from shared.kernel.trust_json import follows, list_bytes, list_digest, next_list, parse_list
from shared.kernel.trust_root import sign_list, signed_seq, succession_line, verify_list
from tests.unit.kernel.crafted import ISSUED_AT, SIGNER
from tests.unit.kernel.trusting import DOCUMENT_KEY, FROM, HOST, ISSUER, KEYS, OTHER, PINNED, ROOT, TRUST, UNTIL

DATA = list_bytes(TRUST)
SIG = sign_list(TRUST, HOST, ROOT)
NEW_ROOT, NEWEST_ROOT = Ed25519Signer.from_seed(b"new1" * 8), Ed25519Signer.from_seed(b"new2" * 8)


def find(trust: TrustList, *, at: int = ISSUED_AT, issuer: str = "UBND-HD", purpose: Purpose = Purpose.DOCUMENT) -> str:
    try:
        trust.find(SIGNER.kid, issuer=issuer, purposes={purpose}, issued_at=at)
    except BadTrust as refusal:
        return refusal.reason
    return "found"


def with_key(**changes: Any) -> TrustList:
    return replace(TRUST, keys=(replace(DOCUMENT_KEY, **changes), *KEYS[1:]))


def test_round_trip_and_spelling() -> None:
    assert parse_list(DATA) == TRUST
    assert list_bytes(parse_list(json.dumps(json.loads(DATA), indent=2).encode())) == DATA
    whole = json.loads(DATA)
    assert whole["keys"][0]["kid"] == SIGNER.kid.hex()
    assert whole["keys"][0]["valid_from"].endswith("Z")
    assert list_digest(TRUST) == hashlib.sha256(DATA).digest()
    without_log = replace(TRUST, log=None)
    assert parse_list(list_bytes(without_log)) == without_log


def test_the_chain() -> None:
    second = next_list(TRUST, issued_at=ISSUED_AT, log=None)
    assert (second.seq, second.prev, second.log) == (2, list_digest(TRUST), None)
    assert follows(parse_list(list_bytes(second)), TRUST)
    assert not follows(replace(second, prev=bytes(32)), TRUST)
    assert not follows(next_list(second, issued_at=ISSUED_AT), TRUST)
    with pytest.raises(BadTrust, match="issued_at"):
        next_list(second, issued_at=ISSUED_AT - 1)


def test_which_key() -> None:
    assert find(TRUST) == "found"
    assert find(TRUST, issuer="THPT") == "wrong_issuer"
    assert find(TRUST, purpose=Purpose.TICKET) == "wrong_purpose"
    assert find(replace(TRUST, keys=KEYS[1:])) == "unknown_key"


def test_the_period_is_half_open() -> None:
    assert find(TRUST, at=FROM - 1) == "key_not_yet_valid"
    assert find(TRUST, at=FROM) == "found"
    assert find(TRUST, at=UNTIL - 1) == "found"
    assert find(TRUST, at=UNTIL) == "key_expired"


def test_revoked_keys() -> None:
    retired = with_key(revoked_at=ISSUED_AT, revoked_for=Revocation.RETIRED)
    assert find(retired, at=ISSUED_AT - 1) == "found"
    assert find(retired, at=ISSUED_AT) == "key_retired"
    compromised = with_key(revoked_at=ISSUED_AT, revoked_for=Revocation.COMPROMISED)
    assert find(compromised, at=ISSUED_AT - 1) == "key_compromised"
    assert parse_list(list_bytes(compromised)) == compromised


def test_hosts_of_an_issuer() -> None:
    assert ISSUER.serves(parse_code(ticket_code(f"https://{HOST}", b"T")))
    assert not ISSUER.serves(parse_code(ticket_code(f"https://{HOST}:8443", b"T")))
    assert not ISSUER.serves(parse_code(ticket_code(f"https://{HOST}.vn", b"T")))
    assert OTHER.serves(parse_code(ticket_code("https://thpt.example.vn:8443", b"T")))
    sample = replace(ISSUER, hosts=("localhost",))
    assert sample.serves(parse_code(ticket_code("http://localhost:8123", b"T")))
    assert not sample.serves(parse_code(ticket_code("https://localhost:8123", b"T")))


def test_an_old_list_is_reported() -> None:
    assert not TRUST.is_old(FROM + OLD_AFTER)
    assert TRUST.is_old(FROM + OLD_AFTER + 1)


def altered(change: Callable[[Any], object]) -> bytes:
    whole = json.loads(DATA)
    change(whole)
    return canonical(whole)


ALTERED: dict[str, tuple[Callable[[Any], object], str]] = {
    "unknown member": (lambda x: x.update(more=1), "members"),
    "missing member": (lambda x: x.pop("log"), "members"),
    "unknown member of a key": (lambda x: x["keys"][0].update(more=1), "members"),
    "missing member of a key": (lambda x: x["keys"][0].pop("revoked_at"), "members"),
    "x5c of a document key": (lambda x: x["keys"][0].update(x5c=["MIIB"]), "members"),
    "seal without x5c": (lambda x: x["keys"][4].pop("x5c"), "members"),
    "seal with empty x5c": (lambda x: x["keys"][4].update(x5c=[]), "key"),
    "x5c no base64": (lambda x: x["keys"][4].update(x5c=["M"]), "x5c"),
    "seal with Ed25519": (lambda x: x["keys"][0].update(purpose="seal", x5c=["MIIB"]), "key"),
    "document with P-256": (lambda x: (x["keys"][4].update(purpose="document"), x["keys"][4].pop("x5c")), "key"),
    "kid of another": (lambda x: x["keys"][0].update(kid="00" * 8), "kid"),
    "kid in capitals": (lambda x: x["keys"][0].update(kid=x["keys"][0]["kid"].upper() + "A"), "kid"),
    "private key": (lambda x: x["keys"][0]["jwk"].update(d="AA"), "jwk"),
    "small order": (lambda x: x["keys"][0]["jwk"].update(x="A" * 43), "jwk"),
    "purpose unknown": (lambda x: x["keys"][0].update(purpose="all"), "purpose"),
    "revoked for unknown": (lambda x: x["keys"][0].update(revoked_for="lost"), "revoked_for"),
    "revoked without a time": (lambda x: x["keys"][0].update(revoked_for="retired"), "key"),
    "revoked without a reason": (lambda x: x["keys"][0].update(revoked_at="2027-01-01T00:00:00Z"), "key"),
    "period empty": (lambda x: x["keys"][0].update(valid_until=x["keys"][0]["valid_from"]), "key"),
    "issuer unknown": (lambda x: x["keys"][0].update(issuer="ABC"), "key"),
    "key twice": (lambda x: x["keys"].append(x["keys"][0]), "key_twice"),
    "issuer twice": (lambda x: x["issuers"].append(x["issuers"][0]), "issuer"),
    "issuer code": (lambda x: x["issuers"][1].update(code="thpt"), "issuer"),
    "issuer's name": (lambda x: x["issuers"][1].update(name="A\u202e"), "issuer"),
    "did of another method": (lambda x: x["issuers"][1].update(did="did:key:z6M"), "issuer"),
    "host with a scheme": (lambda x: x["issuers"][1].update(hosts=["https://a.vn"]), "issuer"),
    "host in capitals": (lambda x: x["issuers"][1].update(hosts=["A.vn"]), "issuer"),
    "no host": (lambda x: x["issuers"][1].update(hosts=[]), "issuer"),
    "hosts a text": (lambda x: x["issuers"][1].update(hosts="a.vn"), "type"),
    "no issuers": (lambda x: x.update(issuers=[], keys=[]), "issuer"),
    "seq zero": (lambda x: x.update(seq=0), "seq"),
    "seq true": (lambda x: x.update(seq=True), "type"),
    "first with prev": (lambda x: x.update(prev="00" * 32), "prev"),
    "second without prev": (lambda x: x.update(seq=2), "prev"),
    "prev in capitals": (lambda x: x.update(seq=2, prev="AA" * 32), "digest"),
    "time with an offset": (lambda x: x.update(issued_at="2027-01-01T00:00:00+07:00"), "time"),
    "time with a fraction": (lambda x: x.update(issued_at="2027-01-01T00:00:00.5Z"), "time"),
    "time that never was": (lambda x: x.update(issued_at="2027-02-30T00:00:00Z"), "time"),
    "time as a number": (lambda x: x.update(issued_at=5), "time"),
    "time before 1970": (lambda x: x.update(issued_at="1969-12-31T23:59:59Z"), "time"),
    "log of another name": (lambda x: x["log"].update(origin="x.vn/log"), "log"),
    "log's vkey": (lambda x: x["log"].update(vkey="a"), "log"),
    "quorum above the witnesses": (lambda x: x["log"].update(quorum=2), "log"),
    "witness twice": (lambda x: x["log"]["witnesses"].append(x["log"]["witnesses"][0]), "log"),
}


@pytest.mark.parametrize("name", ALTERED)
def test_refused_lists(name: str) -> None:
    change, reason = ALTERED[name]
    with pytest.raises(BadTrust) as refusal:
        parse_list(altered(change))
    assert refusal.value.reason == reason


@given(st.binary(max_size=60))
def test_strangers_bytes(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        parse_list(data)


def test_the_roots_note_says_what_formats_says() -> None:
    digest = base64.b64encode(hashlib.sha256(DATA).digest()).decode()
    assert open_note(SIG, [PINNED]) == f"{HOST}/keys\n1\n{digest}\n"
    verified = verify_list(DATA, SIG, PINNED)
    assert (verified.trust, verified.root, verified.digest) == (TRUST, PINNED, list_digest(TRUST))
    spaced = json.dumps(json.loads(DATA), indent=1, ensure_ascii=False).encode()
    assert verify_list(spaced, SIG, PINNED).trust == TRUST


def refused(data: bytes, sig: bytes, pinned: Vkey = PINNED, minimum_seq: int = 1) -> str:
    with pytest.raises(Malformed) as refusal:
        verify_list(data, sig, pinned, minimum_seq)
    return refusal.value.reason


def test_the_number_that_a_signature_is_about() -> None:
    assert signed_seq(SIG) == TRUST.seq
    assert signed_seq(sign_list(replace(TRUST, seq=12, prev=b"\0" * 32), HOST, ROOT)) == 12
    for text in (b"", b"a\n", SIG.replace(b"\n1\n", b"\n01\n"), SIG.replace(b"\n1\n", b"\n\xd9\xa1\n")):
        with pytest.raises(Malformed):
            signed_seq(text)


def test_a_list_the_root_did_not_sign() -> None:
    other = next_list(TRUST, issued_at=ISSUED_AT)
    assert refused(list_bytes(other), SIG) == "not_this_list"
    assert refused(DATA, sign_list(TRUST, HOST, NEW_ROOT)) == "unsigned"
    assert refused(DATA, sign_list(TRUST, "x.example.vn", ROOT)) == "unsigned"
    assert refused(DATA, SIG.replace(b"keys\n1\n", b"keys\n2\n")) == "bad_signature"
    assert refused(DATA, SIG, minimum_seq=2) == "lower_seq"


def test_a_new_root_signed_by_the_old_one() -> None:
    first = succession_line(HOST, ROOT, NEW_ROOT.public_key())
    second = succession_line(HOST, NEW_ROOT, NEWEST_ROOT.public_key())
    sig = sign_list(TRUST, HOST, NEWEST_ROOT, [first, second])
    newest = Vkey(f"{HOST}/keys", NEWEST_ROOT.public_key())
    for pinned in (PINNED, Vkey(f"{HOST}/keys", NEW_ROOT.public_key()), newest):
        assert verify_list(DATA, sig, pinned).root == newest
    # Any reader of signed notes that pins the newest root reads the same file.
    assert open_note(sig, [newest]).startswith(f"{HOST}/keys\n1\n")


def test_after_a_succession_the_old_root_signs_no_more() -> None:
    line = succession_line(HOST, ROOT, NEW_ROOT.public_key())
    assert refused(DATA, sign_list(TRUST, HOST, ROOT, [line])) == "unsigned"


def test_forged_successions() -> None:
    by_stranger = succession_line(HOST, NEWEST_ROOT, NEW_ROOT.public_key())
    assert refused(DATA, sign_list(TRUST, HOST, NEW_ROOT, [by_stranger])) == "unsigned"
    line = succession_line(HOST, ROOT, NEW_ROOT.public_key())
    blob = bytearray(base64.b64decode(line.split(" ")[2]))
    blob[-1] ^= 1
    forged = line.replace(line.split(" ")[2].strip(), base64.b64encode(bytes(blob)).decode())
    assert refused(DATA, sign_list(TRUST, HOST, NEW_ROOT, [forged])) == "bad_succession"
    two = [line, succession_line(HOST, ROOT, NEWEST_ROOT.public_key())]
    assert refused(DATA, sign_list(TRUST, HOST, NEW_ROOT, two)) == "bad_succession"
    circle = [line, succession_line(HOST, NEW_ROOT, ROOT.public_key())]
    assert refused(DATA, sign_list(TRUST, HOST, ROOT, circle)) == "bad_succession"
    other_host = succession_line("x.example.vn", ROOT, NEW_ROOT.public_key())
    assert refused(DATA, sign_list(TRUST, HOST, NEW_ROOT, [other_host])) == "unsigned"
