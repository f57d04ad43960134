"""The service clients of a process: made at first use, kept, with time-outs and retries said out loud.

Called by shared/edge/wiring.py, which hands the clients to the adapters; tests hand them their own. Clients, never
resources: half the import time, and safe to share between threads. Credentials and, for emulators, the endpoint come
from the environment, as the SDK reads it.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from shared.aws.later import later

SERVICES: Final = frozenset({"dynamodb", "events", "kms", "s3", "scheduler", "sesv2", "sns"})
"""All that the functions speak to, as botocore spells it: the packages hold the models of these and no other."""

OPERATORS: Final = SERVICES | {"cloudformation", "dynamodbstreams", "sqs"}
"""What the commands of `giaouoc` speak to, with the whole SDK at hand."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for a connection and for an answer, and attempts in all."""

    connect: float
    read: float
    attempts: int


_USUAL: Final = Patience(connect=2, read=5, attempts=3)
_PATIENCE: Final = {
    # DynamoDB asks for at least a second, and for a retry that comes 5 s after the first attempt of a transaction.
    "dynamodb": Patience(connect=1, read=3, attempts=3),
    "s3": Patience(connect=2, read=20, attempts=3),
    "sesv2": Patience(connect=2, read=15, attempts=1),  # a repeat could be a second letter
    "sns": Patience(connect=2, read=10, attempts=1),
}


class Clients:
    """The clients of one region."""

    def __init__(self, region: str, services: frozenset[str] = SERVICES) -> None:
        """`services`: what they may be made for; an operator's own machine speaks to more than the functions do."""
        self.region = region
        self._services = services
        self._made: dict[str, Any] = {}
        self._lock = threading.Lock()  # making a client on the SDK's default session is not safe between threads

    def get(self, service: str) -> Any:
        """The client of `service`. Raises KeyError for one that is not among the services: no package would hold its model."""
        if service not in self._services:
            raise KeyError(service)
        client = self._made.get(service)
        if client is None:
            with self._lock:
                if service not in self._made:
                    self._made[service] = self._make(service)
                client = self._made[service]
        return client

    def later(self, service: str) -> Any:
        """What behaves like the client of `service` and makes it at first use: a function pays for what it calls."""
        return later(lambda: self.get(service))

    def _make(self, service: str) -> Any:
        import boto3  # 130 ms: paid by the first use, not by every import
        from botocore.config import Config

        patience = _PATIENCE.get(service, _USUAL)
        settings: dict[str, Any] = {
            "connect_timeout": patience.connect,
            "read_timeout": patience.read,
            "retries": {"mode": "standard", "total_max_attempts": patience.attempts},
            "max_pool_connections": 16,
        }
        if service == "s3":
            settings["signature_version"] = "s3v4"  # conditional writes and presigned forms need version 4
        with _uncollected():
            return boto3.client(service, region_name=self.region, config=Config(**settings))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector: the model of a service is a hundred thousand objects that all stay, and walking them
    again and again while they are read takes half of the time that S3's client takes. Afterwards they are never walked."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if before:
            gc.enable()
