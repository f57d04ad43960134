"""did:web names of issuers and their documents (FORMATS 3). Called by the edge (`/.well-known/did.json`) and by credentials.

`did:web:HOST` is the host's first issuer and served as `/.well-known/did.json`, `did:web:HOST:i:<code>` any other, served as
`/i/<code>/did.json`. A verification method is `<did>#<kid hex>`, type Multikey. A key revoked as compromised leaves
assertionMethod, so that nothing new verifies with it; a retired one stays, for what it signed.
"""

from __future__ import annotations

from collections.abc import Iterable

from shared.kernel.codetext import check_authority
from shared.kernel.malformed import Malformed
from shared.kernel.tokens import ISSUER_PATTERN
from shared.kernel.trust import Purpose, TrustedKey

CONTEXTS = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")
_ED25519_PUB = b"\xed\x01"
"""The multicodec prefix of an Ed25519 public key, as a varint."""
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class BadDid(Malformed):
    """A name that no issuer can have."""


def did_web(authority: str, issuer_code: str | None = None) -> str:
    """The did of the first issuer of `HOST` or `HOST:port`, or with a code that of another. Raises BadCode, BadDid(`issuer`)."""
    check_authority(authority)
    name = f"did:web:{authority.replace(':', '%3A')}"
    if issuer_code is None:
        return name
    if not ISSUER_PATTERN.fullmatch(issuer_code):
        raise BadDid("issuer")
    return f"{name}:i:{issuer_code}"


def document_path(issuer_code: str | None = None) -> str:
    """Where the did document of `did_web(host, issuer_code)` is served."""
    return "/.well-known/did.json" if issuer_code is None else f"/i/{issuer_code}/did.json"


def verification_method(did: str, kid: bytes) -> str:
    """The address of a key, as credentials name it."""
    return f"{did}#{kid.hex()}"


def multikey(public_key: bytes) -> str:
    """`publicKeyMultibase` of 32 bytes of Ed25519: `z6Mk...` (W3C Controlled Identifiers, Multikey)."""
    return "z" + base58(_ED25519_PUB + public_key)


def did_document(did: str, issuer_code: str, keys: Iterable[TrustedKey]) -> dict[str, object]:
    """The did document (JSON-LD) with this issuer's credential keys out of `keys`, in their order."""
    ours = [key for key in keys if key.purpose is Purpose.CREDENTIAL and key.issuer == issuer_code]
    return {
        "@context": list(CONTEXTS),
        "id": did,
        "verificationMethod": [
            {
                "id": verification_method(did, key.kid),
                "type": "Multikey",
                "controller": did,
                "publicKeyMultibase": multikey(key.public_key),
            }
            for key in ours
        ],
        "assertionMethod": [verification_method(did, key.kid) for key in ours if not key.compromised],
    }


def base58(data: bytes) -> str:
    """base58btc, the multibase alphabet `z` (a leading zero byte is a leading `1`)."""
    number = int.from_bytes(data, "big")
    letters = []
    while number:
        number, rest = divmod(number, 58)
        letters.append(_BASE58[rest])
    zeros = len(data) - len(data.lstrip(b"\x00"))
    return "1" * zeros + "".join(reversed(letters))
