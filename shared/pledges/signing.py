"""A party reads and signs through its one-time link (means LINK, FORMATS 6). Called by the signing routes.

The link itself is in links.py. Reading never signs: signing is a second POST that repeats the very statement issued to
this link, from the browser that opened it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from events.envelope import Act, Actor
from shared.kernel.errors import Conflict, Refused
from shared.kernel.ports import ABSENT, Keyring, Table
from shared.pledges import rules
from shared.pledges.items import RETRIES, Loaded, commit, link_key, load_draft, pledge_key, put, signature_key
from shared.pledges.links import OpenedLink, bound, open_link
from shared.pledges.model import LINK, SIGNATURE, Link, Party, SecretOwner, Signature, State
from shared.pledges.statement import MEANS_LINK, Site, attest_link, read_statement, sha256_hex, statement
from shared.pledges.text import text_fields

STATEMENT_LIFETIME = timedelta(minutes=60)
"""Time to read and confirm; after it the page reads again and gets a fresh statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The result of signing, the same for every repeat. Times UTC; `state` of the pledge when asked."""

    public_id: str
    version: int
    party: int
    unit: str
    means: str
    signed_at: datetime
    text_sha256: str
    nonce: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningView:
    """What the party's page shows before it asks. `text` is the frozen text as JSON; `statement` S, to be sent back as is.

    `turn` tells whether the party may sign now; else `statement` is null and `waits_for` names the group whose turn it is.
    `receipt` is there once the party has signed.
    """

    public_id: str
    title: str
    issuer: str
    state: str
    version: int
    text: dict[str, Any]
    text_sha256: str
    party: Party
    turn: bool
    waits_for: int | None
    signed: int
    parties: int
    statement: str | None
    statement_expires_at: datetime | None
    receipt: Receipt | None


class _ByLink:
    def __init__(self, table: Table) -> None:
        self._table = table

    def _signature(self, owner: SecretOwner) -> Signature | None:
        item = self._table.get(pledge_key(owner.pledge), signature_key(owner.version, owner.party))
        return SIGNATURE.read(item.body) if item else None


class ReadForSigning(_ByLink):
    """Shows a party the frozen text, and issues the statement that it may then sign."""

    def __init__(self, table: Table, site: Site) -> None:
        super().__init__(table)
        self._site = site

    def __call__(self, act: Act, *, public_id: str, secret: str, binding: str | None) -> tuple[SigningView, str]:
        """The view, and the binding value to set as the browser's cookie.

        `binding` is the cookie that the browser sent, if any. The first tap binds the link to it (a new value if there
        was none). Raises NotFound, Refused: link replaced, expired, opened in another browser, text superseded.
        """
        for _ in range(RETRIES):
            opened = open_link(self._table, public_id, secret, act.at)
            pledge, owner = opened.loaded.pledge, opened.owner
            if pledge.version != owner.version or pledge.state is State.DRAFT:
                raise Refused("signing.superseded")
            value = bound(opened.link, binding)
            link = replace(opened.link, binding_sha256=sha256_hex(value))
            turn = pledge.waiting and owner.party not in pledge.signed
            turn = turn and pledge.parties[owner.party - 1].group <= pledge.open_group
            if turn:
                link = self._issue(act.at, opened, link)
            if link != opened.link:
                write = put(pledge_key(pledge.id), link_key(owner.version, owner.party), LINK, link, opened.version)
                try:
                    self._table.commit([write])
                except Conflict:
                    continue
            return self._view(opened, link, turn), value
        raise Conflict(key=public_id)

    def _issue(self, at: datetime, opened: OpenedLink, link: Link) -> Link:
        """The statement issued before while it is good for half its time and still says the truth, else a new one."""
        pledge = opened.loaded.pledge
        party = pledge.parties[opened.owner.party - 1]
        expires_at = link.statement_expires_at
        fresh = expires_at is not None and expires_at - at > STATEMENT_LIFETIME / 2
        if fresh and link.statement and link.statement == reissued(self._site, opened.loaded, party, link.statement):
            return link
        at = at.replace(microsecond=0)
        until = at + STATEMENT_LIFETIME
        nonce = secrets.token_bytes(16)
        text = statement(self._site, pledge, party, nonce=nonce, issued_at=at, expires_at=until)
        return replace(link, statement=text, statement_expires_at=until)

    def _view(self, opened: OpenedLink, link: Link, turn: bool) -> SigningView:
        pledge, owner = opened.loaded.pledge, opened.owner
        party = pledge.parties[owner.party - 1]
        signature = self._signature(owner)
        return SigningView(
            public_id=pledge.public_id or "",
            title=pledge.title,
            issuer=pledge.issuer,
            state=pledge.state.value,
            version=pledge.version,
            text=text_fields(load_draft(self._table, pledge.id, pledge.version)),
            text_sha256=pledge.text_sha256,
            party=party,
            turn=turn,
            waits_for=pledge.open_group if pledge.waiting and party.group > pledge.open_group else None,
            signed=len(pledge.signed),
            parties=len(pledge.parties),
            statement=link.statement if turn else None,
            statement_expires_at=link.statement_expires_at if turn else None,
            receipt=receipt(signature) if signature else None,
        )


class SignByLink(_ByLink):
    """Takes a party's signature by link, with the issuer's attestation of how it came."""

    def __init__(self, table: Table, keyring: Keyring, site: Site) -> None:
        super().__init__(table)
        self._keyring = keyring
        self._site = site

    def __call__(self, act: Act, *, public_id: str, secret: str, binding: str | None, statement: str) -> Receipt:
        """The receipt; the same for a repeat with the same statement.

        The commit holds the signature (absent before), the pledge moved by its version, PartySigned, and with it the
        next group's opening or the completion. A lost race means that another party has signed: decided again, at most
        once per party. Raises NotFound, Refused: link replaced, expired, of another browser or version; statement not the
        one issued, or out of time; not this party's turn; signed before with another statement; not open.
        """
        opened = open_link(self._table, public_id, secret, act.at)
        tries = len(opened.loaded.pledge.parties) + RETRIES
        for _ in range(tries):
            bound(opened.link, binding, must=True)
            before = self._signature(opened.owner)
            if before is not None:
                if before.statement != statement:
                    raise Refused("pledge.already_signed", party=opened.owner.party)
                return receipt(before)
            try:
                return self._sign(act, opened, statement)
            except Conflict:
                opened = open_link(self._table, public_id, secret, act.at)
        raise Conflict(key=public_id)

    def _sign(self, act: Act, opened: OpenedLink, text: str) -> Receipt:
        pledge, owner, link = opened.loaded.pledge, opened.owner, opened.link
        party = rules.may_sign(pledge, owner.party, owner.version)
        if link.statement is None or text != link.statement:
            raise Refused("signing.other_statement")
        if link.statement_expires_at is None or act.at > link.statement_expires_at:
            raise Refused("signing.statement_expired")
        if text != reissued(self._site, opened.loaded, party, text):
            raise Refused("signing.other_statement")  # issued for a person or text that is no longer the present one
        act = replace(act, actor=Actor(kind="PARTY", id=f"{pledge.id}/{party.no}"))
        after, facts = rules.sign(pledge, party.no, owner.version, means=MEANS_LINK, at=act.at)
        signer = self._keyring.signer(pledge.issuer, "document")
        signature = Signature(
            pledge=pledge.id,
            version=owner.version,
            party=party.no,
            means=MEANS_LINK,
            nonce=read_statement(text)["nonce"],
            statement=text,
            attestation=attest_link(signer, text, received_at=act.at).hex(),
            signed_at=act.at,
        )
        kept = put(pledge_key(pledge.id), signature_key(owner.version, party.no), SIGNATURE, signature, ABSENT)
        commit(self._table, act, opened.loaded, after, facts, [kept, opened.unchanged()])
        return receipt(signature)


def receipt(signature: Signature) -> Receipt:
    """What the party keeps of its signature."""
    said = read_statement(signature.statement)
    return Receipt(
        public_id=said["pledge"],
        version=signature.version,
        party=signature.party,
        unit=said["party"]["unit"],
        means=signature.means,
        signed_at=signature.signed_at,
        text_sha256=said["text_sha256"],
        nonce=signature.nonce,
    )


def reissued(site: Site, loaded: Loaded, party: Party, text: str) -> str:
    """The statement as it would be today with the same nonce and times: equal to `text` while that is still true."""
    fields = read_statement(text)
    return statement(
        site,
        loaded.pledge,
        party,
        nonce=bytes.fromhex(fields["nonce"]),
        issued_at=_time(fields["issued_at"]),
        expires_at=_time(fields["expires_at"]),
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
