"""The certificate that a seal names: it says in its subject what the seal is and what it is not.

Self-signed, one per issuer and year; readers trust it through our trust list (FORMATS 2), not through a public root. Made by
DER alone because only a Signer is at hand: the key may live in a KMS. RFC 5280; called when keys are made.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from datetime import datetime

from shared.documents import der
from shared.documents.wording import word
from shared.kernel.errors import Invalid
from shared.kernel.ports import Signer

ECDSA_SHA256 = der.sequence(der.oid("1.2.840.10045.4.3.2"))
SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"))
_UPPER_BOUND = 64  # ub-common-name and ub-organization-name of RFC 5280, in characters


def make_seal_certificate(
    signer: Signer, *, issuer_name: str, valid_from: datetime, valid_until: datetime, serial: int | None = None
) -> bytes:
    """DER of a certificate for the P-256 key of `signer`, subject CN = the sentence of FORMATS 6, O = the issuer.

    Raises Invalid("seal.issuer_name_length") if the name has none or over 64 characters; ValueError for another key type.
    """
    name = unicodedata.normalize("NFC", issuer_name).strip()
    if not 0 < len(name) <= _UPPER_BOUND:
        raise Invalid("seal.issuer_name_length", field="issuer_name", length=len(name), limit=_UPPER_BOUND)
    point = signer.public_key()
    if signer.alg != "ES256" or len(point) != 65:
        raise ValueError("a seal needs a P-256 key")
    subject = der.sequence(
        _attribute("2.5.4.6", der.tlv(der.PRINTABLE_STRING, b"VN")),
        _attribute("2.5.4.10", der.utf8_string(name)),
        _attribute("2.5.4.3", der.utf8_string(word("document.seal"))),
    )
    algorithm = der.sequence(der.oid("1.2.840.10045.2.1"), der.oid("1.2.840.10045.3.1.7"))
    to_be_signed = der.sequence(
        der.explicit(0, der.integer(2)),
        der.integer(serial or (secrets.randbits(126) | 1 << 126)),
        ECDSA_SHA256,
        subject,
        der.sequence(der.time(valid_from), der.time(valid_until)),
        subject,
        der.sequence(algorithm, der.bit_string(point)),
        der.explicit(3, _extensions(point)),
    )
    return der.sequence(to_be_signed, ECDSA_SHA256, der.bit_string(signer.sign(to_be_signed)))


def _attribute(kind: str, value: bytes) -> bytes:
    return der.set_of(der.sequence(der.oid(kind), value))


def _extensions(point: bytes) -> bytes:
    critical = der.tlv(0x01, b"\xff")
    basic_constraints = der.sequence()  # not a certification authority
    key_usage = der.bit_string(b"\xc0", 6)  # digitalSignature, contentCommitment
    key_id = der.octet_string(hashlib.sha256(point).digest()[:20])  # RFC 7093, method 1
    return der.sequence(
        der.sequence(der.oid("2.5.29.19"), critical, der.octet_string(basic_constraints)),
        der.sequence(der.oid("2.5.29.15"), critical, der.octet_string(key_usage)),
        der.sequence(der.oid("2.5.29.14"), der.octet_string(key_id)),
    )


def issuer_and_serial(certificate: bytes) -> bytes:
    """IssuerAndSerialNumber (RFC 5652 10.2.4) of a v3 certificate. Raises ValueError if it is not one."""
    fields = _fields(certificate)
    return der.sequence(fields[3], fields[1])


def organization_of(certificate: bytes) -> str:
    """The subject's organizationName. Read here because `cryptography` counts the 64 characters of a common name in
    bytes and warns of ours. Raises ValueError if there is none."""
    for attribute in der.children(_fields(certificate)[5]):
        kind, value = der.children(der.children(attribute)[0])
        if kind == der.oid("2.5.4.10") and value[0] in (der.UTF8_STRING, der.PRINTABLE_STRING):
            return der.content(value).decode()
    raise ValueError("a certificate that names no organisation")


def _fields(certificate: bytes) -> list[bytes]:
    fields = der.children(der.children(certificate)[0])
    if len(fields) < 7 or fields[0][0] != 0xA0:
        raise ValueError("not an X.509 v3 certificate")
    return fields
