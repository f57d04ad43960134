"""Which errors of the services mean "later" (Unavailable). Called by the adapters around every request.

What is not listed here is a fault of ours (bad request, missing right, missing table): it stays the SDK's own error, so
that it is loud and ends in the dead letters or in a 500.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from botocore import exceptions
from botocore.exceptions import ClientError

from shared.kernel.errors import Unavailable

LATER: Final = frozenset(
    {
        "BandwidthLimitExceeded",
        "DependencyTimeoutException",
        "InternalFailure",
        "InternalServerError",
        "InternalServerErrorException",
        "InternalException",
        "KMSInternalException",
        "KMSThrottling",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "SlowDown",
        "Throttled",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
NETWORK: Final = (
    exceptions.ConnectionError,
    exceptions.HTTPClientError,
    exceptions.IncompleteReadError,
    exceptions.FlexibleChecksumError,
)
"""No answer, half an answer, or one that was damaged on its way (checksum of S3)."""


def code_of(error: ClientError) -> str:
    """The service's error code."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: ClientError) -> int:
    """The HTTP status of the answer, 0 if there is none."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def means_later(error: Exception) -> bool:
    """The same request may succeed when it is tried again."""
    if isinstance(error, NETWORK):
        return True
    return isinstance(error, ClientError) and (code_of(error) in LATER or status_of(error) >= 500)


@contextmanager
def unavailable_when_later(code: str, **facts: Any) -> Iterator[None]:
    """Turns what passes with time into Unavailable(code); lets everything else through."""
    try:
        yield
    except (ClientError, *NETWORK) as error:
        if means_later(error):
            raise Unavailable(code, **facts) from error
        raise
