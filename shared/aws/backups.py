"""What DynamoDB says of the past that it keeps of a stage's tables (kernel/operations.py): point-in-time recovery.

Documents lie in buckets that keep every version (infra/buckets.yml). How to bring both back: docs/restore-on-aws.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from shared.aws.faults import unavailable_when_later
from shared.kernel.operations import Copies


class PointInTime:
    """`tables`: names of the contexts whose tables are asked about."""

    def __init__(self, dynamodb: Any, prefix: str, tables: Sequence[str]) -> None:
        self._dynamodb = dynamodb
        self._prefix = prefix
        self._tables = tables

    def copies(self) -> Copies:
        """To which times all of the tables can be brought back together."""
        earliest: list[datetime] = []
        latest: list[datetime] = []
        missing: list[str] = []
        for table in self._tables:
            with unavailable_when_later("operations.backups_later"):
                answer = self._dynamodb.describe_continuous_backups(TableName=f"{self._prefix}-{table}")
            kept = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
            if kept.get("PointInTimeRecoveryStatus") != "ENABLED":
                missing.append(table)
                continue
            if "EarliestRestorableDateTime" in kept:
                earliest.append(kept["EarliestRestorableDateTime"].astimezone(UTC))
                latest.append(kept["LatestRestorableDateTime"].astimezone(UTC))
        return Copies(
            way="POINT_IN_TIME",
            latest=min(latest, default=None),
            earliest=max(earliest, default=None),
            missing=tuple(missing),
        )
