"""A key folder with a key of every purpose for the contract suite of Keyring."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from shared.embedded import keyfiles
from shared.embedded.keyfiles import KeyFolder
from shared.kernel.clock import FixedClock
from shared.kernel.ports import Signer

FROM = datetime(2027, 1, 1, tzinfo=UTC)
UNTIL = datetime(2028, 1, 1, tzinfo=UTC)
PASSPHRASE = "mật khẩu thử nghiệm".encode()


def certificate(signer: Signer, valid_from: datetime, valid_until: datetime) -> bytes:
    """Signed by a CA of the office, as some will have."""
    authority = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA")])
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Niêm phong")]))
        .issuer_name(name)
        .public_key(EllipticCurvePublicKey.from_encoded_point(SECP256R1(), signer.public_key()))
        .serial_number(7)
        .not_valid_before(valid_from)
        .not_valid_after(valid_until)
        .sign(authority, SHA256())
        .public_bytes(Encoding.DER)
    )


def key_folder(folder: Path) -> KeyFolder:
    keys = KeyFolder(folder / "keys", PASSPHRASE, FixedClock(FROM + timedelta(days=40)))
    for purpose in keyfiles.PURPOSES:
        keys.create_key("TDKT", purpose, FROM, UNTIL, certificate if purpose == "seal" else None)
    return keys
