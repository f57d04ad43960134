"""A gate or a screen without a browser: a key pair, enrolment and sign-in over the public HTTP API, as a page does them.

Called by the sample, the demo, the rehearsal on AWS and tests. The key stays in the process's memory.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Final, Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.identity import device_proofs
from shared.identity.device_proofs import NONCE_BYTES, raw, text_of
from shared.identity.links import fingerprint

CLAIM: Final = "/api/v1/device/claim"
KEY: Final = "/api/v1/device/key"
CHALLENGE: Final = "/api/v1/device/challenge"
SESSION: Final = "/api/v1/device/session"


class Caller(Protocol):
    """A client of the HTTP API that keeps its cookies."""

    origin: str

    def post(self, path: str, body: Any = None) -> Any: ...


@dataclass
class SampleDevice:
    """One device with its own client. `ceremony` and `device` are known once the code was claimed."""

    client: Caller
    ceremony: str = ""
    device: str = ""
    digits: str = ""

    def __post_init__(self) -> None:
        self._key = generate_private_key(SECP256R1())
        self._nonce = secrets.token_bytes(NONCE_BYTES)

    @property
    def public_key(self) -> bytes:
        """The uncompressed point, 65 bytes."""
        return self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def signature(self, text: bytes) -> str:
        """r || s over SHA-256 of the text, base64url."""
        r, s = decode_dss_signature(self._key.sign(text, ECDSA(hashes.SHA256())))
        return text_of(r.to_bytes(32, "big") + s.to_bytes(32, "big"))

    def enrol(self, code: str) -> str:
        """Claims the code and shows the key; the state afterwards: WAITING, or ACTIVE where the link came from the terminal.

        Raises ApiError."""
        committed = text_of(device_proofs.commitment(self.public_key, self._nonce))
        claimed = self.client.post(CLAIM, {"code": code, "commitment": committed})
        self.ceremony, self.device = str(claimed["ceremony"]), str(claimed["device"])
        server_nonce = raw(claimed["nonce"])
        text = device_proofs.enrolment_text(self.client.origin, self.device, self._nonce, server_nonce)
        body = {
            "ceremony": self.ceremony,
            "device": self.device,
            "public_key": text_of(self.public_key),
            "nonce": text_of(self._nonce),
            "signature": self.signature(text),
        }
        shown = self.client.post(KEY, body)
        self.digits = device_proofs.digits(fingerprint(code), self.public_key, self._nonce, server_nonce)
        return str(shown["state"])

    def sign_in(self) -> Any:
        """Opens the device's session; who it is then. Raises ApiError."""
        who = {"ceremony": self.ceremony, "device": self.device}
        challenge = self.client.post(CHALLENGE, who)["challenge"]
        text = device_proofs.sign_in_text(self.client.origin, self.device, challenge.encode())
        return self.client.post(SESSION, {**who, "challenge": challenge, "signature": self.signature(text)})


def enrolled(client: Caller, code: str) -> SampleDevice:
    """A device that is signed in by a code from the terminal. Raises ApiError, RuntimeError where a comparison is due."""
    device = SampleDevice(client)
    state = device.enrol(code)
    if state != "ACTIVE":
        raise RuntimeError(f"the device is {state}: somebody has to compare its digits")
    device.sign_in()
    return device
