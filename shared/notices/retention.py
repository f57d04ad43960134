"""Lines of the ledger of messages end after a time. Called once a day by shared/edge/retention.py."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from shared.kernel.ports import ANY, Delete, Table
from shared.notices.model import State

CHUNK: Final = 80
_ENDED: Final = (State.SENT, State.FAILED, State.SUPPRESSED, State.BOUNCED)


class ForgetNotices:
    """Deletes what was settled and is older than a moment. What stands against an address stays: it protects the recipient."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, before: datetime, *, most: int) -> int:
        """How many lines; at most about `most` of each state."""
        bounds = ("0", before.astimezone(UTC).isoformat(timespec="milliseconds"))
        return sum(self._state(state, bounds, most) for state in _ENDED)

    def _state(self, state: State, bounds: tuple[str, str], most: int) -> int:
        count, cursor = 0, None
        while count < most:
            page = self._table.query(f"state#{state}", between=bounds, limit=CHUNK, cursor=cursor, index=2)
            if page.items:
                gone = [Delete(partition=each.partition, sort=each.sort, expect=ANY) for each in page.items]
                self._table.commit(gone)
            count += len(page.items)
            cursor = page.cursor
            if cursor is None:
                break
        return count
