"""What is left to do when a unit is over ("việc cần làm tiếp"): whatever still refers to it, for an officer to settle. Nothing
of it is changed in silence. Called by functions/directory/reorganising.py and functions/console/units.py.

The list is made from what stands now, so that what was settled is gone from it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from shared.directory.blocks import ListBlocks, ShowBlock
from shared.directory.lineage import heirs_on
from shared.directory.model import Unit
from shared.directory.reorganisations import FollowUp
from shared.directory.rules import DAY
from shared.edge.open_pledges import open_pledges
from shared.edge.wiring import Ports
from shared.identity.people import ListPeople
from shared.pledges.model import Pledge

YEARS_AHEAD = 3


def follow_ups(ports: Ports, units: Mapping[str, Unit], codes: Collection[str], day: date) -> tuple[FollowUp, ...]:
    """For those of `codes` that end, and the units that they go into."""
    over = {code: units[code] for code in codes if code in units and units[code].valid_to is not None}
    if not over:
        return ()
    found = [*_blocks(ports, over, day), *_pledges(over, open_pledges(ports)), *_grants(ports, over)]
    for code, unit in over.items():
        for heir in heirs_on(code, units, (unit.valid_to or day) + DAY):
            if units[heir].contact.email is None:
                found.append(FollowUp(kind="CONTACT", unit=heir, title=units[heir].name, path=f"/console/units/{heir}"))
    return tuple(dict.fromkeys(found))


def _blocks(ports: Ports, over: Mapping[str, Unit], day: date) -> list[FollowUp]:
    """Blocks of the years in which it does not stand to the end."""
    found = []
    first = min((unit.valid_to or day) + DAY for unit in over.values()).year
    for year in range(max(first, day.year), max(first, day.year) + YEARS_AHEAD):
        for listed in ListBlocks(ports.table("directory"))(year):
            block = ShowBlock(ports.table("directory"))(listed.code, year)  # as it stands: an index may be late
            found += [
                FollowUp(
                    kind="BLOCK",
                    unit=seat.unit,
                    title=f"{block.name} ({year})",
                    path=f"/console/blocks/{block.code}/{year}",
                )
                for seat in block.seats
                if seat.unit in over and ((over[seat.unit].valid_to or day) + DAY).year <= year
            ]
    return found


def _pledges(over: Mapping[str, Unit], pledges: Collection[Pledge]) -> list[FollowUp]:
    return [
        FollowUp(kind="PLEDGE", unit=party.unit, title=pledge.title, path=f"/console/pledges/{pledge.id}")
        for pledge in pledges
        for party in pledge.parties
        if party.unit in over
    ]


def _grants(ports: Ports, over: Mapping[str, Unit]) -> list[FollowUp]:
    found = []
    cursor = None
    while True:
        page = ListPeople(ports.table("identity"))(limit=200, cursor=cursor)
        found += [
            FollowUp(kind="GRANT", unit=grant.reach, title=person.name, path=f"/console/people/{person.id}")
            for person in page.people
            for grant in person.grants
            if grant.reach in over
        ]
        cursor = page.cursor
        if cursor is None:
            return found
