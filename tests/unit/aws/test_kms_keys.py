"""Signing by KMS. The stand-in knows P-256 only, so Ed25519 is answered by a real key behind recorded requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    SECP384R1,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as rsa_key
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.aws.clients import Clients
from shared.aws.keys import LOOK_AGAIN_S, MAX_RAW_BYTES, KmsKeyring, KmsSigner, TooLongToSign
from shared.aws.objects import S3Objects
from shared.kernel.errors import Unavailable
from shared.kernel.keys import ed25519_key, kid_of
from tests.support_aws import REGION, make_bucket

ARN = "arn:aws:kms:ap-southeast-1:123456789012:key/1"


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Stubber]]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = Clients(REGION).get("kms")
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


def der(key: Any) -> bytes:
    answer: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return answer


def p256(client: Any, *aliases: str) -> str:
    key = str(client.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"])
    for alias in aliases:
        client.create_alias(AliasName=f"alias/{alias}", TargetKeyId=key)
    return key


def test_p256_signs_the_digest_of_data_of_any_length(stubbed: tuple[Any, Stubber]) -> None:
    """The stand-in hashes a digest once more, so a real key answers here too."""
    client, stubber = stubbed
    key, data = generate_private_key(SECP256R1()), b"x" * 10_000
    stubber.add_response("get_public_key", {"KeyId": ARN, "PublicKey": der(key)}, {"KeyId": "alias/p/TDKT/seal"})
    signer = KmsSigner(client, "alias/p/TDKT/seal")
    digest = sha256(data).digest()
    signature = key.sign(digest, ECDSA(Prehashed(SHA256())))
    request = {"KeyId": ARN, "Message": digest, "MessageType": "DIGEST", "SigningAlgorithm": "ECDSA_SHA_256"}
    stubber.add_response("sign", {"Signature": signature}, request)
    public = signer.public_key()
    assert (signer.alg, len(public), signer.kid) == ("ES256", 65, kid_of(public))
    EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public).verify(signer.sign(data), data, ECDSA(SHA256()))


def test_ed25519_signs_the_data_itself(stubbed: tuple[Any, Stubber]) -> None:
    client, stubber = stubbed
    key, data = Ed25519PrivateKey.generate(), b"x" * MAX_RAW_BYTES
    stubber.add_response("get_public_key", {"KeyId": ARN, "PublicKey": der(key)}, {"KeyId": "alias/p/TDKT/ticket"})
    signer = KmsSigner(client, "alias/p/TDKT/ticket")
    request = {"KeyId": ARN, "Message": data, "MessageType": "RAW", "SigningAlgorithm": "ED25519_SHA_512"}
    stubber.add_response("sign", {"Signature": key.sign(data)}, request)
    assert (signer.alg, len(signer.public_key())) == ("EdDSA", 32)
    assert ed25519_key(signer.public_key()).verifies(signer.sign(data), data)
    with pytest.raises(TooLongToSign):
        signer.sign(data + b"x")


def test_the_sdk_knows_the_words_that_are_sent(stubbed: tuple[Any, Stubber]) -> None:
    model = stubbed[0].meta.service_model
    assert {"ED25519_SHA_512", "ECDSA_SHA_256"} <= set(model.shape_for("SigningAlgorithmSpec").enum)
    assert "ECC_NIST_EDWARDS25519" in model.shape_for("KeySpec").enum


def test_keys_of_other_kinds_are_refused(stubbed: tuple[Any, Stubber]) -> None:
    client, stubber = stubbed
    for key in (rsa_key(65537, 2048), generate_private_key(SECP384R1())):
        stubber.add_response("get_public_key", {"KeyId": ARN, "PublicKey": der(key)})
        with pytest.raises(ValueError):
            KmsSigner(client, ARN)


@pytest.mark.parametrize("code", ["NotFoundException", "DisabledException", "KMSInternalException"])
def test_without_a_key_that_signs_it_is_unavailable(stubbed: tuple[Any, Stubber], code: str) -> None:
    client, stubber = stubbed
    stubber.add_client_error("get_public_key", code, http_status_code=400)
    with pytest.raises(Unavailable):
        KmsSigner(client, ARN)
    stubber.add_client_error("get_public_key", "AccessDeniedException", http_status_code=400)
    with pytest.raises(ClientError):
        KmsSigner(client, ARN)


def test_a_keyring_follows_its_aliases(client: Callable[[str], Any]) -> None:
    kms, now = client("kms"), [0.0]
    objects = S3Objects(client("s3"), make_bucket(client("s3"), "documents"))
    keyring = KmsKeyring(kms, prefix="giaouoc-dev", certificates=objects, monotonic=lambda: now[0])
    p256(kms, "giaouoc-dev/TDKT/seal")
    old = keyring.signer("TDKT", "seal")
    with pytest.raises(Unavailable) as caught:
        keyring.certificate("TDKT")
    assert caught.value.code == "keys.no_certificate"
    objects.put_new(f"seal/TDKT/{old.kid.hex()}.der", b"certificate", "application/pkix-cert")
    assert keyring.certificate("TDKT") == b"certificate"
    following = p256(kms, f"giaouoc-dev/kid/{old.kid.hex()}")
    kms.update_alias(AliasName="alias/giaouoc-dev/TDKT/seal", TargetKeyId=following)
    assert keyring.signer("TDKT", "seal").kid == old.kid
    now[0] += LOOK_AGAIN_S
    assert keyring.signer("TDKT", "seal").kid != old.kid
    assert keyring.signer_by_kid(old.kid).alg == "ES256"
    with pytest.raises(Unavailable):
        keyring.signer("OTHER", "seal")
