"""How a device comes to stand: an organiser names it and gets a code, one browser claims the code and shows its key, people
compare six digits (devices.py decides, device_proofs.py says why the digits hold). Called by functions/hall/devices.py for
organisers and devices, by `giaouoc link` and the first start for links that are made at the terminal."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from events.envelope import Act, Envelope, wrap
from events.identity import DeviceEnded, DeviceEnrolled
from shared.identity import device_proofs, devices
from shared.identity.device_list import all_devices, device_put, found_device, partition
from shared.identity.devices import Device, End, State
from shared.identity.links import fingerprint, new_secret
from shared.identity.model import Role
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Invalid, Refused
from shared.kernel.ids import random_id
from shared.kernel.ports import ABSENT, ANY, Delete, Put, Table, Write

ROLL = "roll"
"""An item that every addition writes: two at once cannot both be the last that fits."""


class AddDevice:
    """Names a device of a ceremony and makes its code, which is returned once and never stored."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(
        self,
        act: Act,
        *,
        ceremony: str,
        role: Role,
        place: str | None,
        name: str,
        valid_until: datetime,
        by_terminal: timedelta | None = None,
        replaces: str | None = None,
    ) -> tuple[Device, str]:
        """`by_terminal`: how long the code of a device lasts that will need no comparison; the HTTP API never gives it.

        Raises Invalid(device.name_bad), Refused(device.too_many, device.over, device.no_such_kind)."""
        code = new_secret()
        device = Device(
            id=random_id(),
            ceremony=ceremony,
            role=_kind(role),
            name=devices.device_name(name),
            state=State.INVITED,
            invited_at=act.at,
            invited_by=act.actor,
            due_at=act.at + (by_terminal or devices.CODE_LIFETIME),
            valid_until=valid_until,
            place=place,
            by_terminal=by_terminal is not None,
            code=fingerprint(code),
            replaces=replaces,
        )
        if act.at >= valid_until:
            raise Refused("device.over")
        return decide_again(partial(self._add, act, device)), code

    def _add(self, act: Act, device: Device) -> Device:
        roll = self._table.get(partition(device.ceremony), ROLL)
        standing = all_devices(self._table, device.ceremony)
        writes: list[Write] = []
        facts: list[Envelope] = []
        former = next((one for one in standing if one.id == device.replaces), None)
        if former is not None and former.state is not State.ENDED:
            end_writes, facts = ending(self._table, act, former, End.REPLACED)
            writes += end_writes
            standing = tuple(one for one in standing if one.id != former.id)
        if sum(devices.is_open(one, act.at) for one in standing) >= devices.MOST_OPEN:
            raise Refused("device.too_many", most=devices.MOST_OPEN)
        if len(standing) >= devices.MOST_EVER:
            raise Refused("device.too_many_ever", most=devices.MOST_EVER)
        body = {"added": len(standing) + 1}
        expect = ABSENT if roll is None else roll.version
        writes += [
            Put(partition=partition(device.ceremony), sort=ROLL, body=body, expect=expect),
            device_put(device, ABSENT),
            code_put(device),
        ]
        self._table.commit(writes, facts)
        return device


class RenewCode:
    """Another code for a device that nobody has enrolled yet: the former one was too slow, or somebody else took it."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(
        self, act: Act, ceremony: str, device: str, *, by_terminal: timedelta | None = None
    ) -> tuple[Device, str]:
        """`by_terminal` as for AddDevice. Raises NotFound, Refused(device.no_code_now, device.too_many)."""
        code = new_secret()
        return decide_again(partial(self._renew, act, ceremony, device, code, by_terminal)), code

    def _renew(self, act: Act, ceremony: str, device: str, code: str, by_terminal: timedelta | None) -> Device:
        standing, version = found_device(self._table, ceremony, device)
        others = sum(devices.is_open(one, act.at) for one in all_devices(self._table, ceremony) if one.id != device)
        if others >= devices.MOST_OPEN:
            raise Refused("device.too_many", most=devices.MOST_OPEN)
        due_at = act.at + (by_terminal or devices.CODE_LIFETIME)
        invited = devices.invited_again(standing, act.at, fingerprint(code), due_at)
        invited = replace(invited, by_terminal=by_terminal is not None)
        former = Delete(partition=f"device-code#{standing.code}", sort="code", expect=ANY)
        self._table.commit([device_put(invited, version), code_put(invited), former])
        return invited


class ClaimCode:
    """Step 1 and 2: the first browser that comes has the code to itself."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, code: str, commitment: bytes) -> Device:
        """Raises Refused(device.code_not_valid, device.code_used, device.code_expired)."""
        server_nonce = device_proofs.text_of(secrets.token_bytes(device_proofs.NONCE_BYTES))
        return decide_again(
            partial(self._claim, act, fingerprint(code), device_proofs.text_of(commitment), server_nonce)
        )

    def _claim(self, act: Act, code: str, commitment: str, server_nonce: str) -> Device:
        item = self._table.get(f"device-code#{code}", "code")
        if item is None:
            raise Refused("device.code_not_valid")
        standing, version = found_device(self._table, str(item.body["ceremony"]), str(item.body["device"]))
        claimed = devices.claimed(standing, act.at, code=code, commitment=commitment, server_nonce=server_nonce)
        if claimed is not standing:
            self._table.commit([device_put(claimed, version)])
        return claimed


class GiveKey:
    """Step 3: the browser shows the key that it had bound itself to. It waits then, unless the link came from the terminal."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(
        self, act: Act, ceremony: str, device: str, *, origin: str, public_key: bytes, nonce: bytes, signature: bytes
    ) -> Device:
        """Raises NotFound, Refused(device.code_expired, device.code_used, device.key_bad, device.proof_bad)."""
        decide = partial(
            devices.keyed, now=act.at, origin=origin, public_key=public_key, nonce=nonce, signature=signature
        )
        return _changed(self._table, act, ceremony, device, decide)


class CompareDigits:
    """An organiser saw the digits on both sides: the device stands, or its enrolment ends."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, ceremony: str, device: str, *, digits: str, same: bool) -> Device:
        """Raises NotFound, Refused(device.nothing_to_compare)."""
        decide = partial(devices.compared, now=act.at, by=act.actor, digits=digits, same=same)
        return _changed(self._table, act, ceremony, device, decide)


class EndDevice:
    """Revokes a device, or lets it leave: its session is gone in the same commit, so the next request is refused."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, ceremony: str, device: str, why: End = End.REVOKED) -> Device:
        """Raises NotFound. Ending twice changes nothing."""
        return decide_again(partial(self._end, act, ceremony, device, why))

    def _end(self, act: Act, ceremony: str, device: str, why: End) -> Device:
        standing, _ = found_device(self._table, ceremony, device)
        if standing.state is not State.ENDED:
            writes, facts = ending(self._table, act, standing, why)
            self._table.commit(writes, facts)
        return found_device(self._table, ceremony, device)[0]


def ending(table: Table, act: Act, device: Device, why: End) -> tuple[list[Write], list[Envelope]]:
    """The writes and the fact that end a device as it stands now."""
    standing, version = found_device(table, device.ceremony, device.id)
    ended = devices.ended(standing, act.at, act.actor, why)
    writes: list[Write] = [
        device_put(ended, version),
        Delete(partition=f"device-code#{standing.code}", sort="code", expect=ANY),
    ]
    if standing.session is not None:
        writes.append(Delete(partition=f"session#{standing.session}", sort="session", expect=ANY))
    fact = DeviceEnded(device=ended.id, ceremony=ended.ceremony, role=ended.role.value, why=why.value)
    return writes, [wrap(fact, act, subject=ended.id, version=version + 1)]


def _changed(table: Table, act: Act, ceremony: str, device: str, decide: Callable[[Device], Device]) -> Device:
    """Reads, decides, commits; a device that begins to stand is told to the bus."""

    def attempt() -> Device:
        standing, version = found_device(table, ceremony, device)
        after = decide(standing)
        if after is standing:
            return standing
        facts = []
        if after.state is State.ACTIVE:
            fact = DeviceEnrolled(device=after.id, ceremony=ceremony, role=after.role.value, place=after.place)
            facts = [wrap(fact, act, subject=after.id, version=version + 1)]
        elif after.state is State.ENDED and after.end is not None:
            ended = DeviceEnded(device=after.id, ceremony=ceremony, role=after.role.value, why=after.end.value)
            facts = [wrap(ended, act, subject=after.id, version=version + 1)]
        table.commit([device_put(after, version)], facts)
        return after

    return decide_again(attempt)


def code_put(device: Device) -> Put:
    """The item by which a code finds its device. It outlives the code by a day, so that "too late" can be said."""
    body = {"ceremony": device.ceremony, "device": device.id}
    gone = device.due_at + timedelta(days=1)
    return Put(partition=f"device-code#{device.code}", sort="code", body=body, expect=ABSENT, expires_at=gone)


def _kind(role: Role) -> Role:
    if role not in devices.KINDS:
        raise Invalid("device.no_such_kind", field="role")
    return role
