"""`Signer` and `Keyring` on KMS: which key signs is said by the register (key_register.py), the private keys stay in KMS.

alias/<prefix>/<kid hex>/<purpose>   every key; the statements of infra/functions/statements.yml go by the last part
alias/<prefix>/list-keys             seals the list keys, which no function but the one that signs status lists may open

ES256 signs the SHA-256 of the data. Ed25519 signs the data itself (RFC 8032), of which KMS takes at most 4,096 bytes:
tokens, credentials (which sign hashes), checkpoints and notes fit. A status list of thousands of revocations does not:
it is signed with the issuer's list key, a document key of its own whose private half KMS unseals (decision 14).
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from botocore.exceptions import ClientError

from shared.aws.faults import code_of, unavailable_when_later
from shared.aws.key_register import RegisteredKey, read_register
from shared.kernel.clock import Clock
from shared.kernel.elapsed import Reading, read_clocks
from shared.kernel.errors import Unavailable
from shared.kernel.key_store import KeyInfo
from shared.kernel.keys import ES256, Ed25519Signer
from shared.kernel.ports import Objects, Signer

MAX_RAW_BYTES: Final = 4096
LOOK_AGAIN_S: Final = 300
NO_KEY: Final = frozenset(
    {"NotFoundException", "DisabledException", "KMSInvalidStateException", "KeyUnavailableException"}
)
"""The key is gone, disabled, on its way out, or its hardware is not at hand: a key session or time must help."""
_DENIED: Final = "AccessDeniedException"


class TooLongToSign(ValueError):
    """KMS signs at most MAX_RAW_BYTES with Ed25519: ask the keyring for a signer of that length."""


class KmsSigner:
    """One key in KMS, by its ARN; its public half is known from the register. `is_new`: whether the rights to the key may
    still be on their way."""

    def __init__(self, client: Any, key: str, info: KeyInfo, is_new: Callable[[], bool] = lambda: False) -> None:
        self._client = client
        self._key = key
        self._public = info.public_key
        self._is_new = is_new
        self.alg, self.kid = info.alg, info.kid

    def public_key(self) -> bytes:
        """See ports.Signer."""
        return self._public

    def sign(self, data: bytes) -> bytes:
        """See ports.Signer. Raises TooLongToSign; Unavailable: keys.no_key, keys.not_yet, keys.unavailable."""
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
        with _not_yet_when_new(self.kid, self._is_new):
            signature: bytes = ask(self._client.sign, self.kid.hex(), KeyId=self._key, **how)["Signature"]
        return signature

    def __repr__(self) -> str:
        return f"KmsSigner({self.alg}, {self.kid.hex()})"


class KmsKeyring:
    """The keys of the register. A change of it is noticed within LOOK_AGAIN_S."""

    def __init__(
        self, client: Any, *, register: Objects, clock: Clock, reading: Callable[[], Reading] = read_clocks
    ) -> None:
        """`register` is the bucket that holds it; `clock` tells which key is in its period, `reading` what time has passed."""
        self._client = client
        self._objects = register
        self._clock = clock
        self._reading = reading
        self._read_at: Reading | None = None
        self._keys: tuple[RegisteredKey, ...] = ()
        self._opened: dict[bytes, Signer] = {}
        self._lock = threading.Lock()

    def signer(self, issuer: str, purpose: str, *, length: int = 0) -> Signer:
        """See ports.Keyring. Raises Unavailable: keys.no_key, keys.not_yet, keys.unavailable."""
        return self._open(self._current(issuer, purpose, long=purpose != "seal" and length > MAX_RAW_BYTES))

    def signer_by_kid(self, kid: bytes) -> Signer:
        """See ports.Keyring. Raises Unavailable: keys.no_key."""
        for one in self._registered():
            if one.info.kid == kid and one.listed:
                return self._open(one)
        raise Unavailable("keys.no_key", kid=kid.hex())

    def certificate(self, issuer: str) -> bytes:
        """See ports.Keyring. Raises Unavailable: keys.no_key, keys.no_certificate."""
        certificate = self._current(issuer, "seal", long=False).info.certificate
        if certificate is None:
            raise Unavailable("keys.no_certificate", issuer=issuer)
        return certificate

    def _current(self, issuer: str, purpose: str, *, long: bool) -> RegisteredKey:
        now, asked = self._clock.now(), (issuer, purpose, long)
        signing = [
            one
            for one in self._registered()
            if (one.info.issuer, one.info.purpose, one.info.long) == asked and one.signs_at(now)
        ]
        if not signing:
            raise Unavailable("keys.no_key", issuer=issuer, purpose=purpose)
        return max(signing, key=lambda one: one.info.valid_from)

    def _registered(self) -> tuple[RegisteredKey, ...]:
        with self._lock:
            now = self._reading()
            if self._read_at is None or now.since(self._read_at) >= LOOK_AGAIN_S:
                self._keys = read_register(self._objects)
                self._read_at = now
                self._opened.clear()
            return self._keys

    def _open(self, one: RegisteredKey) -> Signer:
        kid = one.info.kid
        found = self._opened.get(kid)
        if found is None:

            def is_new() -> bool:
                return one.is_new(self._clock.now())

            if one.sealed is None:
                found = KmsSigner(self._client, one.key, one.info, is_new)
            else:
                with _not_yet_when_new(kid, is_new):
                    found = unsealed(self._client, one)
            self._opened[kid] = found
        return found


@contextmanager
def _not_yet_when_new(kid: bytes, is_new: Callable[[], bool]) -> Iterator[None]:
    """A right that is missing for a key just made is one on its way: Unavailable(keys.not_yet). Any other stays loud."""
    try:
        yield
    except ClientError as error:
        if code_of(error) == _DENIED and is_new():
            raise Unavailable("keys.not_yet", key=kid.hex()) from error
        raise


def sealing_context(issuer: str) -> dict[str, str]:
    """The encryption context of an issuer's list keys: a statement allows to decrypt under it alone."""
    return {"use": "status-lists", "issuer": issuer}


def unsealed(client: Any, one: RegisteredKey) -> Signer:
    """The signer of a list key, its private half in this process's memory. Raises Unavailable: keys.no_key,
    keys.register_damaged."""
    kid = one.info.kid.hex()
    try:
        answer = ask(
            client.decrypt,
            kid,
            KeyId=one.key,
            CiphertextBlob=one.sealed,
            EncryptionContext=sealing_context(one.info.issuer),
        )
    except ClientError as error:
        if code_of(error) in ("InvalidCiphertextException", "IncorrectKeyException"):
            raise Unavailable("keys.register_damaged", key=kid) from error
        raise
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    key = load_der_private_key(answer["Plaintext"], password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise Unavailable("keys.register_damaged", key=kid)
    signer = Ed25519Signer(key)
    if signer.kid != one.info.kid:
        raise Unavailable("keys.register_damaged", key=kid)
    return signer


def ask(operation: Callable[..., Any], key: str, **request: Any) -> Any:
    """One request to KMS. Raises Unavailable: keys.no_key, keys.unavailable; the SDK's own error for a fault of ours."""
    try:
        with unavailable_when_later("keys.unavailable"):
            return operation(**request)
    except ClientError as error:
        if code_of(error) in NO_KEY:
            raise Unavailable("keys.no_key", key=key) from error
        raise
