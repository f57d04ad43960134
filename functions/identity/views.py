"""What the identity API takes and answers, and how a browser is called in the list of one's sessions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from shared.identity.model import Principal
from shared.identity.passkeys import Passkey
from shared.identity.principal import Caller
from shared.identity.sessions import Listed

_BROWSERS: Final = (
    ("Edge", r"\bEdgA?/"), ("Opera", r"\bOPR/"), ("Cốc Cốc", r"\bcoc_coc"), ("Firefox", r"\bFirefox/|\bFxiOS/"),
    ("Samsung Internet", r"\bSamsungBrowser/"), ("Chrome", r"\bChrome/|\bCriOS/"), ("Safari", r"\bSafari/"),
)  # fmt: skip
_SYSTEMS: Final = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("macOS", "Mac OS X"),
    ("Linux", "Linux"),
)  # fmt: skip


def agent_of(headers: Mapping[str, str]) -> str:
    """`Chrome, Windows`: enough to know one's own machines by; the whole header is not kept."""
    told = headers.get("user-agent", "")
    browser = next((name for name, form in _BROWSERS if re.search(form, told)), "")
    system = next((name for name, mark in _SYSTEMS if mark in told), "")
    return ", ".join(each for each in (browser, system) if each)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSessionBody:
    """`secret` is what stands after the # of the one-time link."""

    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterBody:
    """The address to which a link and a code are to go."""

    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBody:
    """The six digits of the letter."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialBody:
    """What navigator.credentials.get() gave, as WebAuthn writes it in JSON (AuthenticationResponseJSON)."""

    credential: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolBody:
    """What navigator.credentials.create() gave (RegistrationResponseJSON), and how its owner calls the passkey."""

    name: str
    credential: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameBody:
    """A name."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalBody:
    """`although_last`: the person knows that without a passkey links by mail open the account again."""

    although_last: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionsView:
    """The options for the browser's authenticator, as WebAuthn writes them in JSON."""

    options: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterView:
    """The request is noted; a letter goes out if the address is known. For so long its code is good."""

    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantView:
    role: str
    reach: str
    place: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """Who is signed in, what the session reaches, and when it ends: at the latest, and without further use."""

    kind: str
    name: str
    grants: tuple[GrantView, ...]
    expires_at: datetime | None = None
    idle_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyView:
    """A passkey as its owner sees it."""

    id: str
    name: str
    created_at: datetime
    used_at: datetime | None
    backed_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSessionView:
    """One of the open sessions of a person; `own` is the one that asks."""

    id: str
    agent: str
    how: str
    opened_at: datetime
    seen_at: datetime
    expires_at: datetime
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """One's own account."""

    id: str
    name: str
    email: str | None
    phone: str | None
    grants: tuple[GrantView, ...]
    passkeys: tuple[PasskeyView, ...]
    sessions: tuple[OwnSessionView, ...]
    recovery_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryView:
    """`state` WAITING for a second colleague until `expires_at`, or DONE: the letter with a link is on its way."""

    person: str
    state: str
    expires_at: datetime | None = None


def grants_of(principal: Principal) -> tuple[GrantView, ...]:
    """The grants of a caller."""
    return tuple(GrantView(role=grant.role.value, reach=grant.reach, place=grant.place) for grant in principal.grants)


def session_view(caller: Caller) -> SessionView:
    """The caller's own session; nobody's for the public."""
    session, principal = caller.session, caller.principal
    return SessionView(
        kind=principal.kind, name=principal.name, grants=grants_of(principal),
        expires_at=session.expires_at if session else None, idle_until=session.idle_until if session else None,
    )  # fmt: skip


def passkey_view(passkey: Passkey) -> PasskeyView:
    """What is shown of a passkey: no key, no credential id."""
    return PasskeyView(
        id=passkey.id, name=passkey.name, created_at=passkey.created_at, used_at=passkey.used_at,
        backed_up=passkey.backed_up,
    )  # fmt: skip


def own_session_view(listed: Listed, own: str) -> OwnSessionView:
    """A line of the list of one's sessions."""
    session = listed.session
    return OwnSessionView(
        id=listed.id, agent=session.agent, how=session.how.value, opened_at=session.opened_at, seen_at=session.seen_at,
        expires_at=session.expires_at, own=listed.id == own,
    )  # fmt: skip
