"""Which engine a command works on, and the AWS one at hand: `--stage`, or GIAOUOC_ENGINE=aws, leads to AWS.

An operator types the stage and, if it is not the usual one, the region; host, buckets and the rest are what the stage's
functions have. Credentials are the operator's own, as the SDK finds them (AWS_PROFILE, `aws sso login`, ...). Called by
the commands; `told` turns what AWS refuses into a sentence.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from infra.embedded.errors import EngineError
from shared.edge.wiring import Ports

if TYPE_CHECKING:
    from shared.aws.clients import Clients

REGION: Final = "ap-southeast-1"
_STAGE: Final = re.compile(r"[a-z][a-z0-9-]{0,15}")
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_ENOUGH: Final = ("GIAOUOC_ORIGIN", "GIAOUOC_DOCUMENTS", "GIAOUOC_PUBLIC")
"""Given in the environment, they are not asked for (trials against an emulator)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One stage: its ports, and clients for what goes beyond them. Physical names begin with `prefix`."""

    stage: str
    clients: Clients
    ports: Ports

    @property
    def prefix(self) -> str:
        """`giaouoc-<stage>`."""
        from shared.aws.world import SERVICE

        return f"{SERVICE}-{self.stage}"


def on_aws(arguments: argparse.Namespace) -> bool:
    """Whether the command is for a stage on AWS."""
    return arguments.stage is not None or os.environ.get("GIAOUOC_ENGINE") == "aws"


@contextmanager
def cloud(arguments: argparse.Namespace) -> Iterator[Cloud]:
    """The stage that the arguments name. Raises EngineError, also for whatever AWS refuses meanwhile."""
    with told():
        yield _open(arguments, os.environ)


@contextmanager
def told() -> Iterator[None]:
    """What AWS refuses is told in a sentence. Raises EngineError."""
    from shared.aws.operator import explained

    try:
        yield
    except Exception as error:
        known = explained(error)
        if known is None:
            raise
        code, facts = known
        raise EngineError(code, **facts) from error


def _open(arguments: argparse.Namespace, environment: Mapping[str, str]) -> Cloud:
    from shared.aws.clients import OPERATORS, Clients
    from shared.aws.operator import function_environment
    from shared.edge import wiring

    stage = arguments.stage or environment.get("GIAOUOC_STAGE", "dev")
    if not _STAGE.fullmatch(stage):
        raise EngineError("aws.stage_form", stage=stage)
    region = arguments.region or environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or REGION
    if not _REGION.fullmatch(region):
        raise EngineError("aws.region_form", region=region)
    clients = Clients(region, OPERATORS)
    if arguments.stage is None and all(environment.get(name) for name in _ENOUGH):
        found = dict(environment)
    else:
        found = function_environment(clients.get("lambda"), stage)
    ports = wiring.aws({**found, "GIAOUOC_ENGINE": "aws", "GIAOUOC_STAGE": stage, "AWS_REGION": region}, clients)
    return Cloud(stage=stage, clients=clients, ports=ports)
