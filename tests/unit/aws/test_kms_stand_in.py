"""The stand-in for KMS answers as the service does: signatures hold outside it, and the SDK's own checks are passed."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

Clients = Callable[[str], Any]


def test_what_it_signs_is_verified_by_the_public_key(client: Clients) -> None:
    kms = client("kms")
    made = kms.create_key(KeySpec="ECC_NIST_EDWARDS25519", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    kms.create_alias(AliasName="alias/giaouoc-dev/ab/ticket", TargetKeyId=made["KeyId"])
    public: Any = load_der_public_key(kms.get_public_key(KeyId="alias/giaouoc-dev/ab/ticket")["PublicKey"])
    request = {"KeyId": made["Arn"], "MessageType": "RAW", "SigningAlgorithm": "ED25519_SHA_512"}
    public.verify(kms.sign(Message=b"ticket", **request)["Signature"], b"ticket")
    seal = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    digest = sha256(b"pdf").digest()
    signed = kms.sign(KeyId=seal, Message=digest, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256")
    public = load_der_public_key(kms.get_public_key(KeyId=seal)["PublicKey"])
    public.verify(signed["Signature"], b"pdf", ECDSA(SHA256()))


def test_it_refuses_what_the_service_refuses(client: Clients) -> None:
    kms = client("kms")
    key = kms.create_key(KeySpec="ECC_NIST_EDWARDS25519", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    request = {"KeyId": key, "MessageType": "RAW", "SigningAlgorithm": "ED25519_SHA_512"}
    refused: list[tuple[str, dict[str, Any]]] = [
        ("ValidationException", {**request, "Message": b"x" * 4097}),
        ("InvalidKeyUsageException", {**request, "Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}),
        ("NotFoundException", {**request, "Message": b"x", "KeyId": "alias/nobody"}),
    ]
    for code, wrong in refused:
        with pytest.raises(ClientError, match=code):
            kms.sign(**wrong)
    kms.disable_key(KeyId=key)
    with pytest.raises(ClientError, match="DisabledException"):
        kms.sign(**request, Message=b"x")
    with pytest.raises(ParamValidationError):
        kms.sign(KeyId=key, Message="no bytes", SigningAlgorithm=7)


def test_a_sealed_pair_opens_under_its_own_context_alone(client: Clients) -> None:
    kms = client("kms")
    wrapping = kms.create_key()["KeyMetadata"]["KeyId"]
    context = {"issuer": "TDKT"}
    pair = kms.generate_data_key_pair(KeyId=wrapping, KeyPairSpec="ECC_NIST_EDWARDS25519", EncryptionContext=context)
    blob = pair["PrivateKeyCiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == pair["PrivateKeyPlaintext"]
    with pytest.raises(ClientError, match="InvalidCiphertextException"):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext={"issuer": "SNV"})
