"""One-time links: made by an operator at the terminal (the root of trust) or by the sender of a letter; spent by a tap."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import timedelta

from events.envelope import Act
from shared.identity.accounts import account_key, changed_account, find_account, new_account
from shared.identity.callers import belongs
from shared.identity.links import KEPT_AFTER, fingerprint, link_put, new_secret
from shared.identity.model import INVITATION, Account, Invitation, Opening, Principal, Session
from shared.identity.passkeys import without_passkey
from shared.identity.sessions import PERSON_HOURS, commit_opening
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Conflict, Refused
from shared.kernel.ports import Check, Put, Table, Write

__all__ = ["Invite", "OpenSession", "fingerprint", "new_secret"]


class Invite:
    """Makes a link at the terminal. Its secret is returned once and never stored.

    Whoever has the terminal has the data: the account is made if there is none, and has the principal's grants then.
    """

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(
        self,
        act: Act,
        principal: Principal,
        *,
        lifetime: timedelta,
        session_hours: int = PERSON_HOURS,
        idle_minutes: int | None = None,
    ) -> str:
        """The secret. `session_hours` and `idle_minutes` limit the session that it opens. Raises ValueError for anybody but
        a person: a device has a key of its own (decision 19)."""
        if principal.kind != "PERSON":
            raise ValueError(principal.kind)
        secret = new_secret()
        epoch = decide_again(lambda: self._stand(act, principal))
        invitation = Invitation(
            principal=principal, expires_at=act.at + lifetime, session_hours=session_hours, idle_minutes=idle_minutes,
            epoch=epoch,
        )  # fmt: skip
        self.table.commit([link_put(secret, invitation)])
        return secret

    def _stand(self, act: Act, principal: Principal) -> int:
        found = find_account(self.table, principal.id)
        if found is None:
            made = Account(id=principal.id, name=principal.name, grants=principal.grants, created_at=act.at)
            self.table.commit(new_account(made))
            return made.epoch
        account, version = found
        missing = tuple(grant for grant in principal.grants if grant not in account.grants)
        if missing or account.ended_at is not None:
            again = replace(account, grants=account.grants + missing, ended_at=None)
            self.table.commit(changed_account(account, again, version))
        return account.epoch


class OpenSession:
    """Spends a one-time link (by POST after a tap, never by a GET) and opens a session for the browser that tapped."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, secret: str, *, binding: str = "", agent: str = "") -> tuple[str, Session]:
        """The session's cookie value and the session. `binding` is the cookie of whoever asked for a link by mail.

        Raises Refused(identity.link_not_valid): unknown, spent and expired links look alike; Refused
        (identity.link_of_other_browser): not spent by this; Refused(identity.passkey_needed): the account has a passkey.
        """
        key = f"link#{fingerprint(secret)}"
        item = self.table.get(key, "link")
        if item is None:
            raise Refused("identity.link_not_valid")
        link = INVITATION.read(item.body)
        if link.spent_at is not None or act.at >= link.expires_at or link.principal.kind != "PERSON":
            raise Refused("identity.link_not_valid")
        if link.binding is not None and not hmac.compare_digest(link.binding, fingerprint(binding)):
            raise Refused("identity.link_of_other_browser")
        spent = Put(
            partition=key, sort="link", body=INVITATION.body(replace(link, spent_at=act.at)), expect=item.version,
            expires_at=link.expires_at + KEPT_AFTER,
        )  # fmt: skip
        try:
            return self._open(act, link, spent, agent)
        except Conflict:  # two taps at once: one of them has it
            raise Refused("identity.link_not_valid") from None

    def _open(self, act: Act, link: Invitation, spent: Put, agent: str) -> tuple[str, Session]:
        asker = link.principal
        found = find_account(self.table, asker.id)
        if found is None:
            raise Refused("identity.link_not_valid")
        account, version = found
        session = Session(
            kind=asker.kind, holder=asker.id, how=link.how, opened_at=act.at, seen_at=act.at, proved_at=act.at, proof=link.how,
            expires_at=act.at + timedelta(hours=link.session_hours), idle_minutes=link.idle_minutes,
            epoch=account.epoch if link.epoch is None else link.epoch, agent=agent,
        )  # fmt: skip
        if not belongs(session, account):
            raise Refused("identity.link_not_valid")
        partition, sort = account_key(asker.id)
        checks: list[Write] = [Check(partition=partition, sort=sort, expect=version)]
        if link.how is not Opening.TERMINAL:
            checks.append(without_passkey(self.table, asker.id))
        return commit_opening(self.table, act, session, [spent, *checks])
