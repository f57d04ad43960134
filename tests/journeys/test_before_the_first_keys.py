"""A service that was deployed today, before its first key session: nothing is broken, and what cannot be done yet says so.

On AWS the functions' roles are enforced: S3 tells only who may list a bucket that an object is not there yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.sample.client import ApiError
from infra.sample.files import SampleFiles
from infra.sample.load import import_units, plan_ceremony
from shared.identity.model import Role
from tests.journey_world import ENGINES, InProcessClient, JourneyWorld, journey

NUMBER = "0" * 38 + "1"


@pytest.fixture(params=ENGINES)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[JourneyWorld]:
    with journey(request.param, tmp_path, keys=False) as opened:
        yield opened


def refusal(client: InProcessClient, method: str, path: str, body: Any = None) -> tuple[int, str]:
    with pytest.raises(ApiError) as refused:
        client.request(method, path, body)
    return refused.value.status, refused.value.code


def test_pages_open_and_nothing_is_planned_that_could_have_no_tickets(world: JourneyWorld) -> None:
    visitor, office = world.client(), world.signed_in(Role.ORGANISER)
    for path in ("/", "/t", "/in", "/gate"):
        assert visitor.request("GET", path, headers={"accept": "text/html"}).status == 200
    assert refusal(visitor, "GET", f"/v/{NUMBER}")[0] == 404
    import_units(office, SampleFiles(0))
    with pytest.raises(ApiError) as refused:
        plan_ceremony(office, SampleFiles(0))
    assert (refused.value.status, refused.value.code) == (409, "ceremony.host_no_key")
    assert refusal(visitor, "POST", "/api/v1/tickets/show", {"text": "http://localhost:8000/t#1"})[0] == 503
    gate = world.signed_in(Role.GATE, "0123456789abcdef", place="Cổng A")
    scan = {"ceremony": "0123456789abcdef", "text": "http://localhost:8000/t#1", "scan_id": "scan-no-keys-1"}
    assert refusal(gate, "POST", "/api/v1/admissions", scan) == (503, "trust.no_list")
    assert world.dead_letters() == {}
