"""Every error that a service's model names for a request of ours, and what it comes to mean. A new SDK that names another one
makes this test fail until somebody has decided.

LATER   Unavailable: the message comes again, the caller gets 503
NO      Refused: a retry cannot help, the message is done with
FINE    no error at all
LOUD    the SDK's own error: a fault of ours, which ends in the dead letters or in a 500
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from shared.aws.clients import SERVICES, Clients
from shared.aws.failed_work import AwsFailedWork
from shared.aws.key_register import RegisteredKey
from shared.aws.keys import KmsSigner, unsealed
from shared.aws.mail import SesMail
from shared.aws.objects import S3Objects
from shared.aws.relay import Relay
from shared.aws.schedules import AwsSchedules
from shared.aws.sms import SnsSms
from shared.aws.table import DynamoTable
from shared.kernel.clock import FixedClock
from shared.kernel.errors import NotFound, Refused, Unavailable
from shared.kernel.key_store import KeyInfo
from shared.kernel.letters import Sender
from shared.kernel.ports import ABSENT, Letter, Put, TextMessage
from tests.support_aws import REGION
from tests.unit.aws.test_outbox_chain import fact
from tests.unit.aws.test_outbox_relay import record

NOW: Final = datetime(2027, 2, 12, 0, 30, tzinfo=UTC)
LATER, NO, FINE, LOUD, ABSENT_HERE = "LATER", "NO", "FINE", "LOUD", "NOT THERE"
INFO: Final = KeyInfo(
    kid=b"\0" * 8,
    issuer="TDKT",
    purpose="document",
    alg="EdDSA",
    public_key=b"\0" * 32,
    valid_from=NOW,
    valid_until=NOW,
)


class Refusing:
    """A client that answers every request with one error."""

    def __init__(self, code: str, status: int) -> None:
        self.answer = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}}

    def __getattr__(self, name: str) -> Any:
        def refuse(**_: Any) -> Any:
            raise ClientError(self.answer, name)  # type: ignore[arg-type]

        return refuse


def table(client: Any) -> DynamoTable:
    return DynamoTable(client, "t", "o", sleep=lambda _: None)


def schedules(client: Any) -> AwsSchedules:
    role, queues = "arn:aws:iam::123456789012:role/r", f"arn:aws:sqs:{REGION}:123456789012:p-"
    return AwsSchedules(client, group="g", role_arn=role, queue_arn_prefix=queues, clock=FixedClock(NOW))


def relay_names_the_record(client: Any) -> None:
    """The relay never raises: it names the first record that is not on the bus, and the stream brings it again."""
    assert Relay(client, "bus").carry([record(1)]) is not None
    raise Unavailable("again")


PUT: Final = Put(partition="p", sort="s", body={}, expect=ABSENT)
SENDER: Final = Sender(name="Sở Nội vụ", address="thidua@tinh.gov.vn")
LETTER: Final = Letter(id="L-1", to="a@b.vn", to_name="A", subject="S", text="T")
AT: Final = NOW + timedelta(days=1)


@dataclass(frozen=True)
class Request:
    """What an adapter does by one operation, and what that operation's errors mean."""

    do: Callable[[Any], Any]
    means: dict[str, str]


DYNAMO: Final = {
    "ProvisionedThroughputExceededException": LATER, "RequestLimitExceeded": LATER, "InternalServerError": LATER,
    "ThrottlingException": LATER, "ResourceNotFoundException": LOUD,
}  # fmt: skip
KMS: Final = {
    "NotFoundException": LATER, "DisabledException": LATER, "KeyUnavailableException": LATER,
    "DependencyTimeoutException": LATER, "KMSInternalException": LATER, "KMSInvalidStateException": LATER,
    "InvalidKeyUsageException": LOUD, "InvalidGrantTokenException": LOUD, "DryRunOperationException": LOUD,
}  # fmt: skip
SCHEDULER: Final = {
    "ThrottlingException": LATER, "InternalServerException": LATER, "ServiceQuotaExceededException": LOUD,
    "ValidationException": LOUD,
}  # fmt: skip
REQUESTS: Final = {
    ("dynamodb", "GetItem"): Request(lambda client: table(client).get("p", "s"), DYNAMO),
    ("dynamodb", "Query"): Request(lambda client: table(client).query("p"), DYNAMO),
    ("dynamodb", "UpdateItem"): Request(
        lambda client: table(client).commit([PUT]),
        DYNAMO | {
            "TransactionConflictException": LATER, "ReplicatedWriteConflictException": LATER,
            "ConditionalCheckFailedException": "CONFLICT", "ItemCollectionSizeLimitExceededException": LOUD,
        },
    ),
    ("dynamodb", "TransactWriteItems"): Request(
        lambda client: table(client).commit([PUT], [fact(1)]),
        DYNAMO | {
            "TransactionInProgressException": LATER,
            "TransactionCanceledException": LOUD,  # without reasons; with reasons: test_dynamo_table.py
            "IdempotentParameterMismatchException": LOUD,
        },
    ),
    ("s3", "PutObject"): Request(
        lambda client: S3Objects(client, "b").replace("k", b"", "text/plain"),
        {"InvalidRequest": LOUD, "InvalidWriteOffset": LOUD, "TooManyParts": LOUD, "EncryptionTypeMismatch": LOUD},
    ),
    ("s3", "GetObject"): Request(
        lambda client: S3Objects(client, "b").get("k"), {"NoSuchKey": ABSENT_HERE, "InvalidObjectState": LOUD}
    ),
    ("s3", "HeadObject"): Request(lambda client: S3Objects(client, "b").size("k"), {"NoSuchKey": ABSENT_HERE}),
    ("kms", "Sign"): Request(lambda client: KmsSigner(client, "arn", INFO).sign(b"x"), KMS),
    ("kms", "Decrypt"): Request(
        lambda client: unsealed(client, RegisteredKey(info=INFO, key="arn", sealed=b"x")),
        KMS | {"InvalidCiphertextException": LATER, "IncorrectKeyException": LATER},
    ),
    ("scheduler", "CreateSchedule"): Request(
        lambda client: schedules(client).put("n", at=AT, queue="q", envelope=fact(1)),
        SCHEDULER | {"ConflictException": FINE, "ResourceNotFoundException": LOUD},
    ),
    ("scheduler", "GetSchedule"): Request(
        lambda client: schedules(client).delete("n"), SCHEDULER | {"ResourceNotFoundException": FINE}
    ),
    ("events", "PutEvents"): Request(relay_names_the_record, {"InternalException": LATER}),
    ("sqs", "GetQueueUrl"): Request(
        lambda client: AwsFailedWork(client, "p", ["work"]).works(),
        {
            "RequestThrottled": LATER, "QueueDoesNotExist": LOUD, "InvalidAddress": LOUD,
            "InvalidSecurity": LOUD, "UnsupportedOperation": LOUD,
        },
    ),
    ("sesv2", "SendEmail"): Request(
        lambda client: SesMail(client, sender=SENDER, clock=FixedClock(NOW), sleep=lambda _: None).send(LETTER),
        {
            "TooManyRequestsException": LATER, "LimitExceededException": LATER, "AccountSuspendedException": LATER,
            "SendingPausedException": LATER, "MailFromDomainNotVerifiedException": LATER, "MessageRejected": NO,
            "BadRequestException": NO, "NotFoundException": LOUD,
        },
    ),
    ("sns", "Publish"): Request(
        lambda client: SnsSms(client).send(TextMessage(id="T", to="+84900000001", text="x")),
        {
            "InternalError": LATER, "KMSThrottling": LATER, "InvalidParameter": NO, "ParameterValueInvalid": NO,
            "ValidationException": NO, "NotFound": LOUD, "EndpointDisabled": LOUD, "PlatformApplicationDisabled": LOUD,
            "AuthorizationError": LOUD, "KMSDisabled": LOUD, "KMSInvalidState": LOUD, "KMSNotFound": LOUD,
            "KMSOptInRequired": LOUD, "KMSAccessDenied": LOUD, "InvalidSecurity": LOUD,
        },
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def clients() -> Clients:
    return Clients(REGION)


def modelled(clients: Clients, service: str, operation: str) -> dict[str, int]:
    """Code -> HTTP status of the errors that the model names; 400 where it names none."""
    shapes = clients.get(service).meta.service_model.operation_model(operation).error_shapes
    statuses = {each.error_code: int(each.metadata.get("error", {}).get("httpStatusCode", 400)) for each in shapes}
    return {code: status for code, status in statuses.items() if "PolicyEnforced" not in code}


def meaning(do: Callable[[Any], Any], code: str, status: int) -> str:
    try:
        do(Refusing(code, status))
    except Unavailable:
        return LATER
    except NotFound:
        return ABSENT_HERE
    except Refused:
        return NO
    except ClientError:
        return LOUD
    except Exception as error:
        return type(error).__name__.upper()
    return FINE


@pytest.mark.parametrize(("service", "operation"), [pytest.param(*each, id="-".join(each)) for each in REQUESTS])
def test_it_means_what_was_decided(
    clients: Clients, monkeypatch: pytest.MonkeyPatch, service: str, operation: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    request = REQUESTS[service, operation]
    found = {code: meaning(request.do, code, status) for code, status in modelled(clients, service, operation).items()}
    assert found == request.means


def test_every_service_is_looked_at() -> None:
    assert {service for service, _ in REQUESTS} == SERVICES


@pytest.mark.parametrize(("service", "operation"), [pytest.param(*each, id="-".join(each)) for each in REQUESTS])
def test_a_broken_service_is_later_and_a_missing_right_is_loud(service: str, operation: str) -> None:
    request = REQUESTS[service, operation]
    assert meaning(request.do, "ServiceUnavailable", 503) == LATER
    expected = LATER if service == "events" else LOUD
    assert meaning(request.do, "AccessDeniedException", 400 if service == "dynamodb" else 403) == expected
