"""What the hall's screen shows of one ceremony, put together from the contexts that know it. Called by functions/hall."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from shared.ceremonies.attendance import ShowHallTotals
from shared.ceremonies.model import UnitTotals
from shared.ceremonies.planning import ShowCeremony
from shared.edge.wiring import Ports
from shared.pledges.model import State
from shared.pledges.reading import Board, ListPledges, ReadBoard


@dataclass(frozen=True, slots=True, kw_only=True)
class HallView:
    """Totals, the units of those who came, and for each pledge that is or was open the units that signed. Times UTC."""

    ceremony: str
    title: str
    host: str
    place: str
    zone: str
    starts: datetime
    registered: int
    admitted: int
    units: tuple[UnitTotals, ...]
    pledges: tuple[Board, ...]


def hall_view(ports: Ports, ceremony: str) -> HallView:
    """Raises NotFound(`ceremony.unknown`)."""
    planned = ShowCeremony(ports.table("ceremonies"))(ceremony)
    totals = ShowHallTotals(ports.table("ceremonies"))(ceremony)
    names = {unit.unit: unit.unit_name for unit in totals.units}
    lines, _ = ListPledges(ports.table("pledges"))(ceremony=ceremony)
    read = ReadBoard(ports.table("pledges"))
    hidden = (State.DRAFT, State.WITHDRAWN)
    return HallView(
        ceremony=ceremony,
        title=planned.title,
        host=planned.block or names.get(planned.host, planned.host),
        place=planned.place,
        zone=planned.zone,
        starts=planned.starts,
        registered=totals.registered,
        admitted=totals.admitted,
        units=tuple(unit for unit in totals.units if unit.admitted),
        pledges=tuple(_signed_only(read(line.id)) for line in lines if line.state not in hidden),
    )


def _signed_only(board: Board) -> Board:
    """A hall is told who has signed; an absent or late unit is not put on the wall, not even in the answer's bytes."""
    return replace(board, parties=tuple(party for party in board.parties if party.state == "SIGNED"))
