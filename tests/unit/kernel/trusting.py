"""A small trust list with one key of each purpose, and the root that signs it. Used by the tests of trust and verification."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.kernel.keys import Ed25519Signer
from shared.kernel.notes import Vkey
from shared.kernel.trust import Issuer, Purpose, TrustedKey, TrustedLog, TrustList, Witness
from tests.unit.kernel.crafted import ISSUED_AT, SIGNER

HOST = "giaouoc.example.vn"
YEAR = 365 * 86_400
FROM, UNTIL = ISSUED_AT - YEAR // 2, ISSUED_AT + YEAR // 2
ROOT = Ed25519Signer.from_seed(b"root" * 8)
TICKET_SIGNER = Ed25519Signer.from_seed(b"tick" * 8)
CREDENTIAL_SIGNER = Ed25519Signer.from_seed(b"cred" * 8)
LOG_SIGNER = Ed25519Signer.from_seed(b"logs" * 8)
WITNESS_SIGNER = Ed25519Signer.from_seed(b"witn" * 8)
SEAL_POINT = (
    ec.derive_private_key(5, ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
)

ISSUER = Issuer(code="UBND-HD", name="Ủy ban nhân dân tỉnh", did=f"did:web:{HOST}", hosts=(HOST,))
OTHER = Issuer(code="THPT", name="Trường THPT số 1", did=f"did:web:{HOST}:i:THPT", hosts=(HOST, "thpt.example.vn:8443"))


def trusted(signer: Ed25519Signer, purpose: Purpose, issuer: str = "UBND-HD") -> TrustedKey:
    return TrustedKey(
        issuer=issuer, purpose=purpose, public_key=signer.public_key(), valid_from=FROM, valid_until=UNTIL
    )


DOCUMENT_KEY = trusted(SIGNER, Purpose.DOCUMENT)
TICKET_KEY = trusted(TICKET_SIGNER, Purpose.TICKET)
SEAL_KEY = TrustedKey(
    issuer="UBND-HD",
    purpose=Purpose.SEAL,
    public_key=SEAL_POINT,
    x5c=("MIIB",),
    valid_from=FROM,
    valid_until=UNTIL,
)
KEYS = (
    DOCUMENT_KEY,
    TICKET_KEY,
    trusted(CREDENTIAL_SIGNER, Purpose.CREDENTIAL),
    trusted(LOG_SIGNER, Purpose.CHECKPOINT),
    SEAL_KEY,
)
LOG = TrustedLog(
    origin=f"{HOST}/log",
    vkey=str(Vkey(f"{HOST}/log", LOG_SIGNER.public_key())),
    witnesses=(Witness(name="w.example.vn", vkey=str(Vkey("w.example.vn", WITNESS_SIGNER.public_key()))),),
    quorum=1,
)
TRUST = TrustList(seq=1, issued_at=FROM, prev=None, issuers=(ISSUER, OTHER), keys=KEYS, log=LOG)
PINNED = Vkey(f"{HOST}/keys", ROOT.public_key())
