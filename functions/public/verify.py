"""GET /v/{id}: what is on record of one document, without its code (FORMATS 7). Read-only, stands alone (bulkhead).

The browser keeps the part of a code behind # to itself, so that this answer never says that a document matches: that is
for the page's script, which checks the whole token. Here it is "on record, not compared" at the best.
"""

from __future__ import annotations

import re
from typing import Any, Final

from functions.public.bundle import BUNDLE
from functions.public.proof import PROOF
from shared.certificates.records import FindPublicRecord as FindCertificate
from shared.edge import http, pages, trust
from shared.edge.answers import Answer
from shared.edge.http import Request, Route, Routes
from shared.edge.public_record import certificate_page, pledge_page, unknown_page
from shared.kernel.errors import NotFound, Unavailable
from shared.pledges.reading import FindPublicRecord as FindPledge

_ID: Final = re.compile(r"[0-9]{39}")
HEADERS: Final = {"x-robots-tag": "noindex, nofollow", "referrer-policy": "no-referrer"}


def show(request: Request) -> Answer:
    """The page of a document id; blanks between the printed groups do not matter."""
    typed = re.sub(r"(%20|[\s.-])+", "", request.params["id"])
    if not _ID.fullmatch(typed) or int(typed) >= 2**128:
        return _page(request, unknown_page(typed, "verify.bad_id", request.locale), status=404)
    certificate = FindCertificate(request.ports.table("certificates"))(typed)
    if certificate is not None:
        return _page(request, certificate_page(certificate, request.locale))
    pledge = FindPledge(request.ports.table("pledges"))(typed)
    if pledge is not None:
        return _page(request, pledge_page(pledge, request.locale, issuer_name=_name_of(request, pledge.issuer)))
    return _page(request, unknown_page(typed, "verify.unknown_help", request.locale), status=404)


def _name_of(request: Request, issuer: str) -> str:
    """The issuer's name as the trust list has it; its code where there is no list."""
    try:
        found = trust.trust_list(request.ports).issuer(issuer)
    except Unavailable:
        return issuer
    return found.name if found else issuer


def _page(request: Request, record: Any, status: int = 200) -> Answer:
    checked_at = pages.moment(request.act.at)
    try:
        root = trust.root_vkey(request.ports)
    except NotFound:  # before the first key session: the record is shown, the script says what is missing
        root = ""
    return pages.render(
        request, "v.html", status=status, headers=HEADERS, record=record, checked_at=checked_at, root=root
    )


ROUTES = Routes(
    "verify",
    (PROOF, BUNDLE, Route(method="GET", path="/v/{id}", scope="public", run=show, summary="A document's record")),
)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return http.answer(event, context, ROUTES)
