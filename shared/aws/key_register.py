"""The register of the keys in KMS: one private object that says which key signs what, when. The key session writes it.

`keys/register.json` in the bucket of documents. A function reads it instead of asking KMS which keys there are: it holds
each key's public half, its period, a seal's certificate, and where the private half lies. A key that is not `listed`
yet does not sign: nobody's trust list names it. Called by keys.py (signing) and key_store.py (the key session).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from shared.kernel import base64url
from shared.kernel.clock import rfc3339
from shared.kernel.errors import Conflict, NotFound, Unavailable
from shared.kernel.key_store import KeyInfo
from shared.kernel.keys import EDDSA, ES256, kid_of
from shared.kernel.ports import Objects

REGISTER: Final = "keys/register.json"
RIGHTS_SPREAD_IN: Final = timedelta(minutes=10)
"""Rights go by a key's alias, and KMS may take five minutes until a new one counts; the rest is for clocks that differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredKey:
    """A key and where it is: in KMS under `key` (ARN), or, a list key, as `sealed` (ciphertext under that KMS key)."""

    info: KeyInfo
    key: str
    sealed: bytes | None = None
    listed: bool = False
    revoked_at: datetime | None = None
    registered_at: datetime | None = None
    """None in registers of before this was noted."""

    def is_new(self, now: datetime) -> bool:
        """Whether the functions' rights to the key may still be on their way."""
        return self.registered_at is not None and now - self.registered_at <= RIGHTS_SPREAD_IN

    def signs_at(self, now: datetime) -> bool:
        """Whether something issued at that time may bear its signature."""
        in_period = self.info.valid_from <= now < self.info.valid_until
        return self.listed and in_period and (self.revoked_at is None or now < self.revoked_at)


class VersionedObjects(Objects, Protocol):
    """Objects of which one writer cannot undo what another wrote meanwhile (S3Objects)."""

    def get_version(self, key: str) -> tuple[bytes, str]:
        """The bytes and what names exactly these. Raises as `get`."""
        ...

    def replace_version(self, key: str, data: bytes, content_type: str, version: str | None) -> None:
        """Replaces that version, None for none. Raises Conflict if another one stands there."""
        ...


def read_register(objects: Objects) -> tuple[RegisteredKey, ...]:
    """The keys, none before the first key session. Raises Unavailable: objects..., keys.register_damaged."""
    try:
        data = objects.get(REGISTER)
    except NotFound:
        return ()
    return _parsed(data)


def change_register(
    objects: VersionedObjects, change: Callable[[tuple[RegisteredKey, ...]], Iterable[RegisteredKey]]
) -> tuple[RegisteredKey, ...]:
    """Puts `change` of the keys in their place, if it is one, and returns it; the bucket keeps the versions before. Raises
    Conflict(keys.another_session) if somebody else changed the register meanwhile, and what read_register raises."""
    kept, version = _read_version(objects)
    changed = tuple(change(kept))
    if changed != kept:
        try:
            objects.replace_version(REGISTER, register_bytes(changed), "application/json", version)
        except Conflict:
            raise Conflict("keys.another_session") from None
    return changed


def register_bytes(keys: Iterable[RegisteredKey]) -> bytes:
    """The register as it is kept."""
    ordered = sorted(keys, key=lambda one: (one.info.issuer, one.info.purpose, one.info.valid_from, one.info.kid))
    content = {"v": 1, "keys": [_object(one) for one in ordered]}
    return json.dumps(content, indent=1).encode() + b"\n"


def _read_version(objects: VersionedObjects) -> tuple[tuple[RegisteredKey, ...], str | None]:
    try:
        data, version = objects.get_version(REGISTER)
    except NotFound:
        return (), None
    return _parsed(data), version


def _parsed(data: bytes) -> tuple[RegisteredKey, ...]:
    try:
        content = json.loads(data)
        if content["v"] != 1:
            raise ValueError("a register of another release")
        return tuple(_key(each) for each in content["keys"])
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable("keys.register_damaged", key=REGISTER) from error


def _object(one: RegisteredKey) -> dict[str, Any]:
    info = one.info
    return {
        "kid": info.kid.hex(),
        "issuer": info.issuer,
        "purpose": info.purpose,
        "public_key": base64url.encode(info.public_key),
        "valid_from": rfc3339(info.valid_from),
        "valid_until": rfc3339(info.valid_until),
        "certificate": None if info.certificate is None else base64url.encode(info.certificate),
        "key": one.key,
        "sealed": None if one.sealed is None else base64url.encode(one.sealed),
        "listed": one.listed,
        "revoked_at": None if one.revoked_at is None else rfc3339(one.revoked_at),
        "registered_at": None if one.registered_at is None else rfc3339(one.registered_at),
    }


def _key(value: dict[str, Any]) -> RegisteredKey:
    public_key = base64url.decode(value["public_key"])
    if kid_of(public_key).hex() != value["kid"]:
        raise ValueError("a key under another key's id")
    certificate, sealed, revoked_at = value["certificate"], value["sealed"], value["revoked_at"]
    registered_at = value.get("registered_at")
    return RegisteredKey(
        info=KeyInfo(
            kid=bytes.fromhex(value["kid"]),
            issuer=value["issuer"],
            purpose=value["purpose"],
            alg=EDDSA if len(public_key) == 32 else ES256,
            public_key=public_key,
            valid_from=datetime.fromisoformat(value["valid_from"]),
            valid_until=datetime.fromisoformat(value["valid_until"]),
            certificate=None if certificate is None else base64url.decode(certificate),
            long=sealed is not None,
        ),
        key=value["key"],
        sealed=None if sealed is None else base64url.decode(sealed),
        listed=value["listed"] is True,
        revoked_at=None if revoked_at is None else datetime.fromisoformat(revoked_at),
        registered_at=None if registered_at is None else datetime.fromisoformat(registered_at),
    )
