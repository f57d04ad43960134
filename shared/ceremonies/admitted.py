"""Who was let in, in the order of time: for the audit trail. Called by shared/edge/trail.py."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from shared.ceremonies.model import ADMISSION, CEREMONY, Admission
from shared.kernel.clock import moment_key, rfc3339
from shared.kernel.ports import Table

LONGEST: Final = timedelta(days=3)
"""Doors of a ceremony open, and close, no further than that from its beginning."""


class AdmissionsBetween:
    """Admissions of all ceremonies of a time, the latest first within a ceremony. Index reads: the newest may be missing."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def ceremonies(self, start: datetime, end: datetime) -> tuple[str, ...]:
        """Ids of the ceremonies whose doors may have been open between these moments; at most 1000."""
        bounds = (rfc3339(start - LONGEST), rfc3339(end + LONGEST))
        page = self._table.query("ceremonies", between=bounds, limit=1000, index=1)
        return tuple(CEREMONY.read(item.body).id for item in page.items)

    def __call__(self, ceremony: str, start: datetime, end: datetime) -> Iterator[Admission]:
        """Those at one ceremony from `start` to `end` (both included), read page by page as they are taken."""
        bounds, cursor = (moment_key(start), moment_key(end) + "#~"), None
        while True:
            page = self._table.query(
                f"admissions#{ceremony}", between=bounds, limit=200, cursor=cursor, reverse=True, index=1
            )
            yield from (ADMISSION.read(item.body) for item in page.items)
            cursor = page.cursor
            if cursor is None:
                return
