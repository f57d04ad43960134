"""The AWS adapters on the emulator: what the contract suites' fixtures give, made there. Called by this folder's tests."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from infra.rehearsal.emulator import REGION, Running
from shared.aws.clients import OPERATORS, Clients
from shared.aws.objects import S3Objects
from shared.aws.table import DynamoTable
from tests.contract.object_clients import S3Client
from tests.support_aws import make_outbox, make_table

_number = itertools.count(1)


@contextmanager
def product_clients(running: Running) -> Iterator[Clients]:
    """The product's own clients, with the emulator for AWS: time-outs, retries and checksums as in Lambda."""
    names = {
        "AWS_ENDPOINT_URL": running.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield Clients(REGION, OPERATORS)
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class Tables:
    """`tables(context)` is the Table of a context in a store of its own."""

    def __init__(self, clients: Clients) -> None:
        self._dynamodb = clients.get("dynamodb")
        self._prefix = f"t{next(_number)}"
        self._made: dict[str, DynamoTable] = {}
        make_outbox(self._dynamodb, f"{self._prefix}-outbox")

    def __call__(self, context: str) -> DynamoTable:
        if context not in self._made:
            name = make_table(self._dynamodb, f"{self._prefix}-{context}")
            self._made[context] = DynamoTable(self._dynamodb, name, f"{self._prefix}-outbox")
        return self._made[context]


def new_bucket(clients: Clients) -> str:
    """An empty bucket's name."""
    name = f"bucket-{next(_number)}"
    clients.get("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


def object_client(clients: Clients) -> S3Client:
    """See tests/contract: Objects on an empty bucket, and the client's side of its addresses."""
    return S3Client(S3Objects(clients.get("s3"), new_bucket(clients)))


def suite(module: Any) -> dict[str, Any]:
    """The tests of a contract suite, and the fixtures that it builds on the one that is replaced."""
    return {
        name: value
        for name, value in vars(module).items()
        if name.startswith("test_") or type(value).__name__ == "FixtureFunctionDefinition"
    }
