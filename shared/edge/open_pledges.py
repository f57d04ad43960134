"""Which pledges are open, and for which units: what the directory is told when an address changes or a unit ends (FORMATS 6).

Called by functions/directory and shared/edge/follow_ups.py, where it is needed: it loads the pledges.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from shared.edge.trust_files import LIST_KEY
from shared.edge.wiring import Ports
from shared.kernel.errors import NotFound
from shared.pledges.model import Pledge, State
from shared.pledges.reading import ListPledges, ShowPledge

OPEN = frozenset({State.OPEN_FOR_SIGNING, State.PARTLY_SIGNED})


def open_pledges(ports: Ports) -> tuple[Pledge, ...]:
    """The pledges open for signing. Which there are says an index; whether one is open is read from its own record."""
    show, found = ShowPledge(ports.table("pledges")), []
    for issuer in _issuers(ports):
        cursor = None
        while True:
            lines, cursor = ListPledges(ports.table("pledges"))(issuer=issuer, limit=200, cursor=cursor)
            found += [pledge for line in lines if (pledge := show(line.id).pledge).state in OPEN]
            if cursor is None:
                break
    return tuple(found)


def units_with_open_pledge(ports: Ports) -> frozenset[str]:
    """The units that are a party of an open pledge."""
    return frozenset(party.unit for pledge in open_pledges(ports) for party in pledge.parties)


def _issuers(ports: Ports) -> Iterator[str]:
    """Whose pledges there may be: the host's, and every issuer's of the trust list. The list is not verified for it: it only
    tells where to look, and an issuer without a key opens no pledge."""
    codes = [ports.settings.issuer]
    try:
        listed = json.loads(ports.public.get(LIST_KEY)).get("issuers", ())
    except NotFound:
        listed = ()
    codes += [str(each["code"]) for each in listed]
    yield from dict.fromkeys(codes)
