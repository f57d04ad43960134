"""What a signature says: the statement S of FORMATS 6, and the issuer's attestation of a signature by link.

S is RFC 8785 of {type, rp_id, origin, issuer, pledge (39 digits), version, text_sha256, party {no, unit, name, role},
signer {name, office, capacity}, mandate_sha256 | null, nonce, issued_at, expires_at}. Digests and the nonce (16 bytes)
are lower-case hex, times RFC 3339 UTC in whole seconds. Called by signing.py; a verifier of bundles reads the same.

A signature by link is no signature by the signer's own key. What stands behind it is the issuer's word, made with its
document key: COSE_Sign1, external_aad = `giaouoc/link-attestation/1`, payload = RFC 8785 of {means: "LINK", sent_by:
"MAIL", received_at, statement: S}. The external_aad keeps it from being taken for a document's token and the reverse.
Every verifier says of it "attested by the issuer only" (FORMATS 6).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.kernel import cose
from shared.kernel.canonical import canonical, parse_canonical
from shared.kernel.clock import rfc3339
from shared.kernel.keys import PublicKey
from shared.kernel.malformed import Malformed
from shared.kernel.ports import Signer
from shared.pledges.model import Party, Pledge

STATEMENT_TYPE = "giaouoc/pledge-signature/1"
ATTESTATION_TYPE = "giaouoc/link-attestation/1"
MEANS_LINK = "LINK"
MAX_STATEMENT_BYTES = 4096


class BadAttestation(Malformed):
    """Not an issuer's attestation of a signature by link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a signature is given: `origin` as browsers spell it (`https://host`)."""

    origin: str

    @property
    def rp_id(self) -> str:
        """The host alone, without scheme and port."""
        return self.origin.split("://", 1)[1].split(":", 1)[0]


def statement(
    site: Site, pledge: Pledge, party: Party, *, nonce: bytes, issued_at: datetime, expires_at: datetime
) -> str:
    """S as its RFC 8785 text. The pledge has been opened."""
    person = party.representative
    fields = {
        "type": STATEMENT_TYPE,
        "rp_id": site.rp_id,
        "origin": site.origin,
        "issuer": pledge.issuer,
        "pledge": pledge.public_id,
        "version": pledge.version,
        "text_sha256": pledge.text_sha256,
        "party": {"no": party.no, "unit": party.unit, "name": party.name, "role": party.role.value},
        "signer": {"name": person.name, "office": person.office, "capacity": person.capacity},
        "mandate_sha256": None,
        "nonce": nonce.hex(),
        "issued_at": rfc3339(issued_at),
        "expires_at": rfc3339(expires_at),
    }
    return canonical(fields).decode()


def read_statement(text: str) -> dict[str, Any]:
    """The fields of a stored or submitted S. Raises BadJson."""
    fields: dict[str, Any] = parse_canonical(text.encode(), max_bytes=MAX_STATEMENT_BYTES)
    return fields


def attest_link(signer: Signer, text: str, *, received_at: datetime) -> bytes:
    """The issuer's attestation over S and how it came: COSE_Sign1 bytes."""
    payload = {
        "means": MEANS_LINK,
        "sent_by": "MAIL",
        "received_at": rfc3339(received_at),
        "statement": read_statement(text),
    }
    return cose.sign1(signer, canonical(payload), ATTESTATION_TYPE.encode())


def open_attestation(attestation: bytes, key: PublicKey) -> dict[str, Any]:
    """The attested fields, once the issuer's signature holds. Raises Malformed (BadCose, BadCbor, BadJson, BadAttestation)."""
    fields = parse_canonical(cose.parse(attestation).open(key, ATTESTATION_TYPE.encode()))
    if not isinstance(fields, dict) or set(fields) != {"means", "sent_by", "received_at", "statement"}:
        raise BadAttestation("fields")
    return fields


def sha256_hex(text: str) -> str:
    """SHA-256 of a secret's or cookie's text, in hex: all that is ever stored of it."""
    return hashlib.sha256(text.encode()).hexdigest()
