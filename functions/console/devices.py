"""/console/ceremonies/<id>/devices: phones at the doors and screens in the hall, what waits for a comparison first."""

from __future__ import annotations

from functions.console.routes import page
from shared.ceremonies.planning import ShowCeremony
from shared.edge import pages, whose
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.identity.device_list import ListDevices
from shared.identity.devices import LONGEST_NAME, MOST_OPEN, Phase
from shared.identity.rules import Reach

_ENROLLING = (Phase.INVITED, Phase.CLAIMED, Phase.WAITING)


def devices(request: Request) -> Answer:
    """The devices of one ceremony. Codes are shown once, by the answer that made them; this page cannot show them again."""
    ceremony = ShowCeremony(request.ports.table("ceremonies"))(request.params["ceremony"])
    listed = ListDevices(request.ports.table("identity"))(ceremony.id, request.act.at)
    return pages.render(
        request,
        "console_devices.html",
        ceremony=ceremony,
        gates=[(gate, gate) for gate in ceremony.gates],
        waiting=[one for one in listed if one.phase is Phase.WAITING],
        standing=[one for one in listed if one.phase is not Phase.ENDED],
        ended=[one for one in listed if one.phase is Phase.ENDED],
        enrolling=any(one.phase in _ENROLLING for one in listed),
        may_change=request.access.settled and _may_change(request, ceremony.host),
        most=MOST_OPEN,
        longest=LONGEST_NAME,
    )


def _may_change(request: Request, host: str) -> bool:
    """Whether the caller may do more than look: what an auditor sees has no buttons."""
    return request.access.whole("device:write") or host in request.access.own_units("device:write")


PAGES = (
    page(
        "/console/ceremonies/{ceremony}/devices",
        "device:read",
        devices,
        "The devices of a ceremony",
        reach=Reach.UNIT,
        whose=whose.ceremony,
    ),
)
