"""The OpenAPI says what the route tables say, and names whatever a caller can meet."""

import json
import re

import pytest

from functions.public.pages import handler as public
from infra.build import openapi
from shared.edge.http import SAFE
from tests.edge_world import context, http_event, sample_world

DOCUMENT = json.loads(openapi.FILE.read_text("utf-8"))
ROUTES = [(table, route) for table in openapi.route_tables() for route in table.routes]
API = [(table, route) for table, route in ROUTES if route.path.startswith("/api/")]
NAMES = [f"{route.method} {route.path}" for _, route in API]


def test_the_file_is_what_the_tables_say():
    assert json.loads(openapi.text()) == DOCUMENT, "run `make schemas`"


def test_every_route_stands_in_it_and_nothing_else():
    written = {f"{method.upper()} {path}" for path, item in DOCUMENT["paths"].items() for method in item}
    assert written == set(NAMES)


def test_operations_have_names_of_their_own():
    names = [operation["operationId"] for item in DOCUMENT["paths"].values() for operation in item.values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("table", "route"), API, ids=NAMES)
def test_an_answer_has_a_shape(table, route):
    """A program that reads the document knows what comes back: a class, a kind of file, or nothing."""
    assert route.answer is not None or route.media or route.ok in (202, 204), "declare answer=, media= or ok=204"


@pytest.mark.parametrize(("table", "route"), API, ids=NAMES)
def test_what_holds_a_secret_is_not_kept_for_a_repetition(table, route):
    shape = json.dumps(DOCUMENT["paths"][route.path][route.method.lower()]["responses"][str(route.ok)])
    names = re.findall(r"#/components/schemas/([A-Za-z0-9_-]+)", shape)
    fields = {field for name in names for field in DOCUMENT["components"]["schemas"][name].get("properties", {})}
    if route.method not in SAFE and fields & {"secret", "token", "password", "link"}:
        assert route.answers_secret or route.scope == "public", fields


def test_references_lead_somewhere():
    wanted = set(re.findall(r"#/components/schemas/([A-Za-z0-9_-]+)", json.dumps(DOCUMENT)))
    assert wanted - set(DOCUMENT["components"]["schemas"]) == set()


def test_it_is_served(tmp_path):
    with sample_world(tmp_path, keys=False):
        answer = public(http_event("GET", "/api/v1/openapi.json"), context())
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == DOCUMENT
