"""A passkey in software, as an authenticator and a browser would answer together: for tests that need a wrong answer.

What is right about it is checked from outside: Chromium's own authenticator goes the same ways in tests/browser.
"""

import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from shared.kernel import base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class SoftPasskey:
    """One credential on P-256. `flags`, `origin`, `kind` and `extra` of an answer can be made wrong."""

    def __init__(self, rp_id: str = "localhost", origin: str = "http://localhost:8000", counts: bool = False) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.rp_id, self.origin = rp_id, origin
        self.counter = 1 if counts else 0
        self.counts = counts
        self.user = ""

    def create(self, options: dict[str, Any], **wrong: Any) -> dict[str, Any]:
        """The answer to navigator.credentials.create()."""
        self.user = options["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        cose = cbor2.dumps(
            {1: 2, 3: wrong.get("alg", -7), -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        )
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cose
        data = self._data(wrong.get("flags", PRESENT | VERIFIED | ATTESTED), wrong) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": base64url.encode(self._client("webauthn.create", options["challenge"], wrong)),
            "attestationObject": base64url.encode(attestation),
            "transports": ["internal"],
        }
        return self._credential(response)

    def get(self, options: dict[str, Any], **wrong: Any) -> dict[str, Any]:
        """The answer to navigator.credentials.get()."""
        if self.counts and not wrong.get("stuck"):
            self.counter += 1
        data = self._data(wrong.get("flags", PRESENT | VERIFIED), wrong)
        client = self._client("webauthn.get", options["challenge"], wrong)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": base64url.encode(client),
            "authenticatorData": base64url.encode(data),
            "signature": base64url.encode(signature),
            "userHandle": wrong.get("user", self.user),
        }
        return self._credential(response)

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        name = base64url.encode(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}

    def _data(self, flags: int, wrong: dict[str, Any]) -> bytes:
        rp_id = wrong.get("rp_id", self.rp_id)
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str, wrong: dict[str, Any]) -> bytes:
        told = {
            "type": wrong.get("kind", kind),
            "challenge": wrong.get("challenge", challenge),
            "origin": wrong.get("origin", self.origin),
            "crossOrigin": False,
            **wrong.get("extra", {}),
        }
        return json.dumps(told).encode()
