"""COSE_Sign1 (RFC 9052) with Ed25519, in the one form of our tokens (FORMATS 1). Called by tokens, statuslist, attestations.

Tag 18, protected header `{1: -8, 4: kid}`, empty unprotected header, payload and signature as byte strings, everything in
deterministic CBOR. General COSE libraries accept more (docs/decisions/0003-strict-tokens.md); what we write they verify.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from shared.kernel import cbor
from shared.kernel.keys import EDDSA, PublicKey
from shared.kernel.malformed import Malformed

MAX_BYTES = 64 * 1024
_TAG_18 = 0xD2
_KID_BYTES = 8
_PROTECTED_START = bytes.fromhex("a201270448")
"""`{1: -8, 4: h'` up to the 8 bytes of the kid: the header has no other spelling, so bytes are compared."""


class BadCose(Malformed):
    """Not a COSE_Sign1 as we write it, or its signature is not by the key."""


class Signer(Protocol):
    """What signing needs of the port `shared.kernel.ports.Signer`."""

    @property
    def alg(self) -> str: ...

    @property
    def kid(self) -> bytes: ...

    def public_key(self) -> bytes: ...

    def sign(self, data: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Sign1:
    """A COSE_Sign1 of the right form, not verified: only its `kid` may be looked at before `open`."""

    kid: bytes
    _payload: bytes = field(repr=False)
    _signature: bytes = field(repr=False)

    def open(self, key: PublicKey, external_aad: bytes = b"") -> bytes:
        """The payload, once the signature over it and `external_aad` verifies.

        Raises BadCose: `wrong_key` (its kid is another), `bad_signature`.
        """
        if key.kid != self.kid:
            raise BadCose("wrong_key")
        if not key.verifies(self._signature, _to_be_signed(self.kid, external_aad, self._payload)):
            raise BadCose("bad_signature")
        return self._payload


def sign1(signer: Signer, payload: bytes, external_aad: bytes = b"") -> bytes:
    """The tagged COSE_Sign1 over `payload`. Raises BadCose: `alg` (not EdDSA), `kid_length`."""
    if signer.alg != EDDSA:
        raise BadCose("alg")
    if len(signer.kid) != _KID_BYTES:
        raise BadCose("kid_length")
    signature = signer.sign(_to_be_signed(signer.kid, external_aad, payload))
    return bytes([_TAG_18]) + cbor.encode([_PROTECTED_START + signer.kid, {}, payload, signature])


def signed_length(payload: bytes) -> int:
    """How many bytes a signature over `payload` covers: a KMS takes only so many."""
    return len(_to_be_signed(bytes(_KID_BYTES), b"", payload))


def parse(data: bytes) -> Sign1:
    """The parts of a tagged COSE_Sign1. Raises BadCbor, or BadCose:

    `too_large`, `tag` (not 18), `structure`, `protected_header`, `unprotected_header`, `payload`, `signature_length`.
    """
    if len(data) > MAX_BYTES:
        raise BadCose("too_large")
    if data[:1] != bytes([_TAG_18]):
        raise BadCose("tag")
    parts = cbor.decode(data[1:])
    if not isinstance(parts, list) or len(parts) != 4:
        raise BadCose("structure")
    protected, unprotected, payload, signature = parts
    if (
        not isinstance(protected, bytes)
        or len(protected) != len(_PROTECTED_START) + _KID_BYTES
        or not protected.startswith(_PROTECTED_START)
    ):
        raise BadCose("protected_header")
    if unprotected != {}:
        raise BadCose("unprotected_header")
    if not isinstance(payload, bytes):
        raise BadCose("payload")
    if not isinstance(signature, bytes) or len(signature) != 64:
        raise BadCose("signature_length")
    return Sign1(protected[-_KID_BYTES:], payload, signature)


def _to_be_signed(kid: bytes, external_aad: bytes, payload: bytes) -> bytes:
    return cbor.encode(["Signature1", _PROTECTED_START + kid, external_aad, payload])
