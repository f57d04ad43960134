"""A ceremony over its API and its queues: lists in, invitations out, doors, hall; the same on both engines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from infra.sample.client import ApiError
from shared.identity.model import Role
from tests.edge_world import NOW
from tests.journey_world import JourneyWorld, journey

SAMPLE = Path(__file__).parents[2] / "samples" / "khoi-thi-dua-2"


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JourneyWorld]:
    with journey("embedded", tmp_path_factory.mktemp("ceremony")) as world:
        yield world


@pytest.fixture(scope="module")
def ceremony(hall: JourneyWorld) -> str:
    """The sample's, with its delegates registered and invited."""
    office = hall.signed_in(Role.ORGANISER)
    imported = office.post_file("/api/v1/units/import?block=Khối thi đua 2&year=2027", units(), "text/csv")
    assert imported["units"]["created"] == 19
    assert imported["block"]["code"] == "khoi-thi-dua-2"
    planned: str = office.post("/api/v1/ceremonies", json.loads((SAMPLE / "ceremony.json").read_text("utf-8")))["id"]
    place = office.post(f"/api/v1/ceremonies/{planned}/uploads")
    office.upload(place, (SAMPLE / "delegates.xlsx").read_bytes())
    received = office.post(f"/api/v1/ceremonies/{planned}/lists", {"key": place["key"], "filename": "DS.xlsx"})
    assert received["state"] == "RECEIVED"
    hall.drain()
    assert hall.dead_letters() == {}
    return planned


def units() -> bytes:
    return (SAMPLE / "units.csv").read_bytes()


def ticket_of(hall: JourneyWorld, address: str) -> str:
    """The code text in the letter to an address."""
    (letter,) = hall.letters_to(address)
    return next(line for line in letter.split() if "/t#" in line)


def refusal(error: pytest.ExceptionInfo[ApiError]) -> tuple[int, str]:
    return error.value.status, str(error.value.problem["code"])


def test_the_list_is_reported_in_words(hall: JourneyWorld, ceremony: str) -> None:
    office = hall.signed_in(Role.ORGANISER)
    (done,) = office.get(f"/api/v1/ceremonies/{ceremony}/lists")["lists"]
    assert (done["state"], done["accepted"], done["rejected"], done["registered"]) == ("IMPORTED", 182, 4, 182)
    path = f"/api/v1/ceremonies/{ceremony}/lists/{done['id']}/report"
    assert office.get(path)["report"]["rejected"] == 4
    text = office.request("GET", f"{path}?format=text").body.decode()
    assert "Danh sách DS.xlsx: 186 dòng, nhận 182, chưa nhận 4." in text
    assert "Dòng 61 (STT 57), cột F, ô ghi “khong-phai-email”: Địa chỉ thư điện tử không đúng." in text
    english = office.request("GET", f"{path}?format=text", headers={"accept-language": "en"}).body.decode()
    assert "Row 146 (no. 141), column B" in english


def test_everybody_with_an_address_is_invited_and_the_others_are_named(hall: JourneyWorld, ceremony: str) -> None:
    office = hall.signed_in(Role.ORGANISER)
    letters = [letter for letter in hall.letters() if "Giấy mời" in str(letter["subject"])]
    assert len(letters) == 168
    unsent = office.get("/api/v1/notices?kind=invitation&state=SUPPRESSED&limit=200")["entries"]
    assert {entry["reason"] for entry in unsent} == {"notice.no_address"}
    assert len(unsent) == 14
    (picture,) = letters[0].iter_attachments()
    code = zxingcpp.read_barcode(
        Image.open(__import__("io").BytesIO(picture.get_content())).convert("L"), formats=zxingcpp.BarcodeFormat.QRCode
    )
    assert code is not None
    assert code.text in letters[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_an_address_of_a_later_list_has_its_one_invitation_sent(hall: JourneyWorld, ceremony: str) -> None:
    office = hall.signed_in(Role.ORGANISER)
    delegates = [
        each["delegate"]
        for each in office.get(f"/api/v1/ceremonies/{ceremony}/registrations?limit=500")["registrations"]
        if not each["delegate"]["email"] and each["delegate"]["phone"]
    ]
    one, address = delegates[0], "den-sau@tinh.example"
    row = f"1;{one['name']};{one['office']} mới;{one['unit']};{one['phone']};{address}"
    for name in ("bo-sung-1.csv", "bo-sung-2.csv"):
        place = office.post(f"/api/v1/ceremonies/{ceremony}/uploads")
        office.upload(place, f"STT;Họ và tên;Chức vụ;Đơn vị;Điện thoại;Email\n{row}".encode())
        office.post(f"/api/v1/ceremonies/{ceremony}/lists", {"key": place["key"], "filename": name})
        hall.drain()
    shown = office.post("/api/v1/tickets/show", {"text": ticket_of(hall, address)})
    assert (shown["holder"], shown["office"]) == (one["name"], f"{one['office']} mới")
    hall.repeat_all()
    assert len(hall.letters_to(address)) == 1
    assert hall.dead_letters() == {}


def test_a_host_without_a_key_for_tickets_is_refused_before_anybody_is_invited(
    hall: JourneyWorld, ceremony: str
) -> None:
    office = hall.signed_in(Role.ORGANISER)
    plan = json.loads((SAMPLE / "ceremony.json").read_text("utf-8"))
    with pytest.raises(ApiError) as refused:
        office.post("/api/v1/ceremonies", {**plan, "host": "HND"})
    assert refusal(refused) == (409, "ceremony.host_no_key")
    assert "giaouoc keys" in str(refused.value.problem["title"])
    assert [each["id"] for each in office.get("/api/v1/ceremonies")["ceremonies"]] == [ceremony]


def test_registrations_are_read_by_page_and_one_by_one(hall: JourneyWorld, ceremony: str) -> None:
    office = hall.signed_in(Role.CLERK)
    page = office.get(f"/api/v1/ceremonies/{ceremony}/registrations?limit=50")
    assert len(page["registrations"]) == 50
    assert page["cursor"]
    found = office.get(f"/api/v1/ceremonies/{ceremony}/registrations?q=thuy")["registrations"]
    assert {"Đặng Thị Thuý", "Phạm Bích Thúy"} <= {each["delegate"]["name"] for each in found}
    one = office.get(f"/api/v1/ceremonies/{ceremony}/registrations/{found[0]['id']}")
    assert one["ticket"]
    with pytest.raises(ApiError) as refused:
        office.get(f"/api/v1/ceremonies/{'0' * 16}/registrations/{found[0]['id']}")
    assert refusal(refused) == (404, "registration.unknown")


def test_a_gate_admits_once_and_the_hall_counts(hall: JourneyWorld, ceremony: str) -> None:
    gate = hall.signed_in(Role.GATE, ceremony, place="Cổng A")
    screen = hall.signed_in(Role.SCREEN, ceremony)
    before = screen.get(f"/api/v1/ceremonies/{ceremony}/attendance")
    text = ticket_of(hall, "vo.quoc.huong1@tinh.example")
    body = {"ceremony": ceremony, "text": text, "scan_id": "scan-0001", "gate": "ignored"}
    first = gate.post("/api/v1/admissions", body)
    assert (first["outcome"], first["name"], first["gate"]) == ("ADMITTED", "Võ Quốc Hưởng", "Cổng A")
    assert gate.post("/api/v1/admissions", body) == first
    with pytest.raises(ApiError) as refused:
        gate.post("/api/v1/admissions", {**body, "scan_id": "scan-0002"})
    assert refusal(refused) == (409, "ticket.already_admitted")
    assert "Cổng A" in refused.value.problem["title"]
    hall.drain()
    after = screen.get(f"/api/v1/ceremonies/{ceremony}/attendance")
    assert (after["registered"], after["admitted"]) == (182, before["admitted"] + 1)
    assert sum(unit["admitted"] for unit in after["units"]) == after["admitted"]


def test_the_screen_is_told_when_nothing_has_changed(hall: JourneyWorld, ceremony: str) -> None:
    screen = hall.signed_in(Role.SCREEN, ceremony)
    path = f"/api/v1/ceremonies/{ceremony}/attendance"
    tag = screen.request("GET", path).headers["etag"]
    assert screen.request("GET", path, headers={"if-none-match": tag}).status == 304


def test_rights_reach_no_further_than_given(hall: JourneyWorld, ceremony: str) -> None:
    text = ticket_of(hall, "tran.ngoc.huong2@tinh.example")
    body = {"ceremony": ceremony, "text": text, "scan_id": "scan-0003", "gate": "X"}
    for client in (hall.client(), hall.signed_in(Role.GATE, "f" * 16), hall.signed_in(Role.SCREEN, ceremony)):
        with pytest.raises(ApiError) as refused:
            client.post("/api/v1/admissions", body)
        assert refused.value.status in (401, 403)
    with pytest.raises(ApiError) as refused:
        hall.signed_in(Role.SCREEN, "f" * 16).get(f"/api/v1/ceremonies/{ceremony}/attendance")
    assert refused.value.status == 403
    with pytest.raises(ApiError) as refused:
        hall.signed_in(Role.CLERK).post(f"/api/v1/ceremonies/{ceremony}/presentation")
    assert refused.value.status == 403


def test_the_bearer_sees_the_ticket_and_nobody_without_it(hall: JourneyWorld, ceremony: str) -> None:
    text = ticket_of(hall, "tran.ngoc.huong2@tinh.example")
    view = hall.client().post("/api/v1/tickets/show", {"text": text})
    assert (view["holder"], view["unit"], view["category"]) == ("Trần Ngọc Hường", "Sở Nội vụ", "GUEST")
    assert "@" not in json.dumps(view)
    with pytest.raises(ApiError) as refused:
        hall.client().post("/api/v1/tickets/show", {"text": "hello"})
    assert refusal(refused) == (409, "ticket.not_our_code")


def test_a_lost_ticket_is_replaced_and_a_cancelled_one_ends(hall: JourneyWorld, ceremony: str) -> None:
    office, gate = hall.signed_in(Role.ORGANISER), hall.signed_in(Role.GATE, ceremony, place="Cổng B")
    address = "vo.thanh.dat3@tinh.example"
    old = ticket_of(hall, address)
    (found,) = office.get(f"/api/v1/ceremonies/{ceremony}/registrations?q=võ thành đạt")["registrations"]
    path = f"/api/v1/ceremonies/{ceremony}/registrations/{found['id']}"
    office.post(f"{path}/tickets")
    hall.drain()
    new = next(t for letter in hall.letters_to(address) for t in letter.split() if "/t#" in t and t != old)
    scan = {"ceremony": ceremony, "gate": "", "scan_id": "scan-0010"}
    with pytest.raises(ApiError) as refused:
        gate.post("/api/v1/admissions", {**scan, "text": old})
    assert refusal(refused) == (409, "ticket.revoked")
    assert office.post(f"{path}/cancellation")["state"] == "CANCELLED"
    with pytest.raises(ApiError) as refused:
        gate.post("/api/v1/admissions", {**scan, "text": new})
    assert refusal(refused) == (409, "ticket.cancelled")


def test_a_file_that_is_no_list_is_refused_in_words(hall: JourneyWorld, ceremony: str) -> None:
    office = hall.signed_in(Role.ORGANISER)
    place = office.post(f"/api/v1/ceremonies/{ceremony}/uploads")
    office.upload(place, b"%PDF-1.7 scanned list")
    sent = office.post(f"/api/v1/ceremonies/{ceremony}/lists", {"key": place["key"], "filename": "quet.pdf"})
    hall.drain()
    path = f"/api/v1/ceremonies/{ceremony}/lists/{sent['id']}"
    assert office.get(path)["refusal"] == "list.is_pdf"
    assert "tệp PDF" in office.request("GET", f"{path}/report").body.decode()
    assert hall.dead_letters() == {}


def test_the_presentation_begins_once(hall: JourneyWorld, ceremony: str) -> None:
    office = hall.signed_in(Role.ORGANISER)
    hall.move_to(NOW + timedelta(hours=2))
    first: dict[str, Any] = office.post(f"/api/v1/ceremonies/{ceremony}/presentation")
    assert first["presentation_began_at"] is not None
    assert office.post(f"/api/v1/ceremonies/{ceremony}/presentation") == first


def test_plans_with_faults_name_the_field(hall: JourneyWorld, ceremony: str) -> None:
    office = hall.signed_in(Role.ORGANISER)
    told = json.loads((SAMPLE / "ceremony.json").read_text("utf-8"))
    for change, field in (({"host": "NOBODY"}, "host"), ({"zone": "X/Y"}, "zone"), ({"kind": "PARTY"}, "kind")):
        with pytest.raises(ApiError) as refused:
            office.post("/api/v1/ceremonies", {**told, **change})
        assert refused.value.status == 422
        assert refused.value.problem["facts"]["field"] == field
