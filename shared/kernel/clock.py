"""Business time. Leases, back-off and deadlines use the monotonic clock instead and never ask here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Tells the business time: what documents, tickets and reminders go by."""

    def now(self) -> datetime:
        """Now, an aware datetime in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands where it was put, for tests and for replays."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def zone_of(name: str) -> ZoneInfo:
    """The IANA zone of that name. Raises ValueError for a name that is none, whatever was typed."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError) as error:  # OSError: the name of a folder of zones
        raise ValueError(name) from error


def rfc3339(at: datetime) -> str:
    """`2027-02-12T00:30:00Z`: whole seconds, UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_key(at: datetime) -> str:
    """`2027-02-12T00:30:00.000000Z`: to the microsecond, always as long, so that keys sort by time."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
