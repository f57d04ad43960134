"""The contract suites of Table, Objects and Keyring on the emulator: a second opinion beside moto's, over the network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from infra.rehearsal.emulator import Running
from shared.aws.clients import Clients
from shared.aws.key_register import change_register
from shared.aws.key_store import PURPOSES, KmsKeyStore
from shared.aws.keys import KmsKeyring
from shared.aws.objects import S3Objects
from shared.kernel.clock import FixedClock
from tests.cloud import emulated
from tests.contract import (
    test_keyring_contract,
    test_objects_contract,
    test_table_contract,
    test_table_limits_contract,
)
from tests.contract.key_folders import FROM, UNTIL, certificate

for module in (test_table_contract, test_table_limits_contract, test_objects_contract, test_keyring_contract):
    globals().update(emulated.suite(module))


@pytest.fixture(scope="module")
def clients(bare: Running) -> Iterator[Clients]:
    with emulated.product_clients(bare) as made:
        yield made


@pytest.fixture
def make_table(clients: Clients) -> Any:
    return emulated.Tables(clients)


@pytest.fixture
def object_client(clients: Clients) -> Any:
    return emulated.object_client(clients)


@pytest.fixture(scope="module")
def keyring(clients: Clients) -> Any:
    """A key of every purpose in the emulator's KMS."""
    register = S3Objects(clients.get("s3"), emulated.new_bucket(clients))
    store = KmsKeyStore(clients.get("kms"), prefix="giaouoc-contract", register=register)
    for purpose in PURPOSES:
        store.create_key("TDKT", purpose, FROM, UNTIL, certificate if purpose == "seal" else None)
    change_register(register, lambda kept: [replace(one, listed=True) for one in kept])
    return KmsKeyring(clients.get("kms"), register=register, clock=FixedClock(FROM + timedelta(days=40)))
