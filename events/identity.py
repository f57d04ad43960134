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
class GrantsChanged:
    """What a person may do was changed: a role GIVEN or TAKEN, or the account ENDED (`change`; role and reach are empty
    then). They are told by mail; `number` is the account's version, and tells one change from the next."""

    account: str
    change: str
    role: str
    reach: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAddressChanged:
    """A colleague gave a person another mail address, or none: the one that stood until then hears of it. `number` is the
    account's version, and tells one change from the next."""

    account: str
    number: int


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyLinkRequested:
    """Somebody wants to see what is held about a mail address, which may be nobody's. The sender of letters finds out."""

    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectRequestDecided:
    """A person's request about the data held about them was answered, or carried out: `state` is GRANTED, CARRIED_OUT or
    REFUSED. They are told by mail."""

    request: str
    state: str


EVENTS: dict[tuple[str, int], type] = {
    ("SessionOpened", 1): SessionOpened,
    ("SignInRequested", 1): SignInRequested,
    ("PersonInvited", 1): PersonInvited,
    ("GrantsChanged", 1): GrantsChanged,
    ("PersonAddressChanged", 1): PersonAddressChanged,
    ("PasskeyChanged", 1): PasskeyChanged,
    ("PasskeysReset", 1): PasskeysReset,
    ("DeviceEnrolled", 1): DeviceEnrolled,
    ("DeviceEnded", 1): DeviceEnded,
    ("PrivacyLinkRequested", 1): PrivacyLinkRequested,
    ("SubjectRequestDecided", 1): SubjectRequestDecided,
}
