"""The audit trail: who, when, from where, what, in the commit of every change by a person or a device, and of nothing else."""

import pytest

from functions.directory import http as directory
from functions.identity import http as identity
from shared.edge.audit import AuditedTable, Source
from shared.identity.model import Role
from shared.kernel.errors import Conflict
from shared.kernel.ports import ABSENT, Put
from tests.edge_world import act, call, http_event, sample_world, session_of

UNITS = "Mã đơn vị,Tên đơn vị,Loại\nSNV,Sở Nội vụ,STATE\nTDOAN,Ban Thường vụ Tỉnh đoàn,MASS_ORG\n"


@pytest.fixture
def world(tmp_path):
    with sample_world(tmp_path, keys=False) as world:
        yield world


def lines(world, context="directory"):
    page = world.ports.table(context).query(f"audit#{world.ports.clock.now().date().isoformat()}")
    return [item.body for item in page.items]


def test_a_change_by_a_person_says_who_when_from_where_and_what(world):
    event = http_event("POST", "/api/v1/units/import", UNITS, cookie=session_of(world, Role.ORGANISER))
    event["headers"]["x-correlation-id"] = "office-42-abc"
    assert call(directory.handler, event)[0] == 200
    [line] = lines(world)
    assert line["who"] == {"kind": "PERSON", "id": "organiser"}
    assert line["at"] == world.ports.clock.now().isoformat().replace("+00:00", "Z")
    assert line["from"] == "127.0.0.1"
    assert line["route"] == "POST /api/v1/units/import"
    assert line["facts"] == ["UnitRegistered"]
    assert line["correlation_id"] == "office-42-abc"
    assert any("SNV" in key for key in line["changed"])


def test_reading_a_refusal_and_a_repeat_that_changes_nothing_leave_no_line(world):
    cookie = session_of(world, Role.ORGANISER)
    call(directory.handler, http_event("GET", "/api/v1/units", cookie=cookie))
    assert call(directory.handler, http_event("POST", "/api/v1/units/import", UNITS))[0] == 401
    assert lines(world) == []
    for _ in range(2):
        call(directory.handler, http_event("POST", "/api/v1/units/import", UNITS, cookie=cookie))
    assert len(lines(world)) == 1


def test_a_change_that_fails_leaves_no_line(world):
    table = world.ports.table("directory")
    source = Source(address="127.0.0.1", route="POST /x", path="/x")
    put = Put(partition="p", sort="s", body={"shape": 1}, expect=ABSENT)
    trail = AuditedTable(table, act(world), source)
    trail.commit([put])
    with pytest.raises(Conflict):
        trail.commit([put])
    assert len(lines(world)) == 1


def test_two_commits_of_one_request_leave_two_lines(world):
    trail = AuditedTable(world.ports.table("directory"), act(world), Source(address="", route="POST /x", path="/x"))
    for name in ("a", "b"):
        trail.commit([Put(partition=name, sort="s", body={"shape": 1}, expect=ABSENT)])
    assert sorted(line["changed"] for line in lines(world)) == [["a s"], ["b s"]]


def test_the_public_has_no_trail_of_its_own(world):
    call(identity.handler, http_event("POST", "/api/v1/sessions", {"secret": "x" * 43}))
    assert lines(world, "identity") == []
