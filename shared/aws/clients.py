"""The service clients of a process: made at first use, kept, with time-outs and retries said out loud.

Called by shared/edge/wiring.py, which hands the clients to the adapters; tests hand them their own. Clients, never
resources: half the import time, and safe to share between threads. Credentials and, for emulators, the endpoint come
from the environment, as the SDK reads it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Final


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

    def __init__(self, region: str) -> None:
        self.region = region
        self._made: dict[str, Any] = {}
        self._lock = threading.Lock()  # making a client on the SDK's default session is not safe between threads

    def get(self, service: str) -> Any:
        """The client of `service` ("dynamodb", "s3", ...)."""
        client = self._made.get(service)
        if client is None:
            with self._lock:
                if service not in self._made:
                    self._made[service] = self._make(service)
                client = self._made[service]
        return client

    def later(self, service: str) -> Any:
        """What behaves like the client of `service` and makes it at first use: a function pays for what it calls."""
        return _Later(self, service)

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
        return boto3.client(service, region_name=self.region, config=Config(**settings))


class _Later:
    def __init__(self, clients: Clients, service: str) -> None:
        self._clients = clients
        self._service = service

    def __getattr__(self, name: str) -> Any:
        return getattr(self._clients.get(self._service), name)
