"""Signing in by mail: asking for a letter, the secrets made when it is sent, and typing its code (FORMATS 6).

Whoever asks gets a cookie that binds the request to this browser, and the same answer after the same work whether or not the
address is known: only the sender of letters looks that up, later and elsewhere (functions/notices/send_sign_in.py). The
letter has a link for this browser and a code of six digits for when it is read on another device. Once an account has a
passkey the letter holds no secret.

A code is kept as scrypt with a salt of its own, and opens only together with the cookie, of which a print is stored: neither
a look at the store nor at the letter alone is enough. Five tries, ten minutes.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from events.envelope import Act, wrap
from events.identity import SignInRequested
from shared.identity.accounts import account_at, account_key, address_print, checked_address, find_account
from shared.identity.limits import LETTERS_A_DAY, LETTERS_FROM_NETWORK, LETTERS_TO_ADDRESS, counted
from shared.identity.links import fingerprint, link_put, new_secret
from shared.identity.model import Account, Invitation, Opening, Session
from shared.identity.passkeys import read_ring, without_passkey
from shared.identity.principal import Caller
from shared.identity.sessions import (
    PERSON_HOURS,
    PERSON_IDLE_MINUTES,
    commit_opening,
    person_session,
    proved_put,
)  # fmt: skip
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Refused
from shared.kernel.ports import ABSENT, ANY, Check, Delete, Put, Table, Write
from shared.kernel.shapes import Shape

LIFETIME: Final = timedelta(minutes=10)
TRIES: Final = 5
_CODE: Final = re.compile(r"[0-9]{6}")


class For(StrEnum):
    """What a request is for; the code of one is never taken for the other."""

    SIGN_IN = "SIGN_IN"
    STEP_UP = "STEP_UP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request for a letter. `address` is a print; `account` and `session` are set for a step-up alone.

    `link` is the print of the link that was sent, `salt` and `code` of the code (scrypt); none before the letter goes.
    """

    purpose: For
    address: str = field(repr=False)
    account: str = ""
    session: str = ""
    expires_at: datetime
    tries: int = 0
    spent: bool = False
    link: str = ""
    salt: bytes = field(default=b"", repr=False)
    code: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What a letter is to bring; `link` is empty for a step-up."""

    link: str = field(repr=False)
    code: str = field(repr=False)
    expires_at: datetime


ASKED: Final = Shape(Asked, 1)


def request_name(binding: str) -> str:
    """By what a request is known: the print of its browser's cookie, which is no secret."""
    return fingerprint(binding)


class AskForLetter:
    """Somebody wants to sign in and names an address."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, email: str, *, network: str) -> str:
        """The value of the binding cookie. Raises Invalid(identity.address_malformed), Refused(identity.too_many)."""
        asked = Asked(
            purpose=For.SIGN_IN, address=address_print(checked_address(email)), expires_at=act.at + LIFETIME
        )  # fmt: skip
        return ask(self.table, act, asked, network)


class AskForProof:
    """A person who has signed in wants a code by mail, to prove again who they are. Not where there is a passkey."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, caller: Caller, *, network: str) -> str:
        """The value of the binding cookie. Raises Refused: identity.passkey_needed, identity.no_address, too_many."""
        found = find_account(self.table, caller.principal.id)
        if found is None or found[0].email is None:
            raise Refused("identity.no_address")
        without_passkey(self.table, found[0].id)
        asked = Asked(
            purpose=For.STEP_UP, address=address_print(found[0].email), account=found[0].id, session=caller.id,
            expires_at=act.at + LIFETIME,
        )  # fmt: skip
        return ask(self.table, act, asked, network)


def ask(table: Table, act: Act, asked: Asked, network: str) -> str:
    """Counts, keeps the request, and says that there is one: the same whoever's address it is."""
    binding = new_secret()
    name = request_name(binding)

    def attempt() -> None:
        writes: list[Write] = [
            counted(table, LETTERS_TO_ADDRESS, asked.address, act.at),
            counted(table, LETTERS_A_DAY, f"{asked.purpose} {asked.address}", act.at),
            counted(table, LETTERS_FROM_NETWORK, network, act.at),
            request_put(name, asked, ABSENT),
        ]
        table.commit(writes, [wrap(SignInRequested(request=name), act, subject=name[:26], version=1)])

    decide_again(attempt)
    return binding


def request_put(name: str, asked: Asked, expect: int) -> Put:
    """The write of a request."""
    return Put(
        partition=f"request#{name}", sort="request", body=ASKED.body(asked), expect=expect, expires_at=asked.expires_at
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Whom a request's letter goes to. `by_passkey`: the account has one, so the letter brings no secret."""

    account: Account
    purpose: For
    by_passkey: bool


class FindAddressee:
    """Whose address a request names: asked by the sender alone."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, request: str) -> Addressee | None:
        """None: nobody's, or the request is over."""
        item = self.table.get(f"request#{request}", "request")
        asked = None if item is None else ASKED.read(item.body)
        if asked is None or asked.spent or act.at >= asked.expires_at:
            return None
        found = account_at(self.table, asked.address)
        if found is None or found[0].ended_at is not None:
            return None
        passkeys = read_ring(self.table, found[0].id)[0].passkeys
        return Addressee(account=found[0], purpose=asked.purpose, by_passkey=bool(passkeys))


class MakeSecrets:
    """Link and code of a request, at the moment of sending; those of an earlier letter end."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, request: str, account: Account) -> Secrets:
        """Raises Refused(identity.request_over)."""
        return decide_again(lambda: self._make(act, request, account))

    def _make(self, act: Act, request: str, account: Account) -> Secrets:
        item = self.table.get(f"request#{request}", "request")
        asked = None if item is None else ASKED.read(item.body)
        if item is None or asked is None or asked.spent or act.at >= asked.expires_at:
            raise Refused("identity.request_over")
        code, salt, secret = f"{secrets.randbelow(10**6):06}", secrets.token_bytes(16), ""
        writes: list[Write] = []
        if asked.link:
            writes.append(Delete(partition=f"link#{asked.link}", sort="link", expect=ANY))
        if asked.purpose is For.SIGN_IN:
            secret = new_secret()
            link = Invitation(
                principal=replace(account.principal(), name=""), expires_at=asked.expires_at,
                session_hours=PERSON_HOURS, idle_minutes=PERSON_IDLE_MINUTES, how=Opening.LINK, binding=request,
                epoch=account.epoch,
            )  # fmt: skip
            writes.append(link_put(secret, link))
        made = replace(
            asked, account=account.id, salt=salt, code=hashed(code, salt), link=fingerprint(secret) if secret else ""
        )
        self.table.commit([request_put(request, made, item.version), *writes])
        return Secrets(link=secret, code=code, expires_at=asked.expires_at)


def hashed(code: str, salt: bytes) -> bytes:
    """scrypt (RFC 7914) with 16 MB: a million codes cost hours, and a code lives ten minutes."""
    return hashlib.scrypt(code.encode(), salt=salt, n=2**14, r=8, p=1, maxmem=32 * 1024 * 1024, dklen=32)


class TypeCode:
    """The code of a letter, typed into the browser that had asked for it."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def sign_in(self, act: Act, binding: str, code: str, *, agent: str = "") -> tuple[str, Session]:
        """The session's cookie value and the session.

        Raises Refused(identity.code_not_valid), alike for a wrong code and for an address that nobody has.
        """
        return decide_again(lambda: self._sign_in(act, binding, code, agent))

    def _sign_in(self, act: Act, binding: str, code: str, agent: str) -> tuple[str, Session]:
        asked, spent = self._tried(act, binding, code, For.SIGN_IN, "")
        found = find_account(self.table, asked.account)
        if found is None or found[0].ended_at is not None:
            raise Refused("identity.code_not_valid", left=0)
        account, version = found
        partition, sort = account_key(account.id)
        checks: list[Write] = [
            without_passkey(self.table, account.id),
            Check(partition=partition, sort=sort, expect=version),
        ]
        ended: list[Write] = [Delete(partition=f"link#{asked.link}", sort="link", expect=ANY)] if asked.link else []
        session = person_session(act, account, Opening.CODE, agent)
        return commit_opening(self.table, act, session, [spent, *ended, *checks])

    def prove(self, act: Act, caller: Caller, binding: str, code: str) -> None:
        """The person of this session has shown again who they are. Raises Refused(identity.code_not_valid)."""
        decide_again(lambda: self._prove(act, caller, binding, code))

    def _prove(self, act: Act, caller: Caller, binding: str, code: str) -> None:
        asked, spent = self._tried(act, binding, code, For.STEP_UP, caller.id)
        if asked.account != caller.principal.id:
            raise Refused("identity.code_not_valid", left=0)
        none = without_passkey(self.table, asked.account)
        self.table.commit([spent, none, proved_put(self.table, act, caller.id, Opening.CODE)])

    def _tried(self, act: Act, binding: str, code: str, purpose: For, session: str) -> tuple[Asked, Put]:
        """The request and the write that spends it, if this is its code; else the try is counted and refused."""
        name = request_name(binding)
        item = self.table.get(f"request#{name}", "request")
        if item is None:
            raise Refused("identity.code_not_valid", left=0)
        asked = ASKED.read(item.body)
        over = asked.spent or asked.tries >= TRIES or act.at >= asked.expires_at
        if over or (asked.purpose, asked.session) != (purpose, session):
            raise Refused("identity.code_not_valid", left=0)
        given = re.sub(r"\s", "", code)
        # Without a code (nobody's address) the same is computed, against what no code has.
        right = hmac.compare_digest(
            hashed(given if _CODE.fullmatch(given) else "", asked.salt or bytes(16)), asked.code or bytes(32)
        )
        if not right:
            self.table.commit([request_put(name, replace(asked, tries=asked.tries + 1), item.version)])
            raise Refused("identity.code_not_valid", left=TRIES - asked.tries - 1)
        return asked, request_put(name, replace(asked, spent=True), item.version)
