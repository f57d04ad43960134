"""Who changed whose account lately, as the audit trail has it (shared/identity/linked.py says what follows from it).

Called by four_eyes.py, functions/identity/account.py and functions/directory/units.py: wherever a second person is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from shared.edge.trail_lines import lines_of_day
from shared.identity.linked import LATELY, Given, are_linked
from shared.kernel.clock import moment_key
from shared.kernel.ports import Table

_ACCOUNT = "person#"


def changes_since(tables: Callable[[str], Table], since: datetime, now: datetime) -> tuple[Given, ...]:
    """Every account that another person made or changed after `since`."""
    table, found, day = tables("identity"), [], since.date()
    while day <= now.date():
        for line in lines_of_day(table, "identity", day, moment_key(since), "~"):
            for key in line.changed:
                partition, _, sort = key.partition(" ")
                if sort == "person" and partition.startswith(_ACCOUNT):
                    found.append(Given(by=line.who, to=partition.removeprefix(_ACCOUNT), at=line.at))
        day += timedelta(days=1)
    return tuple(found)


def linked(tables: Callable[[str], Table], one: str, other: str, *, first_word: datetime, now: datetime) -> bool:
    """Whether these two may not be the two people of one act, whose first word was given at `first_word`."""
    since = first_word - LATELY
    return are_linked(one, other, changes_since(tables, since, now), since)
