"""Read units. Called wherever the edge takes snapshots.

Lists: importing.py; what happens to one unit: units.py; mergers and splits: reorganisations.py; blocks: blocks.py, handovers.py.
"""

from __future__ import annotations

from datetime import date

from shared.directory.model import UNIT, Unit
from shared.directory.rules import as_of
from shared.directory.snapshots import UNITS, all_units
from shared.kernel.errors import NotFound
from shared.kernel.ports import Table
from shared.kernel.text import sort_key


class ListUnits:
    """Every unit, in the Vietnamese order of names. A consistent read: imports decide by it."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, on: date | None = None) -> tuple[Unit, ...]:
        """Under the names of the day `on`, if one is given; else under their latest."""
        units = all_units(self._table).values()
        named = [as_of(unit, on) for unit in units] if on else list(units)
        return tuple(sorted(named, key=lambda unit: sort_key(unit.name)))


class ShowUnit:
    """One unit by code."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, code: str, on: date | None = None) -> Unit:
        """Under the name of the day `on`, if one is given. Raises NotFound(`directory.no_unit`)."""
        item = self._table.get(UNITS, code)
        if item is None:
            raise NotFound("directory.no_unit", unit=code)
        unit = UNIT.read(item.body)
        return as_of(unit, on) if on else unit
