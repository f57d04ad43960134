"""Engines of Schedules for the contract suite: what came due by a time, as a bus would have brought it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from shared.embedded.queues import Queues
from shared.embedded.schedules import EmbeddedSchedules
from shared.embedded.store import Store


class SqliteSchedules:
    def __init__(self) -> None:
        self.store = Store(":memory:")
        self.schedules = EmbeddedSchedules(self.store)
        self.queues = Queues(self.store)

    def fired(self, until: datetime) -> list[tuple[str, dict[str, Any]]]:
        """(queue, EventBridge event) of all that fired since the last call."""
        self.schedules.fire_due(until)
        found = []
        for queue in ("notify", "plan"):
            while leased := self.queues.lease(queue, 10, 30):
                found += [(queue, json.loads(each.body)) for each in leased]
                self.queues.settle(leased)
        return found
