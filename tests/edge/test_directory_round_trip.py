"""What goes out of the directory comes in again without a change, whatever the units and their officers are called."""

import base64
import csv
import io
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.directory.http import handler
from shared.identity.model import Role
from tests.edge_world import call, context, http_event, sample_world, session_of
from tests.hostile import HOSTILE_NAMES

HEADINGS = (
    "Mã đơn vị",
    "Tên đơn vị",
    "Loại",
    "Hiệu lực từ",
    "Tiền thân",
    "Vai trò",
    "Số đại biểu",
    "Đầu mối thi đua",
    "Email",
)
NAMES = st.sampled_from([name[:150] for name in HOSTILE_NAMES]) | st.text(
    st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=60
)
ROWS = st.lists(st.tuples(NAMES, NAMES, st.dates(min_value=date(1950, 1, 1))), min_size=1, max_size=8)


def _upload(cookie, path, data):
    event = http_event("POST", path, base64.b64encode(data).decode(), cookie=cookie)
    event["isBase64Encoded"] = True
    return call(handler, event)


def _export(cookie, path):
    answer = handler(http_event("GET", path, cookie=cookie), context())
    assert answer["statusCode"] == 200, answer["body"]
    return base64.b64decode(answer["body"])


def _list(rows):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    for place, (name, officer, day) in enumerate(rows):
        role = "HEAD" if place == 0 else "MEMBER"
        cells = (f"DV{place}", name, "STATE", f"{day:%d/%m/%Y}", "", role, "3", officer, f"dv{place}@tinh.example")
        writer.writerow(cells)
    return text.getvalue().encode()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_units_and_blocks_come_in_again_unchanged(form):
    came_back = []

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(rows=ROWS)
    def look(rows):
        with tempfile.TemporaryDirectory() as folder, sample_world(Path(folder), keys=False) as world:
            cookie = session_of(world, Role.ADMIN)
            status, first = _upload(cookie, "/api/v1/units/import?block=Khoi%20thu&year=2027", _list(rows))
            if status != 200 or first["block"] is None:
                return  # a name that is none, or a head without one: the list says so, and nothing is to come back
            world.store.catch_up()
            stood = call(handler, http_event("GET", "/api/v1/units?limit=200", cookie=cookie))[1]["units"]
            blocks = call(handler, http_event("GET", "/api/v1/blocks?year=2027", cookie=cookie))[1]["blocks"]
            status, again = _upload(
                cookie, "/api/v1/units/import", _export(cookie, f"/api/v1/units/export?format={form}")
            )
            assert status == 200, again
            units = again["units"]
            assert (units["created"], units["changed"], units["report"]["problems"]) == (0, 0, [])
            assert units["unchanged"] == len(stood)
            status, back = _upload(
                cookie, "/api/v1/blocks/import", _export(cookie, f"/api/v1/blocks/export?year=2027&format={form}")
            )
            assert status == 200, back
            world.store.catch_up()
            assert call(handler, http_event("GET", "/api/v1/units?limit=200", cookie=cookie))[1]["units"] == stood
            assert call(handler, http_event("GET", "/api/v1/blocks?year=2027", cookie=cookie))[1]["blocks"] == blocks
            came_back.append(len(stood))

    look()
    assert len(came_back) > 5, "most lists are good"
