"""Award lists as they came in, and what was found in them, end some time after the results are out: they hold addresses, and
rows that became no award. Called by shared/edge/retention.py once a day, and by erasing.py.

What remains of a list is its line: when it came in, and how many rows were taken. Awards and certificates stay. A run that is
repeated, or stopped anywhere, goes on where it was: the line is marked last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from events.envelope import Act
from shared.certificates.model import AwardDecision, AwardList, ListState
from shared.certificates.store import DECISION, LIST, decision_key, put_list
from shared.kernel.errors import Conflict
from shared.kernel.ports import ANY, Delete, Item, Objects, Table
from shared.kernel.uploads import KEPT

GONE: Final = b"removed"
"""What stands in place of a file that was emptied."""
CHUNK: Final = 90
"""Findings of one commit, which takes 100 writes with the line of the audit trail."""


class EmptyAwardLists:
    """Empties what came in as lists of one decision, or of all whose results came out before a moment."""

    def __init__(self, table: Table, objects: Objects) -> None:
        self._table = table
        self._objects = objects

    def before(self, act: Act, end: datetime, *, most: int) -> int:
        """How many lists were emptied now, at most `most`: those that came in, and were to be announced, before `end`."""
        count = 0
        for decision in self._decisions(end):
            for item in self._lists(decision.id):
                standing = LIST.read(item.body)
                if standing.cleared_at is None and max(standing.received_at, _out(decision, standing)) < end:
                    if count >= most:
                        return count
                    count += self._empty(act, item, standing)
        return count

    def of_decision(self, act: Act, decision: str) -> int:
        """How many lists of the decision were emptied now, whatever their age. One that waits to be read is left."""
        lists = ((item, LIST.read(item.body)) for item in self._lists(decision))
        read = ((item, each) for item, each in lists if each.state is not ListState.RECEIVED)
        return sum(self._empty(act, item, each) for item, each in read if each.cleared_at is None)

    def _decisions(self, end: datetime) -> Iterator[AwardDecision]:
        cursor = None
        while True:  # a decision is dated before its list comes in; who dates it later waits as long
            dated = ("0", end.date().isoformat())
            page = self._table.query("decisions", between=dated, limit=100, cursor=cursor, index=1)
            yield from (DECISION.read(item.body) for item in page.items)
            cursor = page.cursor
            if cursor is None:
                return

    def _lists(self, decision: str) -> Iterator[Item]:
        cursor = None
        while True:
            page = self._table.query(decision_key(decision), prefix="list#", limit=200, cursor=cursor)
            yield from page.items
            cursor = page.cursor
            if cursor is None:
                return

    def _empty(self, act: Act, item: Item, standing: AwardList) -> int:
        for key in (standing.object_key, f"{KEPT}awards/{standing.id}"):
            self._objects.replace(key, GONE, "text/plain")
        while found := self._table.query(item.partition, prefix=f"findings#{standing.id}#", limit=CHUNK).items:
            self._table.commit([Delete(partition=each.partition, sort=each.sort, expect=ANY) for each in found])
        cleared = replace(standing, finding_chunks=0, cleared_at=act.at)
        try:
            self._table.commit([put_list(cleared, item.version)])
        except Conflict:
            return 0  # it was being checked: the next run finds it again
        return 1


def _out(decision: AwardDecision, received: AwardList) -> datetime:
    """When the results were or are to be out; of a decision that is announced nowhere, when the list came in."""
    return decision.published_at or decision.announce_at or received.received_at
