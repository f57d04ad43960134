"""Erasure in the log (FORMATS 4): the entry stays, what opens it goes. Called by shared/edge/carrying_out.py.

Without salt and subject the keyed hash in the log can be compared with nothing; whoever holds a proof of before still can.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from events.envelope import Act
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Refused
from shared.kernel.ports import Table
from shared.transparency.entries import document_entry_id
from shared.transparency.model import ENTRY, LogEntry, entry_key, put_entry


class ForgetEntry:
    """Removes salt and subject of a document's entry. A repeat changes nothing; a document without an entry needs none."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, document: str) -> LogEntry | None:
        """Raises Refused(`log.not_yet`) while the entry has no place in the log: its bytes are not fixed yet."""
        return decide_again(partial(self._forget, act, document))

    def _forget(self, act: Act, document: str) -> LogEntry | None:
        item = self._table.get(entry_key(document_entry_id(document)), "entry")
        if item is None:
            return None
        standing = ENTRY.read(item.body)
        if standing.erased_at is not None:
            return standing
        if standing.index is None:
            raise Refused("log.not_yet")
        forgotten = replace(standing, salt=None, subject=None, erased_at=act.at)
        self._table.commit([put_entry(forgotten, item.version)])
        return forgotten
