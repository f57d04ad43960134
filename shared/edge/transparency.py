"""Puts facts of several contexts into the public log. Called by functions/transparency/write_log.py for batches and by the clock.

What a fact does not carry (a pledge's public id and token) is read here and passed on as a snapshot. Every trust list becomes
an entry too: the lists that are not in the log yet are found from the one in force, back along `prev`, and go in before
anything else, so that no key session has to reach the log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from events.certificates import CertificateIssued, CertificateReplaced, CertificateRevoked, StatusChanged
from events.envelope import Act, Envelope
from events.pledges import PledgeSealed, PledgeWithdrawn, SignatureDisputed
from shared.edge.trust import trust_list
from shared.edge.trust_files import past_list_key
from shared.edge.wiring import Ports
from shared.kernel.errors import NotFound, Unavailable
from shared.kernel.notes import Vkey
from shared.kernel.trust import TrustedLog, TrustList
from shared.kernel.trust_json import list_digest, parse_list
from shared.pledges.reading import ShowPledge
from shared.transparency import entries
from shared.transparency.append import AppendEntries, NoteEntry, PendingEntries
from shared.transparency.entries import PledgeSnapshot
from shared.transparency.model import NewEntry, is_noted
from shared.transparency.publish import PublishLog

FACTS = (
    *(CertificateIssued, CertificateRevoked, CertificateReplaced, StatusChanged),
    *(PledgeSealed, PledgeWithdrawn, SignatureDisputed),
)
"""The facts that make entries."""


def entry_of(ports: Ports, fact: Any, envelope: Envelope) -> NewEntry | None:
    """What stands in the log about a fact; None if it concerns no issued document. Raises NotFound for an unknown pledge."""
    if isinstance(fact, PledgeSealed | PledgeWithdrawn | SignatureDisputed):
        return _of_pledge(fact, envelope, _sealed_pledge(ports, fact.pledge))
    return _OF_CERTIFICATES[type(fact)](fact, envelope)


def write_log(ports: Ports, act: Act, noted: Iterable[str]) -> None:
    """Appends trust lists not yet logged and the noted entries, and publishes the log.

    A host whose trust list names no log keeps its entries noted until it does. Raises Unavailable, Conflict: then the batch
    comes again, which changes nothing that was done.
    """
    trust = trust_list(ports)
    if trust.log is None:
        return
    table = ports.table("transparency")
    note = NoteEntry(table)
    lists = [note(act, entries.published_trust_list(digest)) for digest in _unlogged_lists(ports, trust)]
    publish = _publisher(ports, trust.log)
    publish()  # never append to a log that does not continue what is public
    AppendEntries(table, ports.objects)(act, [*lists, *noted])
    publish()


def sweep_log(ports: Ports, act: Act) -> None:
    """The same with what interrupted writers left behind. Raises like `write_log`."""
    write_log(ports, act, PendingEntries(ports.table("transparency"))())


def _publisher(ports: Ports, log: TrustedLog) -> PublishLog:
    signer = ports.keyring.signer(ports.settings.issuer, "checkpoint")
    if str(Vkey(log.origin, signer.public_key())) != log.vkey:
        raise Unavailable("log.wrong_key")
    return PublishLog(ports.table("transparency"), ports.objects, ports.public, signer, log.origin)


def _unlogged_lists(ports: Ports, trust: TrustList) -> list[bytes]:
    """SHA-256 of the lists that have no entry, the oldest first."""
    found: list[bytes] = []
    digest, seq, prev = list_digest(trust), trust.seq, trust.prev
    while not is_noted(ports.table("transparency"), entries.trust_list_entry_id(digest)):
        found.append(digest)
        if prev is None:
            break
        digest, seq = prev, seq - 1
        prev = _prev_of(ports, seq, digest)
    return found[::-1]


def _prev_of(ports: Ports, seq: int, digest: bytes) -> bytes | None:
    try:
        data = ports.public.get(past_list_key(seq))
    except NotFound:
        return None
    return parse_list(data).prev if hashlib.sha256(data).digest() == digest else None


def _sealed_pledge(ports: Ports, pledge: str) -> PledgeSnapshot | None:
    found = ShowPledge(ports.table("pledges"))(pledge).pledge
    if found.seal is None or found.public_id is None:
        return None
    token = bytes.fromhex(found.seal.token)
    return PledgeSnapshot(public_id=found.public_id, token_sha256=hashlib.sha256(token).hexdigest())


def _of_pledge(
    fact: PledgeSealed | PledgeWithdrawn | SignatureDisputed, envelope: Envelope, pledge: PledgeSnapshot | None
) -> NewEntry | None:
    if isinstance(fact, PledgeWithdrawn):
        return entries.withdrawn_pledge(fact, envelope, pledge)
    if isinstance(fact, SignatureDisputed):
        return entries.disputed_pledge(fact, envelope, pledge)
    if pledge is None:
        raise NotFound("pledge.not_found")
    return entries.sealed_pledge(fact, pledge)


_OF_CERTIFICATES: Mapping[type, Callable[[Any, Envelope], NewEntry | None]] = {
    CertificateIssued: lambda fact, _: entries.issued_certificate(fact),
    CertificateRevoked: entries.revoked_certificate,
    CertificateReplaced: entries.replaced_certificate,
    StatusChanged: entries.changed_status,
}
