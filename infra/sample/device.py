"""A gate or a screen without a browser: a key pair, enrolment and sign-in over the public HTTP API, as a page does them.

Called by the sample, the demo, the rehearsal on AWS, measurements and tests. The key stays in the process's memory.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from events.envelope import Act
from shared.identity import device_proofs
from shared.identity.device_enrolment import AddDevice, ClaimCode, GiveKey
from shared.identity.device_proofs import NONCE_BYTES, raw, text_of
from shared.identity.device_sessions import AskChallenge, OpenDeviceSession
from shared.identity.devices import Device
from shared.identity.links import fingerprint
from shared.identity.model import Role
from shared.kernel.ports import Table

CLAIM: Final = "/api/v1/device/claim"
KEY: Final = "/api/v1/device/key"
CHALLENGE: Final = "/api/v1/device/challenge"
SESSION: Final = "/api/v1/device/session"


class Caller(Protocol):
    """A client of the HTTP API that keeps its cookies."""

    origin: str

    def post(self, path: str, body: Any = None) -> Any: ...


def _new_key() -> EllipticCurvePrivateKey:
    return generate_private_key(SECP256R1())


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """What a device keeps to itself: its key, and the bytes that it holds back until the server has given its own."""

    key: EllipticCurvePrivateKey = field(default_factory=_new_key)
    nonce: bytes = field(default_factory=lambda: secrets.token_bytes(NONCE_BYTES))

    @property
    def public(self) -> bytes:
        """The uncompressed point, 65 bytes."""
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def commitment(self) -> bytes:
        return device_proofs.commitment(self.public, self.nonce)

    def sign(self, text: bytes) -> bytes:
        """r || s over SHA-256 of the text, 64 bytes."""
        r, s = decode_dss_signature(self.key.sign(text, ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@dataclass(slots=True)
class SampleDevice:
    """One device with its own client. `ceremony`, `device` and `digits` are known once it is enrolled."""

    client: Caller
    own: DeviceKey = field(default_factory=DeviceKey)
    ceremony: str = ""
    device: str = ""
    digits: str = ""

    def enrol(self, code: str) -> str:
        """Claims the code and shows the key; the state afterwards: WAITING, or ACTIVE where the link came from the terminal.

        Raises ApiError."""
        claimed = self.client.post(CLAIM, {"code": code, "commitment": text_of(self.own.commitment)})
        self.ceremony, self.device = str(claimed["ceremony"]), str(claimed["device"])
        server_nonce = raw(claimed["nonce"])
        text = device_proofs.enrolment_text(self.client.origin, self.device, self.own.nonce, server_nonce)
        body = {
            "ceremony": self.ceremony,
            "device": self.device,
            "public_key": text_of(self.own.public),
            "nonce": text_of(self.own.nonce),
            "signature": text_of(self.own.sign(text)),
        }
        shown = self.client.post(KEY, body)
        self.digits = device_proofs.digits(fingerprint(code), self.own.public, self.own.nonce, server_nonce)
        return str(shown["state"])

    def sign_in(self) -> Any:
        """Opens the device's session; who it is then. Raises ApiError."""
        who = {"ceremony": self.ceremony, "device": self.device}
        challenge = self.client.post(CHALLENGE, who)["challenge"]
        text = device_proofs.sign_in_text(self.client.origin, self.device, challenge.encode())
        return self.client.post(SESSION, {**who, "challenge": challenge, "signature": text_of(self.own.sign(text))})


def enrolled(client: Caller, code: str) -> SampleDevice:
    """A device that is signed in by a code from the terminal. Raises ApiError, RuntimeError where a comparison is due."""
    device = SampleDevice(client)
    state = device.enrol(code)
    if state != "ACTIVE":
        raise RuntimeError(f"the device is {state}: somebody has to compare its digits")
    device.sign_in()
    return device


def enrolled_here(table: Table, act: Act, code: str, own: DeviceKey, *, origin: str) -> Device:
    """The device of a code as it is once its key is known, without HTTP."""
    claimed = ClaimCode(table)(act, code, own.commitment)
    proof = own.sign(device_proofs.enrolment_text(origin, claimed.id, own.nonce, raw(claimed.server_nonce)))
    return GiveKey(table)(
        act, claimed.ceremony, claimed.id, origin=origin, public_key=own.public, nonce=own.nonce, signature=proof
    )


def device_cookie(
    table: Table, act: Act, *, origin: str, ceremony: str, role: Role, place: str | None = None, hours: int = 24
) -> tuple[str, str]:
    """A standing device's id and the value of its session cookie, by the use cases themselves, without HTTP: for whoever
    needs a door and not the way to it (measurements, tests)."""
    own, until = DeviceKey(), act.at + timedelta(hours=hours)
    device, code = AddDevice(table)(
        act,
        ceremony=ceremony,
        role=role,
        place=place,
        name="Máy thử",
        valid_until=until,
        by_terminal=timedelta(hours=1),
    )
    enrolled_here(table, act, code, own, origin=origin)
    challenge = AskChallenge(table)(act, ceremony, device.id).text
    signature = own.sign(device_proofs.sign_in_text(origin, device.id, challenge.encode()))
    cookie, _, _ = OpenDeviceSession(table)(
        act, ceremony, device.id, origin=origin, challenge=challenge, signature=signature, valid_until=until
    )
    return device.id, cookie
