"""did:web names and documents."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.codetext import BadCode
from shared.kernel.did import BadDid, base58, did_document, did_web, document_path, multikey, verification_method
from shared.kernel.keys import Ed25519Signer
from shared.kernel.trust import Purpose, Revocation
from tests.unit.kernel.crafted import ISSUED_AT
from tests.unit.kernel.trusting import CREDENTIAL_SIGNER, KEYS, trusted


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"", ""), (b"Hello World!", "2NEpo7TZRRrLZSi2U"), (bytes.fromhex("0000287fb4cd"), "11233QC4")],
)
def test_base58_vectors_of_the_draft(data: bytes, text: str) -> None:
    assert base58(data) == text


def test_multikey_is_the_did_key_methods_first_vector() -> None:
    key = Ed25519Signer.from_seed(bytes(32)).public_key()
    assert multikey(key) == "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"


@given(st.binary(min_size=32, max_size=32))
def test_every_multikey_begins_alike(seed: bytes) -> None:
    assert multikey(Ed25519Signer.from_seed(seed).public_key()).startswith("z6Mk")


def test_names_and_where_they_are_served() -> None:
    assert did_web("giaouoc.example.vn") == "did:web:giaouoc.example.vn"
    assert did_web("giaouoc.example.vn", "THPT") == "did:web:giaouoc.example.vn:i:THPT"
    assert did_web("localhost:8000") == "did:web:localhost%3A8000"
    assert (document_path(), document_path("THPT")) == ("/.well-known/did.json", "/i/THPT/did.json")
    with pytest.raises(BadDid, match="issuer"):
        did_web("a.vn", "thpt/..")
    with pytest.raises(BadCode):
        did_web("a.vn/b")


def test_the_document_holds_this_issuers_credential_keys_and_no_compromised_one_asserts() -> None:
    did = did_web("giaouoc.example.vn")
    retired = replace(
        trusted(Ed25519Signer.from_seed(b"r" * 32), Purpose.CREDENTIAL),
        revoked_at=ISSUED_AT,
        revoked_for=Revocation.RETIRED,
    )
    compromised = replace(
        trusted(Ed25519Signer.from_seed(b"c" * 32), Purpose.CREDENTIAL),
        revoked_at=ISSUED_AT,
        revoked_for=Revocation.COMPROMISED,
    )
    foreign = trusted(Ed25519Signer.from_seed(b"f" * 32), Purpose.CREDENTIAL, issuer="THPT")
    document = did_document(did, "UBND-HD", (*KEYS, retired, compromised, foreign))
    kid = CREDENTIAL_SIGNER.kid
    assert document["id"] == did
    assert document["verificationMethod"] == [
        {
            "id": f"{did}#{key.kid.hex()}",
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": multikey(key.public_key),
        }
        for key in (KEYS[2], retired, compromised)
    ]
    assert document["assertionMethod"] == [verification_method(did, kid), verification_method(did, retired.kid)]
