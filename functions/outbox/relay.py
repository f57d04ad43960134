"""Outbox stream -> bus. There is no other adapter to choose, so this handler makes its own."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from typing import Any

from shared.aws.clients import Clients
from shared.aws.relay import Relay


def handler(event: Mapping[str, Any], _context: object, relay: Relay | None = None) -> dict[str, Any]:
    """Answers the lowest sequence number that the stream shall deliver again, with all that follow it."""
    stuck = (relay or _relay()).carry(event["Records"])
    return {"batchItemFailures": [] if stuck is None else [{"itemIdentifier": stuck}]}


@functools.cache
def _relay() -> Relay:
    return Relay(Clients(os.environ["AWS_REGION"]).get("events"), os.environ["BUS"])
