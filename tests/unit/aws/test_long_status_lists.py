"""Status lists of any number of revocations are signed under KMS: the short with the usual key, the long with the list key."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.commands.key_session import IssuerName
from shared.aws.keys import MAX_RAW_BYTES
from shared.aws.world import aws_parts
from shared.certificates.status import SetBits
from shared.edge import status_lists
from shared.edge.settings import Settings
from shared.edge.wiring import Ports
from shared.kernel.cose import parse, signed_length
from shared.kernel.statuslist import (
    LIST_BITS,
    StatusList,
    StatusPurpose,
    empty_bits,
    payload_of,
    verify_status_list,
    with_bits,
)
from tests.support_aws import REGION, make_bucket
from tests.unit.aws.key_office import HOST, NOW, Office

LONG_HOST = "https://thidua.thanhdoan.hochiminhcity.gov.vn"


@pytest.fixture
def ports(tmp_path: Path, client: Callable[[str], Any]) -> Ports:
    environment = {
        "AWS_REGION": REGION,
        "GIAOUOC_DOCUMENTS": make_bucket(client("s3"), "documents"),
        "GIAOUOC_PUBLIC": make_bucket(client("s3"), "public"),
        "GIAOUOC_SCHEDULES_ROLE": "arn:aws:iam::123456789012:role/schedules",
    }
    parts = aws_parts(environment, stage="prod", sender=("Tỉnh đoàn", "thidua@tinh.example"))
    settings = Settings(engine="aws", origin=f"https://{HOST}", issuer="TDOAN")
    office = Office(tmp_path, client)
    office.public, office.private = parts.public, parts.objects  # type: ignore[assignment]
    office.session(IssuerName(code="TDOAN", name="Tỉnh đoàn"))
    names = ("table", "objects", "public", "mail", "sms", "schedules", "failed_work", "backups")
    given = {name: getattr(parts, name) for name in names}
    return Ports(settings=settings, keyring=office.keyring(), clock=office.clock, **given)


@pytest.mark.parametrize(("revoked", "long"), [(0, False), (3000, False), (20_000, True), (LIST_BITS, False)])
def test_a_list_verifies_under_the_published_keys_whatever_its_length(
    ports: Ports, monkeypatch: pytest.MonkeyPatch, revoked: int, long: bool
) -> None:
    places = frozenset(random.Random(7).sample(range(LIST_BITS), revoked))
    monkeypatch.setattr(status_lists, "_bits", lambda *_: SetBits(revocation=places, suspension=frozenset()))
    status_lists.sign_block(ports, "TDOAN", 0, NOW)
    trust = status_lists.trust_list(ports)
    data = ports.public.get("status/TDOAN-r0.cwt")
    assert verify_status_list(data, trust).bits == with_bits(empty_bits(), places)
    usual = ports.keyring.signer("TDOAN", "document").kid
    assert (parse(data).kid == usual) is not long


def test_three_thousand_revocations_fit_what_kms_signs_whatever_they_are() -> None:
    """The figure of decision 14, with the longest names."""

    def length(count: int, seed: int) -> int:
        bits = with_bits(empty_bits(), random.Random(seed).sample(range(LIST_BITS), count))
        return signed_length(
            payload_of(
                StatusList(
                    origin=LONG_HOST,
                    issuer="UBND-TPHCM-1",
                    purpose=StatusPurpose.REVOCATION,
                    index=0,
                    issued_at=1_800_000_000,
                    expires_at=1_800_086_400,
                    bits=bits,
                )
            )
        )

    assert max(length(3400, seed) for seed in range(5)) <= MAX_RAW_BYTES
    assert min(length(3600, seed) for seed in range(5)) > MAX_RAW_BYTES
