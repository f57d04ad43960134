"""The payloads that Lambda functions get, made on this machine: API Gateway v2, SQS, EventBridge schedule; the context.

Shapes after the AWS developer guide ("Working with AWS Lambda proxy integrations for HTTP APIs", payload 2.0; "Using
Lambda with Amazon SQS"). Called by the server, the worker and the scheduler.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from infra.embedded.template.model import EMBEDDED_ACCOUNT, Queue, Schedule

REGION = "local"


@dataclass(slots=True)
class Context:
    """What a handler may ask of its invocation: the names that Lambda's own context has."""

    function_name: str
    memory_limit_in_mb: int
    deadline: float  # of time.monotonic()
    aws_request_id: str = field(default_factory=lambda: secrets.token_hex(8))
    function_version: str = "$LATEST"

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:{REGION}:{EMBEDDED_ACCOUNT}:function:{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation loses its process."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


def http_event(
    scope: Mapping[str, Any], body: bytes, *, route_key: str, parameters: Mapping[str, str], request_id: str
) -> dict[str, Any]:
    """The API Gateway v2 event of an ASGI request."""
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if name == "cookie":
            cookies.extend(part.strip() for part in value.split(";") if part.strip())
        else:
            headers[name] = f"{headers[name]},{value}" if name in headers else value
    query: str = scope["query_string"].decode("latin-1")
    now = time.time()
    text, encoded = _text(body)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": scope["path"],
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": EMBEDDED_ACCOUNT,
            "apiId": "embedded",
            "domainName": headers.get("host", ""),
            "domainPrefix": "",
            "http": {
                "method": scope["method"],
                "path": scope["path"],
                "protocol": f"HTTP/{scope['http_version']}",
                "sourceIp": (scope.get("client") or ("", 0))[0],
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": request_id,
            "routeKey": route_key,
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": encoded,
    }
    if cookies:
        event["cookies"] = cookies
    if query:
        event["queryStringParameters"] = _query(query)
    if parameters:
        event["pathParameters"] = dict(parameters)
    if body:
        event["body"] = text
    return event


def _text(body: bytes) -> tuple[str, bool]:
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True


def _query(query: str) -> dict[str, str]:
    """As API Gateway: a name given twice has its values joined by commas."""
    joined: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message of a batch as the queue hands it out."""

    id: str
    receipt: str
    body: str
    attempts: int
    sent_at: float


def sqs_event(queue: Queue, deliveries: Iterable[Delivery]) -> dict[str, Any]:
    """The SQS event of a batch."""
    now = str(int(time.time() * 1000))
    return {
        "Records": [
            {
                "messageId": one.id,
                "receiptHandle": one.receipt,
                "body": one.body,
                "attributes": {
                    "ApproximateReceiveCount": str(one.attempts),
                    "SentTimestamp": str(int(one.sent_at * 1000)),
                    "SenderId": "giaouoc",
                    "ApproximateFirstReceiveTimestamp": now,
                },
                "messageAttributes": {},
                "md5OfBody": hashlib.md5(one.body.encode(), usedforsecurity=False).hexdigest(),
                "eventSource": "aws:sqs",
                "eventSourceARN": queue.arn,
                "awsRegion": REGION,
            }
            for one in deliveries
        ]
    }


def scheduled_event(schedule: Schedule, at: datetime) -> Any:
    """What EventBridge sends at a time of a schedule: its input, or the scheduled event."""
    if schedule.input is not None:
        return schedule.input
    return {
        "version": "0",
        "id": secrets.token_hex(16),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": EMBEDDED_ACCOUNT,
        "time": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [schedule.name],
        "detail": {},
    }
