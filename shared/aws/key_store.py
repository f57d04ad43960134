"""Makes the keys of a stage in KMS: `KeyStore` for the key session (infra/commands/keys.py), with an officer's own rights.

A key is made in three steps: CreateKey, CreateAlias, an entry in the register. Whatever a broken session left after the
first or second is found by its description and finished, so no key is orphaned and none is made twice. A list key
(decision 14) is a data key pair whose private half leaves KMS only sealed; its one step is the entry in the register.
No key gets a policy of its own: KMS then leaves the rights to the account's IAM, where each function has its statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from shared.aws.faults import code_of
from shared.aws.key_register import RegisteredKey, VersionedObjects, change_register, read_register
from shared.aws.keys import KmsSigner, ask, sealing_context
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.errors import Unavailable
from shared.kernel.key_store import YEARLY, KeyInfo, MakeCertificate
from shared.kernel.keys import EDDSA, ES256, kid_of
from shared.kernel.trust import TrustList

PURPOSES: Final = (*YEARLY, "checkpoint")
_ISSUER: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{0,11}")
_TAKEN: Final = "AlreadyExistsException"
_CLOSED: Final = "AccessDeniedException"


class KmsKeyStore:
    """The keys of one stage. `register` is the bucket of documents, `clock` notes there when a key was made."""

    long_purposes: tuple[str, ...] = ("document",)
    """KMS signs 4,096 bytes at most, and a status list may be longer."""

    def __init__(self, client: Any, *, prefix: str, register: VersionedObjects, clock: Clock | None = None) -> None:
        self._client = client
        self._prefix = prefix
        self._register = register
        self._clock = clock or SystemClock()
        self._unregistered: list[dict[str, Any]] | None = None

    def keys(self) -> tuple[KeyInfo, ...]:
        """See KeyStore: all that stand in the register, listed or not."""
        return tuple(one.info for one in read_register(self._register))

    def create_key(
        self,
        issuer: str,
        purpose: str,
        valid_from: datetime,
        valid_until: datetime,
        make_certificate: MakeCertificate | None = None,
        *,
        long: bool = False,
    ) -> KeyInfo:
        """See KeyStore. Raises Unavailable: keys.unavailable, keys.no_key; Conflict: keys.another_session; the SDK's own
        error for a missing right."""
        valid_from, valid_until = valid_from.replace(microsecond=0), valid_until.replace(microsecond=0)
        if not _ISSUER.fullmatch(issuer) or purpose not in PURPOSES or valid_until <= valid_from:
            raise ValueError("issuer, purpose or validity of a key")
        if (purpose == "seal") != (make_certificate is not None):
            raise ValueError("a seal key needs a certificate, and no other does")
        public, key, sealed = self._sealed_pair(issuer) if long else self._key_in_kms(issuer, purpose)
        info = KeyInfo(
            kid=kid_of(public),
            issuer=issuer,
            purpose=purpose,
            alg=EDDSA if len(public) == 32 else ES256,
            public_key=public,
            valid_from=valid_from,
            valid_until=valid_until,
            long=long,
        )
        if make_certificate is not None:
            signer = KmsSigner(self._client, key, info)
            info = replace(info, certificate=make_certificate(signer, valid_from, valid_until))
        made = RegisteredKey(info=info, key=key, sealed=sealed, registered_at=self._clock.now().replace(microsecond=0))
        change_register(self._register, lambda kept: [*kept, made])
        return info

    def bring_into_force(self, trust: TrustList) -> None:
        """After the list is published: what it names may sign, until it is revoked there. A stolen key is disabled. Raises
        as create_key does."""
        followed = change_register(self._register, lambda kept: [_as_listed(one, trust) for one in kept])
        for one in followed:
            listed = trust.key(one.info.kid)
            if listed is not None and listed.compromised and one.sealed is None:
                self._shut_off(one)

    def _shut_off(self, one: RegisteredKey) -> None:
        """Signs nothing from now on; one that an administrator has scheduled for deletion does not anyway."""
        try:
            ask(self._client.disable_key, one.info.kid.hex(), KeyId=one.key)
        except Unavailable as error:
            if error.code != "keys.no_key":
                raise

    def _key_in_kms(self, issuer: str, purpose: str) -> tuple[bytes, str, None]:
        """(public key, ARN, nothing sealed) of a key that stands in no register yet."""
        about = f"{self._prefix} {issuer} {purpose}"
        spec = "ECC_NIST_P256" if purpose == "seal" else "ECC_NIST_EDWARDS25519"
        key = self._left_over(about, spec) or self._create(about, spec, "SIGN_VERIFY", issuer, purpose)
        public = _raw(ask(self._client.get_public_key, about, KeyId=key)["PublicKey"])
        self._name(f"alias/{self._prefix}/{kid_of(public).hex()}/{purpose}", key)
        return public, key, None

    def unused(self) -> tuple[str, ...]:
        """ARNs of this stage's enabled keys that stand in no register: CreateKey has no token, so a request that was repeated
        for its lost answer makes two. create_key takes them first; one that seals list keys is never needed again."""
        return tuple(
            str(found["Arn"])
            for found in self._not_registered()
            if str(found.get("Description", "")).startswith(f"{self._prefix} ") and found.get("KeyState") == "Enabled"
        )

    def _sealed_pair(self, issuer: str) -> tuple[bytes, str, bytes]:
        """(public key, ARN of the key that seals, sealed private key) of a new pair."""
        alias = f"alias/{self._prefix}/list-keys"
        answer = ask(
            self._client.generate_data_key_pair_without_plaintext,
            alias,
            KeyId=self._sealing_key(alias),
            KeyPairSpec="ECC_NIST_EDWARDS25519",
            EncryptionContext=sealing_context(issuer),
        )
        return _raw(answer["PublicKey"]), str(answer["KeyId"]), bytes(answer["PrivateKeyCiphertextBlob"])

    def _sealing_key(self, alias: str) -> str:
        found = self._aliases().get(alias)
        if found is not None:
            return found
        about = f"{self._prefix} list-keys"
        key = self._left_over(about, "SYMMETRIC_DEFAULT") or self._create(
            about, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "", "list-keys"
        )
        ask(self._client.enable_key_rotation, alias, KeyId=key)  # KMS keeps the older material to unseal with
        return self._name(alias, key, whosever=True)

    def _create(self, about: str, spec: str, usage: str, issuer: str, purpose: str) -> str:
        tags = {
            "service": "giaouoc",
            "stage": self._prefix,
            "purpose": purpose,
            **({"issuer": issuer} if issuer else {}),
        }
        answer = ask(
            self._client.create_key,
            about,
            Description=about,
            KeySpec=spec,
            KeyUsage=usage,
            Tags=[{"TagKey": name, "TagValue": value} for name, value in tags.items()],
        )
        return str(answer["KeyMetadata"]["Arn"])

    def _left_over(self, about: str, spec: str) -> str | None:
        """An enabled key that an interrupted session made for the same, and did not come to register."""
        if self._unregistered is None:
            self._unregistered = self._not_registered()
        for found in self._unregistered:
            made_so = (found.get("Description"), found.get("KeySpec"), found.get("KeyState"), found.get("Origin"))
            if made_so == (about, spec, "Enabled", "AWS_KMS"):
                self._unregistered.remove(found)
                return str(found["Arn"])
        return None

    def _not_registered(self) -> list[dict[str, Any]]:
        known = {one.key for one in read_register(self._register)}
        described = (self._described(key) for key in self._all_keys() if key not in known)
        return [found for found in described if found is not None]

    def _described(self, key: str) -> dict[str, Any] | None:
        """None for a key that somebody else's policy closes to the officer: keys made here leave it to IAM."""
        try:
            return dict(ask(self._client.describe_key, key, KeyId=key)["KeyMetadata"])
        except ClientError as error:
            if code_of(error) == _CLOSED:
                return None
            raise

    def _all_keys(self) -> Iterator[str]:
        more: dict[str, str] = {}
        while True:
            answer = ask(self._client.list_keys, self._prefix, Limit=1000, **more)
            yield from (each["KeyArn"] for each in answer["Keys"])
            if not answer.get("Truncated"):
                return
            more = {"Marker": answer["NextMarker"]}

    def _aliases(self) -> dict[str, str]:
        """Alias -> id of its key."""
        found: dict[str, str] = {}
        more: dict[str, str] = {}
        while True:
            answer = ask(self._client.list_aliases, self._prefix, Limit=100, **more)
            found |= {each["AliasName"]: each["TargetKeyId"] for each in answer["Aliases"] if "TargetKeyId" in each}
            if not answer.get("Truncated"):
                return found
            more = {"Marker": answer["NextMarker"]}

    def _name(self, alias: str, key: str, *, whosever: bool = False) -> str:
        """The key under the alias from now on. One that is taken leads to this very key, since the name holds its own id;
        `whosever`: to the key that another session at the same time has named so."""
        try:
            ask(self._client.create_alias, alias, AliasName=alias, TargetKeyId=key)
        except ClientError as error:
            if code_of(error) != _TAKEN:
                raise
            named = self._aliases().get(alias, None if whosever else key)
            if named is None or not (whosever or key.endswith(named)):
                raise
            return named
        return key


def _as_listed(one: RegisteredKey, trust: TrustList) -> RegisteredKey:
    found = trust.key(one.info.kid)
    if found is None:
        return one
    revoked_at = (
        None if found.revoked_at is None else datetime.fromtimestamp(found.revoked_at, one.info.valid_from.tzinfo)
    )
    return replace(one, listed=True, revoked_at=revoked_at)


def _raw(der: bytes) -> bytes:
    key = load_der_public_key(der)
    if isinstance(key, Ed25519PublicKey):
        return key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    raise ValueError("neither an Ed25519 nor a P-256 key")
