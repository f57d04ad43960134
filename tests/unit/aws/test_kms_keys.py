"""KMS keys: what is asked of KMS to the letter, which key the register puts in force, and what its errors mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from shared.aws.clients import Clients
from shared.aws.key_register import REGISTER, RegisteredKey, read_register, register_bytes
from shared.aws.keys import LOOK_AGAIN_S, MAX_RAW_BYTES, KmsKeyring, KmsSigner, TooLongToSign
from shared.embedded.objects import FolderObjects
from shared.kernel.clock import FixedClock
from shared.kernel.elapsed import Reading
from shared.kernel.errors import Unavailable
from shared.kernel.key_store import KeyInfo
from shared.kernel.keys import ed25519_key, kid_of
from tests.support_aws import REGION

ARN = "arn:aws:kms:ap-southeast-1:123456789012:key/"
START = datetime(2027, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=366)


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Stubber]]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = Clients(REGION).get("kms")
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


class Office:
    """A register and a keyring that reads it; `wait` lets time pass for the process."""

    def __init__(self, folder: Path, client: Any) -> None:
        self.clock, self.passed = FixedClock(START + timedelta(days=40)), Reading(0, 0)
        self.objects = FolderObjects(
            folder / "objects", origin="https://tdkt.example", clock=self.clock, secret_file=folder / "secret"
        )
        self.keyring = KmsKeyring(client, register=self.objects, clock=self.clock, reading=lambda: self.passed)

    def holds(self, *keys: RegisteredKey) -> None:
        self.writes(*keys)
        self.passes(LOOK_AGAIN_S, LOOK_AGAIN_S)

    def writes(self, *keys: RegisteredKey) -> None:
        self.objects.replace(REGISTER, register_bytes(keys), "application/json")

    def passes(self, monotonic: float, wall: float) -> None:
        self.passed = Reading(self.passed.monotonic + monotonic, self.passed.wall + wall)


@pytest.fixture
def office(tmp_path: Path, stubbed: tuple[Any, Stubber]) -> Office:
    return Office(tmp_path, stubbed[0])


def raw(key: Any) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    point: bytes = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return point


def registered(key: Any, purpose: str = "ticket", start: datetime = START, **more: Any) -> RegisteredKey:
    public = raw(key)
    info = KeyInfo(
        kid=kid_of(public), issuer="TDKT", purpose=purpose, alg="EdDSA" if len(public) == 32 else "ES256",
        public_key=public, valid_from=start, valid_until=start + YEAR, long="sealed" in more,
    )  # fmt: skip
    return RegisteredKey(info=info, key=ARN + info.kid.hex(), **{"listed": True, **more})


def test_p256_signs_the_digest_of_data_of_any_length(stubbed: tuple[Any, Stubber]) -> None:
    client, stubber = stubbed
    key, data = generate_private_key(SECP256R1()), b"x" * 10_000
    one = registered(key, "seal")
    signer = KmsSigner(client, one.key, one.info)
    digest = sha256(data).digest()
    request = {"KeyId": one.key, "Message": digest, "MessageType": "DIGEST", "SigningAlgorithm": "ECDSA_SHA_256"}
    stubber.add_response("sign", {"Signature": key.sign(digest, ECDSA(Prehashed(SHA256())))}, request)
    public = signer.public_key()
    assert (signer.alg, len(public), signer.kid) == ("ES256", 65, kid_of(public))
    EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public).verify(signer.sign(data), data, ECDSA(SHA256()))


def test_ed25519_signs_the_data_itself(stubbed: tuple[Any, Stubber]) -> None:
    client, stubber = stubbed
    key, data = Ed25519PrivateKey.generate(), b"x" * MAX_RAW_BYTES
    one = registered(key)
    signer = KmsSigner(client, one.key, one.info)
    request = {"KeyId": one.key, "Message": data, "MessageType": "RAW", "SigningAlgorithm": "ED25519_SHA_512"}
    stubber.add_response("sign", {"Signature": key.sign(data)}, request)
    assert (signer.alg, len(signer.public_key())) == ("EdDSA", 32)
    assert ed25519_key(signer.public_key()).verifies(signer.sign(data), data)
    with pytest.raises(TooLongToSign):
        signer.sign(data + b"x")


def test_the_sdk_knows_the_words_that_are_sent(stubbed: tuple[Any, Stubber]) -> None:
    model = stubbed[0].meta.service_model
    assert {"ED25519_SHA_512", "ECDSA_SHA_256"} <= set(model.shape_for("SigningAlgorithmSpec").enum)
    assert "ECC_NIST_EDWARDS25519" in model.shape_for("KeySpec").enum
    assert "ECC_NIST_EDWARDS25519" in model.shape_for("DataKeyPairSpec").enum


def test_finding_a_key_asks_kms_nothing(office: Office) -> None:
    """The register says it all: a cold start costs one read, and no right to look keys up."""
    one = registered(Ed25519PrivateKey.generate())
    office.holds(one)
    assert office.keyring.signer("TDKT", "ticket").kid == one.info.kid
    assert office.keyring.signer_by_kid(one.info.kid).public_key() == one.info.public_key


@pytest.mark.parametrize(
    ("code", "status", "means"),
    [
        ("NotFoundException", 400, "keys.no_key"),
        ("DisabledException", 400, "keys.no_key"),
        ("KMSInvalidStateException", 400, "keys.no_key"),  # pending deletion
        ("KeyUnavailableException", 500, "keys.unavailable"),
        ("DependencyTimeoutException", 500, "keys.unavailable"),
        ("KMSInternalException", 500, "keys.unavailable"),
        ("ThrottlingException", 400, "keys.unavailable"),
    ],
)
def test_what_a_signature_may_fail_of(
    office: Office, stubbed: tuple[Any, Stubber], monkeypatch: pytest.MonkeyPatch, code: str, status: int, means: str
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    office.holds(registered(Ed25519PrivateKey.generate()))
    signer = office.keyring.signer("TDKT", "ticket")
    for _ in range(5):
        stubbed[1].add_client_error("sign", code, http_status_code=status)
    with pytest.raises(Unavailable) as caught:
        signer.sign(b"data")
    assert caught.value.code == means
    stubbed[1]._queue.clear()


@pytest.mark.parametrize("code", ["AccessDeniedException", "InvalidKeyUsageException", "ValidationException"])
def test_a_fault_of_ours_stays_loud(office: Office, stubbed: tuple[Any, Stubber], code: str) -> None:
    office.holds(registered(Ed25519PrivateKey.generate()))
    stubbed[1].add_client_error("sign", code, http_status_code=400)
    with pytest.raises(ClientError):
        office.keyring.signer("TDKT", "ticket").sign(b"data")


@pytest.mark.parametrize(("age", "spreading"), [(0, True), (600, True), (601, False)])
def test_a_right_to_a_new_key_is_on_its_way_for_minutes(
    office: Office, stubbed: tuple[Any, Stubber], age: int, spreading: bool
) -> None:
    """Rights go by the alias, which KMS takes minutes to notice: an answer to try again, and no riddle."""
    made = office.clock.at - timedelta(seconds=age)
    for operation, key, length in (
        ("sign", registered(Ed25519PrivateKey.generate(), registered_at=made), 0),
        ("decrypt", registered(Ed25519PrivateKey.generate(), "document", sealed=b"sealed", registered_at=made), 5000),
    ):
        office.holds(key)
        stubbed[1].add_client_error(operation, "AccessDeniedException", http_status_code=400)
        with pytest.raises(Unavailable if spreading else ClientError) as caught:
            office.keyring.signer("TDKT", key.info.purpose, length=length).sign(b"data")
        assert not spreading or caught.value.code == "keys.not_yet"


def test_a_register_of_before_the_time_was_noted_is_read(office: Office) -> None:
    one = registered(Ed25519PrivateKey.generate())
    office.holds(one)
    old = office.objects.get(REGISTER).replace(b',\n   "registered_at": null', b"")
    assert b"registered_at" not in old
    office.objects.replace(REGISTER, old, "application/json")
    assert read_register(office.objects) == (one,)


def test_the_key_of_the_period_signs_and_the_next_takes_over_on_time(office: Office) -> None:
    this, following = (registered(Ed25519PrivateKey.generate(), start=start) for start in (START, START + YEAR))
    office.holds(this, following)
    office.clock.at = START + YEAR - timedelta(seconds=1)
    assert office.keyring.signer("TDKT", "ticket").kid == this.info.kid
    office.clock.at = START + YEAR
    assert office.keyring.signer("TDKT", "ticket").kid == following.info.kid
    assert office.keyring.signer_by_kid(this.info.kid).kid == this.info.kid
    office.clock.at = START + 2 * YEAR
    with pytest.raises(Unavailable):
        office.keyring.signer("TDKT", "ticket")


def test_a_key_signs_only_from_its_listing_to_its_revocation(office: Office) -> None:
    made = registered(Ed25519PrivateKey.generate(), listed=False)
    office.holds(made)
    for attempt in (
        lambda: office.keyring.signer("TDKT", "ticket"),
        lambda: office.keyring.signer_by_kid(made.info.kid),
    ):
        with pytest.raises(Unavailable):
            attempt()
    revoked = replace(made, listed=True, revoked_at=office.clock.at)
    office.holds(revoked)
    with pytest.raises(Unavailable):
        office.keyring.signer("TDKT", "ticket")
    assert office.keyring.signer_by_kid(made.info.kid).kid == made.info.kid
    office.clock.at -= timedelta(seconds=1)
    assert office.keyring.signer("TDKT", "ticket").kid == made.info.kid


@pytest.mark.parametrize(
    ("monotonic", "wall"),
    [(LOOK_AGAIN_S, LOOK_AGAIN_S), (0, LOOK_AGAIN_S), (LOOK_AGAIN_S, -86400)],
    ids=["both", "frozen", "set back"],
)
def test_a_change_of_the_register_is_noticed_in_time(office: Office, monotonic: float, wall: float) -> None:
    old, new = registered(Ed25519PrivateKey.generate()), registered(Ed25519PrivateKey.generate())
    office.holds(old)
    assert office.keyring.signer("TDKT", "ticket").kid == old.info.kid
    office.writes(replace(old, revoked_at=START), new)
    office.passes(LOOK_AGAIN_S - 1, LOOK_AGAIN_S - 1)
    assert office.keyring.signer("TDKT", "ticket").kid == old.info.kid
    office.passed = Reading(LOOK_AGAIN_S, LOOK_AGAIN_S)
    office.passes(monotonic, wall)
    assert office.keyring.signer("TDKT", "ticket").kid == new.info.kid


def test_what_is_too_long_for_kms_is_signed_with_the_list_key(office: Office, stubbed: tuple[Any, Stubber]) -> None:
    usual, pair = registered(Ed25519PrivateKey.generate(), "document"), Ed25519PrivateKey.generate()
    sealed = registered(pair, "document", sealed=b"sealed")
    office.holds(usual, sealed)
    assert office.keyring.signer("TDKT", "document").kid == usual.info.kid
    assert office.keyring.signer("TDKT", "document", length=MAX_RAW_BYTES).kid == usual.info.kid
    plain = pair.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    context = {"use": "status-lists", "issuer": "TDKT"}
    request = {"KeyId": sealed.key, "CiphertextBlob": b"sealed", "EncryptionContext": context}
    stubbed[1].add_response("decrypt", {"Plaintext": plain}, request)
    for _ in range(2):  # opened once, kept for a while
        signer = office.keyring.signer("TDKT", "document", length=MAX_RAW_BYTES + 1)
    data = b"x" * 20_000
    assert ed25519_key(sealed.info.public_key).verifies(signer.sign(data), data)


def test_a_sealed_key_that_is_another_one_does_not_sign(office: Office, stubbed: tuple[Any, Stubber]) -> None:
    office.holds(registered(Ed25519PrivateKey.generate(), "document", sealed=b"sealed"))
    other = Ed25519PrivateKey.generate().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    stubbed[1].add_response("decrypt", {"Plaintext": other})
    with pytest.raises(Unavailable) as caught:
        office.keyring.signer("TDKT", "document", length=5000)
    assert caught.value.code == "keys.register_damaged"


@pytest.mark.parametrize("text", [b"", b"[]", b'{"v":2,"keys":[]}', b'{"v":1,"keys":[{}]}'])
def test_a_damaged_register_signs_nothing(office: Office, text: bytes) -> None:
    office.objects.replace(REGISTER, text, "application/json")
    with pytest.raises(Unavailable) as caught:
        office.keyring.signer("TDKT", "ticket")
    assert caught.value.code == "keys.register_damaged"


def test_the_register_keeps_what_was_written(office: Office) -> None:
    keys = [
        registered(Ed25519PrivateKey.generate(), "document", sealed=b"\0sealed"),
        registered(generate_private_key(SECP256R1()), "seal", listed=False, revoked_at=START + YEAR),
    ]
    assert read_register(office.objects) == ()
    office.writes(*keys)
    assert list(read_register(office.objects)) == keys


def test_a_seal_has_its_certificate(office: Office) -> None:
    one = registered(generate_private_key(SECP256R1()), "seal")
    office.holds(one)
    with pytest.raises(Unavailable) as caught:
        office.keyring.certificate("TDKT")
    assert caught.value.code == "keys.no_certificate"
    office.holds(replace(one, info=replace(one.info, certificate=b"certificate")))
    assert office.keyring.certificate("TDKT") == b"certificate"
