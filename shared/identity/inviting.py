"""Invitations by mail: a person whom an organiser let in gets a one-time link, good for 72 hours for whoever taps first.

Called by the use cases that give roles (`InvitePerson`), and by the sender of letters (`MakeInvitation`), which makes the
secret at the moment of sending. A new invitation ends the one before. Where there is a passkey none opens anything.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from events.envelope import Act, Envelope, wrap
from events.identity import PersonInvited
from shared.identity.accounts import account_key, read_account
from shared.identity.links import fingerprint, link_put, new_secret
from shared.identity.model import Invitation, Opening
from shared.identity.sessions import PERSON_HOURS, PERSON_IDLE_MINUTES
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Refused
from shared.kernel.ids import random_id
from shared.kernel.ports import ABSENT, ANY, Delete, Put, Table, Write

LIFETIME: Final = timedelta(hours=72)


class InvitePerson:
    """Says that a person is to get a link. Nothing is sent here, and no secret is made."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, account: str) -> str:
        """The invitation's id. Raises NotFound(identity.no_such_person); Refused: identity.no_address, account_ended."""
        standing, _ = read_account(self.table, account)
        if standing.ended_at is not None:
            raise Refused("identity.account_ended")
        if standing.email is None:
            raise Refused("identity.no_address")
        note, fact = invited(act, account)
        self.table.commit([note], [fact])
        return fact.subject


def invited(act: Act, account: str) -> tuple[Put, Envelope]:
    """What says that an account is to get a link; it rides in the commit of a new account, which then never lacks its letter."""
    request = random_id()
    note = Put(
        partition=account_key(account)[0], sort=f"invited#{request}", body={"shape": 1, "by": act.actor.id},
        expect=ABSENT, expires_at=act.at + LIFETIME,
    )  # fmt: skip
    return note, wrap(PersonInvited(account=account, request=request), act, subject=request, version=1)


class MakeInvitation:
    """The secret of an invitation's link, at the moment of sending; the one before ends."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, account: str) -> tuple[str, datetime]:
        """The secret and until when it opens. Raises NotFound(identity.no_such_person), Refused(account_ended)."""
        return decide_again(lambda: self._make(act, account))

    def _make(self, act: Act, account: str) -> tuple[str, datetime]:
        standing, _ = read_account(self.table, account)
        if standing.ended_at is not None:
            raise Refused("identity.account_ended")
        partition = account_key(account)[0]
        former = self.table.get(partition, "invitation")
        secret, until = new_secret(), act.at + LIFETIME
        link = Invitation(
            principal=replace(standing.principal(), name=""), expires_at=until, session_hours=PERSON_HOURS,
            idle_minutes=PERSON_IDLE_MINUTES, how=Opening.LINK, epoch=standing.epoch,
        )  # fmt: skip
        body = {"shape": 1, "link": fingerprint(secret)}
        expect = ABSENT if former is None else former.version
        writes: list[Write] = [
            link_put(secret, link),
            Put(partition=partition, sort="invitation", body=body, expect=expect),
        ]
        if former is not None:
            writes.append(Delete(partition=f"link#{former.body['link']}", sort="link", expect=ANY))
        self.table.commit(writes)
        return secret, until
