"""The pages that need no record: home, the one-time link, the ticket, the signing page, and the service worker.

They hold words and scripts alone; whatever is secret stands behind the # and travels in the body of a POST.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any, Final

from shared.edge import http, pages
from shared.edge.answers import Answer
from shared.edge.http import Request, Route, Routes
from shared.edge.public_record import offline_page
from shared.edge.trust_files import root_vkey
from shared.kernel.errors import NotFound
from shared.texts import LOCALES, say

SERVICE_WORKER: Final = pages.TEMPLATES.parent / "static" / "sw.js"
OPENAPI: Final = pages.TEMPLATES.with_name("openapi.json")
_CODE: Final = re.compile(r"[a-z_]{1,40}\.[a-z0-9_]{1,60}")
_ID: Final = re.compile("[0-9]{39}")
_PAPER: Final = re.compile("[0-9a-z]{26}")


def home(request: Request) -> Answer:
    return pages.render(request, "home.html")


def enter(request: Request) -> Answer:
    """/in#<secret>: opening it spends nothing."""
    return pages.render(request, "in.html")


def ticket(request: Request) -> Answer:
    return pages.render(request, "t.html")


def sign(request: Request) -> Answer:
    """/sign/<public id>#<secret>. Whether the id is known is not told here: only the secret opens anything."""
    if not _ID.fullmatch(request.params["id"]):
        raise NotFound("signing.unknown_link")
    return pages.render(request, "sign.html", public_id=request.params["id"])


def paper(request: Request) -> Answer:
    """/papers/<id>#<secret>: whether there is such a paper is told to whoever has the secret."""
    if not _PAPER.fullmatch(request.params["paper"]):
        raise NotFound("paper.unknown_link")
    return pages.render(request, "paper.html", paper=request.params["paper"])


def offline(request: Request) -> Answer:
    """The page of /v that the service worker keeps: no record, the code is judged alone."""
    root = root_vkey(request.ports)
    return pages.render(request, "v.html", record=offline_page(request.locale), checked_at=None, root=root)


def service_worker(request: Request) -> Answer:  # noqa: ARG001  (the same for everybody)
    """Served from the root, since its place is its reach."""
    return Answer(_text(SERVICE_WORKER), content_type="text/javascript; charset=utf-8")


def openapi(request: Request) -> Answer:  # noqa: ARG001  (the same for everybody)
    """The description of the API, made from the route tables (infra/build/openapi.py)."""
    return Answer(_text(OPENAPI), content_type="application/openapi+json; charset=utf-8")


def problem(request: Request) -> Answer:
    """What a problem's `type` leads to (RFC 9457, 3.1.1): its sentence in both languages, what changes left open."""
    code = request.params["code"]
    if not _CODE.fullmatch(code) or say(code) == code:
        raise NotFound("http.no_such_page")
    return pages.render(request, "problem.html", code=code, sentences=[(each, say(code, each)) for each in LOCALES])


@functools.cache
def _text(path: Path) -> str:
    return path.read_text("utf-8")


def _page(path: str, run: Any, summary: str) -> Route:
    return Route(method="GET", path=path, scope="public", run=run, summary=summary)


ROUTES = Routes(
    "pages",
    (
        _page("/", home, "Home"),
        _page("/in", enter, "One-time link"),
        _page("/t", ticket, "The attendee's ticket"),
        _page("/sign/{id}", sign, "A party reads and signs"),
        _page("/papers/{paper}", paper, "Somebody reads a paper"),
        _page("/v/offline", offline, "Checking off-line"),
        Route(method="GET", path="/api/v1/openapi.json", scope="public", run=openapi, media=("application/openapi+json",),
              summary="This document"),
        _page("/problems/{code}", problem, "What a problem's code means"),
        _page("/sw.js", service_worker, "The service worker of /v and /t"),
    ),
)  # fmt: skip


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return http.answer(event, context, ROUTES)
