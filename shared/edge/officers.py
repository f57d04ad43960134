"""The officer behind a request, as the directory's rules know one. Called by functions/directory."""

from __future__ import annotations

from shared.directory.addresses import Officer
from shared.edge.http import Request
from shared.identity.rules import units_of
from shared.kernel.errors import Forbidden

WRITE = "directory:write"


def officer_of(request: Request) -> Officer:
    """The person who asks, with the units whose officer that is. Raises Forbidden(`contact.persons_only`) for programs."""
    if request.principal.kind != "PERSON":
        raise Forbidden("contact.persons_only")
    units = tuple(sorted(units_of(request.principal, WRITE)))
    return Officer(person=request.principal.id, units=units, for_office=request.access.whole(WRITE))
