"""What every Keyring and its Signers do (shared/kernel/ports.py), checked with the cryptography library."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.kernel.errors import Unavailable

ED25519 = ("ticket", "document", "credential", "checkpoint")


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.mark.parametrize("purpose", ED25519)
def test_ed25519_signatures_verify(keyring: Any, purpose: str) -> None:
    signer = keyring.signer("TDKT", purpose)
    assert signer.alg == "EdDSA"
    key = Ed25519PublicKey.from_public_bytes(signer.public_key())
    signature = signer.sign(b"data")
    assert len(signature) == 64
    key.verify(signature, b"data")
    with pytest.raises(InvalidSignature):
        key.verify(signature, b"date")
    assert signer.sign(b"data") == signature
    thumbprint = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": b64(signer.public_key())}, separators=(",", ":"))
    assert signer.kid == hashlib.sha256(thumbprint.encode()).digest()[:8]


def test_the_seal_is_p256_and_has_its_certificate(keyring: Any) -> None:
    signer = keyring.signer("TDKT", "seal")
    assert signer.alg == "ES256"
    point = signer.public_key()
    assert (len(point), point[0]) == (65, 4)
    EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point).verify(
        signer.sign(b"x" * 9000), b"x" * 9000, ECDSA(SHA256())
    )
    jwk = {"crv": "P-256", "kty": "EC", "x": b64(point[1:33]), "y": b64(point[33:])}
    assert signer.kid == hashlib.sha256(json.dumps(jwk, separators=(",", ":")).encode()).digest()[:8]
    certificate = x509.load_der_x509_certificate(keyring.certificate("TDKT"))
    assert certificate.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) == point


def test_keys_are_apart_and_found_by_their_id(keyring: Any) -> None:
    kids = {keyring.signer("TDKT", purpose).kid for purpose in (*ED25519, "seal")}
    assert len(kids) == 5
    for kid in kids:
        assert keyring.signer_by_kid(kid).kid == kid


def test_what_is_not_here_is_unavailable(keyring: Any) -> None:
    for attempt in (
        lambda: keyring.signer("OTHER", "ticket"),
        lambda: keyring.signer("TDKT", "no such purpose"),
        lambda: keyring.certificate("OTHER"),
        lambda: keyring.signer_by_kid(b"\0" * 8),
    ):
        with pytest.raises(Unavailable):
            attempt()
