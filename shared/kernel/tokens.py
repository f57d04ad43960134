"""The token of a document or ticket (FORMATS 1): a CWT (RFC 8392) in COSE_Sign1, written and read in one form only.

Called by the contexts that issue (`sign_document`, `sign_ticket`) and by shared.kernel.verification and the gate, which read.
Reading has two steps, so that no field of an unverified token can be shown: `read` gives the key id alone, `open` gives the
claims once the signature holds. Maps are closed; every deviation is refused (docs/decisions/0003-strict-tokens.md).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from shared.kernel import cbor, codetext, cose
from shared.kernel.keys import PublicKey
from shared.kernel.malformed import Malformed
from shared.kernel.text import is_clean

ISSUER_PATTERN = re.compile(r"[A-Z0-9][A-Z0-9-]{0,11}")
MAX_NUMBER = 2**53 - 1
"""Greatest time, status number and category: what a verifier in JavaScript reads exactly."""
CLAIM_ISSUER, CLAIM_EXPIRY, CLAIM_ISSUED_AT, CLAIM_ID, CLAIM_OURS = 1, 4, 6, 7, -65537
_FORMAT_VERSION = 1
_VERSION, _KIND = 0, 1
_RECIPIENT, _TITLE, _REFERENCE, _OCCASION, _STATUS, _TEXT = 2, 3, 4, 5, 6, 7
_CATEGORY, _CEREMONY = 8, 9
_DOCUMENT_TEXTS = (_RECIPIENT, _TITLE, _REFERENCE, _OCCASION)
_TICKET_KIND = "t"
_OUTER_KEYS = frozenset({CLAIM_ISSUER, CLAIM_ISSUED_AT, CLAIM_ID, CLAIM_OURS})
_CERTIFICATE_KEYS = frozenset({_VERSION, _KIND, *_DOCUMENT_TEXTS, _STATUS})
_TICKET_KEYS = frozenset({_VERSION, _KIND, _CATEGORY, _CEREMONY})


class BadToken(Malformed):
    """Claims that FORMATS 1 does not allow."""


class DocumentKind(StrEnum):
    CERTIFICATE = "c"
    PLEDGE = "p"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentClaims:
    """What a document's token says. Times are unix seconds; texts NFC without control and format characters.

    `recipient` is a pledge's block of units; `reference` the number of the award decision or the pledge's period;
    `occasion` the code of the ceremony or campaign; `text_sha256` the pledge's frozen text (None for certificates).
    """

    issuer: str
    issued_at: int
    expires_at: int | None = None
    id: int
    kind: DocumentKind
    recipient: str
    title: str
    reference: str
    occasion: str
    status_number: int
    text_sha256: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketClaims:
    """What a ticket says: no personal data. Times are unix seconds; `ceremony` is 8 bytes."""

    issuer: str
    issued_at: int
    expires_at: int
    id: int
    category: int
    ceremony: bytes


Claims = DocumentClaims | TicketClaims


@dataclass(frozen=True, slots=True)
class SealedToken:
    """A token of the right form whose signature nobody has checked yet: only its `kid` may be looked at."""

    kid: bytes
    _sign1: cose.Sign1 = field(repr=False)

    def open(self, key: PublicKey) -> Claims:
        """The claims, once the signature verifies. Raises BadCose(`bad_signature`), BadCbor, BadToken."""
        return decode_claims(self._sign1.open(key))


def read(token: bytes) -> SealedToken:
    """Raises BadCbor or BadCose where the bytes are not a COSE_Sign1 as we write it."""
    sign1 = cose.parse(token)
    return SealedToken(sign1.kid, sign1)


def sign_document(claims: DocumentClaims, signer: cose.Signer) -> bytes:
    """The token of a document. Ed25519 is deterministic: the same claims and key give the same bytes.

    Raises BadToken for claims that a verifier would refuse, and for an empty recipient or title (`empty_text`) or an expiry
    that is not after the time of issue (`expiry`).
    """
    if not claims.recipient or not claims.title:
        raise BadToken("empty_text")
    return _sign(claims, signer)


def sign_ticket(claims: TicketClaims, signer: cose.Signer) -> bytes:
    """The token of a ticket, made again from its claims whenever it is shown. Raises BadToken like `sign_document`."""
    return _sign(claims, signer)


def ticket_seed(token: bytes) -> bytes:
    """From which the gate snapshot's row of a ticket is derived (FORMATS 5); stored instead of the token."""
    return hashlib.sha256(b"giaouoc/ticket-seed/1\x00" + token).digest()


def ticket_proof(token: bytes) -> bytes:
    """Shows that a device saw the ticket (FORMATS 5); stored, and sent with queued scans."""
    return hashlib.sha256(b"giaouoc/ticket-proof/1\x00" + token).digest()


def encode_claims(claims: Claims) -> bytes:
    """The CWT payload. Raises BadToken where `decode_claims` would."""
    if isinstance(claims, TicketClaims):
        ours: dict[int, object] = {_VERSION: _FORMAT_VERSION, _KIND: _TICKET_KIND}
        ours |= {_CATEGORY: claims.category, _CEREMONY: claims.ceremony}
    else:
        ours = {_VERSION: _FORMAT_VERSION, _KIND: claims.kind.value, _STATUS: claims.status_number}
        texts = (claims.recipient, claims.title, claims.reference, claims.occasion)
        ours |= dict(zip(_DOCUMENT_TEXTS, texts, strict=True))
        if claims.text_sha256 is not None:
            ours[_TEXT] = claims.text_sha256
    outer: dict[int, object] = {CLAIM_ISSUER: claims.issuer, CLAIM_ISSUED_AT: claims.issued_at, CLAIM_OURS: ours}
    outer[CLAIM_ID] = codetext.id_bytes(claims.id)
    if claims.expires_at is not None:
        outer[CLAIM_EXPIRY] = claims.expires_at
    payload = cbor.encode(outer)
    if decode_claims(payload) != claims:
        raise BadToken("claims")  # only values of foreign types get here (True for 1)
    return payload


def decode_claims(payload: bytes) -> Claims:
    """The claims of a payload whose signature was verified. Raises BadCbor, or BadToken:

    `claims` (missing or unknown ones), `version`, `kind`, `issuer`, `time`, `id`, `text`, `status_number`, `text_digest`,
    `category`, `ceremony`.
    """
    outer = cbor.decode(payload)
    if not isinstance(outer, dict) or outer.keys() - {CLAIM_EXPIRY} != _OUTER_KEYS:
        raise BadToken("claims")
    issuer, id_, ours = outer[CLAIM_ISSUER], outer[CLAIM_ID], outer[CLAIM_OURS]
    if not isinstance(issuer, str) or not ISSUER_PATTERN.fullmatch(issuer):
        raise BadToken("issuer")
    if not isinstance(id_, bytes) or len(id_) != 16:
        raise BadToken("id")
    if not isinstance(ours, dict):
        raise BadToken("claims")
    if not _is_number(ours.get(_VERSION)) or ours[_VERSION] != _FORMAT_VERSION:
        raise BadToken("version")
    issued_at, expires_at = outer[CLAIM_ISSUED_AT], outer.get(CLAIM_EXPIRY, 0)
    if not _is_number(issued_at) or not _is_number(expires_at):
        raise BadToken("time")
    number = int.from_bytes(id_, "big")
    if ours.get(_KIND) == _TICKET_KIND:
        if CLAIM_EXPIRY not in outer:
            raise BadToken("claims")
        return _ticket(issuer, issued_at, expires_at, number, ours)
    return _document(issuer, issued_at, expires_at if CLAIM_EXPIRY in outer else None, number, ours)


def _ticket(issuer: str, issued_at: int, expires_at: int, id_: int, ours: Mapping[Any, Any]) -> TicketClaims:
    if ours.keys() != _TICKET_KEYS:
        raise BadToken("claims")
    category, ceremony = ours[_CATEGORY], ours[_CEREMONY]
    if not _is_number(category):
        raise BadToken("category")
    if not isinstance(ceremony, bytes) or len(ceremony) != 8:
        raise BadToken("ceremony")
    return TicketClaims(
        issuer=issuer, issued_at=issued_at, expires_at=expires_at, id=id_, category=category, ceremony=ceremony
    )


def _document(issuer: str, issued_at: int, expires_at: int | None, id_: int, ours: Mapping[Any, Any]) -> DocumentClaims:
    kind = ours.get(_KIND)
    if not isinstance(kind, str) or kind not in ("c", "p"):
        raise BadToken("kind")
    if ours.keys() != (_CERTIFICATE_KEYS if kind == "c" else _CERTIFICATE_KEYS | {_TEXT}):
        raise BadToken("claims")
    texts = [ours[key] for key in _DOCUMENT_TEXTS]
    if not all(isinstance(text, str) and is_clean(text) for text in texts):
        raise BadToken("text")
    if not _is_number(ours[_STATUS]):
        raise BadToken("status_number")
    digest = ours.get(_TEXT)
    if kind == "p" and (not isinstance(digest, bytes) or len(digest) != 32):
        raise BadToken("text_digest")
    recipient, title, reference, occasion = texts
    return DocumentClaims(
        issuer=issuer,
        issued_at=issued_at,
        expires_at=expires_at,
        id=id_,
        kind=DocumentKind(kind),
        recipient=recipient,
        title=title,
        reference=reference,
        occasion=occasion,
        status_number=ours[_STATUS],
        text_sha256=digest,
    )


def _sign(claims: Claims, signer: cose.Signer) -> bytes:
    if claims.expires_at is not None and claims.expires_at <= claims.issued_at:
        raise BadToken("expiry")
    return cose.sign1(signer, encode_claims(claims))


def _is_number(value: object) -> bool:
    """An unsigned integer in range (and not True, which Python counts among integers)."""
    return type(value) is int and 0 <= value <= MAX_NUMBER
