"""/gate, /hall/<ceremony>, what the projector polls, and the devices themselves (devices.py): each sees one ceremony, its own."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from events.plain import to_plain
from functions.hall import devices
from shared.ceremonies.planning import ListCeremonies, ShowCeremony
from shared.edge import http, pages, whose
from shared.edge.answers import Answer
from shared.edge.hall_view import HallView, hall_view
from shared.edge.http import Request, Route, Routes
from shared.identity.model import PUBLIC, Role
from shared.identity.rules import Reach, carrying

NEAR = 20


def gate(request: Request) -> Answer:
    """The door of the device's ceremony; an organiser chooses one. Without a session the device signs in with its key, or is
    told what is missing."""
    if request.principal is PUBLIC:
        return pages.render(request, "device_door.html", role=Role.GATE.value, ceremony="")
    grants = carrying(request.principal, "admit")
    device = next((grant for grant in grants if grant.role is Role.GATE), None)
    table = request.ports.table("ceremonies")
    wanted = device.reach if device else request.query.get("ceremony") if grants else None
    if wanted:
        whose.need_ceremony(request, "admit", wanted)
    ceremony = ShowCeremony(table)(wanted) if wanted else None
    near = ListCeremonies(table)(NEAR) if grants and ceremony is None else ()
    ceremonies = request.visible("admit", near, whose.host_of) if near else ()
    gates = ceremony.gates if ceremony else ()
    place = (device.place if device else None) or next(iter(gates), "")
    choices = () if device and device.place else gates
    return pages.render(request, "gate.html", ceremony=ceremony, ceremonies=ceremonies, place=place, choices=choices)


def screen(request: Request) -> Answer:
    """The projector's page; it asks for more by itself. Without a session the device signs in with its key, if it has one."""
    ceremony = request.params["ceremony"]
    if request.principal is PUBLIC:
        return pages.render(request, "device_door.html", role=Role.SCREEN.value, ceremony=ceremony)
    if request.principal.kind == "DEVICE":
        request.need("hall:read", ceremony=ceremony)
    else:
        whose.need_ceremony(request, "hall:read", ceremony)
    every_ms = 1000 if request.ports.settings.engine == "embedded" else 5000
    return pages.render(request, "hall.html", hall=hall_view(request.ports, ceremony), every_ms=every_ms)


def poll(request: Request) -> Answer:
    """Totals, units and boards of one ceremony: 304 while nothing has changed."""
    body = to_plain(hall_view(request.ports, request.params["ceremony"]))
    tag = f'"{hashlib.sha256(json.dumps(body).encode()).hexdigest()[:32]}"'
    if request.headers.get("if-none-match") == tag:
        return Answer(None, status=304, headers={"etag": tag})
    return Answer(body, headers={"etag": tag})


ROUTES = Routes(
    "hall",
    (
        Route(method="GET", path="/gate", scope="public", run=gate, summary="The door"),
        Route(method="GET", path="/hall/{ceremony}", scope="public", run=screen, summary="The projector"),
        Route(method="GET", path="/api/v1/hall/{ceremony}", scope="hall:read", run=poll, answer=HallView,
              reach=Reach.CEREMONY, whose=whose.ceremony,
              summary="What the projector shows"),
        *devices.ROUTES,
    ),
    home="identity",
)  # fmt: skip


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return http.answer(event, context, ROUTES)
