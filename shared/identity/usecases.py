"""One-time links and sessions. Secrets are 32 random bytes, stored only as SHA-256 (FORMATS 6). Called by the edge."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from datetime import datetime, timedelta

from events.envelope import Act, wrap
from events.identity import SessionOpened
from shared.identity.model import INVITATION, PUBLIC, SESSION, Invitation, Principal, Session
from shared.kernel.errors import Conflict, Refused
from shared.kernel.ports import ABSENT, ANY, Delete, Put, Table

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


def new_secret() -> str:
    """32 random bytes as 43 characters of base64url."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()


def fingerprint(secret: str) -> str:
    """What is stored of a secret: SHA-256 in hex. Anything that is not a secret's form gets a print that none has."""
    return hashlib.sha256(secret.encode()).hexdigest() if _SECRET.fullmatch(secret) else "-"


class Invite:
    """Makes a one-time link's secret. It is returned once and never stored."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, principal: Principal, *, lifetime: timedelta, session_hours: int) -> str:
        secret = new_secret()
        invitation = Invitation(principal=principal, expires_at=act.at + lifetime, session_hours=session_hours)
        self.table.commit([
            Put(partition=f"link#{fingerprint(secret)}", sort="link", body=INVITATION.body(invitation), expect=ABSENT)
        ])  # fmt: skip
        return secret


class OpenSession:
    """Spends a one-time link (by POST after a tap, never by a GET) and opens a session for the browser that tapped."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, secret: str) -> tuple[str, Session]:
        """The session's cookie value and the session. Raises Refused: unknown, spent and expired links look alike."""
        key = f"link#{fingerprint(secret)}"
        item = self.table.get(key, "link")
        if item is None:
            raise Refused("identity.link_not_valid")
        link = INVITATION.read(item.body)
        if link.spent_at is not None or act.at >= link.expires_at:
            raise Refused("identity.link_not_valid")
        cookie = new_secret()
        session = Session(
            principal=link.principal, opened_at=act.at, expires_at=act.at + timedelta(hours=link.session_hours)
        )
        spent = Invitation(
            principal=link.principal, expires_at=link.expires_at, session_hours=link.session_hours, spent_at=act.at
        )
        name = f"session#{fingerprint(cookie)}"
        opened = SessionOpened(principal=link.principal.id, kind=link.principal.kind, expires_at=session.expires_at)
        try:
            self.table.commit(
                [
                    Put(partition=key, sort="link", body=INVITATION.body(spent), expect=item.version),
                    Put(partition=name, sort="session", body=SESSION.body(session), expect=ABSENT,
                        expires_at=session.expires_at),
                ],
                [wrap(opened, act, subject=key.partition("#")[2][:26], version=1)],
            )  # fmt: skip
        except Conflict:  # two taps at once: one of them has it
            raise Refused("identity.link_not_valid") from None
        return cookie, session


class FindSession:
    """Who a session cookie belongs to; everybody else is the public."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, cookie: str | None, now: datetime) -> Principal:
        if not cookie:
            return PUBLIC
        item = self.table.get(f"session#{fingerprint(cookie)}", "session")
        if item is None:
            return PUBLIC
        session = SESSION.read(item.body)
        return PUBLIC if session.ended or now >= session.expires_at else session.principal


class EndSession:
    """Signs out: the cookie opens nothing any more."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, cookie: str) -> None:
        self.table.commit([Delete(partition=f"session#{fingerprint(cookie)}", sort="session", expect=ANY)])
