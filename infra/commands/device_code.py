"""Codes for devices that are made at the server's own terminal: `giaouoc link gate|hall`, and the sample's first start.

Who types there has the data anyway, so such a device stands without a comparison, and its code lasts longer. It makes its
key itself like every other, is listed, and is revoked like every other. Nothing in the HTTP API makes such a code.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from events.envelope import Act
from shared.ceremonies.model import Ceremony
from shared.identity import devices
from shared.identity.device_enrolment import AddDevice, RenewCode
from shared.identity.device_list import all_devices
from shared.identity.devices import Device, Phase
from shared.identity.model import Role
from shared.kernel.ports import Table
from shared.texts import say

LIFETIME: Final = timedelta(hours=24)
MOST_ALIKE: Final = 10
"""Devices of the terminal at one gate: beyond, the oldest makes room (a trial is started often and nobody tidies up)."""


def terminal_code(table: Table, act: Act, ceremony: Ceremony, role: Role, place: str | None) -> str:
    """The code of a device for a gate (GATE) or the hall (SCREEN); a link that nobody opened is made anew instead of another.

    Raises Refused(device.over) when the ceremony is over, Refused(device.too_many)."""
    alike = [
        one
        for one in all_devices(table, ceremony.id)
        if one.by_terminal and (one.role, one.place) == (role, place) and one.state.value != "ENDED"
    ]
    unused = [one for one in alike if devices.phase(one, act.at) in (Phase.INVITED, Phase.CLAIMED, Phase.LAPSED)]
    if unused:
        return RenewCode(table)(act, ceremony.id, unused[0].id, by_terminal=LIFETIME)[1]
    _, code = AddDevice(table)(
        act,
        ceremony=ceremony.id,
        role=role,
        place=place,
        name=say(f"devices.terminal_{role.value}", "vi", place=place),
        valid_until=ceremony.ends + devices.AFTER_CEREMONY,
        by_terminal=LIFETIME,
        replaces=_oldest(alike) if len(alike) >= MOST_ALIKE else None,
    )
    return code


def _oldest(alike: list[Device]) -> str:
    return min(alike, key=lambda one: one.invited_at).id
