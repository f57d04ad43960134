"""Units by their names: people read names, the stored things hold codes. Called by the console's lists and forms."""

from __future__ import annotations

from shared.directory.rules import name_on, stands_on, today
from shared.directory.snapshots import all_units
from shared.edge.http import Request
from shared.kernel.text import sort_key


def unit_names(request: Request) -> dict[str, str]:
    """By its code, the name that each unit has today; also of units that ended."""
    day = today(request.act.at)
    return {code: name_on(unit, day) for code, unit in all_units(request.ports.table("directory")).items()}


def standing_units(request: Request) -> list[tuple[str, str]]:
    """Code and name of each unit that exists today, in the Vietnamese order."""
    day = today(request.act.at)
    units = all_units(request.ports.table("directory")).items()
    found = [(code, name_on(unit, day)) for code, unit in units if stands_on(unit, day)]
    return sorted(found, key=lambda pair: (sort_key(pair[1]), pair[0]))
