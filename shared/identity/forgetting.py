"""Who left is forgotten after a time. Called once a day by shared/edge/retention.py.

What remains of the account is its number, when it began and ended: lines of the audit trail go on naming the number, the address
may be somebody else's again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial

from shared.identity.accounts import PEOPLE, changed_account, read_account
from shared.identity.model import ACCOUNT, Account
from shared.kernel.conflicts import decide_again
from shared.kernel.ports import Table


class ForgetPeople:
    """Takes name, address and number out of accounts that ended before a moment. A repeat changes nothing, and goes on where
    one before stopped."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, before: datetime, *, most: int) -> int:
        """How many accounts, at most `most`."""
        count = 0
        for account in self._due(before):
            if count == most:
                break
            count += decide_again(partial(self._forget, account, before))
        return count

    def _due(self, before: datetime) -> Iterator[str]:
        cursor = None
        while True:
            page = self._table.query(PEOPLE[0], index=1, limit=200, cursor=cursor)
            for account in (ACCOUNT.read(item.body) for item in page.items):
                if is_due(account, before):
                    yield account.id
            cursor = page.cursor
            if cursor is None:
                return

    def _forget(self, account: str, before: datetime) -> int:
        standing, version = read_account(self._table, account)
        if not is_due(standing, before):  # the index may be a moment late
            return 0
        self._table.commit(changed_account(standing, replace(standing, name="", email=None, phone=None), version))
        return 1


def is_due(account: Account, before: datetime) -> bool:
    """Whether the account ended before the moment and still says whose it was."""
    holds = bool(account.name or account.email or account.phone)
    return holds and account.ended_at is not None and account.ended_at < before
