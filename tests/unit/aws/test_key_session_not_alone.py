"""A key session that meets another, or whose requests come twice: no key is lost, and none is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from shared.aws.key_register import read_register
from shared.aws.key_store import KmsKeyStore
from shared.kernel.errors import Conflict
from tests.unit.aws.key_office import NOW, PREFIX, SNV, TDOAN, Office, Overriding


@pytest.fixture
def office(tmp_path: Path, client: Callable[[str], Any]) -> Office:
    return Office(tmp_path, client)


def test_a_key_that_a_repeated_request_made_is_told_and_used_next_time(office: Office) -> None:
    kms, twice = office.kms, []

    def create_key(**given: Any) -> Any:
        """The first answer was lost, and the SDK asks again."""
        if (
            given["Description"] in (f"{PREFIX} TDOAN ticket", f"{PREFIX} list-keys")
            and given["Description"] not in twice
        ):
            kms.create_key(**given)
            twice.append(given["Description"])
        return kms.create_key(**given)

    office.kms = Overriding(kms, create_key=create_key)
    office.session(TDOAN)
    store = KmsKeyStore(kms, prefix=PREFIX, register=office.private)

    def unused() -> list[str]:
        return sorted(kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] for key in store.unused())

    assert unused() == [f"{PREFIX} TDOAN ticket", f"{PREFIX} list-keys"]
    kms.create_key(Description="giaouoc-prod2 TDOAN ticket")
    office.session(TDOAN, at=NOW + timedelta(days=366))
    assert unused() == [f"{PREFIX} list-keys"], "used for the following year; one that seals is needed once"


def test_a_sealing_key_that_another_session_named_first_is_used(office: Office) -> None:
    kms, alias, theirs = office.kms, f"alias/{PREFIX}/list-keys", []

    def create_alias(*, AliasName: str, TargetKeyId: str) -> Any:  # noqa: N803 - as the SDK spells it
        if AliasName == alias and not theirs:
            theirs.append(kms.create_key(Description=f"{PREFIX} list-keys")["KeyMetadata"]["Arn"])
            kms.create_alias(AliasName=alias, TargetKeyId=theirs[0])
        return kms.create_alias(AliasName=AliasName, TargetKeyId=TargetKeyId)

    office.kms = Overriding(kms, create_alias=create_alias)
    office.session(TDOAN)
    assert {one.key for one in read_register(office.private) if one.sealed is not None} == set(theirs)
    signer = office.keyring().signer("TDOAN", "document", length=20_000)
    Ed25519PublicKey.from_public_bytes(signer.public_key()).verify(signer.sign(b"x" * 20_000), b"x" * 20_000)


def test_a_name_that_leads_to_another_key_is_no_success(office: Office) -> None:
    kms = office.kms

    def create_alias(*, AliasName: str, TargetKeyId: str) -> Any:  # noqa: N803 - as the SDK spells it
        other = kms.create_key(Description="somebody's")["KeyMetadata"]["Arn"]
        kms.create_alias(AliasName=AliasName, TargetKeyId=other)
        return kms.create_alias(AliasName=AliasName, TargetKeyId=TargetKeyId)

    office.kms = Overriding(kms, create_alias=create_alias)
    with pytest.raises(ClientError, match="AlreadyExists"):
        office.session(TDOAN)
    assert read_register(office.private) == ()


def test_two_sessions_at_once_lose_no_key(office: Office) -> None:
    """The second writes over nothing that the first has put in between its reading and its writing."""
    first = KmsKeyStore(office.kms, prefix=PREFIX, register=office.private)
    first.create_key("SNV", "ticket", NOW, NOW + timedelta(days=366))

    class Slow:
        def __getattr__(self, name: str) -> Any:
            return getattr(office.private, name)

        def replace_version(self, *given: Any) -> None:
            first.create_key("SNV", "document", NOW, NOW + timedelta(days=366))
            office.private.replace_version(*given)

    slow: Any = Slow()
    second = KmsKeyStore(office.kms, prefix=PREFIX, register=slow)
    with pytest.raises(Conflict) as caught:
        second.create_key("TDOAN", "ticket", NOW, NOW + timedelta(days=366))
    assert caught.value.code == "keys.another_session"
    held = {(one.info.issuer, one.info.purpose) for one in read_register(office.private)}
    assert held == {("SNV", "ticket"), ("SNV", "document")}
    office.session(TDOAN, SNV)
    registered = read_register(office.private)
    assert {key["Arn"] for key in office.kms_keys()} == {one.key for one in registered}, "what was left over is used"


def test_two_sessions_at_once_publish_one_list_and_the_second_comes_after(office: Office) -> None:
    put_new, first = office.public.put_new, []

    def slow(*given: Any) -> bool:
        """The other session publishes between our reading of its last list and our own."""
        if not first:
            first.append(None)
            first.append(office.session(SNV, TDOAN, at=NOW + timedelta(seconds=5)))
        return put_new(*given)

    office.public.put_new = slow  # type: ignore[method-assign]
    with pytest.raises(Conflict) as caught:
        office.session(SNV)
    assert caught.value.code == "keys.another_session"
    assert office.verified() == first[1]
    assert office.session(SNV, at=NOW + timedelta(minutes=1)) == first[1], "all keys stand in the other one's list"
