"""The service clients of a process: made at first use, kept, with time-outs and retries said out loud.

Called by shared/edge/wiring.py, which hands the clients to the adapters; tests hand them their own. Clients, never
resources: half the import time, and safe to share between threads. Credentials and, for emulators, the endpoint come
from the environment, as the SDK reads it.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from shared.aws.later import later

SERVICES: Final = frozenset({"dynamodb", "events", "kms", "s3", "scheduler", "sesv2", "sns", "sqs"})
"""All that the functions speak to, as botocore spells it: the packages hold the models of these and no other."""

OPERATORS: Final = SERVICES | {"dynamodbstreams", "lambda"}
"""What the commands of `giaouoc` speak to, with the whole SDK at hand."""
DEPLOYERS: Final = frozenset({"cloudformation", "cloudfront", "s3", "sts"})
"""What `make deploy` speaks to beside the packaging tool, likewise."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for a connection and for an answer, and attempts in all."""

    connect: float
    read: float
    attempts: int

    @property
    def longest(self) -> float:
        """Seconds until one call that is never answered gives up; pauses between attempts add a tenth at most."""
        return self.attempts * (self.connect + self.read) + 0.1


_USUAL: Final = Patience(connect=1, read=2, attempts=3)
"""A call must have failed before its function is stopped, after 10 s for most: only then is it an answer (503, a message
that comes again) and no riddle. Answers come within milliseconds, so 2 s are no haste; a throttled call is told so at
once and pauses about a second. DynamoDB finishes a transaction whose answer was lost when the same one comes again."""
_PATIENCE: Final = {
    "s3": Patience(connect=1, read=3.5, attempts=2),  # an object of megabytes is acknowledged when it is stored
    # Letters and short messages: a repeat could be a second one. Their functions have 30 s and more.
    "sesv2": Patience(connect=2, read=10, attempts=1),
    "sns": Patience(connect=2, read=8, attempts=1),
}


_AT_LEISURE_S: Final = 10.0
"""A person at a command may wait: a key that KMS took long to make must not be asked for again, since that makes another."""


def patience(service: str, *, in_function: bool = True) -> Patience:
    """How long a client of that service waits, in a function or at an operator's machine."""
    waits = _PATIENCE.get(service, _USUAL)
    return waits if in_function else replace(waits, read=max(waits.read, _AT_LEISURE_S))


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
        with _standard_tls():
            import boto3  # 130 ms: paid by the first use, not by every import
            from botocore.config import Config

        waits = patience(service, in_function=self._services == SERVICES)
        settings: dict[str, Any] = {
            "connect_timeout": waits.connect,
            "read_timeout": waits.read,
            "retries": {"mode": "standard", "total_max_attempts": waits.attempts},
            "max_pool_connections": 16,
            "tcp_keepalive": True,  # a process that was frozen between requests notices connections that are gone
        }
        if service == "s3":
            settings["signature_version"] = "s3v4"  # conditional writes and presigned forms need version 4
            # Presigned addresses name the region: the name without it redirects while a bucket is new, which no form survives.
            settings["s3"] = {"addressing_style": "virtual"}
        with _uncollected():
            return boto3.client(service, region_name=self.region, config=Config(**settings))


_PYOPENSSL: Final = "urllib3.contrib.pyopenssl"


@contextmanager
def _standard_tls() -> Iterator[None]:
    """Hides pyOpenSSL, which the passkeys' library brings: botocore would load it, and all of cryptography, only to take
    the standard library's SSLContext out of it again. Without it botocore asks the standard library (botocore/httpsession.py)."""
    if _PYOPENSSL in sys.modules:
        yield
        return
    modules = cast(dict[str, Any], sys.modules)
    modules[_PYOPENSSL] = None  # what Python takes for "there is none"
    try:
        yield
    finally:
        del modules[_PYOPENSSL]


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
