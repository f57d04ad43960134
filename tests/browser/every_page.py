"""Every page that the route tables know, with an address at which the test office shows it. Called by test_every_page.py and
take_pictures.py. A new page whose address cannot be made from VALUES and OTHERWISE is named by a failing test."""

from __future__ import annotations

import email
import email.policy
import importlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from shared.edge.http import Routes
from tests.trial_engine import until

NO_PAGES: Final = re.compile(r"/sw\.js|/v/\{id\}\.(tlog-proof|bundle\.json|json)|.*/export")
"""Routes outside /api that answer files, scripts and data."""
VALUES: Final[Mapping[str, Callable[[Any], str]]] = {
    "ceremony": lambda office: office.loaded.ceremony,
    "pledge": lambda office: office.loaded.pledge,
    "decision": lambda office: office.loaded.decision,
    "campaign": lambda office: office.loaded.campaign,
    "unit": lambda office: _first(office, "/api/v1/units", "units", "code"),
    "block": lambda office: _first(office, "/api/v1/blocks?year=2027", "blocks", "code"),
    "person": lambda office: _first(office, "/api/v1/people", "people", "id"),
    "account": lambda office: _first(office, "/api/v1/people", "people", "id"),
    "work": lambda office: "issue-ticket",
    "code": lambda office: "http.sign_in",
    "year": lambda office: "2027",
    "paper": lambda office: _paper(office),
    "request": lambda office: _privacy_request(office),
}
"""What stands for a {name} of a path."""
OTHERWISE: Final[Mapping[str, Callable[[Any], str]]] = {
    "/in": lambda office: "/in#" + "A" * 43,
    "/sign/{id}": lambda office: "/sign/" + "1" * 39 + "#" + "A" * 43,
    "/gate": lambda office: f"/gate?ceremony={office.loaded.ceremony}",
    "/papers/{paper}": lambda office: "/papers/" + "0" * 26,
    "/v/{id}": lambda office: office.certificate()["qr_text"].removeprefix(office.origin),
}
"""Pages that want more than their path."""
MORE: Final[Mapping[str, str]] = {
    "a number that nobody has": "/v/" + "1" * 39,
    "no such page": "/console/none",
    "nothing found": "/console/ceremonies?q=khong+co",
}
"""What people also see, beside the pages themselves."""


def page_routes() -> tuple[str, ...]:
    """The paths of all pages, from the route tables of all functions."""
    found = set()
    for path in sorted(Path("functions").glob("*/*.py")):
        routes = getattr(importlib.import_module(".".join(path.with_suffix("").parts)), "ROUTES", None)
        if isinstance(routes, Routes):
            found |= {route.path for route in routes.routes if route.method == "GET"}
    return tuple(sorted(path for path in found if not path.startswith("/api/") and not NO_PAGES.fullmatch(path)))


def unknown_names() -> dict[str, set[str]]:
    """Pages for which no address can be made, with the {names} that VALUES lacks."""
    wanted = {path: set(re.findall(r"\{([a-z_]+)\}", path)) for path in page_routes() if path not in OTHERWISE}
    return {path: names - set(VALUES) for path, names in wanted.items() if names - set(VALUES)}


def addresses(office: Any) -> dict[str, str]:
    """By the route's path (or what MORE calls it), the address behind the office's origin."""
    made = {
        path: OTHERWISE[path](office)
        if path in OTHERWISE
        else re.sub(r"\{([a-z_]+)\}", lambda name: VALUES[name[1]](office), path)
        for path in page_routes()
    }
    return {**made, **MORE}


def _first(office: Any, path: str, listed: str, name: str) -> str:
    return str(office.client.get(path)[listed][0][name])


def _paper(office: Any) -> str:
    asked = {"kind": "INVITATION", "ceremony": office.loaded.ceremony, "key": "every-page"}
    return str(office.client.post("/api/v1/papers", asked)["id"])


def _privacy_request(office: Any) -> str:
    """A delegate asks what is held, and that one thing of it be corrected."""
    listed = office.client.get("/api/v1/privacy/requests")["requests"]
    if listed:
        return str(listed[0]["id"])
    letters = (path.read_bytes() for path in sorted((office.data / "mail" / "new").glob("*")))
    opened = (email.message_from_bytes(letter, policy=email.policy.default) for letter in letters)
    invitation = next(one for one in opened if "/t#" in one.get_body(("plain",)).get_content())
    address = invitation["to"].addresses[0].addr_spec
    office.client.post("/api/v1/privacy/links", {"email": address})
    link = re.compile(rf"{office.origin}/privacy#([A-Za-z0-9_-]{{43}})")
    until(lambda: link.search(" ".join(office.texts())), "the letter with the link is there", 20)
    held = office.client.post("/api/v1/privacy/seats", {"secret": link.search(" ".join(office.texts()))[1]})
    thing = held["holdings"][0]["ref"]
    wish = {"seat": held["seat"], "wish": "CORRECT", "things": [thing], "words": "Chức vụ đã đổi"}
    return str(office.client.post("/api/v1/privacy/wishes", wish)["requests"][0]["id"])
