"""What is on record of a pledge, for GET /v/{id}. Called by functions/public/verify.py for an id that no certificate has.

Apart from it because the issuer's name comes from the trust list, and that is verified under the root key before a name is
taken from it: the pledges' records and the signature library are loaded for the pages of pledges alone.
"""

from __future__ import annotations

from shared.edge.http import Request
from shared.edge.public_record import PublicPage, pledge_page
from shared.edge.trust import trust_list
from shared.kernel.errors import Unavailable
from shared.pledges.public_record import FindPublicRecord


def find(request: Request, document: str) -> PublicPage | None:
    """The page of the pledge of that public id; None where there is none."""
    pledge = FindPublicRecord(request.ports.table("pledges"))(document)
    if pledge is None:
        return None
    return pledge_page(pledge, request.locale, issuer_name=_name_of(request, pledge.issuer))


def _name_of(request: Request, issuer: str) -> str:
    """The issuer's name as the trust list has it; its code where there is no list."""
    try:
        found = trust_list(request.ports).issuer(issuer)
    except Unavailable:
        return issuer
    return found.name if found else issuer
