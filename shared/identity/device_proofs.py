"""What a device's key signs, and the six digits that two people compare. Called by device_usecases.py, and by whoever plays
a device without a browser (infra/sample/device.py); shared/web/static/device/key.js does the same in the browser.

The key is ECDSA on P-256 (FIPS 186-5), made in the device by WebCrypto, not extractable; a signature is r || s, 64 bytes,
over SHA-256. Everything signed or digested begins with "giaouoc/device-<use>/1" and a zero byte and then has its parts,
each after its length, so that no signature of one use can be taken for another's (as FORMATS 5 separates its own).

**Why the digits cannot be chosen.** They are a short authentication string in the manner of Vaudenay (CRYPTO 2005):
    1. device -> server: the code, and a commitment = SHA-256 over its public key and 32 random bytes that it keeps back
    2. server -> device: 32 random bytes of its own
    3. device -> server: public key and the bytes kept back, signed by the key (proof of possession)
    4. digits = SHA-256 over (code's print, public key, device's bytes, server's bytes), the first 8 bytes modulo 10^6
The device has bound itself to key and bytes before it sees the server's, and the server has given its bytes before it
sees the device's: neither can search for digits that it likes. Whoever photographs the QR and is faster gets one try of
one in a million; and since a code serves one device alone, the right device is refused and nobody has equal digits.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final

from shared.kernel.errors import Invalid, Refused

POINT_BYTES: Final = 65
NONCE_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
DIGITS: Final = 6


def framed(use: str, *parts: bytes) -> bytes:
    """The bytes of one use: its name, a zero byte, and each part after its length (4 bytes, big-endian)."""
    return b"giaouoc/device-%b/1\x00" % use.encode() + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def commitment(public_key: bytes, nonce: bytes) -> bytes:
    """What a device binds itself to before it learns the server's bytes: 32 bytes."""
    return hashlib.sha256(framed("commitment", public_key, nonce)).digest()


def keeps(given: bytes, public_key: bytes, nonce: bytes) -> bool:
    """Whether key and bytes are those of the commitment."""
    return hmac.compare_digest(given, commitment(public_key, nonce))


def digits(code_print: str, public_key: bytes, nonce: bytes, server_nonce: bytes) -> str:
    """The six digits that both sides show; `code_print` is the SHA-256 of the code in hex."""
    digest = hashlib.sha256(framed("digits", code_print.encode(), public_key, nonce, server_nonce)).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 10**DIGITS:0{DIGITS}d}"


def enrolment_text(origin: str, device: str, nonce: bytes, server_nonce: bytes) -> bytes:
    """What the key signs to show that the device holds it."""
    return framed("enrol", origin.encode(), device.encode(), nonce, server_nonce)


def sign_in_text(origin: str, device: str, challenge: bytes) -> bytes:
    """What the key signs to open a session."""
    return framed("sign-in", origin.encode(), device.encode(), challenge)


def verify(public_key: bytes, signature: bytes, text: bytes) -> bool:
    """Whether the key made the signature over SHA-256 of the text."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    if len(signature) != SIGNATURE_BYTES:
        return False
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    try:
        key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public_key)
        key.verify(encode_dss_signature(r, s), text, ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def check_key(public_key: bytes) -> None:
    """Raises Refused(device.key_bad) unless it is a point of the curve, spelled whole."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

    if len(public_key) != POINT_BYTES:
        raise Refused("device.key_bad")
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public_key)
    except ValueError:
        raise Refused("device.key_bad") from None


def text_of(data: bytes) -> str:
    """base64url without padding, as it travels and is stored."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw(text: str) -> bytes:
    """The bytes of base64url that was stored here."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def bytes_of(text: str, field: str, length: int) -> bytes:
    """The bytes of base64url. Raises Invalid(device.bytes_bad) unless there are `length` of them, spelled the one way."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if len(data) != length or text_of(data) != text:
        raise Invalid("device.bytes_bad", field=field, bytes=length)
    return data
