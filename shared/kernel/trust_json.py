"""Reads and writes `/.well-known/giaouoc/keys.json`, the trust list as JSON (FORMATS 2). Called by trust_root and issuers.

Every object is closed: members missing or unknown are refused. Choices where FORMATS leaves one: `prev` is 64 hex digits, null
in the first list; `revoked_at` and `revoked_for` are always there, null for a key in force; `x5c` stands in seal keys alone;
`log` is null before a log exists; times have whole seconds and end in Z.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from shared.kernel import canonical
from shared.kernel.keys import BadKey, jwk_of, raw_of
from shared.kernel.trust import (
    BadTrust,
    Issuer,
    PastLog,
    Purpose,
    Revocation,
    TrustedKey,
    TrustedLog,
    TrustList,
    Witness,
)

MAX_BYTES = 1 << 20
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_HEX_DIGEST = re.compile("[0-9a-f]{64}")
T = TypeVar("T")
_KEY_MEMBERS = {"kid", "issuer", "purpose", "jwk", "valid_from", "valid_until", "revoked_at", "revoked_for"}


def list_bytes(trust: TrustList) -> bytes:
    """The RFC 8785 bytes: what is served and what the root key's signature covers by digest."""
    return canonical.canonical(
        {
            "seq": trust.seq,
            "issued_at": _time_text(trust.issued_at),
            "prev": None if trust.prev is None else trust.prev.hex(),
            "issuers": [
                {"code": one.code, "name": one.name, "did": one.did, "hosts": list(one.hosts)} for one in trust.issuers
            ],
            "keys": [_key_object(key) for key in trust.keys],
            "log": None if trust.log is None else _log_object(trust.log),
        }
    )


def list_digest(trust: TrustList) -> bytes:
    """SHA-256 of `list_bytes`: the next list's `prev`, and what the log's key entries commit to."""
    return hashlib.sha256(list_bytes(trust)).digest()


def next_list(trust: TrustList, *, issued_at: int, **changes: Any) -> TrustList:
    """The list that follows `trust`: sequence, `prev` and time set, `issuers`, `keys` or `log` replaced. Raises BadTrust."""
    if issued_at < trust.issued_at:
        raise BadTrust("issued_at")
    return replace(trust, seq=trust.seq + 1, prev=list_digest(trust), issued_at=issued_at, **changes)


def follows(trust: TrustList, before: TrustList) -> bool:
    """Whether `trust` is the list right after `before`."""
    return trust.seq == before.seq + 1 and trust.prev == list_digest(before) and trust.issued_at >= before.issued_at


def parse_list(data: bytes) -> TrustList:
    """A trust list from JSON in any spacing. Raises BadJson, or BadTrust:

    `members`, `type`, `time`, `digest`, `kid` (not the key's thumbprint), `purpose`, `revoked_for`, `jwk`, `x5c`, and what
    TrustList itself raises.
    """
    whole = canonical.parse(data, max_bytes=MAX_BYTES)
    _closed(whole, {"seq", "issued_at", "prev", "issuers", "keys", "log"})
    return TrustList(
        seq=_integer(whole["seq"]),
        issued_at=_time(whole["issued_at"]),
        prev=None if whole["prev"] is None else _digest(whole["prev"]),
        issuers=tuple(_issuer(one) for one in _list(whole["issuers"])),
        keys=tuple(_key(one) for one in _list(whole["keys"])),
        log=None if whole["log"] is None else _log(whole["log"]),
    )


def _issuer(value: Any) -> Issuer:
    _closed(value, {"code", "name", "did", "hosts"})
    hosts = tuple(_text(host) for host in _list(value["hosts"]))
    return Issuer(code=_text(value["code"]), name=_text(value["name"]), did=_text(value["did"]), hosts=hosts)


def _key(value: Any) -> TrustedKey:
    seal = isinstance(value, dict) and value.get("purpose") == Purpose.SEAL
    _closed(value, _KEY_MEMBERS | ({"x5c"} if seal else set()))
    if not isinstance(value["jwk"], dict):
        raise BadTrust("jwk")
    try:
        key = TrustedKey(
            issuer=_text(value["issuer"]),
            purpose=_member(Purpose, value["purpose"], "purpose"),
            public_key=raw_of(value["jwk"]),
            x5c=tuple(_certificate(one) for one in _list(value["x5c"])) if seal else (),
            valid_from=_time(value["valid_from"]),
            valid_until=_time(value["valid_until"]),
            revoked_at=None if value["revoked_at"] is None else _time(value["revoked_at"]),
            revoked_for=None
            if value["revoked_for"] is None
            else _member(Revocation, value["revoked_for"], "revoked_for"),
        )
    except BadKey:
        raise BadTrust("jwk") from None
    if value["kid"] != key.kid.hex():
        raise BadTrust("kid")
    return key


def _key_object(key: TrustedKey) -> dict[str, object]:
    found: dict[str, object] = {
        "kid": key.kid.hex(),
        "issuer": key.issuer,
        "purpose": key.purpose.value,
        "jwk": jwk_of(key.public_key),
        "valid_from": _time_text(key.valid_from),
        "valid_until": _time_text(key.valid_until),
        "revoked_at": None if key.revoked_at is None else _time_text(key.revoked_at),
        "revoked_for": None if key.revoked_for is None else key.revoked_for.value,
    }
    return found | ({"x5c": list(key.x5c)} if key.purpose is Purpose.SEAL else {})


def _log(value: Any) -> TrustedLog:
    _closed(value, {"origin", "vkey", "past", "witnesses", "quorum"})
    past = []
    for one in _list(value["past"]):
        _closed(one, {"origin", "vkey", "final"})
        past.append(PastLog(origin=_text(one["origin"]), vkey=_text(one["vkey"]), final=_text(one["final"])))
    witnesses = []
    for one in _list(value["witnesses"]):
        _closed(one, {"name", "vkey"})
        witnesses.append(Witness(name=_text(one["name"]), vkey=_text(one["vkey"])))
    return TrustedLog(
        origin=_text(value["origin"]),
        vkey=_text(value["vkey"]),
        past=tuple(past),
        witnesses=tuple(witnesses),
        quorum=_integer(value["quorum"]),
    )


def _log_object(log: TrustedLog) -> dict[str, object]:
    return {
        "origin": log.origin,
        "vkey": log.vkey,
        "past": [{"origin": one.origin, "vkey": one.vkey, "final": one.final} for one in log.past],
        "witnesses": [{"name": one.name, "vkey": one.vkey} for one in log.witnesses],
        "quorum": log.quorum,
    }


def _closed(value: Any, members: set[str]) -> None:
    if not isinstance(value, dict) or value.keys() != members:
        raise BadTrust("members")


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise BadTrust("type")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadTrust("type")
    return value


def _integer(value: Any) -> int:
    if type(value) is not int:
        raise BadTrust("type")
    return value


def _member(kind: Callable[[Any], T], value: Any, reason: str) -> T:
    try:
        return kind(value)
    except ValueError:
        raise BadTrust(reason) from None


def _digest(value: Any) -> bytes:
    if not isinstance(value, str) or not _HEX_DIGEST.fullmatch(value):
        raise BadTrust("digest")
    return bytes.fromhex(value)


def _certificate(value: Any) -> str:
    try:
        if base64.b64encode(base64.b64decode(_text(value), validate=True)).decode("ascii") != value or not value:
            raise BadTrust("x5c")
    except (binascii.Error, ValueError):
        raise BadTrust("x5c") from None
    return str(value)


def _time(value: Any) -> int:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise BadTrust("time")
    try:
        seconds = int(datetime.fromisoformat(value).timestamp())
    except ValueError:
        raise BadTrust("time") from None
    if seconds < 0:
        raise BadTrust("time")
    return seconds


def _time_text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
