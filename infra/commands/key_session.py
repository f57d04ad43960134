"""The key session (FORMATS 2): makes the yearly keys of every issuer, the log's key, and the trust list signed by the root.

Called by `giaouoc keys` (the root key in a folder of its own, taken off-line afterwards) and by the sample, which keeps
its root. Published are keys.json, keys.sig and the did documents; the root's public key is put where this host's own
checks find it. Every list is also kept under its number, `/.well-known/giaouoc/lists/<seq>.json`: the public log commits to
each (shared/edge/transparency.py), and whoever audits the log needs its bytes.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from shared.documents.seal_certificate import make_seal_certificate
from shared.edge.trust import LIST_KEY, ROOT_KEY, SIGNATURE_KEY, past_list_key
from shared.embedded.keyfiles import KeyFolder, KeyInfo, MakeCertificate
from shared.kernel import trust_json
from shared.kernel.did import did_document, did_web, document_path
from shared.kernel.errors import NotFound, Refused
from shared.kernel.notes import Vkey
from shared.kernel.ports import Objects, Signer
from shared.kernel.tlog import log_origin
from shared.kernel.trust import Issuer, Purpose, TrustedKey, TrustedLog, TrustList
from shared.kernel.trust_root import root_name, sign_list

YEARLY: Final = ("ticket", "document", "credential", "seal")
ROOT_YEARS: Final = 10
LOG_YEARS: Final = 30
"""The log's key is not changed yearly: the key is the log's name (FORMATS 4). It ends with the log, or when it is stolen."""
ROOT_ISSUER: Final = "ROOT"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerName:
    """An issuer to be: its code in claim 1 and the name that people read."""

    code: str
    name: str


def hold(
    *,
    host: str,
    issuers: Sequence[IssuerName],
    keys: KeyFolder,
    root: KeyFolder,
    public: Objects,
    private: Objects,
    now: datetime,
    days: int = 366,
) -> TrustList:
    """Makes the yearly keys that are missing until a year ahead, and publishes the list that follows the last one.

    The first issuer of the first session is the host's own (did:web:HOST) and keeps the log. Issuers and keys of earlier
    sessions stay in the list, a key with its mark of revocation: what was signed stands as it stood.
    Raises Refused(keys.log_key_lost) if the key of the log in the last list is not in the folder.
    """
    start = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if not root.keys():
        root.create_key(ROOT_ISSUER, "root", start, start + timedelta(days=366 * ROOT_YEARS))
    for issuer in issuers:
        for purpose in YEARLY:
            _cover(keys, issuer, purpose, start, timedelta(days=days))
    before = _published(public)
    described = _issuers(before, host, issuers)
    log = _log(before, host, keys, described[0].code, start)
    trusted = _keys(before, keys)
    if before is None:
        trust = TrustList(seq=1, issued_at=int(now.timestamp()), prev=None, issuers=described, keys=trusted, log=log)
    else:
        trust = trust_json.next_list(before, issued_at=int(now.timestamp()), issuers=described, keys=trusted, log=log)
    _publish(trust, host, root, public, private)
    return trust


def _log(before: TrustList | None, host: str, keys: KeyFolder, issuer: str, start: datetime) -> TrustedLog:
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


def _cover(keys: KeyFolder, issuer: IssuerName, purpose: str, start: datetime, year: timedelta) -> None:
    """Keys of one issuer and purpose without a gap from `start` to a year after this year's end."""
    held = keys.keys()
    ends = [info.valid_until for info in held if (info.issuer, info.purpose) == (issuer.code, purpose)]
    covered = max([start, *ends])
    while covered < start + 2 * year:
        keys.create_key(issuer.code, purpose, covered, covered + year, _certifier(issuer.name))
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


def _keys(before: TrustList | None, keys: KeyFolder) -> tuple[TrustedKey, ...]:
    """Those of the last list as they stand there, revoked ones too, then what the folder holds besides."""
    listed = before.keys if before else ()
    kids = {key.kid for key in listed}
    held = keys.keys()
    return (*listed, *(_trusted(info) for info in held if info.kid not in kids))


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
    public.put_new(past_list_key(trust.seq), trust_json.list_bytes(trust), "application/json")
    public.replace(LIST_KEY, trust_json.list_bytes(trust), "application/json")
    public.replace(SIGNATURE_KEY, sign_list(trust, host, signer), "text/plain; charset=utf-8")
    private.replace(ROOT_KEY, str(Vkey(root_name(host), signer.public_key())).encode() + b"\n", "text/plain")
    for place, issuer in enumerate(trust.issuers):
        document = did_document(issuer.did, issuer.code, trust.keys)
        data = json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n"
        public.replace(document_path(issuer.code if place else None).removeprefix("/"), data, "application/did+json")
