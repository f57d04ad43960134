"""The key session on KMS: the same list as with key files, finished after a break at any place, keys revoked and followed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from infra.commands.key_session import RETIRED_IN, Withdrawal
from shared.aws.key_register import read_register
from shared.aws.key_store import PURPOSES
from shared.aws.keys import LOOK_AGAIN_S
from shared.edge.trust import _verified
from shared.edge.trust_files import LIST_KEY, ROOT_KEY
from shared.embedded.keyfiles import KeyFolder
from shared.kernel.errors import Refused, Unavailable
from shared.kernel.notes import parse_vkey
from shared.kernel.trust import Purpose, Revocation
from shared.kernel.trust_json import parse_list
from tests.unit.aws.key_office import NOW, PREFIX, SNV, TDOAN, Office, Power

PURPOSES_AND_LISTS = {*((purpose, False) for purpose in PURPOSES if purpose != "checkpoint"), ("document", True)}


@pytest.fixture
def office(tmp_path: Path, client: Callable[[str], Any]) -> Office:
    return Office(tmp_path, client)


def test_every_key_signs_as_the_published_list_says(office: Office) -> None:
    trust = office.session(TDOAN, SNV)
    assert office.verified() == trust
    held = {(one.info.purpose, one.info.long) for one in read_register(office.private) if one.info.issuer == "SNV"}
    assert held == PURPOSES_AND_LISTS
    keyring = office.keyring()
    for issuer in ("TDOAN", "SNV"):
        for purpose in ("ticket", "document", "credential"):
            signer = keyring.signer(issuer, purpose)
            listed = trust.key(signer.kid)
            assert listed is not None
            assert (listed.issuer, listed.purpose.value) == (issuer, purpose)
            Ed25519PublicKey.from_public_bytes(listed.public_key).verify(signer.sign(b"data"), b"data")
    signer = keyring.signer("TDOAN", "document", length=20_000)
    listed = trust.key(signer.kid)
    assert listed is not None
    assert listed.purpose is Purpose.DOCUMENT
    Ed25519PublicKey.from_public_bytes(listed.public_key).verify(signer.sign(b"x" * 20_000), b"x" * 20_000)
    keyring.signer("TDOAN", "checkpoint")
    with pytest.raises(Unavailable):
        keyring.signer("SNV", "checkpoint")


def test_the_seals_certificate_is_signed_in_kms(office: Office) -> None:
    office.session(TDOAN)
    certificate = x509.load_der_x509_certificate(office.keyring().certificate("TDOAN"))
    public: Any = certificate.public_key()
    public.verify(certificate.signature, certificate.tbs_certificate_bytes, ECDSA(SHA256()))
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert point == office.keyring().signer("TDOAN", "seal").public_key()


def test_keys_in_kms_say_what_they_are_for(office: Office) -> None:
    office.session(TDOAN)
    about = sorted(key["Description"] for key in office.kms_keys())
    yearly = [f"{PREFIX} TDOAN {purpose}" for purpose in ("ticket", "document", "credential", "seal")] * 2
    assert about == sorted([*yearly, f"{PREFIX} TDOAN checkpoint", f"{PREFIX} list-keys"])
    aliases = {each["AliasName"] for each in office.kms.list_aliases()["Aliases"]}
    in_kms = [one for one in read_register(office.private) if one.sealed is None]
    named = {f"alias/{PREFIX}/{one.info.kid.hex()}/{one.info.purpose}" for one in in_kms}
    assert aliases == {*named, f"alias/{PREFIX}/list-keys"}
    tags = office.kms.list_resource_tags(KeyId=in_kms[0].key)["Tags"]
    assert {each["TagKey"] for each in tags} == {"service", "stage", "purpose", "issuer"}


@pytest.mark.parametrize("lost_answer", [False, True])
def test_a_session_that_breaks_anywhere_is_finished_by_the_next(
    tmp_path: Path, client: Callable[[str], Any], lost_answer: bool
) -> None:
    """One office for all breaks: each attempt gets one call further, so every place is broken at once in turn."""
    office = Office(tmp_path, client)
    office.fuse.lost_answer = lost_answer
    for calls in range(1, 10**4):
        office.fuse.left = calls
        try:
            trust = office.session(TDOAN)
        except Power:
            continue
        break
    office.fuse.left = 10**9
    assert office.session(TDOAN, at=NOW + timedelta(minutes=1)) == trust == office.verified()
    registered = read_register(office.private)
    assert all(one.listed for one in registered)
    in_kms = {one.key for one in registered if one.sealed is None}
    sealing = {one.key for one in registered if one.sealed is not None}
    assert len(sealing) == 1
    assert {key["Arn"] for key in office.kms_keys()} == in_kms | sealing, "no key is orphaned"
    counts = {kind: sum((one.info.purpose, one.info.long) == kind for one in registered) for kind in PURPOSES_AND_LISTS}
    assert set(counts.values()) == {2}, "none is made twice"


def test_at_every_moment_of_a_session_functions_find_a_list_that_the_root_signed(office: Office) -> None:
    office.session(TDOAN)
    root = parse_vkey(office.private.get(ROOT_KEY).decode().strip())
    mixed = 0

    def look() -> None:
        """After every call that the session makes, whether or not it goes on."""
        nonlocal mixed
        verified = _verified(office.public, root).trust
        mixed += parse_list(office.public.get(LIST_KEY)) != verified

    office.fuse.after = look  # type: ignore[method-assign]
    later = office.session(TDOAN, SNV, at=NOW + timedelta(hours=1))
    assert office.verified() == later
    assert mixed == 1, "one list was public while the other was signed"


def test_a_list_that_was_kept_but_not_published_is_published_first(office: Office) -> None:
    first = office.session(TDOAN)
    replace = office.public.replace
    office.public.replace = lambda *_: (_ for _ in ()).throw(Power())  # type: ignore[method-assign]
    with pytest.raises(Power):
        office.session(TDOAN, SNV)
    office.public.replace = replace  # type: ignore[method-assign]
    assert office.verified() == first
    later = office.session(TDOAN, SNV, at=NOW + timedelta(hours=3))
    assert (later.seq, later.issued_at) == (2, int(NOW.timestamp()))
    assert office.verified() == later


def test_a_retired_key_gives_way_when_all_have_noticed(office: Office) -> None:
    first = office.session(TDOAN)
    old = office.keyring().signer("TDOAN", "ticket").kid
    at = NOW + timedelta(days=30)
    retired = Withdrawal(kid=old, why=Revocation.RETIRED)
    trust = office.session(at=at, withdrawals=[retired])
    assert office.keyring().signer("TDOAN", "ticket").kid == old
    office.clock.at = at + RETIRED_IN
    new = office.keyring().signer("TDOAN", "ticket").kid
    entry, successor = trust.key(old), trust.key(new)
    assert entry is not None
    assert successor is not None
    assert entry.revoked_at == successor.valid_from == int((at + RETIRED_IN).timestamp())
    assert successor.valid_until == entry.valid_until
    assert len(trust.keys) == len(first.keys) + 1
    assert office.keyring().signer_by_kid(old).sign(b"shown again")
    assert office.session(at=at + timedelta(minutes=2), withdrawals=[retired]) == trust, "repeating changes nothing"


def test_a_stolen_key_is_shut_off_at_once(office: Office) -> None:
    office.session(TDOAN, SNV)
    keyring = office.keyring()
    thief = keyring.signer("SNV", "document")
    trust = office.session(
        at=NOW + timedelta(days=9), withdrawals=[Withdrawal(kid=thief.kid, why=Revocation.COMPROMISED)]
    )
    with pytest.raises(Unavailable) as caught:
        thief.sign(b"forged")
    assert caught.value.code == "keys.no_key"
    signer = office.keyring().signer("SNV", "document")
    assert signer.kid != thief.kid
    assert office.keyring().signer("TDOAN", "document").sign(b"others go on")
    entry = trust.key(thief.kid)
    assert entry is not None
    assert entry.compromised


def test_keys_of_others_in_the_account_stand_in_no_ones_way(office: Office) -> None:
    """A key whose policy names its own users alone is listed to everybody, and described to nobody else."""
    kms = office.kms
    closed = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]

    class Shared:
        def __getattr__(self, name: str) -> Any:
            return getattr(kms, name)

        def describe_key(self, *, KeyId: str) -> Any:  # noqa: N803 - as the SDK spells it
            if KeyId == closed:
                raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "DescribeKey")
            return kms.describe_key(KeyId=KeyId)

    office.kms = Shared()
    trust = office.session(TDOAN)
    assert office.verified() == trust


def test_a_stolen_key_that_is_to_be_deleted_stands_in_no_ones_way(office: Office) -> None:
    office.session(TDOAN)
    stolen = office.keyring().signer("TDOAN", "credential").kid
    withdrawal = Withdrawal(kid=stolen, why=Revocation.COMPROMISED)

    class Deleting:
        def __getattr__(self, name: str) -> Any:
            return getattr(kms, name)

        def disable_key(self, **_: Any) -> Any:
            raise ClientError({"Error": {"Code": "KMSInvalidStateException"}}, "DisableKey")

    kms, office.kms = office.kms, Deleting()
    trust = office.session(at=NOW + timedelta(days=1), withdrawals=[withdrawal])
    assert office.verified() == trust


def test_a_stolen_list_key_gets_a_successor(office: Office) -> None:
    office.session(TDOAN)
    stolen = office.keyring().signer("TDOAN", "document", length=9000).kid
    at = NOW + timedelta(days=9)
    office.session(at=at, withdrawals=[Withdrawal(kid=stolen, why=Revocation.COMPROMISED)])
    assert office.keyring().signer("TDOAN", "document", length=9000).kid != stolen


def test_what_cannot_be_withdrawn_is_refused_before_anything_happens(office: Office, tmp_path: Path) -> None:
    trust = office.session(TDOAN)
    (log,) = [key.kid for key in trust.keys if key.purpose is Purpose.CHECKPOINT]
    for kid, code in ((log, "keys.log_key_stays"), (b"\0" * 8, "keys.unknown_kid")):
        with pytest.raises(Refused) as caught:
            office.session(withdrawals=[Withdrawal(kid=kid, why=Revocation.RETIRED)])
        assert caught.value.code == code
    office.root = KeyFolder(tmp_path / "another-disk", b"passphrase-of-root", office.clock)
    with pytest.raises(Refused) as caught:
        office.session(TDOAN)
    assert caught.value.code == "keys.other_root"
    assert not office.root.keys()
    assert office.verified() == trust


def test_next_years_keys_are_there_ahead_and_take_over_by_themselves(office: Office) -> None:
    office.session(TDOAN)
    first = office.keyring().signer("TDOAN", "ticket").kid
    office.clock.at = NOW + timedelta(days=366)
    assert office.keyring().signer("TDOAN", "ticket").kid != first
    office.session(TDOAN, at=NOW + timedelta(days=366))
    office.clock.at = NOW + timedelta(days=2 * 366)
    office.keyring().signer("TDOAN", "ticket")


def test_a_missing_right_is_told_as_it_is(office: Office) -> None:
    class NoRight:
        def __getattr__(self, name: str) -> Any:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, name)

    office.kms = NoRight()
    with pytest.raises(ClientError):
        office.session(TDOAN)


def test_the_register_says_since_when_a_key_may_be_new_to_kms(office: Office) -> None:
    office.session(TDOAN)
    office.session(TDOAN, SNV, at=NOW + timedelta(hours=1))
    since = {(one.info.issuer, one.registered_at) for one in read_register(office.private)}
    assert since == {("TDOAN", NOW), ("SNV", NOW + timedelta(hours=1))}


def test_functions_look_again_before_a_retired_key_ends() -> None:
    """KMS may take five minutes until a new alias counts for rights."""
    assert timedelta(seconds=LOOK_AGAIN_S) + timedelta(minutes=5) < RETIRED_IN
