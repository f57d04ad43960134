"""One-time links of parties: made at the moment of sending, opened by their secret, bound to the browser that taps first.

Called by functions/notices/send_signing_links.py (MakeSigningLink) and by signing.py (open_link, bound). A secret is 32
random bytes, stored only as SHA-256; making one ends the one before.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from events.envelope import Act, wrap
from events.pledges import SigningLinkDue
from shared.kernel import base64url
from shared.kernel.clock import rfc3339
from shared.kernel.errors import Conflict, NotFound, Refused
from shared.kernel.ids import derived_id
from shared.kernel.ports import ABSENT, Check, Schedules, Table
from shared.pledges import rules
from shared.pledges.items import RETRIES, Loaded, link_key, load, pledge_key, put, version_of
from shared.pledges.model import LINK, SECRET_OWNER, Link, Party, SecretOwner
from shared.pledges.statement import sha256_hex

LINK_LIFETIME = timedelta(days=14)
QUEUE = "send-signing-links"
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_PUBLIC_ID = re.compile(r"[0-9]{39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningLink:
    """A link just made, for the letter alone: never stored, logged or shown to an organiser."""

    public_id: str
    secret: str = field(repr=False)
    expires_at: datetime
    title: str
    party: Party

    def address(self, origin: str) -> str:
        """The address in the letter; browsers do not send what follows the `#` to servers."""
        return f"{origin}/sign/{self.public_id}#{self.secret}"


class MakeSigningLink:
    """Makes the secret of a party's link at the moment of sending; the one before ends in the same commit."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, pledge: str, version: int, party: int) -> SigningLink:
        """Raises Refused where there is nothing to sign any more or not yet (the letter is then not sent), NotFound."""
        secret = base64url.encode(secrets.token_bytes(32))
        digest = sha256_hex(secret)
        expires_at = act.at + LINK_LIFETIME
        for _ in range(RETRIES):
            found = load(self._table, pledge).pledge
            whom = rules.may_sign(found, party, version)
            item = self._table.get(pledge_key(pledge), link_key(version, party))
            link = Link(secret_sha256=digest, made_at=act.at, expires_at=expires_at)
            owner = SecretOwner(pledge=pledge, version=version, party=party)
            try:
                self._table.commit(
                    [
                        put(pledge_key(pledge), link_key(version, party), LINK, link, version_of(item)),
                        put(f"secret#{digest}", "owner", SECRET_OWNER, owner, ABSENT, expires_at=expires_at),
                    ]
                )
            except Conflict:
                continue
            return SigningLink(
                public_id=found.public_id or "", secret=secret, expires_at=expires_at, title=found.title, party=whom
            )
        raise Conflict(key=pledge)


class PutOffLink:
    """Has a party's link sent later, once for each time that is named."""

    def __init__(self, schedules: Schedules) -> None:
        self._schedules = schedules

    def __call__(self, act: Act, pledge: str, version: int, party: int, due_at: datetime) -> None:
        """What was asked for by several requests before `due_at` is one link then."""
        name = derived_id("signing-link-due", pledge, version, party, rfc3339(due_at))
        fact = SigningLinkDue(pledge=pledge, version=version, party=party, due_at=due_at)
        self._schedules.put(name, at=due_at, queue=QUEUE, envelope=wrap(fact, act, subject=name, version=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedLink:
    """A link found by its secret, and the pledge as it stands. `version` is that of the link's item."""

    loaded: Loaded
    owner: SecretOwner
    link: Link
    version: int

    def unchanged(self) -> Check:
        """Lets a commit fail if the link was replaced or bound meanwhile."""
        return Check(
            partition=pledge_key(self.owner.pledge),
            sort=link_key(self.owner.version, self.owner.party),
            expect=self.version,
        )


def open_link(table: Table, public_id: str, secret: str, at: datetime) -> OpenedLink:
    """The link that a secret opens. Raises NotFound (never was), Refused (replaced, out of date)."""
    if not (_PUBLIC_ID.fullmatch(public_id) and _SECRET.fullmatch(secret)):
        raise NotFound("signing.unknown_link")
    digest = sha256_hex(secret)
    known = table.get(f"secret#{digest}", "owner")
    if known is None:
        raise NotFound("signing.unknown_link")
    owner = SECRET_OWNER.read(known.body)
    loaded = load(table, owner.pledge)
    item = table.get(pledge_key(owner.pledge), link_key(owner.version, owner.party))
    if item is None or loaded.pledge.public_id != public_id:
        raise NotFound("signing.unknown_link")
    link = LINK.read(item.body)
    if link.secret_sha256 != digest:
        raise Refused("signing.link_replaced")
    if at > link.expires_at:
        raise Refused("signing.link_expired")
    return OpenedLink(loaded=loaded, owner=owner, link=link, version=item.version)


def bound(link: Link, given: str | None, *, must: bool = False) -> str:
    """The binding value of the browser. Raises Refused `signing.other_browser` if the link is bound to another one."""
    usable = given if given and _SECRET.fullmatch(given) else None
    if link.binding_sha256 is None:
        if must:
            raise Refused("signing.read_first")
        return usable or base64url.encode(secrets.token_bytes(32))
    if usable is None or not secrets.compare_digest(sha256_hex(usable), link.binding_sha256):
        raise Refused("signing.other_browser")
    return usable
