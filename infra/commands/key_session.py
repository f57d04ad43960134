"""The key session (FORMATS 2): makes the yearly keys of every issuer, the log's key, and the trust list signed by the root.

Called by `giaouoc keys` (the root key in a folder of its own, taken off-line afterwards) and by the sample, which keeps
its root. The keys lie in a folder or in a KMS (kernel/key_store.py); the session is the same. Published are keys.json,
keys.sig and the did documents; the root's public key is put where this host's own checks find it. Every list is also
kept under its number, `/.well-known/giaouoc/lists/<seq>.json`: the public log commits to each (shared/edge/transparency.py),
and whoever audits the log needs its bytes.

A session that broke off is simply held again: keys that were made are found, a list that was kept under its number but
not published is published first, and where nothing is to change no new list is made.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from shared.documents.seal_certificate import make_seal_certificate
from shared.edge.trust_files import LIST_KEY, ROOT_KEY, SIGNATURE_KEY, past_list_key
from shared.embedded.keyfiles import KeyFolder
from shared.kernel import trust_json
from shared.kernel.did import did_document, did_web, document_path
from shared.kernel.errors import Conflict, NotFound, Refused
from shared.kernel.key_store import YEARLY, KeyInfo, KeyStore, MakeCertificate
from shared.kernel.notes import Vkey
from shared.kernel.ports import Objects, Signer
from shared.kernel.tlog import log_origin
from shared.kernel.trust import Issuer, Purpose, Revocation, TrustedKey, TrustedLog, TrustList
from shared.kernel.trust_root import root_name, sign_list

ROOT_YEARS: Final = 10
LOG_YEARS: Final = 30
"""The log's key is not changed yearly: the key is the log's name (FORMATS 4). It ends with the log, or when it is stolen."""
ROOT_ISSUER: Final = "ROOT"
RETIRED_IN: Final = timedelta(minutes=15)
"""A retired key signs on so long: until every process has noticed its successor. A stolen one ends at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerName:
    """An issuer to be: its code in claim 1 and the name that people read."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """A key to be revoked: under a stolen one (COMPROMISED) nothing stands on its signature alone."""

    kid: bytes
    why: Revocation


def hold(
    *,
    host: str,
    issuers: Sequence[IssuerName],
    keys: KeyStore,
    root: KeyFolder,
    public: Objects,
    private: Objects,
    now: datetime,
    days: int = 366,
    withdrawals: Sequence[Withdrawal] = (),
) -> TrustList:
    """Makes the yearly keys that are missing until a year ahead, and publishes the list that follows the last one.

    The first issuer of the first session is the host's own (did:web:HOST) and keeps the log. Issuers and keys of earlier
    sessions stay in the list, a key with its mark of revocation: what was signed stands as it stood. A key withdrawn gets
    a successor for the rest of its time. Raises Refused: keys.log_key_lost if the key of the log in the last list is not in
    the store, keys.log_key_stays or keys.unknown_kid for a withdrawal that cannot be, keys.other_root if another root key
    signed the last list; Conflict(keys.another_session) if another session is under way.
    """
    start, year = now.replace(hour=0, minute=0, second=0, microsecond=0), timedelta(days=days)
    before = _last_list(public)
    if before is None and not issuers:
        raise Refused("keys.no_issuer")
    _know_root(root, host, private, start)
    standing = _withdrawn(before, withdrawals, now)
    revoked = {key.kid for key in standing if key.revoked_at is not None}
    for issuer in _served(before, issuers, withdrawals):
        for purpose in YEARLY:
            since = _start(standing, issuer, purpose, start)
            _cover(keys, issuer, purpose, since, year, revoked)
            if purpose in keys.long_purposes:
                _cover(keys, issuer, purpose, since, year, revoked, long=True)
    described = _issuers(before, host, issuers)
    log = _log(before, host, keys, described[0].code, start)
    trusted = _keys(standing, keys)
    if before is None:
        trust = TrustList(seq=1, issued_at=int(now.timestamp()), prev=None, issuers=described, keys=trusted, log=log)
    elif (before.issuers, before.keys, before.log) == (described, trusted, log):
        trust = before
    else:
        trust = trust_json.next_list(before, issued_at=int(now.timestamp()), issuers=described, keys=trusted, log=log)
    _publish(trust, host, root, public, private)
    return trust


def _know_root(root: KeyFolder, host: str, private: Objects, start: datetime) -> None:
    """The root key is made once. A list under another would be refused by everybody who has pinned the first."""
    try:
        pinned = private.get(ROOT_KEY).decode("ascii").strip()
    except NotFound:  # no session yet, or the first one broke off
        if not root.keys():
            root.create_key(ROOT_ISSUER, "root", start, start + timedelta(days=366 * ROOT_YEARS))
        return
    if not root.keys() or pinned != str(Vkey(root_name(host), root.signer(ROOT_ISSUER, "root").public_key())):
        raise Refused("keys.other_root", root=pinned)


def _served(
    before: TrustList | None, issuers: Sequence[IssuerName], withdrawals: Sequence[Withdrawal]
) -> tuple[IssuerName, ...]:
    """Whose keys are seen to: the issuers named, and those who lose a key."""
    named = {issuer.code: issuer for issuer in issuers}
    for each in withdrawals:
        key = before.key(each.kid) if before else None
        issuer = before.issuer(key.issuer) if before and key else None
        if issuer is not None and issuer.code not in named:
            named[issuer.code] = IssuerName(code=issuer.code, name=issuer.name)
    return tuple(named.values())


def _last_list(public: Objects) -> TrustList | None:
    """The last list that was made: the one in force, or one after it that a broken session kept but did not publish."""
    last = _published(public)
    while True:
        seq = 1 if last is None else last.seq + 1
        try:
            following = trust_json.parse_list(public.get(past_list_key(seq)))
        except NotFound:
            return last
        if last is not None and not trust_json.follows(following, last):
            raise Refused("keys.lists_disagree", seq=seq)
        last = following


def _withdrawn(before: TrustList | None, withdrawals: Sequence[Withdrawal], now: datetime) -> tuple[TrustedKey, ...]:
    """The keys of the last list, newly revoked ones marked. One that is revoked already keeps its time, but a key that
    was retired can still turn out to be stolen."""
    keys = {key.kid: key for key in before.keys} if before else {}
    for each in withdrawals:
        key = keys.get(each.kid)
        if key is None:
            raise Refused("keys.unknown_kid", kid=each.kid.hex())
        if key.purpose is Purpose.CHECKPOINT:
            raise Refused("keys.log_key_stays", kid=each.kid.hex())
        if key.revoked_for is None or (each.why is Revocation.COMPROMISED and not key.compromised):
            at = now if each.why is Revocation.COMPROMISED else now + RETIRED_IN
            at = min(at, datetime.fromtimestamp(key.revoked_at, now.tzinfo)) if key.revoked_at is not None else at
            keys[each.kid] = replace(key, revoked_at=int(at.timestamp()), revoked_for=each.why)
    return tuple(keys.values())


def _start(standing: Sequence[TrustedKey], issuer: IssuerName, purpose: str, start: datetime) -> datetime:
    """From when keys are needed: today, or the moment when today's key was revoked."""
    ends = [
        datetime.fromtimestamp(key.revoked_at, start.tzinfo)
        for key in standing
        if (key.issuer, key.purpose.value) == (issuer.code, purpose) and key.revoked_at is not None
        and key.valid_from <= key.revoked_at < key.valid_until
    ]  # fmt: skip
    return max([start, *ends])


def _log(before: TrustList | None, host: str, keys: KeyStore, issuer: str, start: datetime) -> TrustedLog:
    """The log as it stands in the list, or a new one with its key: no witnesses yet, and a quorum of none of them."""
    infos = keys.keys()
    held = {str(Vkey(log_origin(host), info.public_key)) for info in infos if info.purpose == Purpose.CHECKPOINT}
    if before is not None and before.log is not None:
        if before.log.vkey not in held:
            raise Refused("keys.log_key_lost", log=before.log.origin)
        return before.log
    if not held:
        made = keys.create_key(issuer, Purpose.CHECKPOINT.value, start, start + timedelta(days=366 * LOG_YEARS))
        held = {str(Vkey(log_origin(host), made.public_key))}
    return TrustedLog(origin=log_origin(host), vkey=held.pop())


def _cover(
    keys: KeyStore,
    issuer: IssuerName,
    purpose: str,
    start: datetime,
    year: timedelta,
    revoked: Collection[bytes],
    *,
    long: bool = False,
) -> None:
    """Keys of one issuer and purpose without a gap from `start` on, a year ahead: a session a year, late by months at
    most, never leaves a day without a key, and one held soon after another makes none."""
    make = _certifier(issuer.name) if purpose == "seal" else None
    held = keys.keys()
    spans = sorted(
        (info.valid_from, info.valid_until)
        for info in held
        if (info.issuer, info.purpose, info.long) == (issuer.code, purpose, long) and info.kid not in revoked
    )
    covered = start
    for begins, ends in spans:
        if begins > covered:
            keys.create_key(issuer.code, purpose, covered, begins, make, long=long)
        covered = max(covered, ends)
    while covered < start + year * 1.5:
        keys.create_key(issuer.code, purpose, covered, covered + year, make, long=long)
        covered += year


def _issuers(before: TrustList | None, host: str, named: Sequence[IssuerName]) -> tuple[Issuer, ...]:
    """Those of the last list in their order, under the name they have now, then the new ones."""
    known = {issuer.code: issuer for issuer in before.issuers} if before else {}
    for each in named:
        standing = known.get(each.code)
        if standing is not None:
            known[each.code] = replace(standing, name=each.name)
        else:
            did = did_web(host, each.code if known else None)
            known[each.code] = Issuer(code=each.code, name=each.name, did=did, hosts=(host,))
    return tuple(known.values())


def _keys(standing: Sequence[TrustedKey], keys: KeyStore) -> tuple[TrustedKey, ...]:
    """Those of the last list as they stand there, revoked ones too, then what the store holds besides."""
    kids, held = {key.kid for key in standing}, keys.keys()
    return (*standing, *(_trusted(info) for info in held if info.kid not in kids))


def _certifier(name: str) -> MakeCertificate:
    def certificate(signer: Signer, start: datetime, end: datetime) -> bytes:
        return make_seal_certificate(signer, issuer_name=name, valid_from=start, valid_until=end)

    return certificate


def _trusted(info: KeyInfo) -> TrustedKey:
    return TrustedKey(
        issuer=info.issuer,
        purpose=Purpose(info.purpose),
        public_key=info.public_key,
        x5c=(base64.b64encode(info.certificate).decode("ascii"),) if info.certificate else (),
        valid_from=int(info.valid_from.timestamp()),
        valid_until=int(info.valid_until.timestamp()),
    )


def _published(public: Objects) -> TrustList | None:
    try:
        return trust_json.parse_list(public.get(LIST_KEY))
    except NotFound:
        return None


def _publish(trust: TrustList, host: str, root: KeyFolder, public: Objects, private: Objects) -> None:
    signer = root.signer(ROOT_ISSUER, "root")
    try:
        public.put_new(past_list_key(trust.seq), trust_json.list_bytes(trust), "application/json")
    except Conflict:  # since this session began, another one has kept its list under the number
        raise Conflict("keys.another_session") from None
    public.replace(LIST_KEY, trust_json.list_bytes(trust), "application/json")
    public.replace(SIGNATURE_KEY, sign_list(trust, host, signer), "text/plain; charset=utf-8")
    private.replace(ROOT_KEY, str(Vkey(root_name(host), signer.public_key())).encode() + b"\n", "text/plain")
    for place, issuer in enumerate(trust.issuers):
        document = did_document(issuer.did, issuer.code, trust.keys)
        data = json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n"
        public.replace(document_path(issuer.code if place else None).removeprefix("/"), data, "application/did+json")
