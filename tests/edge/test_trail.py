"""The audit trail as auditors find it: all contexts as one, searched, page by page, taken away, and never changed."""

import base64
import io
import json
from dataclasses import replace
from datetime import timedelta
from html import escape

import pytest
from python_calamine import CalamineWorkbook

from events.envelope import Actor
from functions.audit import http as audit
from functions.console import http as console
from functions.directory import http as directory
from functions.notices import http as notices
from shared.ceremonies.model import ADMISSION, Admission
from shared.edge.audit import AuditedTable, Source
from shared.edge.trail import CONTEXTS, ReadTrail, Wanted
from shared.identity.device_list import all_devices
from shared.identity.model import Role
from shared.identity.tokens import MakeToken
from shared.kernel.clock import moment_key, rfc3339
from shared.kernel.errors import Invalid
from shared.kernel.limits import TooMuch
from shared.kernel.ports import ABSENT, ANY, Add, Delete, Put
from tests.edge_world import NOW, act, call, context, http_event, sample_world, session_of, stand_ceremony

UNITS = "Mã đơn vị,Tên đơn vị,Loại\nSNV,Sở Nội vụ,STATE\nTDOAN,Ban Thường vụ Tỉnh đoàn,MASS_ORG\n"
CEREMONY = "00112233445566ff"


@pytest.fixture
def world(tmp_path):
    with sample_world(tmp_path, keys=False) as world:
        yield world


@pytest.fixture
def auditor(world):
    return session_of(world, Role.AUDITOR, person="auditor")


def changed(world, context, route, path, at=None, name="a"):
    """A line of the trail, by a commit of its own."""
    if at is not None:
        world.ports.clock.set(at)
    trail = AuditedTable(world.ports.table(context), act(world), Source(address="10.0.0.7", route=route, path=path))
    trail.commit([Put(partition=name, sort="s", body={"shape": 1}, expect=ANY)])


def found(world, cookie, query=""):
    status, body = call(audit.handler, http_event("GET", f"/api/v1/audit?{query}", cookie=cookie))
    assert status == 200, body
    return body


def test_lines_of_all_contexts_come_as_one_the_latest_first(world, auditor):
    for place, one in enumerate(CONTEXTS):
        changed(world, one, "POST /api/v1/x", f"/api/v1/{one}/{place}", NOW + timedelta(seconds=place))
    lines = found(world, auditor)["lines"]
    assert [line["context"] for line in lines] == list(reversed(CONTEXTS))


def test_pages_hold_every_line_once_whatever_is_written_meanwhile(world, auditor):
    for number in range(25):
        changed(
            world,
            CONTEXTS[number % 3],
            "POST /x",
            f"/api/v1/x/{number}",
            NOW - timedelta(days=number % 4, seconds=number),
        )
    world.ports.clock.set(NOW)
    seen, cursor = [], ""
    while cursor is not None:
        body = found(world, auditor, f"limit=4&cursor={cursor}" if cursor else "limit=4")
        seen += [line["path"] for line in body["lines"]]
        cursor = body["cursor"]
        changed(world, "pledges", "POST /x", "/api/v1/x/later")
    assert sorted(path for path in seen if "later" not in path) == sorted(f"/api/v1/x/{one}" for one in range(25))


def test_who_what_and_which_thing_are_found(world, auditor):
    changed(
        world,
        "certificates",
        "POST /api/v1/certificates/{certificate}/revocation",
        "/api/v1/certificates/42/revocation",
    )
    changed(world, "pledges", "POST /api/v1/pledges/{pledge}/open", "/api/v1/pledges/p1/open")
    assert [line["path"] for line in found(world, auditor, "thing=42")["lines"]] == [
        "/api/v1/certificates/42/revocation"
    ]
    assert found(world, auditor, "thing=4")["lines"] == []
    assert [line["context"] for line in found(world, auditor, "q=thu+hoi")["lines"]] == ["certificates"]
    assert found(world, auditor, "who=nobody")["lines"] == []
    assert len(found(world, auditor, "who=giaouoc")["lines"]) == 2


def test_days_are_those_of_vietnam(world, auditor):
    changed(world, "pledges", "POST /x", "/api/v1/x/night", NOW.replace(hour=17, minute=30))  # 00:30 of the 13th there
    assert found(world, auditor, "from=2027-02-13&to=2027-02-13")["lines"] != []
    assert found(world, auditor, "from=2027-02-12&to=2027-02-12")["lines"] == []


def test_what_doors_recorded_is_in_the_trail(world, auditor):
    stand_ceremony(world, CEREMONY)
    standing = world.ports.table("ceremonies").get(f"ceremony#{CEREMONY}", "ceremony")
    named = ("ceremonies", f"{rfc3339(NOW)}#{CEREMONY}")
    again = Put(
        partition=standing.partition, sort="ceremony", body=standing.body, expect=standing.version, index1=named
    )
    world.ports.table("ceremonies").commit([again])
    one = Admission(ceremony=CEREMONY, ticket="7" * 39, registration="r1", scan_id="s", gate="A", at=NOW, by="gate-1")
    place = (f"admissions#{CEREMONY}", f"{moment_key(NOW)}#{one.ticket}")
    put = Put(partition="ticket#7", sort="admission", body=ADMISSION.body(one), expect=ABSENT, index1=place)
    world.ports.table("ceremonies").commit([put])
    changed(world, "pledges", "POST /x", "/api/v1/x/1", NOW + timedelta(seconds=1))
    lines = found(world, auditor)["lines"]
    assert [(line["who_kind"], line["who"]) for line in lines] == [("SYSTEM", "giaouoc"), ("DEVICE", "gate-1")]
    assert [line["who"] for line in found(world, auditor, f"thing={CEREMONY}")["lines"]] == ["gate-1"]


def test_devices_and_programs_are_named_beside_their_ids(world, auditor):
    table = world.ports.table("identity")
    session_of(world, Role.GATE, CEREMONY)
    device = all_devices(table, CEREMONY)[0]
    _, program = MakeToken(table)(
        replace(act(world), actor=Actor(kind="PERSON", id="auditor")), name="Cổng thông tin tỉnh",
        scopes=("audit:read",), reach="*", expires_at=NOW + timedelta(days=30),
    )  # fmt: skip
    for who, path in (
        (Actor(kind="DEVICE", id=device.id), f"/api/v1/gates/{CEREMONY}/A"),
        (Actor(kind="TOKEN", id=program.id), f"/api/v1/devices/{CEREMONY}/{device.id}"),
        (Actor(kind="DEVICE", id="no-such-device"), f"/api/v1/tokens/{program.id}"),
    ):
        source = Source(address="10.0.0.7", route="POST /api/v1/x", path=path)
        trail = AuditedTable(world.ports.table("ceremonies"), replace(act(world), actor=who), source)
        trail.commit([Put(partition="a", sort="s", body={"shape": 1}, expect=ANY)])
    named = {line["who"]: line["name"] for line in found(world, auditor)["lines"]}
    assert named[device.id] == device.name != device.id
    assert named[program.id] == "Cổng thông tin tỉnh"
    assert named["no-such-device"] == "no-such-device"
    assert len(found(world, auditor, "q=cong+thong+tin")["lines"]) == 2, "who did it, and what was ended"
    shown = console.handler(http_event("GET", "/console/audit", cookie=auditor), context())["body"]
    assert f"<strong>{escape(device.name)}</strong> <span" in shown
    assert program.id in shown


def test_nobody_else_reads_it(world):
    for role, reach in ((Role.CLERK, "SNV"), (Role.GATE, CEREMONY)):
        cookie = session_of(world, role, reach)
        assert call(audit.handler, http_event("GET", "/api/v1/audit", cookie=cookie))[0] == 403
    assert call(audit.handler, http_event("GET", "/api/v1/audit"))[0] == 401


def test_reading_people_in_bulk_is_a_line_with_its_count_and_filter(world, auditor):
    assert call(notices.handler, http_event("GET", "/api/v1/notices?state=SENT&limit=9", cookie=auditor))[0] == 200
    [line] = found(world, auditor)["lines"]
    assert (line["reads"], line["count"], line["who"]) == ("notices", 0, "auditor")
    assert "thư đã gửi" in line["what"]
    call(notices.handler, http_event("GET", "/api/v1/notices?state=NONSENSE", cookie=auditor))
    assert len(found(world, auditor)["lines"]) == 1


@pytest.mark.parametrize("kind", ["xlsx", "csv", "jsonl"])
def test_it_is_taken_away_as_a_file_and_that_is_a_line_too(world, auditor, kind):
    changed(world, "directory", "POST /api/v1/units/import", "/api/v1/units/import")
    answer = audit.handler(http_event("GET", f"/api/v1/audit/export?format={kind}", cookie=auditor), context())
    assert answer["statusCode"] == 200
    data = base64.b64decode(answer["body"])
    if kind == "xlsx":
        rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
        assert len(rows) == 2
        assert "/api/v1/units/import" in rows[1]
    elif kind == "csv":
        assert data.decode("utf-8-sig").count("\r\n") == 2
    else:
        assert json.loads(data)["path"] == "/api/v1/units/import"
    assert sorted(line["reads"] for line in found(world, auditor)["lines"]) == ["", "trail"]


def test_an_act_is_said_in_both_languages(world, auditor):
    event = http_event("POST", "/api/v1/units/import", UNITS, cookie=session_of(world, Role.ORGANISER))
    assert call(directory.handler, event)[0] == 200
    vietnamese = found(world, auditor)["lines"][0]["what"]
    assert vietnamese != found(world, auditor, "lang=en")["lines"][0]["what"] != "POST /api/v1/units/import"


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday",
        "from=2027-02-13&to=2027-02-12",
        "limit=0",
        "limit=1e3",
        "cursor=x",
        "from=0001-01-01",
        "to=9999-12-31",
    ],
)
def test_what_cannot_be_meant_is_refused(world, auditor, query):
    status, problem = call(audit.handler, http_event("GET", f"/api/v1/audit?{query}", cookie=auditor))
    assert status == 422
    assert problem["title"] != problem["code"]


def test_no_line_is_changed_or_removed_by_any_use_case(world):
    changed(world, "pledges", "POST /x", "/x")
    table = world.ports.table("pledges")
    [item] = table.query(f"audit#{NOW.date().isoformat()}").items
    for write in (
        Put(partition=item.partition, sort=item.sort, body={"shape": 1}, expect=ANY),
        Put(partition=item.partition, sort=item.sort, body={"shape": 1}, expect=item.version),
        Delete(partition=item.partition, sort=item.sort, expect=ANY),
        Add(partition=item.partition, sort=item.sort, counter="n", amount=1),
        Put(partition=item.partition, sort="new", body={"shape": 1}, expect=ABSENT, expires_at=NOW),
    ):
        with pytest.raises(TooMuch, match="trail_only_grows"):
            table.commit([write])
    assert table.query(item.partition).items == (item,)


def test_a_search_stops_and_says_where_it_goes_on(world, monkeypatch):
    monkeypatch.setattr("shared.edge.trail.MOST_LOOKED", 10)
    for number in range(25):
        changed(world, "pledges", "POST /x", f"/api/v1/x/{number}", NOW - timedelta(seconds=number))
    read = ReadTrail(world.ports.table, lambda line: line.path)
    wanted = Wanted(first=NOW.date(), last=NOW.date(), thing="24")
    pages, cursor = [], None
    while True:
        page = read(wanted, cursor=cursor)
        pages.append(len(page.lines))
        cursor = page.cursor
        if cursor is None:
            break
    assert sum(pages) == 1
    assert len(pages) > 2
    with pytest.raises(Invalid):
        read(wanted, cursor="nonsense")
