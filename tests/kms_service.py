"""KMS for tests: keys, aliases and signatures as the service gives them, answered below the SDK.

moto signs neither with Ed25519 nor a digest as given, so requests to KMS are answered here instead, at the event just
before they would be signed and sent: the SDK has checked and serialised them by then, and parses what comes back.
`tests/support_aws.py` puts an empty service into every account. Known: what the product calls and what tests prepare
with; any other operation is an error.
"""

from __future__ import annotations

import base64
import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.parsers import create_parser
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey
SYMMETRIC = "SYMMETRIC_DEFAULT"
Shape = dict[str, Any]

MAX_MESSAGE = 4096
_KINDS = {"ECC_NIST_EDWARDS25519": "ED25519_SHA_512", "ECC_NIST_P256": "ECDSA_SHA_256"}
"""Key spec -> the one algorithm that the product uses with it."""


class KmsError(Exception):
    """An error answer: its code."""


@dataclass
class Key:
    """One key of the account."""

    id: str
    spec: str
    private: PrivateKey | AESGCM
    enabled: bool = True
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)


class KmsService:
    """One account's KMS in one region."""

    def __init__(self, region: str, account: str) -> None:
        self._arn = f"arn:aws:kms:{region}:{account}"
        self._keys: dict[str, Key] = {}
        self._aliases: dict[str, str] = {}

    def answer(self, model: Any, params: Mapping[str, Any], **_: Any) -> tuple[AWSResponse, Shape]:
        """The handler of botocore's `before-call`: a serialised request in, the service's answer out, parsed by the SDK."""
        try:
            status, body = 200, getattr(self, "_" + xform_name(model.name))(json.loads(params["body"]))
        except KmsError as error:
            status, body = 400, {"__type": str(error), "message": str(error)}
        raw, headers = json.dumps(body or {}).encode(), {"Content-Type": "application/x-amz-json-1.1"}
        parser = create_parser(model.metadata["protocol"])
        parsed = parser.parse({"status_code": status, "headers": headers, "body": raw}, model.output_shape)
        return AWSResponse("", status, headers, BytesIO(raw)), parsed

    def key_arn(self, name: str) -> str:
        """The ARN of the key that an id, an ARN or an alias names. Raises KmsError."""
        return f"{self._arn}:key/{self._key(name).id}"

    def aliases_of(self, key_arn: str) -> frozenset[str]:
        """The names that lead to a key, as the condition kms:ResourceAliases sees them."""
        wanted = key_arn.rpartition("/")[2]
        return frozenset(alias for alias, key in self._aliases.items() if key == wanted)

    def _create_key(self, request: Shape) -> Shape:
        spec = request.get("KeySpec", SYMMETRIC)
        usage = request.get("KeyUsage", "ENCRYPT_DECRYPT")
        if (spec, usage) not in ((SYMMETRIC, "ENCRYPT_DECRYPT"), *((kind, "SIGN_VERIFY") for kind in _KINDS)):
            raise KmsError("UnsupportedOperationException")
        key = Key(str(uuid.uuid4()), spec, _generated(spec), description=request.get("Description", ""))
        self._keys[key.id] = key
        self._tag(key, request.get("Tags", []))
        return {"KeyMetadata": self._metadata(key)}

    def _describe_key(self, request: Shape) -> Shape:
        return {"KeyMetadata": self._metadata(self._key(request["KeyId"]))}

    def _get_public_key(self, request: Shape) -> Shape:
        key = self._usable(request["KeyId"])
        if isinstance(key.private, AESGCM):
            raise KmsError("UnsupportedOperationException")
        der = key.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return {
            "KeyId": self.key_arn(key.id),
            "PublicKey": base64.b64encode(der).decode(),
            "KeySpec": key.spec,
            "KeyUsage": "SIGN_VERIFY",
            "SigningAlgorithms": [_KINDS[key.spec]],
        }

    def _sign(self, request: Shape) -> Shape:
        key, message = self._usable(request["KeyId"]), base64.b64decode(request["Message"])
        algorithm, kind = request["SigningAlgorithm"], request.get("MessageType", "RAW")
        if isinstance(key.private, AESGCM) or algorithm != _KINDS[key.spec]:
            raise KmsError("InvalidKeyUsageException")
        if not 1 <= len(message) <= MAX_MESSAGE:
            raise KmsError("ValidationException")
        if isinstance(key.private, Ed25519PrivateKey):
            if kind != "RAW":
                raise KmsError("ValidationException")
            signature = key.private.sign(message)
        else:
            digest = message if kind == "DIGEST" else sha256(message).digest()
            if len(digest) != 32:
                raise KmsError("ValidationException")
            signature = key.private.sign(digest, ECDSA(Prehashed(SHA256())))
        encoded = base64.b64encode(signature).decode()
        return {"KeyId": self.key_arn(key.id), "Signature": encoded, "SigningAlgorithm": algorithm}

    def _encrypt(self, request: Shape) -> Shape:
        key, plain = self._usable(request["KeyId"]), base64.b64decode(request["Plaintext"])
        if not 1 <= len(plain) <= MAX_MESSAGE:
            raise KmsError("ValidationException")
        sealed = self._sealed(key, plain, request)
        return {"KeyId": self.key_arn(key.id), "CiphertextBlob": sealed, "EncryptionAlgorithm": SYMMETRIC}

    def _decrypt(self, request: Shape) -> Shape:
        blob = base64.b64decode(request["CiphertextBlob"])
        key = self._usable(blob[:36].decode("ascii", "replace"))
        if "KeyId" in request and self._key(request["KeyId"]).id != key.id:
            raise KmsError("IncorrectKeyException")
        if not isinstance(key.private, AESGCM):
            raise KmsError("InvalidKeyUsageException")
        try:
            plain = key.private.decrypt(blob[36:48], blob[48:], _associated(request))
        except InvalidTag:
            raise KmsError("InvalidCiphertextException") from None
        encoded = base64.b64encode(plain).decode()
        return {"KeyId": self.key_arn(key.id), "Plaintext": encoded, "EncryptionAlgorithm": SYMMETRIC}

    def _generate_data_key_pair(self, request: Shape) -> Shape:
        key, spec = self._usable(request["KeyId"]), request["KeyPairSpec"]
        private = _generated(spec) if spec in _KINDS else None
        if private is None or isinstance(private, AESGCM):
            raise KmsError("UnsupportedOperationException")
        der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return {
            "KeyId": self.key_arn(key.id),
            "KeyPairSpec": spec,
            "PrivateKeyCiphertextBlob": self._sealed(key, der, request),
            "PrivateKeyPlaintext": base64.b64encode(der).decode(),
            "PublicKey": base64.b64encode(public).decode(),
        }

    def _generate_data_key_pair_without_plaintext(self, request: Shape) -> Shape:
        answer = self._generate_data_key_pair(request)
        del answer["PrivateKeyPlaintext"]
        return answer

    def _sealed(self, key: Key, plain: bytes, request: Shape) -> str:
        if not isinstance(key.private, AESGCM):
            raise KmsError("InvalidKeyUsageException")
        nonce = os.urandom(12)
        blob = key.id.encode() + nonce + key.private.encrypt(nonce, plain, _associated(request))
        return base64.b64encode(blob).decode()

    def _create_alias(self, request: Shape) -> None:
        if request["AliasName"] in self._aliases:
            raise KmsError("AlreadyExistsException")
        self._aliases[request["AliasName"]] = self._key(request["TargetKeyId"]).id

    def _update_alias(self, request: Shape) -> None:
        if request["AliasName"] not in self._aliases:
            raise KmsError("NotFoundException")
        self._aliases[request["AliasName"]] = self._key(request["TargetKeyId"]).id

    def _delete_alias(self, request: Shape) -> None:
        if self._aliases.pop(request["AliasName"], None) is None:
            raise KmsError("NotFoundException")

    def _list_aliases(self, request: Shape) -> Shape:
        only = self._key(request["KeyId"]).id if "KeyId" in request else None
        start, size = int(request.get("Marker", 0)), request.get("Limit", 50)
        found = sorted((alias, key) for alias, key in self._aliases.items() if only in (None, key))
        page = [
            {"AliasName": alias, "AliasArn": f"{self._arn}:{alias}", "TargetKeyId": key}
            for alias, key in found[start : start + size]
        ]
        more = start + size < len(found)
        return {"Aliases": page, "Truncated": more, **({"NextMarker": str(start + size)} if more else {})}

    def _list_keys(self, _request: Shape) -> Shape:
        keys = [{"KeyId": key, "KeyArn": self.key_arn(key)} for key in self._keys]
        return {"Keys": keys, "Truncated": False}

    def _tag_resource(self, request: Shape) -> None:
        self._tag(self._key(request["KeyId"]), request["Tags"])

    def _list_resource_tags(self, request: Shape) -> Shape:
        tags = self._key(request["KeyId"]).tags
        return {"Tags": [{"TagKey": key, "TagValue": value} for key, value in tags.items()], "Truncated": False}

    def _enable_key_rotation(self, request: Shape) -> None:
        if self._key(request["KeyId"]).spec != SYMMETRIC:
            raise KmsError("UnsupportedOperationException")

    def _enable_key(self, request: Shape) -> None:
        self._key(request["KeyId"]).enabled = True

    def _disable_key(self, request: Shape) -> None:
        self._key(request["KeyId"]).enabled = False

    def _usable(self, name: str) -> Key:
        key = self._key(name)
        if not key.enabled:
            raise KmsError("DisabledException")
        return key

    def _key(self, name: str) -> Key:
        name = name.removeprefix(f"{self._arn}:")
        key_id = self._aliases.get(name) if name.startswith("alias/") else name.removeprefix("key/")
        if key_id not in self._keys:
            raise KmsError("NotFoundException")
        return self._keys[key_id]

    def _tag(self, key: Key, tags: list[Mapping[str, str]]) -> None:
        key.tags |= {tag["TagKey"]: tag["TagValue"] for tag in tags}

    def _metadata(self, key: Key) -> Shape:
        signs = key.spec != SYMMETRIC
        return {
            "AWSAccountId": self._arn.rpartition(":")[2],
            "KeyId": key.id,
            "Arn": self.key_arn(key.id),
            "CreationDate": datetime(2027, 1, 1, tzinfo=UTC).timestamp(),
            "Enabled": key.enabled,
            "KeyState": "Enabled" if key.enabled else "Disabled",
            "Description": key.description,
            "KeyUsage": "SIGN_VERIFY" if signs else "ENCRYPT_DECRYPT",
            "KeySpec": key.spec,
            "KeyManager": "CUSTOMER",
            "Origin": "AWS_KMS",
            **({"SigningAlgorithms": [_KINDS[key.spec]]} if signs else {"EncryptionAlgorithms": [SYMMETRIC]}),
        }


def _generated(spec: str) -> PrivateKey | AESGCM:
    if spec == SYMMETRIC:
        return AESGCM(AESGCM.generate_key(256))
    return generate_private_key(SECP256R1()) if spec == "ECC_NIST_P256" else Ed25519PrivateKey.generate()


def _associated(request: Shape) -> bytes:
    return json.dumps(request.get("EncryptionContext", {}), sort_keys=True).encode()
