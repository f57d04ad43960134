"""Devices of a ceremony's doors and halls: what a device is, and each step of its life as a pure decision (DESIGN 5).

    INVITED    an organiser named it and showed its code; nobody has the code yet, or not for 5 minutes
    CLAIMED    one browser has the code to itself and has bound itself to a key (device_proofs.py)
    WAITING    the key is known; both sides show 6 digits; it may do nothing
    ACTIVE     somebody compared the digits and pressed "same": the key opens sessions until `valid_until`
    ENDED      for ever: revoked, replaced, left, or the digits differed

Times decide too: a code lasts 5 minutes, a claim 2, a comparison 10, a device until 12 hours after its ceremony. `phase`
says where a device stands at a moment (LAPSED, OVER). A device made at the server's own terminal (`by_terminal`) needs no
comparison: who types there may do everything anyway. Called by device_enrolment.py and device_sessions.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from events.envelope import Actor
from shared.identity import device_proofs
from shared.identity.model import Grant, Principal, Role
from shared.kernel.errors import Invalid, Refused
from shared.kernel.shapes import Shape
from shared.kernel.text import nfc

CODE_LIFETIME: Final = timedelta(minutes=5)
CLAIM_LIFETIME: Final = timedelta(minutes=2)
COMPARISON_LIFETIME: Final = timedelta(minutes=10)
AFTER_CEREMONY: Final = timedelta(hours=12)
"""A door's device works until then (FORMATS 5)."""
MOST_OPEN: Final = 40
"""Devices of one ceremony that stand or are being enrolled."""
MOST_EVER: Final = 400
"""Devices of one ceremony, the ended ones included: the list stays one page."""
SIGN_INS: Final = 30
SIGN_IN_WINDOW: Final = timedelta(minutes=10)
"""A device that opens more sessions than that shares its key with another, or is out of order."""
SEEN_EVERY: Final = timedelta(minutes=1)
LONGEST_NAME: Final = 60
KINDS: Final = (Role.GATE, Role.SCREEN)


class State(StrEnum):
    INVITED = "INVITED"
    CLAIMED = "CLAIMED"
    WAITING = "WAITING"
    ACTIVE = "ACTIVE"
    ENDED = "ENDED"


class Phase(StrEnum):
    """State and time together, as people see it."""

    INVITED = "INVITED"
    CLAIMED = "CLAIMED"
    WAITING = "WAITING"
    ACTIVE = "ACTIVE"
    ENDED = "ENDED"
    LAPSED = "LAPSED"
    OVER = "OVER"


class End(StrEnum):
    """Why a device has ended."""

    REVOKED = "REVOKED"
    REPLACED = "REPLACED"
    DIFFERENT = "DIFFERENT"
    LEFT = "LEFT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One phone, scanner or projector of one ceremony. `id` names it in admissions and in the audit trail for ever.

    `code`: SHA-256 of the enrolment code in hex. `due_at`: when the step that is under way lapses. Keys, nonces and the
    commitment are base64url. `session`: the print of its one open session.
    """

    id: str
    ceremony: str
    role: Role
    name: str
    state: State
    invited_at: datetime
    invited_by: Actor
    due_at: datetime
    valid_until: datetime
    place: str | None = None
    by_terminal: bool = False
    code: str = ""
    commitment: str = ""
    server_nonce: str = ""
    nonce: str = ""
    public_key: str = ""
    active_at: datetime | None = None
    active_by: Actor | None = None
    ended_at: datetime | None = None
    ended_by: Actor | None = None
    end: End | None = None
    session: str | None = None
    sign_ins: tuple[datetime, ...] = ()
    replaces: str | None = None

    @property
    def principal(self) -> Principal:
        """Who its sessions belong to: one role, one ceremony, one gate."""
        grant = Grant(role=self.role, reach=self.ceremony, place=self.place)
        return Principal(kind="DEVICE", id=self.id, grants=(grant,))

    @property
    def digits(self) -> str | None:
        """The six digits that are to be compared, once the key is known."""
        if not self.public_key:
            return None
        key, nonce = device_proofs.raw(self.public_key), device_proofs.raw(self.nonce)
        return device_proofs.digits(self.code, key, nonce, device_proofs.raw(self.server_nonce))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """When a device was last heard of. An item of its own: nothing that decides waits for it."""

    at: datetime


DEVICE = Shape(Device, 1)
SEEN = Shape(Seen, 1)


def phase(device: Device, now: datetime) -> Phase:
    """Where a device stands at this moment."""
    if device.state is State.ENDED:
        return Phase.ENDED
    if now >= device.valid_until:
        return Phase.OVER
    if device.state is not State.ACTIVE and now >= device.due_at:
        return Phase.LAPSED
    return Phase(device.state.value)


def is_open(device: Device, now: datetime) -> bool:
    """Whether it counts against the ceremony's limit."""
    return phase(device, now) not in (Phase.ENDED, Phase.OVER, Phase.LAPSED)


def invited_again(device: Device, now: datetime, code: str, due_at: datetime) -> Device:
    """Another code for a device that never stood; the former one serves nobody any more. Raises Refused."""
    if device.active_at is not None or phase(device, now) not in (Phase.INVITED, Phase.CLAIMED, Phase.LAPSED):
        raise Refused("device.no_code_now")
    return replace(
        device, state=State.INVITED, code=code, due_at=due_at, commitment="", server_nonce="", nonce="", public_key=""
    )


def changed(device: Device, *, name: str, place: str | None) -> Device:
    """Another name or gate. Raises Invalid(device.name_bad)."""
    return replace(device, name=device_name(name), place=place)


def device_name(name: str) -> str:
    """What people call it, as they meant it. Raises Invalid(device.name_bad)."""
    clean = nfc(name)
    if not 1 <= len(clean) <= LONGEST_NAME:
        raise Invalid("device.name_bad", field="name", most=LONGEST_NAME)
    return clean


def claimed(device: Device, now: datetime, *, code: str, commitment: str, server_nonce: str) -> Device:
    """The first browser that comes with the code has it, and the same one may ask again. Raises Refused."""
    if device.code != code or device.state is State.ENDED:
        raise Refused("device.code_not_valid")
    if device.commitment:
        if device.commitment != commitment:
            raise Refused("device.code_used")
        return device
    if phase(device, now) is not Phase.INVITED:
        raise Refused("device.code_expired")
    due_at = max(device.due_at, now + CLAIM_LIFETIME) if not device.by_terminal else now + CLAIM_LIFETIME
    return replace(device, state=State.CLAIMED, commitment=commitment, server_nonce=server_nonce, due_at=due_at)


def keyed(device: Device, now: datetime, *, origin: str, public_key: bytes, nonce: bytes, signature: bytes) -> Device:
    """The key that the browser had bound itself to, with proof that it holds it. Raises Refused."""
    spelled = device_proofs.text_of(public_key)
    if device.public_key:
        if device.public_key != spelled:
            raise Refused("device.code_used")
        return device
    if phase(device, now) is not Phase.CLAIMED:
        raise Refused("device.code_expired")
    device_proofs.check_key(public_key)
    text = device_proofs.enrolment_text(origin, device.id, nonce, device_proofs.raw(device.server_nonce))
    if not device_proofs.keeps(device_proofs.raw(device.commitment), public_key, nonce):
        raise Refused("device.proof_bad")
    if not device_proofs.verify(public_key, signature, text):
        raise Refused("device.proof_bad")
    waiting = replace(
        device,
        state=State.WAITING,
        public_key=spelled,
        nonce=device_proofs.text_of(nonce),
        due_at=now + COMPARISON_LIFETIME,
    )
    return activated(waiting, now, device.invited_by) if device.by_terminal else waiting


def compared(device: Device, now: datetime, by: Actor, *, digits: str, same: bool) -> Device:
    """What an organiser saw on both sides. `digits` are those that the organiser's page showed. Raises Refused."""
    if device.state is State.ACTIVE and same and device.digits == digits:
        return device  # pressed twice
    if phase(device, now) is not Phase.WAITING or device.digits != digits:
        raise Refused("device.nothing_to_compare")
    return activated(device, now, by) if same else ended(device, now, by, End.DIFFERENT)


def activated(device: Device, now: datetime, by: Actor) -> Device:
    return replace(device, state=State.ACTIVE, active_at=now, active_by=by, due_at=device.valid_until)


def ended(device: Device, now: datetime, by: Actor, why: End) -> Device:
    """Over for ever; ending twice keeps the first."""
    if device.state is State.ENDED:
        return device
    return replace(device, state=State.ENDED, ended_at=now, ended_by=by, end=why, session=None)


def signed_in(device: Device, now: datetime, *, session: str, valid_until: datetime) -> Device:
    """A new session in place of the former one. `valid_until` follows the ceremony's end, which may have moved."""
    standing = replace(device, valid_until=valid_until)
    check_stands(standing, now)
    recent = tuple(at for at in device.sign_ins if at > now - SIGN_IN_WINDOW)
    if len(recent) >= SIGN_INS:
        raise Refused("device.too_often", minutes=int(SIGN_IN_WINDOW.total_seconds()) // 60)
    return replace(standing, session=session, sign_ins=(*recent, now))


def check_stands(device: Device, now: datetime) -> None:
    """Raises Refused with what the device's page has to say, unless the device may work."""
    standing = phase(device, now)
    if standing is Phase.ACTIVE:
        return
    if standing is Phase.ENDED:
        raise Refused("device.different" if device.end is End.DIFFERENT else "device.revoked")
    if standing is Phase.OVER:
        raise Refused("device.over")
    raise Refused("device.waiting" if standing is Phase.WAITING else "device.not_enrolled")
