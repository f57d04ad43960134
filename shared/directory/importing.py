"""Import units from a list. Called by functions/directory/lists.py. What a row makes of a unit: unit_merging.py."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

from events.envelope import Act
from shared.directory import unit_list
from shared.directory.addresses import Officer
from shared.directory.model import UNIT, UnitImport
from shared.directory.snapshots import UNITS, all_units, unit_put, version_of
from shared.directory.unit_merging import Listing, Wanted, judged, merged
from shared.directory.units import address_facts, registered
from shared.kernel.conflicts import decide_again
from shared.kernel.lists import Findings, Sheet, read_list
from shared.kernel.ports import Table

_CHUNK = 20
"""Units of one commit: each an item and up to three facts, under the 100 that a commit takes."""


class ImportUnits:
    """Takes a list of units: new ones are registered, changed ones changed, the same list again changes nothing.

    A column that the list does not have leaves what stands; an empty cell of a column that it has clears it.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(
        self,
        act: Act,
        sheets: Sequence[Sheet],
        *,
        officer: Officer | None = None,
        open_for: Collection[str] = frozenset(),
        two_officers: bool = False,
    ) -> UnitImport:
        """Good rows are stored, bad ones reported. `open_for`: units with an open pledge, whose changed address waits for a
        second unit; with `two_officers` every address of a unit that stands waits for another person. Without an `officer`
        who asks for it such a row is refused. Raises Invalid where the list as a whole cannot be read."""
        read = read_list(sheets, unit_list.COLUMNS)
        findings = Findings(read)
        standing = all_units(self._table)
        rows, seats = unit_list.units_of(read, frozenset(standing), findings)
        listing = Listing(
            act=act, columns=frozenset(read.places), officer=officer, open_for=open_for, two_officers=two_officers
        )
        wanted = judged(rows, standing, listing, findings)
        created = changed = 0
        for start in range(0, len(wanted), _CHUNK):
            new, other = decide_again(partial(self._store, wanted[start : start + _CHUNK], listing))
            created += new
            changed += other
        listed = {each.code for each in wanted if each.row is not None}
        return UnitImport(
            report=findings.report(),
            created=created,
            changed=changed,
            unchanged=len(wanted) - created - changed,
            seats=tuple(seat for seat in seats if seat.unit in listed),
        )

    def _store(self, part: Sequence[Wanted], listing: Listing) -> tuple[int, int]:
        writes, facts, new = [], [], 0
        for each in part:
            item = self._table.get(UNITS, each.code)
            before = UNIT.read(item.body) if item else None
            unit = merged(each.row, before, listing) if each.row else before
            if unit is None or (after := replace(unit, predecessors=each.predecessors)) == before:
                continue
            version = version_of(item) + 1
            writes.append(unit_put(after, version_of(item)))
            facts += [registered(listing.act, after, version), *address_facts(listing.act, before, after, version)]
            new += item is None
        if writes:
            self._table.commit(writes, facts)
        return new, len(writes) - new
