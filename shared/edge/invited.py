"""What an import of delegates knows of units, read from the directory as of the ceremony's day.

Called by functions/ceremonies/import_delegates.py. Guests and quotas come from the ceremony's block in its year; without such
a block everybody is a delegate and nobody has a quota.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from shared.ceremonies.delegate_list import InvitedUnits
from shared.ceremonies.model import Ceremony
from shared.directory.blocks import ShowBlock
from shared.directory.rules import unit_names
from shared.directory.usecases import ListUnits
from shared.kernel.errors import NotFound
from shared.kernel.ports import Table


def invited_units(directory: Table, ceremony: Ceremony) -> InvitedUnits:
    """The snapshot for one import."""
    day = ceremony.starts.astimezone(ZoneInfo(ceremony.zone)).date()
    names = unit_names(ListUnits(directory)(), day)
    try:
        block = ShowBlock(directory)(ceremony.block, day.year)
    except NotFound:
        return InvitedUnits(names=names)
    quotas = {seat.unit: seat.quota for seat in block.seats if seat.quota is not None}
    return InvitedUnits(names=names, guests=frozenset(block.guests), quotas=quotas)
