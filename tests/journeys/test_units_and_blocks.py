"""Two communes become one, a block changes hands, lists go out and come in: by the API, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.sample.client import ApiError
from infra.sample.files import SampleFiles
from infra.sample.load import draft_pledge, import_units, plan_ceremony
from shared.identity.model import Role
from tests.journey_world import ENGINES, InProcessClient, JourneyWorld, journey

FILES = SampleFiles(0)
AT = datetime(2027, 2, 12, 2, 0, tzinfo=UTC)
BLOCK = "/api/v1/blocks/khoi-thi-dua-2/2027"
UNITS = "/api/v1/units"


@pytest.fixture(params=ENGINES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JourneyWorld]:
    with journey(request.param, tmp_path_factory.mktemp("units"), at=AT) as opened:
        yield opened


def refused(client: InProcessClient, method: str, path: str, body: Any = None) -> tuple[int, str]:
    with pytest.raises(ApiError) as refusal:
        client.request(method, path, body)
    return refusal.value.status, refusal.value.code


def commune(code: str, name: str) -> dict[str, Any]:
    return {"code": code, "name": name, "kind": "COMMUNE", "level": "COMMUNE"}


def test_two_communes_become_one_and_what_is_left_to_do_is_listed(world: JourneyWorld) -> None:
    office = world.signed_in(Role.ORGANISER)
    for code, name in (("X-AB", "Xã An Bình"), ("X-AC", "Xã An Châu")):
        office.post(UNITS, commune(code, name))
    seats = [{"unit": "X-AB", "role": "HEAD"}, {"unit": "X-AC", "role": "MEMBER"}]
    office.post("/api/v1/blocks", {"name": "Cụm An", "year": 2028, "seats": seats, "kind": "CLUSTER"})
    world.drain()
    asked = {
        "kind": "MERGE", "on": "2027-07-01", "decision": "1661/NQ-UBTVQH15",
        "ends": [{"unit": code, "successors": ["X-AM"]} for code in ("X-AB", "X-AC")],
        "forms": [{"code": "X-AM", "name": "Xã An Mới", "level": "COMMUNE"}],
    }  # fmt: skip
    preview = office.post(f"{UNITS}/reorganisations/preview", asked)
    assert (preview["possible"], preview["changed"]) == (True, ["X-AB", "X-AC", "X-AM"])
    assert refused(office, "GET", f"{UNITS}/X-AM") == (404, "directory.no_unit")
    done = office.post(f"{UNITS}/reorganisations", asked)
    assert done["complete"]
    assert {(each["kind"], each["unit"]) for each in done["follow_ups"]} == {
        ("BLOCK", "X-AB"), ("BLOCK", "X-AC"), ("CONTACT", "X-AM"),
    }  # fmt: skip
    assert office.post(f"{UNITS}/reorganisations", asked) == done
    assert office.post(f"{UNITS}/reorganisations/{done['id']}/resume") == done
    old, new = office.get(f"{UNITS}/X-AB"), office.get(f"{UNITS}/X-AM")
    assert (old["valid_to"], old["successors"]) == ("2027-06-30", ["X-AM"])
    assert (new["valid_from"], new["predecessors"]) == ("2027-07-01", ["X-AB", "X-AC"])
    found = office.get(f"{UNITS}?q=xa an&state=IN_FORCE&on=2027-07-01")["units"]
    assert [unit["code"] for unit in found] == ["X-AM"]
    assert (
        refused(office, "POST", f"{UNITS}/reorganisations", {**asked, "on": "2028-01-01"})[1]
        == "reorganisation.code_taken"
    )
    # The officer forms the block anew: then nothing of it is left to do.
    office.post("/api/v1/blocks", {"name": "Cụm An", "year": 2028, "seats": [{"unit": "X-AM", "role": "HEAD"}]})
    world.drain()
    left = office.get(f"{UNITS}/reorganisations/{done['id']}")["follow_ups"]
    assert [each["kind"] for each in left] == ["CONTACT"]
    assert office.get(f"{UNITS}/reorganisations")["reorganisations"] == [done["record"]]
    assert world.dead_letters() == {}


def test_a_block_changes_hands_when_both_sides_have_confirmed(world: JourneyWorld) -> None:
    office = world.signed_in(Role.ORGANISER)
    import_units(office, FILES)
    body = {
        "role": "STANDING", "from_unit": "TDOAN", "to_unit": "HPN", "on": "2027-02-12", "to_person": "Lê Thị Nhận",
        "items": ["Sổ theo dõi thi đua", "Bảng điểm năm 2026"],
    }  # fmt: skip
    giving = world.signed_in(Role.ORGANISER, "TDOAN")
    handover = giving.post(f"{BLOCK}/handovers", body)
    path = f"{BLOCK}/handovers/{handover['id']}"
    assert giving.post(f"{BLOCK}/handovers", body)["id"] == handover["id"]
    assert refused(giving, "POST", f"{path}/confirmation", {"side": "GIVING"}) == (409, "handover.items_open")
    for place in (0, 1):
        giving.post(f"{path}/items", {"place": place, "done": True})
    giving.post(f"{path}/confirmation", {"side": "GIVING"})
    assert refused(giving, "POST", f"{path}/confirmation", {"side": "RECEIVING"})[0] == 403
    assert office.get(BLOCK)["seats"][1]["role"] == "STANDING", "nothing passed on yet"
    with_other_id(world, "HPN").post(f"{path}/confirmation", {"side": "RECEIVING"})
    seats = {seat["unit"]: seat for seat in office.get(BLOCK)["seats"]}
    assert (seats["TDOAN"]["role"], seats["HPN"]["role"], seats["HPN"]["person"]) == (
        "MEMBER",
        "STANDING",
        "Lê Thị Nhận",
    )
    proposal = office.get(f"{BLOCK}/next")
    assert proposal["block"]["year"] == 2028
    assert next(seat["unit"] for seat in proposal["block"]["seats"] if seat["role"] == "HEAD") == "TDOAN"
    assert world.dead_letters() == {}


def with_other_id(world: JourneyWorld, unit: str) -> InProcessClient:
    """An officer of a unit; everybody who signs in this way is a person of their own."""
    return world.signed_in(Role.ORGANISER, unit)


def test_a_changed_address_waits_for_an_officer_of_another_unit_while_a_pledge_is_open(world: JourneyWorld) -> None:
    office = world.signed_in(Role.ORGANISER)
    import_units(office, FILES)
    pledge = draft_pledge(office, FILES, plan_ceremony(office, FILES))
    office.post(f"/api/v1/pledges/{pledge}/open")
    world.drain()
    path, old = f"{UNITS}/HND/contact", office.get(f"{UNITS}/HND")["contact"]
    own = with_other_id(world, "HND")
    body = {"name": old["name"], "phone": old["phone"], "email": "moi@hnd.example"}
    waiting = own.request("PUT", path, body).json()
    assert (waiting["contact"]["email"], waiting["asked_address"]["email"]) == (old["email"], "moi@hnd.example")
    world.drain()
    told = [text for text in world.letters_to(old["email"]) if "m…@hnd.example" in text]
    assert len(told) == 1
    confirm = f"{path}/confirmation"
    assert refused(own, "POST", confirm, {"email": "moi@hnd.example"}) == (403, "contact.same_unit")
    clerk = world.signed_in(Role.CLERK, "HPN")
    assert refused(clerk, "POST", confirm, {"email": "moi@hnd.example"})[0] == 403
    other = with_other_id(world, "HPN")
    assert refused(other, "POST", confirm, {"email": "khac@hnd.example"}) == (409, "contact.asked_otherwise")
    done = other.post(confirm, {"email": "moi@hnd.example"})
    assert (done["contact"]["email"], done["asked_address"]) == ("moi@hnd.example", None)
    world.drain()
    assert world.letters_to("moi@hnd.example") == []
    letters = len(world.letters())
    world.repeat_all()
    assert len(world.letters()) == letters
    assert world.dead_letters() == {}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_goes_out_comes_in_again_without_a_change(world: JourneyWorld, form: str) -> None:
    office = world.signed_in(Role.ORGANISER)
    import_units(office, FILES)
    office.request("PUT", f"{UNITS}/SNV/head", {"name": "Trần Văn Đứng", "office": "Giám đốc", "since": "2026-09-01"})
    office.post(f"{UNITS}/SNV/name", {"name": "Sở Nội vụ và Lao động", "since": "2026-01-01"})
    world.drain()
    units = office.request("GET", f"{UNITS}/export?format={form}").body
    again = office.post_bytes(f"{UNITS}/import", units, "application/octet-stream")["units"]
    assert (again["report"]["rejected"], again["changed"], again["unchanged"]) == (0, 0, 19)
    before = office.get(BLOCK)
    blocks = office.request("GET", f"/api/v1/blocks/export?year=2027&format={form}").body
    formed = office.post_bytes("/api/v1/blocks/import", blocks, "application/octet-stream")["blocks"]
    assert (formed["report"]["rejected"], formed["formed"]) == (0, ["khoi-thi-dua-2/2027"])
    assert office.get(BLOCK) == before
