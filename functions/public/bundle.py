"""GET /v/{id}.bundle.json: all that it takes to verify a sealed pledge without us. A route of functions/public/verify.py.

Whoever has the id gets it (DESIGN 7): the frozen text, each party's statement and what attests it, no address and no way to
reach anybody. Before sealing there is no answer. Whether the pledge still stands is told by the signed status lists alone.
"""

from __future__ import annotations

import re
from typing import Final

from shared.edge.answers import OPEN_DATA, Answer
from shared.edge.http import Request
from shared.kernel.errors import NotFound
from shared.pledges.bundle import MakeBundle

_ID: Final = re.compile(r"[0-9]{39}")


def show(request: Request) -> Answer:
    """The bundle (shared/pledges/bundle.py). Raises NotFound: no pledge of that id, or not sealed."""
    document = request.params["id"]
    if not _ID.fullmatch(document):
        raise NotFound("pledge.not_found")
    return Answer(MakeBundle(request.ports.table("pledges"))(document), headers=OPEN_DATA)
