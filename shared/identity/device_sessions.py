"""How a device that stands signs in: it signs a challenge with its key and gets a session. The key is who it is, the session
only spares it a signature per request; a lost cookie is renewed without anybody noticing.

A challenge is 32 random bytes, good for two minutes and for one session. A device has one session: a new one ends the
former in the same commit, so two phones can never work side by side under one name. Revoking deletes the session, so no
request needs to read the device's record to know that it is over. Called by functions/hall/devices.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from events.envelope import Act, wrap
from events.identity import SessionOpened
from shared.identity import device_proofs, devices
from shared.identity.device_list import device_put, found_device
from shared.identity.devices import Device
from shared.identity.links import fingerprint, new_secret
from shared.identity.model import SESSION, Opening, Session
from shared.identity.sessions import session_put
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Conflict, Refused
from shared.kernel.ports import ABSENT, ANY, Delete, Item, Put, Table, Write

CHALLENGE_LIFETIME: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """`text` is what the device signs (43 characters of base64url); stored only as SHA-256."""

    text: str
    expires_at: datetime


class AskChallenge:
    """What a device has to sign to get a session."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, ceremony: str, device: str) -> Challenge:
        """Raises NotFound(device.unknown), and Refused as `devices.check_stands`: a device that may not work is told why."""
        devices.check_stands(found_device(self._table, ceremony, device)[0], act.at)
        challenge = Challenge(text=new_secret(), expires_at=act.at + CHALLENGE_LIFETIME)
        body = {"device": device, "expires_at": challenge.expires_at.isoformat()}
        self._table.commit([
            Put(partition=_challenge(challenge.text), sort="challenge", body=body, expect=ABSENT,
                expires_at=challenge.expires_at),
        ])  # fmt: skip
        return challenge


class OpenDeviceSession:
    """Spends a challenge and opens the device's session."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(
        self,
        act: Act,
        ceremony: str,
        device: str,
        *,
        origin: str,
        challenge: str,
        signature: bytes,
        valid_until: datetime,
        agent: str = "",
    ) -> tuple[str, Session, Device]:
        """The cookie's value, the session, the device. `valid_until`: 12 hours after the ceremony as it is planned now.

        Raises NotFound(device.unknown), Refused(device.proof_bad): challenge or signature; Refused(device.too_often); and
        as `devices.check_stands`.
        """
        attempt = partial(self._open, act, ceremony, device, origin, challenge, signature, valid_until, agent)
        return decide_again(attempt)

    def _open(
        self,
        act: Act,
        ceremony: str,
        device: str,
        origin: str,
        challenge: str,
        signature: bytes,
        valid_until: datetime,
        agent: str,
    ) -> tuple[str, Session, Device]:
        standing, version = found_device(self._table, ceremony, device)
        devices.check_stands(replace(standing, valid_until=valid_until), act.at)
        asked = self._asked(act, device, challenge)
        text = device_proofs.sign_in_text(origin, device, challenge.encode())
        if not device_proofs.verify(device_proofs.raw(standing.public_key), signature, text):
            raise Refused("device.proof_bad")
        cookie = new_secret()
        name = fingerprint(cookie)
        after = devices.signed_in(standing, act.at, session=name, valid_until=valid_until)
        session = Session(
            kind="DEVICE", holder=device, grants=after.principal.grants, how=Opening.DEVICE, opened_at=act.at,
            seen_at=act.at, expires_at=valid_until, agent=agent,
        )  # fmt: skip
        writes: list[Write] = [
            Delete(partition=asked.partition, sort=asked.sort, expect=asked.version),
            device_put(after, version),
            session_put(name, session, ABSENT),
        ]
        if standing.session is not None:
            writes.append(Delete(partition=f"session#{standing.session}", sort="session", expect=ANY))
        opened = SessionOpened(principal=device, kind="DEVICE", expires_at=session.expires_at)
        try:
            self._table.commit(writes, [wrap(opened, act, subject=name[:26], version=1)])
        except Conflict:
            if self._table.get(asked.partition, asked.sort) is None:  # somebody sent the same signature at once
                raise Refused("device.proof_bad") from None
            raise
        return cookie, session, after

    def _asked(self, act: Act, device: str, challenge: str) -> Item:
        item = self._table.get(_challenge(challenge), "challenge")
        if (
            item is None
            or item.body["device"] != device
            or act.at >= datetime.fromisoformat(str(item.body["expires_at"]))
        ):
            raise Refused("device.proof_bad")
        return item


class ChangeDevice:
    """Another name, or another gate: a phone that is carried from gate A to gate B keeps its key and its session."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, ceremony: str, device: str, *, name: str, place: str | None) -> Device:
        """Raises NotFound, Invalid(device.name_bad)."""
        return decide_again(partial(self._change, ceremony, device, name, place))

    def _change(self, ceremony: str, device: str, name: str, place: str | None) -> Device:
        standing, version = found_device(self._table, ceremony, device)
        after = devices.changed(standing, name=name, place=place)
        if after == standing:
            return standing
        self._table.commit([device_put(after, version), *_moved_session(self._table, standing, after)])
        return after


def _moved_session(table: Table, before: Device, after: Device) -> list[Write]:
    """The write by which the open session of a device follows it to another gate."""
    if before.session is None or before.place == after.place:
        return []
    item = table.get(f"session#{before.session}", "session")
    if item is None:
        return []
    session = replace(SESSION.read(item.body), grants=after.principal.grants)
    return [session_put(before.session, session, item.version)]


def _challenge(text: str) -> str:
    return f"device-challenge#{fingerprint(text)}"
