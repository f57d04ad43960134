"""moto as the AWS engine's stand-in: clients made once, resources made by the API (never by moto's CloudFormation).

KMS is the exception: tests/kms_service.py answers it, one empty service an account. tests/aws_calls.py hears every request.

moto is no concurrent store (a cancelled transaction is undone by copying whole tables back), so requests of several
threads are sent one after the other; what is contended for is still decided by conditions.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.aws_calls import listen, signed_form
from tests.aws_template import ACCOUNT
from tests.aws_template import REGION as REGION
from tests.kms_service import KmsService

_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",  # else moto does not know the streams' addresses
    "AWS_EC2_METADATA_DISABLED": "true",
}
_clients: Any = None
_kms: KmsService | None = None
_turn = threading.RLock()


class OneAtATime:
    """A client whose operations wait for each other."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._client, name)
        if name == "generate_presigned_post":
            return functools.partial(_signed_form, operation)
        if not callable(operation) or name.startswith("generate_") or name == "get_paginator":
            return operation

        def send(*args: Any, **more: Any) -> Any:
            with _turn:
                return operation(*args, **more)

        return send


def _signed_form(operation: Any, bucket: str, key: str, **more: Any) -> Any:
    signed_form(bucket, key)
    return operation(bucket, key, **more)


@contextmanager
def aws_account() -> Iterator[Callable[[str], Any]]:
    """An empty account; gives `client(service)`."""
    import boto3
    from moto import mock_aws

    from shared.aws.clients import OPERATORS, Clients

    global _clients, _kms
    before = {name: os.environ.get(name) for name in _ENVIRONMENT}
    os.environ.update(_ENVIRONMENT)
    try:
        with mock_aws():
            _kms = KmsService(REGION, ACCOUNT)
            boto3.setup_default_session()  # moto takes the session away for as long as it mocks
            listen(boto3.DEFAULT_SESSION.events)
            boto3.DEFAULT_SESSION.events.register("before-call.kms", _kms_answers)
            _clients = _clients or Clients(REGION, OPERATORS)  # making them costs more than all requests of a test
            yield lambda service: OneAtATime(_clients.get(service))
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _kms_answers(**request: Any) -> Any:
    return account_kms().answer(**request)


def account_kms() -> KmsService:
    """The KMS of the account that was opened last."""
    assert _kms is not None
    return _kms


def account_for(request: Any) -> Callable[[str], Any]:
    """`client(service)` in an empty account that ends with the test."""
    account = aws_account()
    client = account.__enter__()
    request.addfinalizer(lambda: account.__exit__(None, None, None))
    return client


def make_table(dynamodb: Any, name: str) -> str:
    """A context's table as infra/tables.yml describes it."""
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[_text(each) for each in ("pk", "sk", "g1pk", "g1sk", "g2pk", "g2sk")],
        KeySchema=_keys("pk", "sk"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": f"index{number}",
                "KeySchema": _keys(f"g{number}pk", f"g{number}sk"),
                "Projection": {"ProjectionType": "ALL"},
            }
            for number in (1, 2)
        ],
    )
    return name


def make_outbox(dynamodb: Any, name: str) -> str:
    """The outbox table, with its stream."""
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[_text("pk"), _text("sk")],
        KeySchema=_keys("pk", "sk"),
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    return name


def dynamo_tables(request: Any) -> Callable[[str], Any]:
    """`make(context) -> Table` in an account of its own, for the contract suite."""
    from shared.aws.table import DynamoTable

    dynamodb = account_for(request)("dynamodb")
    outbox = make_outbox(dynamodb, "outbox")
    return functools.cache(lambda context: DynamoTable(dynamodb, make_table(dynamodb, context), outbox))


def s3_objects(request: Any) -> Any:
    """An empty bucket's Objects, for the contract suite."""
    from shared.aws.objects import S3Objects

    s3 = account_for(request)("s3")
    return S3Objects(s3, make_bucket(s3, "documents"))


def make_bucket(s3: Any, name: str) -> str:
    """An empty bucket."""
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


def _text(name: str) -> dict[str, str]:
    return {"AttributeName": name, "AttributeType": "S"}


def _keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]
