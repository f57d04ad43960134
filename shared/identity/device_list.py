"""Where devices are kept, and the list of them that organisers see (the key table stands in the package's docstring).
Called by device_enrolment.py, device_sessions.py, functions/hall/devices.py and functions/console/devices.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from events.envelope import Act
from shared.identity import devices
from shared.identity.devices import DEVICE, SEEN, Device, Phase, Seen
from shared.identity.model import Role
from shared.kernel.errors import Conflict, NotFound
from shared.kernel.ports import ABSENT, Put, Table

_ORDER = (Phase.WAITING, Phase.CLAIMED, Phase.INVITED, Phase.ACTIVE, Phase.LAPSED, Phase.OVER, Phase.ENDED)
"""What waits for a person comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLine:
    """One device as organisers see it. `digits` only while they are to be compared; `seen_at` to the minute."""

    id: str
    role: Role
    place: str | None
    name: str
    phase: Phase
    invited_at: datetime
    due_at: datetime
    valid_until: datetime
    by_terminal: bool
    active_at: datetime | None
    ended_at: datetime | None
    end: str | None
    seen_at: datetime | None
    digits: str | None
    replaces: str | None


class ListDevices:
    """The devices of a ceremony: first those that wait for a person, then the standing ones, the ended ones last."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, ceremony: str, now: datetime) -> tuple[DeviceLine, ...]:
        page = self._table.query(partition(ceremony), prefix="seen#", limit=1000)
        seen = {item.sort.partition("#")[2]: SEEN.read(item.body).at for item in page.items}
        lines = [line(one, now, seen.get(one.id)) for one in all_devices(self._table, ceremony)]
        newest_first = sorted(lines, key=lambda each: each.invited_at, reverse=True)
        return tuple(sorted(newest_first, key=lambda each: _ORDER.index(each.phase)))


class ShowDevice:
    """One device."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, ceremony: str, device: str) -> Device:
        """Raises NotFound(device.unknown)."""
        return found_device(self._table, ceremony, device)[0]


class NoteSeen:
    """When a device was last heard of: written at most once a minute, in an item of its own. Late is early enough."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, ceremony: str, device: str) -> None:
        key = partition(ceremony), f"seen#{device}"
        item = self._table.get(*key)
        if item is not None and act.at < SEEN.read(item.body).at + devices.SEEN_EVERY:
            return
        body, expect = SEEN.body(Seen(at=act.at)), ABSENT if item is None else item.version
        try:
            self._table.commit([Put(partition=key[0], sort=key[1], body=body, expect=expect)])
        except Conflict:
            return  # another request of the same device noted it this very moment


def partition(ceremony: str) -> str:
    return f"devices#{ceremony}"


def device_put(device: Device, expect: int) -> Put:
    return Put(
        partition=partition(device.ceremony), sort=f"device#{device.id}", body=DEVICE.body(device), expect=expect
    )


def found_device(table: Table, ceremony: str, device: str) -> tuple[Device, int]:
    """The device and its item's version. Raises NotFound(device.unknown)."""
    item = table.get(partition(ceremony), f"device#{device}")
    if item is None:
        raise NotFound("device.unknown")
    return DEVICE.read(item.body), item.version


def all_devices(table: Table, ceremony: str) -> tuple[Device, ...]:
    """Every device that the ceremony ever had: at most MOST_EVER."""
    page = table.query(partition(ceremony), prefix="device#", limit=1000)
    return tuple(DEVICE.read(item.body) for item in page.items)


def line(device: Device, now: datetime, seen_at: datetime | None = None) -> DeviceLine:
    """What is shown of a device: no key, no nonce, no print of a code."""
    phase = devices.phase(device, now)
    return DeviceLine(
        id=device.id,
        role=device.role,
        place=device.place,
        name=device.name,
        phase=phase,
        invited_at=device.invited_at,
        due_at=device.due_at,
        valid_until=device.valid_until,
        by_terminal=device.by_terminal,
        active_at=device.active_at,
        ended_at=device.ended_at,
        end=device.end.value if device.end else None,
        seen_at=seen_at,
        digits=device.digits if phase is Phase.WAITING else None,
        replaces=device.replaces,
    )
