"""The receipt of a signature and "this was not us" within 72 hours (FORMATS 6). Called by the receipt sender and its route.

Each signature sends the unit a receipt with a secret of its own, made at the moment of sending and stored as SHA-256.
Sealing does not wait for it: an objection in time marks the signature as disputed, suspends a sealed pledge on the status
list in the same commit, and the fact SignatureDisputed tells all parties.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime

from events.envelope import Act, Actor
from shared.kernel import base64url
from shared.kernel.errors import Conflict, NotFound, Refused
from shared.kernel.ports import ABSENT, Table, Write
from shared.pledges import rules
from shared.pledges.items import RETRIES, commit, load, pledge_key, put, put_audit, signature_key
from shared.pledges.model import SECRET_OWNER, SIGNATURE, SecretOwner, Signature
from shared.pledges.sealing import SignedBy, signed_by
from shared.pledges.statement import sha256_hex
from shared.pledges.usecases import status_write

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLink:
    """What the receipt's letter says and the secret with which the unit may object until `objection_until`."""

    public_id: str
    title: str
    line: SignedBy
    objection_until: datetime
    secret: str = field(repr=False)

    def address(self, origin: str) -> str:
        """The address in the letter. The page under it objects by POST after a tap."""
        return f"{origin}/sign/{self.public_id}#objection.{self.secret}"


class MakeReceiptLink:
    """Makes the secret of a receipt at the moment of sending; the one before of the same copy ends."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, pledge: str, version: int, party: int, copy: int = 0) -> ReceiptLink:
        """`copy` 0 is the receipt itself.

        Raises NotFound (no such signature), Refused `pledge.objection_too_late`: then there is nothing to send."""
        secret = base64url.encode(secrets.token_bytes(32))
        digest = sha256_hex(secret)
        found = load(self._table, pledge).pledge
        for _ in range(RETRIES):
            item = self._table.get(pledge_key(pledge), signature_key(version, party))
            if item is None:
                raise NotFound("pledge.no_such_signature")
            signature = SIGNATURE.read(item.body)
            until = signature.signed_at + rules.OBJECTION_TIME
            if act.at > until:
                raise Refused("pledge.objection_too_late", hours=72)
            kept = _with_secret(signature, copy, digest)
            owner = SecretOwner(pledge=pledge, version=version, party=party)
            try:
                self._table.commit([
                    put(pledge_key(pledge), signature_key(version, party), SIGNATURE, kept, item.version),
                    put(f"secret#{digest}", "objection", SECRET_OWNER, owner, ABSENT, expires_at=until),
                ])  # fmt: skip
            except Conflict:
                continue
            return ReceiptLink(
                public_id=found.public_id or "",
                title=found.title,
                line=signed_by(signature),
                objection_until=until,
                secret=secret,
            )
        raise Conflict(key=pledge)


class ObjectToSignature:
    """Takes a unit's "this was not us"."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, *, public_id: str, secret: str, reason: str) -> datetime:
        """When the objection was recorded; the same for a repeat.

        Raises NotFound (unknown or replaced secret), Refused (too late, superseded), Invalid (no reason).
        """
        reason = rules.checked_reason(reason)
        known = self._table.get(f"secret#{sha256_hex(secret)}", "objection") if _SECRET.fullmatch(secret) else None
        if known is None:
            raise NotFound("signing.unknown_link")
        owner = SECRET_OWNER.read(known.body)
        act = replace(act, actor=Actor(kind="PARTY", id=f"{owner.pledge}/{owner.party}"))
        key = signature_key(owner.version, owner.party)
        for _ in range(RETRIES):
            loaded = load(self._table, owner.pledge)
            item = self._table.get(pledge_key(owner.pledge), key)
            signature = SIGNATURE.read(item.body) if item else None
            if item is None or signature is None or loaded.pledge.public_id != public_id:
                raise NotFound("signing.unknown_link")
            if sha256_hex(secret) not in (signature.objection_sha256, *dict(signature.copies_sha256).values()):
                raise Refused("signing.link_replaced")
            if signature.disputed_at is not None:
                return signature.disputed_at
            after, facts = rules.dispute(
                loaded.pledge, owner.party, owner.version, signed_at=signature.signed_at, at=act.at
            )
            disputed = replace(signature, disputed_at=act.at)
            writes: list[Write] = [
                put(pledge_key(owner.pledge), key, SIGNATURE, disputed, item.version),
                put_audit(act, owner.pledge, loaded.version + 1, "OBJECT", party=owner.party, reason=reason),
            ]
            if after.seal is not None:
                writes.append(status_write(self._table, after, suspended_at=act.at))
            try:
                commit(self._table, act, loaded, after, facts, writes)
            except Conflict:
                continue
            return act.at
        raise Conflict(key=owner.pledge)


def _with_secret(signature: Signature, copy: int, digest: str) -> Signature:
    if copy == 0:
        return replace(signature, objection_sha256=digest)
    copies = {**dict(signature.copies_sha256), copy: digest}
    return replace(signature, copies_sha256=tuple(sorted(copies.items())))
