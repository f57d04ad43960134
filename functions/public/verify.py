"""GET /v/{id}: what is on record of one document, without its code (FORMATS 7). Read-only, stands alone (bulkhead).

The browser keeps the part of a code behind # to itself, so that this answer never says that a document matches: that is
for the page's script, which checks the whole token. Here it is "on record, not compared" at the best.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from shared.certificates.records import FindPublicRecord as FindCertificate
from shared.edge import http, pages
from shared.edge.answers import Answer
from shared.edge.http import Request, Route, Routes
from shared.edge.public_record import certificate_page, unknown_page
from shared.edge.trust_files import root_vkey
from shared.kernel.errors import NotFound

_ID: Final = re.compile(r"[0-9]{39}")
HEADERS: Final = {"x-robots-tag": "noindex, nofollow", "referrer-policy": "no-referrer"}


def show(request: Request) -> Answer:
    """The page of a document id; blanks between the printed groups do not matter."""
    typed = re.sub(r"(%20|[\s.-])+", "", request.params["id"])
    if not _ID.fullmatch(typed) or int(typed) >= 2**128:
        return _page(request, unknown_page(typed, "verify.bad_id", request.locale), status=404)
    certificate = FindCertificate(request.ports.table("certificates"))(typed)
    if certificate is not None:
        status = 410 if certificate.erased else 200
        return _page(request, certificate_page(certificate, request.locale), status=status)
    from functions.public import pledge_record  # see there; most ids are certificates'

    pledge = pledge_record.find(request, typed)
    if pledge is not None:
        return _page(request, pledge)
    return _page(request, unknown_page(typed, "verify.unknown_help", request.locale), status=404)


def _page(request: Request, record: Any, status: int = 200) -> Answer:
    checked_at = pages.moment(request.act.at)
    try:
        root = root_vkey(request.ports)
    except NotFound:  # before the first key session: the record is shown, the script says what is missing
        root = ""
    return pages.render(
        request, "v.html", status=status, headers=HEADERS, record=record, checked_at=checked_at, root=root
    )


def proof(request: Request) -> Answer:
    from functions.public.proof import show as show_proof  # the log's formats, for who checks the log

    return show_proof(request)


def bundle(request: Request) -> Answer:
    from functions.public.bundle import show as show_bundle  # the tokens' formats, for who verifies without us

    return show_bundle(request)


def _public(path: str, run: Callable[[Request], Answer], summary: str) -> Route:
    return Route(method="GET", path=path, scope="public", run=run, summary=summary)


ROUTES = Routes(
    "verify",
    (
        _public("/v/{id}.tlog-proof", proof, "A document's proof in the public log"),
        _public("/v/{id}.bundle.json", bundle, "A sealed pledge, to verify without us"),
        _public("/v/{id}", show, "A document's record"),  # last: an {id} may hold a dot
    ),
)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return http.answer(event, context, ROUTES)
