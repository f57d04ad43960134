"""Hand-made COSE_Sign1 bytes, well-formed and otherwise, all with a right signature by the test key. Used by the token tests."""

from __future__ import annotations

import cbor2

from shared.kernel.keys import Ed25519Signer, ed25519_key
from shared.kernel.malformed import Malformed
from shared.kernel.tokens import DocumentClaims, DocumentKind, TicketClaims, read

SIGNER = Ed25519Signer.from_seed(bytes(range(32)))
KEY = ed25519_key(SIGNER.public_key())
PROTECTED = cbor2.dumps({1: -8, 4: SIGNER.kid})
ISSUED_AT = 1_800_000_000

CERTIFICATE = DocumentClaims(
    issuer="UBND-HD",
    issued_at=ISSUED_AT,
    id=2**127 + 1,
    kind=DocumentKind.CERTIFICATE,
    recipient="Nguyễn Thị Thanh Hương",
    title="Chiến sĩ thi đua cơ sở",
    reference="128/QĐ-UBND",
    occasion="NGVN-2026-01",
    status_number=77_123,
)
PLEDGE = DocumentClaims(
    issuer="UBND-HD",
    issued_at=ISSUED_AT,
    expires_at=ISSUED_AT + 31_536_000,
    id=7,
    kind=DocumentKind.PLEDGE,
    recipient="Khối thi đua số 2",
    title="Giao ước thi đua năm 2027",
    reference="2027",
    occasion="KTD2-2027",
    status_number=0,
    text_sha256=b"\x11" * 32,
)
TICKET = TicketClaims(
    issuer="UBND-HD", issued_at=ISSUED_AT, expires_at=ISSUED_AT + 86_400, id=3, category=2, ceremony=b"ceremony"
)


def wire(claims: DocumentClaims | TicketClaims) -> dict[object, object]:
    """The claims as FORMATS 1 numbers them, written out here a second time."""
    outer: dict[object, object] = {1: claims.issuer, 6: claims.issued_at, 7: claims.id.to_bytes(16, "big")}
    if claims.expires_at is not None:
        outer[4] = claims.expires_at
    if isinstance(claims, TicketClaims):
        outer[-65537] = {0: 1, 1: "t", 8: claims.category, 9: claims.ceremony}
        return outer
    ours: dict[object, object] = {0: 1, 1: str(claims.kind), 2: claims.recipient, 3: claims.title}
    ours |= {4: claims.reference, 5: claims.occasion, 6: claims.status_number}
    if claims.text_sha256 is not None:
        ours[7] = claims.text_sha256
    outer[-65537] = ours
    return outer


def dumps(value: object) -> bytes:
    return cbor2.dumps(value, canonical=True)


def signature(payload: bytes, protected: bytes = PROTECTED, aad: bytes = b"") -> bytes:
    return SIGNER.sign(cbor2.dumps(["Signature1", protected, aad, payload]))


def assemble(
    payload: bytes,
    *,
    protected: bytes = PROTECTED,
    unprotected: bytes = b"\xa0",
    head: bytes = b"\xd2\x84",
    tail: bytes = b"",
) -> bytes:
    """A signed token from its spelled parts."""
    signed = signature(payload, protected)
    return head + cbor2.dumps(protected) + unprotected + cbor2.dumps(payload) + cbor2.dumps(signed) + tail


def refusal(token: bytes) -> str | None:
    """Why we refuse a token, or None."""
    try:
        read(token).open(KEY)
    except Malformed as problem:
        return problem.reason
    return None
