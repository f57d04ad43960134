"""The API against its own description: whatever the OpenAPI allows, and what it forbids, is answered as it says.

schemathesis makes the calls, from the document alone, and judges the answers: no 5xx, no status, kind of content or shape
that is not declared. An administrator sends them to a loaded engine, where half of them name things that exist.
"""

import base64
import itertools
import json
import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from infra.build import openapi
from infra.sample.files import SampleFiles
from infra.sample.load import load_all
from shared.identity.model import Role
from tests.edge_world import NOW, ORIGIN, http_event, session_of
from tests.journey_world import JourneyWorld, journey

EXAMPLES = int(os.environ.get("GIAOUOC_FUZZ", "10"))
"""For each operation, of each kind; `GIAOUOC_FUZZ=200` looks longer."""
_people = itertools.count()
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
SCHEMA = schemathesis.openapi.from_dict(json.loads(openapi.FILE.read_text("utf-8")))
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}


def _takes_input(operation: Any) -> bool:
    """Whether a body or a field after the ? can be wrong; an id in the path can only be unknown."""
    raw = operation.definition.raw
    return "requestBody" in raw or any(one["in"] == "query" for one in raw.get("parameters", ()))


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[JourneyWorld, dict[str, str]]]:
    """The sample, loaded, and ids of what is there by the name of the path's parameter."""
    with journey("embedded", tmp_path_factory.mktemp("fuzz"), NOW - timedelta(days=20)) as world:
        office = world.signed_in(Role.ADMIN)
        loaded = load_all(office, SampleFiles(0))
        world.drain()
        ids = {
            **loaded.as_dict(),
            "list": loaded.delegate_list,
            "unit": "TDOAN",
            "block": "khoi-thi-dua-2",
            "year": "2027",
        }
        delegates = office.get(f"/api/v1/ceremonies/{loaded.ceremony}/registrations")["registrations"]
        certificates = office.get(f"/api/v1/decisions/{loaded.decision}/certificates")["certificates"]
        ids |= {"registration": delegates[0]["id"], "certificate": certificates[0]["id"], "party": "1", "kind": "pdf"}
        yield world, ids


CASES = [
    pytest.param(label, mode, id=f"{label} {mode.value}")
    for label, operation in sorted(OPERATIONS.items())
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or _takes_input(operation)
]


@pytest.mark.parametrize(("label", "mode"), CASES)
def test_the_api_keeps_to_its_description(known: Any, label: str, mode: GenerationMode) -> None:
    world, ids = known
    world.world.ports.clock.set(NOW - timedelta(days=20))
    operation, turns = OPERATIONS[label], itertools.count()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def look(case: Any) -> None:
        names = case.path_parameters or {}
        if names and next(turns) % 2 == 0:
            case.path_parameters = {**names, **{name: ids[name] for name in names if name in ids}}
        case.validate_response(_answer(world, case), checks=CHECKS)

    look()


def _answer(world: JourneyWorld, case: Any) -> schemathesis.Response:
    """The handler's answer to a call, as a client reads it."""
    given_ = case.as_transport_kwargs(base_url=ORIGIN)
    prepared = requests.Request(
        given_["method"], given_["url"], params=given_.get("params"), headers=given_.get("headers"), cookies={},
        json=given_.get("json"), data=given_.get("data"),
    ).prepare()  # fmt: skip
    parts = urlsplit(str(prepared.url))
    body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
    event = http_event(str(prepared.method), "/", None, cookie=_cookie(world))
    event["rawPath"] = requests.utils.unquote(parts.path)
    event["requestContext"]["http"]["path"] = event["rawPath"]
    event["rawQueryString"] = parts.query
    if parts.query:
        event["queryStringParameters"] = dict(parse_qsl(parts.query, keep_blank_values=True))
    event["headers"] |= {name.lower(): value for name, value in prepared.headers.items() if isinstance(value, str)}
    if body:
        event["body"], event["isBase64Encoded"] = base64.b64encode(body).decode(), True
    answer = world.call(event)
    text = answer.get("body") or ""
    return schemathesis.Response(
        status_code=answer["statusCode"],
        headers={name: [value] for name, value in answer["headers"].items()},
        content=base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode(),
        request=prepared,
        elapsed=0.0,
        verify=False,
    )


def _cookie(world: JourneyWorld) -> str:
    """An administrator nobody has met: an earlier call may have signed the last one out, or taken their rights away."""
    return session_of(world.world, Role.ADMIN, person=f"administrator-{next(_people)}")
