"""ES256 with a key in memory (port Signer): the seal of the embedded engine. Ed25519 stands in kernel/keys.py."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.kernel.keys import ES256, kid_of


class EcdsaSigner:
    """Signs with a P-256 key: DER signatures over SHA-256 of the data."""

    alg = ES256

    def __init__(self, key: EllipticCurvePrivateKey) -> None:
        self._key = key
        self._public = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.kid = kid_of(self._public)

    def public_key(self) -> bytes:
        return self._public

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data, ECDSA(SHA256()))

    def __repr__(self) -> str:
        return f"EcdsaSigner({self.kid.hex()})"
