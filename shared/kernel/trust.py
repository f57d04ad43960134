"""The trust list (FORMATS 2): which keys may sign what, for which issuer, from when until when. Pure values and questions.

Called by every verifier. `trust_json` reads and writes it, `trust_root` checks the root key's signature over it.
Times are unix seconds. A key's period is [valid_from, valid_until). A key revoked as retired stays good for what it signed
before; under one revoked as compromised nothing stands on its signature alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from shared.kernel.codetext import BadCode, Code, check_authority
from shared.kernel.keys import BadKey, PublicKey, ed25519_key, kid_of
from shared.kernel.malformed import Malformed
from shared.kernel.notes import parse_vkey
from shared.kernel.text import is_clean
from shared.kernel.tokens import ISSUER_PATTERN

OLD_AFTER = 400 * 86_400
"""Seconds after which a list is reported as old: keys are yearly, so a list that is followed changes within a year."""
_DID = re.compile(r"did:web:[A-Za-z0-9.%-]+(:[A-Za-z0-9.%-]+)*")


class BadTrust(Malformed):
    """A trust list that contradicts itself, or a key that may not sign this."""


class Purpose(StrEnum):
    TICKET = "ticket"
    DOCUMENT = "document"
    CREDENTIAL = "credential"
    CHECKPOINT = "checkpoint"
    SEAL = "seal"


class Revocation(StrEnum):
    RETIRED = "retired"
    COMPROMISED = "compromised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who issues: `code` as in claim 1, the hosts whose codes may be its own (`HOST` or `HOST:port`), its did:web."""

    code: str
    name: str
    did: str
    hosts: tuple[str, ...]

    def serves(self, code: Code) -> bool:
        """Whether this issuer's codes may bear the host of `code`."""
        return self.serves_origin(code.origin)

    def serves_origin(self, origin: str) -> bool:
        """The same for `https://HOST`. The sample's port is free: `localhost` covers `http://localhost:<any>`."""
        scheme, _, authority = origin.partition("://")
        return authority in self.hosts or (scheme == "http" and authority.partition(":")[0] in self.hosts)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A public key: `public_key` is raw (Ed25519 32 bytes; seal: P-256 point, 65), `x5c` base64 DER, seal keys only."""

    issuer: str
    purpose: Purpose
    public_key: bytes
    x5c: tuple[str, ...] = ()
    valid_from: int
    valid_until: int
    revoked_at: int | None = None
    revoked_for: Revocation | None = None
    kid: bytes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kid", kid_of(self.public_key))

    @property
    def compromised(self) -> bool:
        return self.revoked_for is Revocation.COMPROMISED

    @property
    def verifier(self) -> PublicKey:
        """The key as it verifies Ed25519 signatures. Raises BadKey for a seal key."""
        return ed25519_key(self.public_key)

    def refusal(self, issued_at: int) -> str | None:
        """Why something issued at that time may not bear this key's signature, or None. Says nothing about compromise."""
        if issued_at < self.valid_from:
            return "key_not_yet_valid"
        if issued_at >= self.valid_until:
            return "key_expired"
        if self.revoked_at is not None and not self.compromised and issued_at >= self.revoked_at:
            return "key_retired"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastLog:
    """A log that ended: its vkey and its final checkpoint (a signed note)."""

    origin: str
    vkey: str
    final: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    name: str
    vkey: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedLog:
    """The public log: its vkey, earlier logs, and how many of which witnesses make a quorum (0: none needed)."""

    origin: str
    vkey: str
    past: tuple[PastLog, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    quorum: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustList:
    """One state of the list; `prev` is the SHA-256 of the RFC 8785 list before it (None for seq 1), `log` None before it exists.

    Raises BadTrust where it contradicts itself: `seq`, `prev`, `issuer`, `key`, `key_twice`, `log`.
    """

    seq: int
    issued_at: int
    prev: bytes | None
    issuers: tuple[Issuer, ...]
    keys: tuple[TrustedKey, ...]
    log: TrustedLog | None = None
    _by_kid: dict[bytes, TrustedKey] = field(init=False, repr=False, compare=False)
    _by_code: dict[str, Issuer] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_kid", {key.kid: key for key in self.keys})
        object.__setattr__(self, "_by_code", {issuer.code: issuer for issuer in self.issuers})
        if self.seq < 1:
            raise BadTrust("seq")
        if (self.prev is None) != (self.seq == 1) or (self.prev is not None and len(self.prev) != 32):
            raise BadTrust("prev")
        if not self.issuers or len(self._by_code) != len(self.issuers) or not all(map(_is_issuer, self.issuers)):
            raise BadTrust("issuer")
        if len(self._by_kid) != len(self.keys):
            raise BadTrust("key_twice")
        if not all(key.issuer in self._by_code and _is_key(key) for key in self.keys):
            raise BadTrust("key")
        if self.log is not None:
            _check_log(self.log)

    def key(self, kid: bytes) -> TrustedKey | None:
        return self._by_kid.get(kid)

    def issuer(self, code: str) -> Issuer | None:
        return self._by_code.get(code)

    def find(self, kid: bytes, *, issuer: str, purposes: Collection[Purpose], issued_at: int) -> TrustedKey:
        """The key that may have signed this. Raises BadTrust:

        `unknown_key`, `wrong_purpose`, `wrong_issuer`, `key_not_yet_valid`, `key_expired`, `key_retired`,
        `key_compromised` (documents with an anchored log proof may stand all the same: see verification).
        """
        key = self._by_kid.get(kid)
        if key is None:
            raise BadTrust("unknown_key")
        if key.purpose not in purposes:
            raise BadTrust("wrong_purpose")
        if key.issuer != issuer:
            raise BadTrust("wrong_issuer")
        reason = key.refusal(issued_at) or ("key_compromised" if key.compromised else None)
        if reason is not None:
            raise BadTrust(reason)
        return key

    def is_old(self, now: int) -> bool:
        """Whether it was issued so long ago that a verifier should say so."""
        return now - self.issued_at > OLD_AFTER


def _is_issuer(issuer: Issuer) -> bool:
    try:
        for host in issuer.hosts:
            check_authority(host)
    except BadCode:
        return False
    return bool(
        ISSUER_PATTERN.fullmatch(issuer.code)
        and issuer.name
        and is_clean(issuer.name)
        and _DID.fullmatch(issuer.did)
        and issuer.hosts
        and len(set(issuer.hosts)) == len(issuer.hosts)
    )


def _is_key(key: TrustedKey) -> bool:
    seal = key.purpose is Purpose.SEAL
    if len(key.public_key) != (65 if seal else 32) or bool(key.x5c) != seal:
        return False
    if not seal:
        try:
            ed25519_key(key.public_key)
        except BadKey:
            return False
    return key.valid_from < key.valid_until and (key.revoked_at is None) == (key.revoked_for is None)


def _check_log(log: TrustedLog) -> None:
    try:
        keys = [(log.origin, log.vkey), *((past.origin, past.vkey) for past in log.past)]
        keys += [(witness.name, witness.vkey) for witness in log.witnesses]
        named = all(parse_vkey(vkey).name == name for name, vkey in keys)
    except Malformed:
        raise BadTrust("log") from None
    names = {witness.name for witness in log.witnesses}
    if not named or len(names) != len(log.witnesses) or not 0 <= log.quorum <= len(names):
        raise BadTrust("log")
