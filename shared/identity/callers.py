"""Whose cookie it is: the one look-up before a signed-in request. Called by the edge, which loads it with the first cookie.

Opening, renewing and ending sessions is in sessions.py.
"""

from __future__ import annotations

from datetime import datetime

from shared.identity.links import fingerprint
from shared.identity.model import SESSION, Account, Session
from shared.identity.principal import NOBODY, Caller, Principal
from shared.kernel.ports import Table


class FindCaller:
    """Who a session cookie belongs to; everybody else is the public. One read, two for a person."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, cookie: str | None, now: datetime) -> Caller:
        if not cookie:
            return NOBODY
        name = fingerprint(cookie)
        item = self.table.get(f"session#{name}", "session")
        if item is None:
            return NOBODY
        session = SESSION.read(item.body)
        principal = self._holder(session) if session.is_open(now) else None
        return NOBODY if principal is None else Caller(principal=principal, id=name, session=session)

    def _holder(self, session: Session) -> Principal | None:
        """The caller with the rights of this moment."""
        if session.kind != "PERSON":
            return None if session.grants is None else Principal(
                kind=session.kind, id=session.holder, grants=session.grants
            )  # fmt: skip
        from shared.identity.accounts import find_account  # a device, which hurries most, has none

        found = find_account(self.table, session.holder)
        if found is None or not belongs(session, found[0]):
            return None
        return found[0].principal()


def belongs(session: Session, account: Account) -> bool:
    """Whether the account still stands behind its person's session."""
    return account.ended_at is None and session.epoch == account.epoch
