"""Facts of identity: who entered, by what right. Never a secret, never an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened:
    """A one-time link was spent and a session opened. `kind` is PERSON or DEVICE."""

    principal: str
    kind: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRequested:
    """Somebody asked for a sign-in link or a code, for an address that may be nobody's. The sender of letters finds out."""

    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonInvited:
    """A person is to get a one-time link of 72 hours. `request` tells one invitation from the next."""

    account: str
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyChanged:
    """A passkey was ADDED to an account or REMOVED from it (`change`); its owner is told by mail."""

    account: str
    change: str
    passkey: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeysReset:
    """Two colleagues have vouched for a person who lost their passkeys: all ended, a link to begin anew is to go out."""

    account: str
    recovery: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceEnrolled:
    """A device stands from now on: somebody compared the digits, or the link came from the server's terminal. `role` is GATE
    or SCREEN."""

    device: str
    ceremony: str
    role: str
    place: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceEnded:
    """A device may do nothing any more. `why`: REVOKED, REPLACED, DIFFERENT (digits) or LEFT."""

    device: str
    ceremony: str
    role: str
    why: str


EVENTS: dict[tuple[str, int], type] = {
    ("SessionOpened", 1): SessionOpened,
    ("SignInRequested", 1): SignInRequested,
    ("PersonInvited", 1): PersonInvited,
    ("PasskeyChanged", 1): PasskeyChanged,
    ("PasskeysReset", 1): PasskeysReset,
    ("DeviceEnrolled", 1): DeviceEnrolled,
    ("DeviceEnded", 1): DeviceEnded,
}
