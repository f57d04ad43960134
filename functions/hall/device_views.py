"""Bodies and answers of the routes of devices (functions/hall/devices.py)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.identity.device_list import DeviceLine
from shared.identity.devices import End, Phase
from shared.identity.model import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class AddDeviceBody:
    """`role` GATE or SCREEN; `place` one of the ceremony's gates (GATE alone); `name` as colleagues will know the device."""

    role: Role
    name: str
    place: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDeviceBody:
    name: str
    place: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareBody:
    """`digits` as the organiser's page showed them; `same`: the device shows the same ones."""

    digits: str
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentView:
    """`link` and its QR are shown once: whoever opens the link first, until `expires_at`, enrols this device."""

    device: DeviceLine
    link: str
    qr_svg: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicesView:
    """Those that wait for a person first. `cursor`: the place to go on from."""

    devices: tuple[DeviceLine, ...]
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimBody:
    """`code` is what stands after the # of the link; `commitment` 32 bytes, base64url."""

    code: str
    commitment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimView:
    """What the device is to be, and the server's 32 bytes (base64url)."""

    device: str
    ceremony: str
    title: str
    role: Role
    place: str | None
    name: str
    nonce: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyBody:
    """Public key (65 bytes), the bytes that were kept back (32), signature r || s (64); base64url."""

    ceremony: str
    device: str
    public_key: str
    nonce: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StateView:
    state: Phase
    end: End | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhichBody:
    ceremony: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeView:
    challenge: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInBody:
    ceremony: str
    device: str
    challenge: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnView:
    """The device as it knows itself."""

    device: str
    ceremony: str
    role: Role
    place: str | None
    name: str
    valid_until: datetime
