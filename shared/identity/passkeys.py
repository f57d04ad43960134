"""A person's passkeys: what is kept of them, and who may add, use, rename and remove one. Called by functions/identity/*.py.

All keys of a person are one item, so that "the last one" and "has one" are decided on what truly stands. What a browser sent
is verified at the edge (shared/edge/webauthn_check.py); here stand the rules. These are keys to sign in with. Keys that sign
pledges are bound to a signer of a unit and are another thing: no recovery here reaches those (FORMATS 6).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from events.envelope import Act, wrap
from events.identity import PasskeyChanged
from shared.identity.accounts import account_key, find_account
from shared.identity.challenges import credential_print
from shared.identity.model import Opening, Session
from shared.identity.principal import Caller
from shared.identity.sessions import commit_opening, others_signed_out, person_session, proved_put
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Invalid, NotFound, Refused
from shared.kernel.ids import random_id
from shared.kernel.ports import ABSENT, ANY, Check, Delete, Put, Table, Write
from shared.kernel.shapes import Shape
from shared.kernel.text import nfc

MOST: Final = 10
LONGEST_NAME: Final = 60
ALGORITHMS: Final = (-8, -7, -257)
"""COSE: EdDSA, ES256, RS256 (FORMATS 6), in the order in which they are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """One passkey. `credential` is the authenticator's id for it (base64url), `public_key` a COSE key.

    `counter`: of the last use; most passkeys keep it at 0. `backed_up`: it is kept by the person's phone or computer
    account, so that losing the machine does not lose it; as the authenticator said, nobody vouches for it.
    """

    id: str
    name: str = field(repr=False)
    credential: str = field(repr=False)
    public_key: bytes = field(repr=False)
    counter: int = 0
    transports: tuple[str, ...] = ()
    backed_up: bool = False
    created_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """All passkeys of a person."""

    passkeys: tuple[Passkey, ...] = ()


RING: Final = Shape(Ring, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A new credential, verified."""

    credential: str
    public_key: bytes
    counter: int
    transports: tuple[str, ...]
    backed_up: bool


def read_ring(table: Table, account: str) -> tuple[Ring, int]:
    """The passkeys and the item's version (ABSENT while there never was one)."""
    item = table.get(account_key(account)[0], "passkeys")
    return (Ring(), ABSENT) if item is None else (RING.read(item.body), item.version)


def without_passkey(table: Table, account: str) -> Check:
    """For the commit of what only holds while there is none. Raises Refused(identity.passkey_needed)."""
    ring, version = read_ring(table, account)
    if ring.passkeys:
        raise Refused("identity.passkey_needed")
    return Check(partition=account_key(account)[0], sort="passkeys", expect=version)


def ring_put(account: str, ring: Ring, expect: int) -> Put:
    """The write of a person's passkeys."""
    return Put(partition=account_key(account)[0], sort="passkeys", body=RING.body(ring), expect=expect)


def all_removed(table: Table, account: str) -> list[Write]:
    """The writes that end every passkey of a person (recovery)."""
    ring, version = read_ring(table, account)
    if version == ABSENT:
        return []
    return [ring_put(account, Ring(), version), *(_unclaimed(each) for each in ring.passkeys)]


def used(passkey: Passkey, counter: int, at: datetime) -> Passkey:
    """The passkey after it signed in or proved.

    Raises Refused(identity.passkey_copied) when the counter did not grow: either somebody has a copy, or an earlier
    answer is played again. Both zero is normal, such keys do not count (WebAuthn 6.1.1).
    """
    if (counter, passkey.counter) != (0, 0) and counter <= passkey.counter:
        raise Refused("identity.passkey_copied")
    return replace(passkey, counter=counter, used_at=at)


def use_of(table: Table, account: str, credential: str) -> tuple[Ring, int, Passkey]:
    """The passkey with this credential id, among the person's own alone. Raises Refused(identity.passkey_unknown)."""
    ring, version = read_ring(table, account)
    found = next((each for each in ring.passkeys if each.credential == credential), None)
    if found is None:
        raise Refused("identity.passkey_unknown")
    return ring, version, found


def swapped(ring: Ring, passkey: Passkey) -> Ring:
    """The ring with this passkey in the place of its former state."""
    return Ring(passkeys=tuple(passkey if each.id == passkey.id else each for each in ring.passkeys))


class AddPasskey:
    """Keeps a passkey that the person has just made, in a session that is freshly proved."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, caller: Caller, made: Made, name: str) -> Passkey:
        """With the first one every other session ends: whoever reads the person's mail has no part in it any more.

        Raises Refused: passkeys_full, passkey_known; Invalid(identity.passkey_name).
        """
        passkey = Passkey(
            id=random_id(), name=checked_name(name), credential=made.credential, public_key=made.public_key,
            counter=made.counter, transports=made.transports, backed_up=made.backed_up, created_at=act.at,
        )  # fmt: skip
        return decide_again(lambda: self._add(act, caller, passkey))

    def _add(self, act: Act, caller: Caller, passkey: Passkey) -> Passkey:
        account = caller.principal.id
        ring, version = read_ring(self.table, account)
        if len(ring.passkeys) >= MOST:
            raise Refused("identity.passkeys_full", most=MOST)
        claim = Put(
            partition=f"passkey#{credential_print(passkey.credential)}", sort="passkey",
            body={"shape": 1, "account": account}, expect=ABSENT,
        )  # fmt: skip
        if self.table.get(claim.partition, claim.sort) is not None:
            raise Refused("identity.passkey_known")
        added = Ring(passkeys=(*ring.passkeys, passkey))
        fact = PasskeyChanged(account=account, change="ADDED", passkey=passkey.id)
        proved: list[Write] = (
            [proved_put(self.table, act, caller.id, Opening.PASSKEY)]
            if ring.passkeys
            else others_signed_out(self.table, act, caller, Opening.PASSKEY)
        )
        self.table.commit(
            [ring_put(account, added, version), claim, *proved], [wrap(fact, act, subject=passkey.id, version=1)]
        )  # fmt: skip
        return passkey


class RenamePasskey:
    """Gives a passkey the name by which its owner knows it."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, account: str, passkey: str, name: str) -> Passkey:
        """Raises NotFound(identity.no_such_passkey), Invalid."""
        given = checked_name(name)
        return decide_again(lambda: self._rename(account, passkey, given))

    def _rename(self, account: str, passkey: str, name: str) -> Passkey:
        ring, version = read_ring(self.table, account)
        renamed = replace(_one(ring, passkey), name=name)
        self.table.commit([ring_put(account, swapped(ring, renamed), version)])
        return renamed


class RemovePasskey:
    """Ends a passkey. For the last one the person says that they know what follows: links by mail open the account again."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, caller: Caller, passkey: str, *, although_last: bool = False) -> None:
        """Every other session ends: it may be on the machine that was lost.

        Raises NotFound(identity.no_such_passkey), Refused(identity.last_passkey).
        """
        decide_again(lambda: self._remove(act, caller, passkey, although_last))

    def _remove(self, act: Act, caller: Caller, passkey: str, although_last: bool) -> None:
        account = caller.principal.id
        ring, version = read_ring(self.table, account)
        gone = _one(ring, passkey)
        if len(ring.passkeys) == 1 and not although_last:
            raise Refused("identity.last_passkey")
        left = Ring(passkeys=tuple(each for each in ring.passkeys if each.id != passkey))
        fact = PasskeyChanged(account=account, change="REMOVED", passkey=passkey)
        ended = others_signed_out(self.table, act, caller, Opening.PASSKEY)
        self.table.commit(
            [ring_put(account, left, version), _unclaimed(gone), *ended], [wrap(fact, act, subject=passkey, version=2)]
        )  # fmt: skip


class UsePasskey:
    """A passkey, verified at the edge, signs its owner in or proves again who sits there."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def sign_in(self, act: Act, account: str, credential: str, counter: int, *, agent: str) -> tuple[str, Session]:
        """The session's cookie value and the session. Raises Refused: passkey_unknown, passkey_copied."""
        return decide_again(lambda: self._sign_in(act, account, credential, counter, agent))

    def _sign_in(self, act: Act, account: str, credential: str, counter: int, agent: str) -> tuple[str, Session]:
        put = self._used(act, account, credential, counter)
        found = find_account(self.table, account)
        if found is None or found[0].ended_at is not None:
            raise Refused("identity.passkey_unknown")
        partition, sort = account_key(account)
        check = Check(partition=partition, sort=sort, expect=found[1])
        session = person_session(act, found[0], Opening.PASSKEY, agent)
        return commit_opening(self.table, act, session, [put, check])

    def prove(self, act: Act, caller: Caller, credential: str, counter: int) -> None:
        """Raises Refused: passkey_unknown, passkey_copied; NotFound(identity.session_over)."""
        decide_again(lambda: self._prove(act, caller, credential, counter))

    def _prove(self, act: Act, caller: Caller, credential: str, counter: int) -> None:
        put = self._used(act, caller.principal.id, credential, counter)
        self.table.commit([put, proved_put(self.table, act, caller.id, Opening.PASSKEY)])

    def _used(self, act: Act, account: str, credential: str, counter: int) -> Put:
        ring, version, passkey = use_of(self.table, account, credential)
        return ring_put(account, swapped(ring, used(passkey, counter, act.at)), version)


def checked_name(name: str) -> str:
    """A name of one line. Raises Invalid(identity.passkey_name)."""
    plain = " ".join(nfc(name).split())
    if not plain or len(plain) > LONGEST_NAME:
        raise Invalid("identity.passkey_name", field="name", most=LONGEST_NAME)
    return plain


def _one(ring: Ring, passkey: str) -> Passkey:
    found = next((each for each in ring.passkeys if each.id == passkey), None)
    if found is None:
        raise NotFound("identity.no_such_passkey")
    return found


def _unclaimed(passkey: Passkey) -> Delete:
    return Delete(partition=f"passkey#{credential_print(passkey.credential)}", sort="passkey", expect=ANY)
