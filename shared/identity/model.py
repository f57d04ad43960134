"""People, one-time links and sessions as values; who is asking, and by which grants: principal.py.

What a caller may do is read from the account (device, token) at each request and never kept in the session, so that a
role that was taken away, and a sign-out everywhere, hold from that moment on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from shared.identity.principal import PUBLIC, Grant, Principal, Role
from shared.kernel.shapes import Shape

__all__ = (
    "ACCOUNT", "INVITATION", "PUBLIC", "SESSION", "Account", "Grant", "Invitation", "Opening", "Principal", "Role", "Session",
)  # fmt: skip
"""Whoever reads accounts needs grants too; who needs only the caller reads principal.py."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person who may sign in.

    `id` is random and says nothing of the person: authenticators keep it (WebAuthn 4, user handle). `epoch` is the number
    that the person's sessions bear: raising it ends them all at once. `ended_at`: nobody signs in with it any more.
    """

    id: str
    name: str = field(repr=False)
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    grants: tuple[Grant, ...] = ()
    created_at: datetime
    ended_at: datetime | None = None
    locale: str = "vi"
    epoch: int = 0

    def principal(self) -> Principal:
        """The account as a caller."""
        return Principal(kind="PERSON", id=self.id, grants=self.grants, name=self.name)


class Opening(StrEnum):
    """How a session was opened. TERMINAL: by a link that an operator printed; LINK and CODE: by what a letter brought."""

    TERMINAL = "TERMINAL"
    LINK = "LINK"
    CODE = "CODE"
    PASSKEY = "PASSKEY"
    DEVICE = "DEVICE"
    TOKEN = "TOKEN"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A one-time link before it is spent: it opens a session as `principal` until `expires_at`.

    `how` is TERMINAL or LINK. `binding`: the print of the cookie of the browser that asked for the link; None for an
    invitation, which is whoever's taps first. `epoch`: the account's when the link was made; another one ends the link.
    """

    principal: Principal
    expires_at: datetime
    session_hours: int
    spent_at: datetime | None = None
    idle_minutes: int | None = None
    how: Opening = Opening.TERMINAL
    binding: str | None = None
    epoch: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session of a person (`kind` PERSON, `holder` the account's id) or of a device (DEVICE, the device's id).

    `grants` None: they are read from the holder's own record at each request; else they are what the link of a device
    gave it. `proved_at`: when the person last showed who they are, `proof`: by what (passkey, code, a link just spent).
    Over when ended, at `expires_at`, after `idle_minutes` without use, or when the account's epoch is another.
    """

    kind: str
    holder: str
    grants: tuple[Grant, ...] | None = None
    how: Opening
    opened_at: datetime
    seen_at: datetime
    proved_at: datetime | None = None
    proof: Opening | None = None
    expires_at: datetime
    idle_minutes: int | None = None
    epoch: int = 0
    ended: bool = False
    agent: str = field(default="", repr=False)

    @property
    def idle_until(self) -> datetime:
        """The end as it stands without further use."""
        if self.idle_minutes is None:
            return self.expires_at
        return min(self.expires_at, self.seen_at + timedelta(minutes=self.idle_minutes))

    def is_open(self, now: datetime) -> bool:
        """Whether its cookie still opens anything; the account's epoch is for the reader to compare."""
        return not self.ended and now < self.idle_until


def _with_holder(body: dict[str, Any]) -> dict[str, Any]:
    """Shape 1 kept the caller's grants in the session. A device keeps them; a person's are in the account from now on."""
    principal = body["principal"]
    return {
        "kind": principal["kind"],
        "holder": principal["id"],
        "grants": principal["grants"] if principal["kind"] == "DEVICE" else None,
        "how": Opening.TERMINAL.value,
        "opened_at": body["opened_at"],
        "seen_at": body["opened_at"],
        "expires_at": body["expires_at"],
        "ended": body["ended"],
    }


ACCOUNT: Final = Shape(Account, 1)
INVITATION: Final = Shape(Invitation, 1)
SESSION: Final = Shape(Session, 2, {1: _with_holder})
