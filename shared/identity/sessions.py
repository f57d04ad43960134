"""Sessions: opening, renewing, listing, ending one or all. Called by the use cases of this context and
functions/identity. Whose cookie it is: callers.py.

A session ends at its absolute limit, after its idle time, when it is ended by name, or with the account's epoch. The time of
last use is not written with each request: a page that is being used renews its session every few minutes
(`RenewSession`), so that no other function may write here and nobody waits for it at the door.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from events.envelope import Act, wrap
from events.identity import SessionOpened
from shared.identity.accounts import changed_account, read_account, signed_out_everywhere
from shared.identity.callers import belongs
from shared.identity.links import fingerprint, new_secret
from shared.identity.model import SESSION, Account, Opening, Session
from shared.identity.principal import Caller
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Conflict, NotFound
from shared.kernel.ports import ABSENT, ANY, Delete, Put, Table, Write

PERSON_HOURS: Final = 8
"""Absolute limit of a person's session: a working day."""
PERSON_IDLE_MINUTES: Final = 60
"""Officers leave their desks with the screen on; a lunch break ends the session."""
RENEWED_AFTER: Final = timedelta(minutes=4)
"""A renewal sooner than this writes nothing."""


def session_put(name: str, session: Session, expect: int) -> Put:
    """The write of a session. It is listed under its holder, and may be gone once it is over."""
    return Put(
        partition=f"session#{name}", sort="session", body=SESSION.body(session), expect=expect,
        index1=(f"sessions#{session.kind}#{session.holder}", f"{session.opened_at:%Y%m%dT%H%M%S}#{name}"),
        expires_at=session.expires_at,
    )  # fmt: skip


def commit_opening(table: Table, act: Act, session: Session, writes: list[Write]) -> tuple[str, Session]:
    """Stores a session with what has to happen in the same commit; its cookie's value. Raises Conflict."""
    cookie = new_secret()
    name = fingerprint(cookie)
    opened = SessionOpened(principal=session.holder, kind=session.kind, expires_at=session.expires_at)
    table.commit(
        [*writes, session_put(name, session, ABSENT)], [wrap(opened, act, subject=name[:26], version=1)]
    )  # fmt: skip
    return cookie, session


def person_session(act: Act, account: Account, how: Opening, agent: str) -> Session:
    """A new session of a person, by the limits of a working day."""
    return Session(
        kind="PERSON", holder=account.id, how=how, opened_at=act.at, seen_at=act.at, proved_at=act.at, proof=how,
        expires_at=act.at + timedelta(hours=PERSON_HOURS), idle_minutes=PERSON_IDLE_MINUTES, epoch=account.epoch,
        agent=agent,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A session in the list of a person's own."""

    id: str
    session: Session


class ListSessions:
    """The open sessions of a person, the newest first. From an index, which may be late by a moment."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, account: Account, now: datetime) -> tuple[Listed, ...]:
        page = self.table.query(f"sessions#PERSON#{account.id}", index=1, limit=100, reverse=True)
        found = [
            Listed(id=item.partition.removeprefix("session#"), session=SESSION.read(item.body)) for item in page.items
        ]
        return tuple(each for each in found if each.session.is_open(now) and belongs(each.session, account))


class RenewSession:
    """Notes that a session is in use. Writes at most once in RENEWED_AFTER; never beyond the absolute limit."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, caller: Caller) -> Session | None:
        """The session as it stands then; None for the public."""
        session = caller.session
        if session is None or act.at - session.seen_at < RENEWED_AFTER:
            return session
        item = self.table.get(f"session#{caller.id}", "session")
        if item is None:
            return None
        seen = replace(SESSION.read(item.body), seen_at=act.at)
        try:
            self.table.commit([session_put(caller.id, seen, item.version)])
        except Conflict:  # another page of the same person renewed it, or it was ended meanwhile
            return session
        return seen


def proved_put(table: Table, act: Act, name: str, by: Opening) -> Put:
    """The write that notes that the person behind a session has just shown again who they are.

    Raises NotFound(identity.session_over).
    """
    item = table.get(f"session#{name}", "session")
    if item is None:
        raise NotFound("identity.session_over")
    return session_put(name, replace(SESSION.read(item.body), proved_at=act.at, proof=by, seen_at=act.at), item.version)


def others_signed_out(table: Table, act: Act, caller: Caller, by: Opening) -> list[Write]:
    """The writes that end every session and unspent link of a person but the caller's own, which has just been proved.

    Raises NotFound: no_such_person, session_over.
    """
    before, version = read_account(table, caller.principal.id)
    item = table.get(f"session#{caller.id}", "session")
    if item is None:
        raise NotFound("identity.session_over")
    after = signed_out_everywhere(before)
    own = replace(SESSION.read(item.body), proved_at=act.at, proof=by, seen_at=act.at, epoch=after.epoch)
    return [*changed_account(before, after, version), session_put(caller.id, own, item.version)]


class EndSession:
    """Signs out: the cookie opens nothing any more."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, cookie: str) -> None:
        self.table.commit([Delete(partition=f"session#{fingerprint(cookie)}", sort="session", expect=ANY)])

    def named(self, account: str, name: str) -> None:
        """Ends one of a person's own sessions. Raises NotFound(identity.session_over) for anybody else's."""
        item = self.table.get(f"session#{name}", "session")
        session = None if item is None else SESSION.read(item.body)
        if session is None or (session.kind, session.holder) != ("PERSON", account):
            raise NotFound("identity.session_over")
        self.table.commit([Delete(partition=f"session#{name}", sort="session", expect=ANY)])


class SignOutEverywhere:
    """Ends every session and every unspent link of a person in one write."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, account: str) -> None:
        """Raises NotFound(identity.no_such_person)."""
        decide_again(lambda: self._end(account))

    def _end(self, account: str) -> None:
        before, version = read_account(self.table, account)
        self.table.commit(changed_account(before, signed_out_everywhere(before), version))
