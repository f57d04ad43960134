"""Bodies and answers of the routes of operations and settings, and the keys as a page shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared.identity.maintenance import CopyRequest
from shared.identity.office import HeadingFamily, OfficeSettings, Retention
from shared.kernel.operations import Copies, FailedItem, Work
from shared.kernel.trust import TrustedKey, TrustList


@dataclass(frozen=True, slots=True, kw_only=True)
class WorksView:
    """Every kind of background work; `failed` of all together."""

    works: tuple[Work, ...]
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedItemsView:
    """Some of what was put aside of one work, the oldest first."""

    work: str
    items: tuple[FailedItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryBody:
    """`ids` of messages, at most fifty."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DropBody:
    """`id` of the message that is given up for good, and why."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiesView:
    """The copies as the engine knows them, and the latest request for one."""

    copies: Copies
    request: CopyRequest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsBody:
    """All of the settings, made from `version` of them."""

    name: str
    contact: str
    version: int
    heading: HeadingFamily = HeadingFamily.STATE
    zone: str = "Asia/Ho_Chi_Minh"
    language: str = "vi"
    second_officer: tuple[str, ...] = ()
    retention: Retention = field(default_factory=Retention)

    def settings(self) -> OfficeSettings:
        return OfficeSettings(
            name=self.name,
            heading=self.heading,
            contact=self.contact,
            zone=self.zone,
            language=self.language,
            second_officer=self.second_officer,
            retention=self.retention,
            version=self.version,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLine:
    """A key of the trust list. `state`: in_force, coming, past or revoked."""

    issuer: str
    purpose: str
    kid: str
    since: datetime
    until: datetime
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysView:
    """Keys in the order of issuer and purpose. `due`: when the first issuer and purpose has no key any more, by which day a
    key session must have been held."""

    keys: tuple[KeyLine, ...]
    due: datetime | None


def keys_of(trust: TrustList, now: datetime) -> KeysView:
    """The keys of a trust list as they stand at `now`."""
    lines = tuple(
        KeyLine(
            issuer=key.issuer,
            purpose=key.purpose.value,
            kid=key.kid.hex(),
            since=datetime.fromtimestamp(key.valid_from, UTC),
            until=datetime.fromtimestamp(key.valid_until, UTC),
            state=_state(key, now),
        )
        for key in sorted(trust.keys, key=lambda each: (each.issuer, each.purpose.value, -each.valid_from))
    )
    return KeysView(keys=lines, due=_due(lines))


def _due(lines: Iterable[KeyLine]) -> datetime | None:
    last: dict[tuple[str, str], datetime] = {}
    for each in lines:
        if each.state in ("in_force", "coming"):
            place = (each.issuer, each.purpose)
            last[place] = max(each.until, last.get(place, each.until))
    return min(last.values(), default=None)


def _state(key: TrustedKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if now.timestamp() < key.valid_from:
        return "coming"
    return "in_force" if now.timestamp() < key.valid_until else "past"
