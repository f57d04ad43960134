"""Recovery: a person has lost every passkey, and two colleagues vouch for them. Called by functions/identity/account.py.

Each of the two confirms in a session of their own that a passkey has proved within the last minutes. With the second word
all passkeys and sessions of the person end, and a letter with a one-time link goes to the address that the account has
had; nobody can name another one on the way. What it reopens is the account for signing in. Keys with which a party signs
pledges are kept elsewhere, are bound to a signer outside this system, and no organiser recovers, adds or approves one
(FORMATS 6): nothing here reads or writes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from events.envelope import Act, wrap
from events.identity import PasskeysReset
from shared.identity.accounts import account_key, changed_account, read_account, signed_out_everywhere
from shared.identity.model import Opening
from shared.identity.passkeys import all_removed, read_ring
from shared.identity.principal import Caller
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Refused
from shared.kernel.ids import random_id
from shared.kernel.ports import ABSENT, ANY, Delete, Put, Table, Write
from shared.kernel.shapes import Shape

LIFETIME: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """One colleague has vouched; until `expires_at` another one can."""

    id: str
    by: str
    begun_at: datetime
    expires_at: datetime


RECOVERY: Final = Shape(Recovery, 1)


def open_recovery(table: Table, account: str, now: datetime) -> Recovery | None:
    """The recovery of a person that waits for a second word."""
    item = table.get(account_key(account)[0], "recovery")
    recovery = None if item is None else RECOVERY.read(item.body)
    return recovery if recovery is not None and now < recovery.expires_at else None


class VouchFor:
    """One of the two words. The edge has let in who may manage people, and has seen a fresh proof."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, caller: Caller, account: str) -> Recovery | None:
        """The recovery that now waits for a second word; None when this was the second and all is done.

        Raises NotFound(identity.no_such_person); Refused: recovery_of_oneself, recovery_by_passkey (the caller's own
        proof was none), recovery_needless (no passkey stands), recovery_by_another (the same colleague twice), no_address,
        account_ended.
        """
        if caller.principal.id == account:
            raise Refused("identity.recovery_of_oneself")
        if caller.session is None or caller.session.proof is not Opening.PASSKEY:
            raise Refused("identity.recovery_by_passkey")
        return decide_again(lambda: self._vouch(act, caller.principal.id, account))

    def _vouch(self, act: Act, by: str, account: str) -> Recovery | None:
        standing, version = read_account(self.table, account)
        if standing.ended_at is not None:
            raise Refused("identity.account_ended")
        if standing.email is None:
            raise Refused("identity.no_address")
        if not read_ring(self.table, account)[0].passkeys:
            raise Refused("identity.recovery_needless")
        partition = account_key(account)[0]
        item = self.table.get(partition, "recovery")
        begun = None if item is None else RECOVERY.read(item.body)
        if begun is None or act.at >= begun.expires_at:
            first = Recovery(id=random_id(), by=by, begun_at=act.at, expires_at=act.at + LIFETIME)
            expect = ABSENT if item is None else item.version
            put = Put(
                partition=partition, sort="recovery", body=RECOVERY.body(first), expect=expect,
                expires_at=first.expires_at,
            )  # fmt: skip
            self.table.commit([put])
            return first
        if begun.by == by:
            raise Refused("identity.recovery_by_another")
        writes: list[Write] = [
            Delete(partition=partition, sort="recovery", expect=item.version if item else ANY),
            *all_removed(self.table, account),
            *changed_account(standing, signed_out_everywhere(standing), version),
        ]
        fact = PasskeysReset(account=account, recovery=begun.id)
        self.table.commit(writes, [wrap(fact, act, subject=begun.id, version=2)])
        return None


class CallOffRecovery:
    """The person found the passkey again, or it was not they who asked: nothing happens."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, account: str) -> None:
        self.table.commit([Delete(partition=account_key(account)[0], sort="recovery", expect=ANY)])
