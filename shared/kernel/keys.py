"""Public keys as our formats carry them: JWK, key id, and Ed25519 keys that may verify. Signers in memory.

Called by cose, notes, trust and did. A key id (kid) is the first 8 bytes of the RFC 7638 SHA-256 thumbprint (FORMATS 2).
Keys of small order are refused (FORMATS 1): under them one signature fits many messages, and verifiers disagree.

The signature library is loaded by the first key that is used: whoever only shows what was signed, as most pages do, imports
this module through many others and would wait for it in vain (decision 0016).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from shared.kernel import base64url, canonical
from shared.kernel.malformed import Malformed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

EDDSA, ES256 = "EdDSA", "ES256"
_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_ORDER_8_Y = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER_Y = frozenset({0, 1, _P - 1, _ORDER_8_Y, _P - _ORDER_8_Y})
"""y of the eight points whose order divides 8 (their x differs in sign only)."""


class BadKey(Malformed):
    """Not a public key that our formats allow."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 public key that passed the checks of `ed25519_key`; made only there."""

    raw: bytes
    kid: bytes
    _key: Ed25519PublicKey = field(repr=False, compare=False)

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """RFC 8032, without the cofactor and with S below the group order (as OpenSSL does)."""
        from cryptography.exceptions import InvalidSignature

        try:
            self._key.verify(signature, data)
        except InvalidSignature:
            return False
        return True


@lru_cache(maxsize=1024)
def ed25519_key(raw: bytes) -> PublicKey:
    """The key of 32 bytes; remembered, since making one costs more than looking it up.

    Raises BadKey: `key_length`, `key_not_canonical` (y >= p), `key_small_order`, `key_not_on_curve`.
    """
    if len(raw) != 32:
        raise BadKey("key_length")
    y = int.from_bytes(raw, "little") & (2**255 - 1)  # the top bit is the sign of x: both roots are points
    if y >= _P:
        raise BadKey("key_not_canonical")
    if y in _SMALL_ORDER_Y:
        raise BadKey("key_small_order")
    # RFC 8032 5.1.3: x^2 = (y^2 - 1) / (d y^2 + 1) must be a square. x = 0 (either sign) is of small order.
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    if pow(square, (_P - 1) // 2, _P) != 1:
        raise BadKey("key_not_on_curve")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return PublicKey(raw, kid_of(raw), Ed25519PublicKey.from_public_bytes(raw))


def jwk_of(raw: bytes) -> dict[str, str]:
    """The JWK (RFC 7517, RFC 8037) of raw Ed25519 bytes (32) or an uncompressed P-256 point (65). Raises BadKey."""
    if len(raw) == 32:
        return {"crv": "Ed25519", "kty": "OKP", "x": base64url.encode(raw)}
    if len(raw) == 65 and raw[0] == 4:
        return {"crv": "P-256", "kty": "EC", "x": base64url.encode(raw[1:33]), "y": base64url.encode(raw[33:])}
    raise BadKey("key_length")


def raw_of(jwk: Mapping[str, object]) -> bytes:
    """The raw public bytes of a JWK, which must have exactly the members that `jwk_of` writes.

    Raises BadKey: `jwk`, or what `ed25519_key` raises, or `key_not_on_curve` for a P-256 point.
    """
    parts = [jwk.get("x"), jwk.get("y")] if jwk.get("kty") == "EC" else [jwk.get("x")]
    try:
        raw = b"".join(base64url.decode(part) for part in parts if isinstance(part, str))
    except Malformed:
        raise BadKey("jwk") from None
    if jwk.get("kty") == "EC":
        raw = b"\x04" + raw
    if len(raw) not in (32, 65) or jwk_of(raw) != dict(jwk):
        raise BadKey("jwk")
    if len(raw) == 32:
        return ed25519_key(raw).raw
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), raw)
    except ValueError:
        raise BadKey("key_not_on_curve") from None
    return raw


def kid_of(key: bytes | Mapping[str, object]) -> bytes:
    """The 8-byte key id of raw public bytes (32 or 65) or of a JWK. Raises BadKey."""
    jwk = jwk_of(key) if isinstance(key, bytes) else jwk_of(raw_of(key))
    return hashlib.sha256(canonical.canonical(jwk)).digest()[:8]


class Ed25519Signer:
    """A signer whose key lies in memory (the port `Signer`): the embedded engine's, the root's key ceremony, tests."""

    alg = EDDSA

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._public = key.public_key().public_bytes_raw()
        self.kid = kid_of(self._public)

    @classmethod
    def from_seed(cls, seed: bytes) -> Ed25519Signer:
        """The key whose RFC 8032 private key is these 32 bytes. Raises BadKey(`key_length`)."""
        if len(seed) != 32:
            raise BadKey("key_length")
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def generate(cls) -> Ed25519Signer:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(Ed25519PrivateKey.generate())

    def public_key(self) -> bytes:
        return self._public

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data)

    def __repr__(self) -> str:
        return f"Ed25519Signer({self.kid.hex()})"
