"""API tokens: the right of a program, given by a person, narrower than the person's own, and for a time.

    token#<first 24 digits of its print>    token    the print (SHA-256 of the secret), what it carries, until when

A token is `giaouoc_` and 43 characters, shown once and never stored. What it may do is read at each call: its scopes, as far
as its maker's grants carry them at that moment, within its reach. So it loses what its maker loses, and ends with the
account. Called by shared/edge/bearer.py (FindToken) and functions/identity/tokens_http.py.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from events.envelope import Act
from shared.identity.accounts import find_account, read_account
from shared.identity.links import fingerprint, new_secret
from shared.identity.model import Account, Grant, Principal
from shared.identity.rules import NOT_BY_TOKEN, ON_DEVICES, SCOPES, WHOLE, Allowed, Need, decide
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Invalid, NotFound, Problem, Refused
from shared.kernel.ports import ABSENT, Item, Put, Table
from shared.kernel.shapes import Shape
from shared.kernel.text import nfc

PREFIX: Final = "giaouoc_"
"""By it a scanner of leaked secrets knows ours."""
LONGEST: Final = timedelta(days=366)
MAX_NAME: Final = 80
MOST: Final = 50
"""Living tokens of one person."""
NOTED_AFTER: Final = timedelta(hours=1)
KEPT_AFTER: Final = timedelta(days=30)
"""How long an ended token is still listed."""
_ID: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """`reach` is a unit's code or "*". `used_at` is true to the hour."""

    id: str
    print: str = field(repr=False)
    owner: str
    name: str
    scopes: tuple[str, ...]
    reach: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def lives(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


TOKEN: Final = Shape(Token, 1)


class MakeToken:
    """A token for a program of the person who asks."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(
        self, act: Act, *, name: str, scopes: Iterable[str], reach: str, expires_at: datetime
    ) -> tuple[str, Token]:
        """The secret, once, and the token. Raises Invalid: `token.name`, `token.expires`, `token.scope_unknown`,
        `token.scope_not_held`; Refused(`token.too_many`)."""
        owner, _ = read_account(self.table, act.actor.id)
        wanted = tuple(sorted(set(scopes)))
        _check(owner, wanted, reach)
        clean = nfc(name)
        if not clean or len(clean) > MAX_NAME:
            raise Invalid("token.name", field="name", most=MAX_NAME)
        if not act.at < expires_at <= act.at + LONGEST:
            raise Invalid("token.expires", field="expires_at", most=LONGEST.days)
        if sum(each.lives(act.at) for each in ListTokens(self.table)(owner.id)) >= MOST:
            raise Refused("token.too_many", most=MOST)
        secret = new_secret()
        print_ = fingerprint(secret)
        token = Token(
            id=print_[:_ID], print=print_, owner=owner.id, name=clean, scopes=wanted, reach=reach,
            created_at=act.at, expires_at=expires_at,
        )  # fmt: skip
        self.table.commit([_put(token, ABSENT)])
        return PREFIX + secret, token


class ListTokens:
    """Tokens, the newest first: one person's, or (None) everybody's. From an index, which may be late by a moment."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, owner: str | None) -> tuple[Token, ...]:
        found: list[Token] = []
        cursor = None
        while True:
            page = self.table.query("tokens", index=1, limit=1000, cursor=cursor, reverse=True)
            found += [TOKEN.read(item.body) for item in page.items]
            cursor = page.cursor
            if cursor is None:
                return tuple(token for token in found if owner is None or token.owner == owner)


class ShowToken:
    """One token, whoever's: its name stands in the audit trail."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, token: str) -> Token:
        """Raises NotFound(`token.unknown`)."""
        item = self.table.get(f"token#{token}", "token")
        if item is None:
            raise NotFound("token.unknown")
        return TOKEN.read(item.body)


class RevokeToken:
    """Ends a token at once. A second time changes nothing."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, token: str, *, of_anybody: bool) -> None:
        """Raises NotFound(`token.unknown`); also for another person's, unless `of_anybody`."""
        decide_again(lambda: self._revoke(act, token, of_anybody))

    def _revoke(self, act: Act, token: str, of_anybody: bool) -> None:
        item = self.table.get(f"token#{token}", "token")
        standing = None if item is None else TOKEN.read(item.body)
        if item is None or standing is None or not (of_anybody or standing.owner == act.actor.id):
            raise NotFound("token.unknown")
        if standing.revoked_at is None:
            self.table.commit([_put(replace(standing, revoked_at=act.at), item.version)])


class FindToken:
    """Whose call it is, by the text of the header."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, text: str, now: datetime) -> Principal | None:
        """The caller with the rights of this moment; None for a token that opens nothing. Notes the use once an hour."""
        print_ = fingerprint(text.removeprefix(PREFIX)) if text.startswith(PREFIX) else "-"
        item = self.table.get(f"token#{print_[:_ID]}", "token")
        if item is None:
            return None
        token = TOKEN.read(item.body)
        if not hmac.compare_digest(token.print, print_) or not token.lives(now):
            return None
        found = find_account(self.table, token.owner)
        if found is None or found[0].ended_at is not None:
            return None
        self._note(token, item, now)
        return Principal(
            kind="TOKEN", id=token.id, grants=narrowed(found[0].grants, token.reach), name=token.name,
            scopes=token.scopes,
        )  # fmt: skip

    def _note(self, token: Token, item: Item, now: datetime) -> None:
        if token.used_at is not None and now - token.used_at < NOTED_AFTER:
            return
        with suppress(Problem):  # two calls at once, or a store that is busy: the next call notes it
            self.table.commit([_put(replace(token, used_at=now), item.version)])


def narrowed(grants: Iterable[Grant], reach: str) -> tuple[Grant, ...]:
    """What a token of this reach has of its maker's grants. A device's grants are no program's."""
    held = [grant for grant in grants if grant.role not in ON_DEVICES]
    if reach == WHOLE:
        return tuple(held)
    return tuple(replace(grant, reach=reach) for grant in held if grant.reach in (WHOLE, reach))


def givable(owner: Account, reach: str) -> tuple[str, ...]:
    """The scopes that a person may give to a token of this reach, sorted."""
    principal = replace(owner.principal(), grants=narrowed(owner.grants, reach))
    units = None if reach == WHOLE else frozenset({reach})
    return tuple(
        scope
        for scope in sorted(SCOPES - NOT_BY_TOKEN - {"public"})
        if isinstance(decide(principal, Need(scope=scope, units=units)), Allowed)
    )


def _check(owner: Account, scopes: tuple[str, ...], reach: str) -> None:
    if not scopes:
        raise Invalid("token.no_scope", field="scopes")
    for scope in scopes:
        if scope not in SCOPES or scope in NOT_BY_TOKEN or scope == "public":
            raise Invalid("token.scope_unknown", field="scopes", scope=scope[:40])
    held = givable(owner, reach)
    for scope in scopes:
        if scope not in held:
            raise Invalid("token.scope_not_held", field="scopes", scope=scope, right=scope)


def _put(token: Token, expect: int) -> Put:
    return Put(
        partition=f"token#{token.id}", sort="token", body=TOKEN.body(token), expect=expect,
        index1=("tokens", f"{token.created_at:%Y%m%dT%H%M%S}#{token.id}"), expires_at=token.expires_at + KEPT_AFTER,
    )  # fmt: skip
