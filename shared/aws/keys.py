"""`Signer` and `Keyring` on KMS: the private keys never leave it (called by use cases that seal, issue and log).

alias/<prefix>/<issuer>/<purpose>   the key in force; moved to the next one each year
alias/<prefix>/kid/<kid hex>        every key, for what is made again under the key it was made with
alias/<prefix>/<issuer>-<kid hex>/<purpose>   every key, kept: the statements of infra/functions/statements.yml go by the last
                                    part of an alias, and a past key must still sign what is made again
seal/<issuer>/<kid hex>.der         the certificate of a seal key, in the bucket of documents

ES256 signs the SHA-256 of the data. Ed25519 signs the data itself (RFC 8032), of which KMS takes at most 4,096 bytes:
tokens, credentials (which sign hashes), checkpoints and notes fit; whatever is longer must sign a digest.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from shared.aws.faults import code_of, unavailable_when_later
from shared.kernel.errors import NotFound, Unavailable
from shared.kernel.keys import EDDSA, ES256, kid_of
from shared.kernel.ports import Objects, Signer

MAX_RAW_BYTES: Final = 4096
LOOK_AGAIN_S: Final = 300
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}/[A-Za-z0-9_-]{1,60}")
_NO_KEY: Final = frozenset({"NotFoundException", "DisabledException", "KMSInvalidStateException"})


class TooLongToSign(ValueError):
    """KMS signs at most MAX_RAW_BYTES with Ed25519: sign a digest instead."""


class KmsSigner:
    """One KMS key, by its ARN or alias; its public key is fetched once."""

    def __init__(self, client: Any, key: str) -> None:
        """Raises Unavailable: keys.no_key, keys.unavailable; ValueError for a key of another kind."""
        answer = _ask(client.get_public_key, key, KeyId=key)
        self._client = client
        self._key = answer["KeyId"]  # the key itself: an alias may move to another one meanwhile
        self.alg, self._public = _public_key(answer["PublicKey"])
        self.kid = kid_of(self._public)

    def public_key(self) -> bytes:
        """See ports.Signer."""
        return self._public

    def sign(self, data: bytes) -> bytes:
        """See ports.Signer. Raises TooLongToSign, Unavailable."""
        if self.alg == ES256:
            how = {
                "Message": hashlib.sha256(data).digest(),
                "MessageType": "DIGEST",
                "SigningAlgorithm": "ECDSA_SHA_256",
            }
        elif len(data) > MAX_RAW_BYTES:
            raise TooLongToSign(f"{len(data)} bytes")
        else:
            how = {"Message": data, "MessageType": "RAW", "SigningAlgorithm": "ED25519_SHA_512"}
        signature: bytes = _ask(self._client.sign, self.kid.hex(), KeyId=self._key, **how)["Signature"]
        return signature

    def __repr__(self) -> str:
        return f"KmsSigner({self.alg}, {self.kid.hex()})"


class KmsKeyring:
    """The keys that the aliases below `prefix` name."""

    def __init__(
        self, client: Any, *, prefix: str, certificates: Objects, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._certificates = certificates
        self._monotonic = monotonic
        self._known: dict[str, tuple[float, Signer]] = {}
        self._lock = threading.Lock()

    def signer(self, issuer: str, purpose: str) -> Signer:
        """See ports.Keyring. A key that has come into force is noticed within LOOK_AGAIN_S."""
        return self._named(f"{issuer}/{purpose}", until=self._monotonic() + LOOK_AGAIN_S)

    def signer_by_kid(self, kid: bytes) -> Signer:
        """See ports.Keyring."""
        return self._named(f"kid/{kid.hex()}", until=float("inf"))

    def certificate(self, issuer: str) -> bytes:
        """See ports.Keyring. Raises Unavailable(keys.no_certificate)."""
        key = f"seal/{issuer}/{self.signer(issuer, 'seal').kid.hex()}.der"
        try:
            return self._certificates.get(key)
        except NotFound:
            raise Unavailable("keys.no_certificate", issuer=issuer) from None

    def _named(self, name: str, until: float) -> Signer:
        if not _NAME.fullmatch(name):
            raise Unavailable("keys.no_key", key=name[:80])
        with self._lock:
            known = self._known.get(name)
            if known is None or known[0] <= self._monotonic():
                known = self._known[name] = (until, KmsSigner(self._client, f"alias/{self._prefix}/{name}"))
            return known[1]


def _public_key(der: bytes) -> tuple[str, bytes]:
    key = load_der_public_key(der)
    if isinstance(key, Ed25519PublicKey):
        return EDDSA, key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return ES256, key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    raise ValueError("neither an Ed25519 nor a P-256 key")


def _ask(operation: Callable[..., Any], key: str, **request: Any) -> Any:
    try:
        with unavailable_when_later("keys.unavailable"):
            return operation(**request)
    except ClientError as error:
        if code_of(error) in _NO_KEY:
            raise Unavailable("keys.no_key", key=key) from error
        raise
