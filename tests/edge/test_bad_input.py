"""Lists that offices send by mistake, through the API: a refusal in both languages with its remedy, and nothing half done.

Every case is tried on one ceremony and one decision; at the end a good list goes in as if nothing had been.
"""

from __future__ import annotations

import asyncio
import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import xlsxwriter

from infra.embedded.object_urls import ObjectUrls
from infra.sample.client import ApiError
from infra.sample.files import SampleFiles
from infra.sample.load import AWARDS, DELEGATES, import_units, plan_ceremony, record_decision, send_list
from shared.identity.model import Role
from tests.edge_world import ORIGIN
from tests.journey_world import InProcessClient, JourneyWorld, journey

FILES = SampleFiles(0)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UPLOAD_BYTES = 200 * 1024 * 1024


def workbook(*rows: tuple[object, ...]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Danh sách")
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
    return out.getvalue()


def zipped(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


def encrypted() -> bytes:
    """What Excel writes under a password: a compound file with the streams EncryptionInfo and EncryptedPackage."""
    names = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in ("EncryptionInfo", "EncryptedPackage"))
    return OLE + bytes(504) + names + bytes(1024)


NO_LISTS: dict[str, tuple[bytes, str]] = {
    "no byte": (b"", "list.empty"),
    "a workbook without a cell": (workbook(), "list.empty"),
    "a workbook cut short": (FILES.bytes(DELEGATES)[:9000], "list.unreadable"),
    "a damaged workbook": (zipped({"xl/workbook.xml": b"<workbook"}), "list.unreadable"),
    "under a password": (encrypted(), "list.password"),
    "a zip bomb": (zipped({"xl/workbook.xml": bytes(60 * 1024 * 1024)}), "list.zip_bomb"),
    "a scan": (b"%PDF-1.7\n%scan", "list.is_pdf"),
    "a photograph": (b"\xff\xd8\xff\xe0" + bytes(600), "list.is_picture"),
    "a letter": (zipped({"word/document.xml": b"<w/>"}), "list.is_document"),
    "an archive": (zipped({"ds.xlsx": b"PK"}), "list.wrong_type"),
    "a program": (b"MZ\x90\x00" + b"\x00\x01" * 50, "list.wrong_type"),
    "a web page": (b"<html><table><tr><td>STT</td></tr></table></html>", "list.is_web_page"),
    "no header": (workbook((1, "Lê An", "Sở Nội vụ"), (2, "Đỗ Bình", "Sở Nội vụ")), "list.no_header"),
    "no rows": (workbook(("STT", "Họ và tên", "Đơn vị", "Loại", "Hình thức", "Thành tích")), "list.no_rows"),
}
"""Refused whatever the list is for."""

DELEGATE_LISTS: dict[str, tuple[bytes, str]] = {
    "a missing column": (
        workbook(("STT", "Họ và tên", "Email"), (1, "Lê An", "a@tinh.example")),
        "list.missing_column",
    ),
    "two header rows": (
        workbook(
            ("STT", "Họ và tên", "Đơn vị", "Liên hệ", ""),
            ("", "", "", "Điện thoại", "Email"),
            (1, "Lê An", "Sở Nội vụ", "0950000001", "a@tinh.example"),
        ),
        "list.two_header_rows",
    ),
    "a header repeated on each page": (
        workbook(
            ("STT", "Họ và tên", "Đơn vị"), (1, "Lê An", "SNV"), ("STT", "Họ và tên", "Đơn vị"), (2, "Đỗ Bình", "SNV")
        ),
        "list.two_header_rows",
    ),
}
AWARD_LISTS: dict[str, tuple[bytes, str]] = {
    "a missing column": (
        workbook(("STT", "Họ tên", "Loại", "Đơn vị", "Thành tích"), (1, "Lê An", "Cá nhân", "SNV", "Tốt")),
        "list.missing_column",
    ),
    "two header rows": (
        workbook(
            ("STT", "Họ tên", "Loại", "Đơn vị", "Hình thức", "Thành tích"),
            ("STT", "Họ tên", "Loại", "Đơn vị", "Hình thức", "Thành tích"),
            (1, "Lê An", "Cá nhân", "SNV", "Giấy khen", "Tốt"),
        ),
        "list.two_header_rows",
    ),
}


@dataclass
class Desk:
    """An office with a ceremony and a decision."""

    world: JourneyWorld
    ceremony: str
    decision: str

    def office(self) -> InProcessClient:
        return self.world.signed_in(Role.ORGANISER)

    def hand_in(self, path: str, data: bytes, filename: str = "ds.xlsx") -> str:
        list_id = send_list(self.office(), path, filename, data)
        self.world.drain()
        return list_id

    @property
    def ceremony_path(self) -> str:
        return f"/api/v1/ceremonies/{self.ceremony}"

    @property
    def decision_path(self) -> str:
        return f"/api/v1/decisions/{self.decision}"

    def standing(self) -> tuple[Any, Any, int]:
        """What must not change: delegates, certificates, letters."""
        office = self.office()
        people = office.get(f"{self.ceremony_path}/registrations?limit=500")["registrations"]
        total = office.get(f"{self.ceremony_path}/attendance")["registered"]
        assert total == len(people)
        return people, office.get(f"{self.decision_path}/certificates")["certificates"], len(self.world.letters())


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with journey("embedded", tmp_path_factory.mktemp("bad-input")) as world:
        office = world.signed_in(Role.ORGANISER)
        import_units(office, FILES)
        ceremony = plan_ceremony(office, FILES)
        yield Desk(world=world, ceremony=ceremony, decision=record_decision(office, FILES, ceremony))


def check_sentences(vi: str, en: str) -> None:
    """Both languages, each with what to do; no placeholder left."""
    assert vi.strip()
    assert en.strip()
    assert vi != en
    assert "Hãy" in vi or "Cần" in vi
    assert not {"{", "}"} & set(vi + en)


@pytest.mark.parametrize("case", [*NO_LISTS, *DELEGATE_LISTS])
def test_a_bad_delegate_list_is_refused_whole_in_words(desk: Desk, case: str) -> None:
    data, code = {**NO_LISTS, **DELEGATE_LISTS}[case]
    before = desk.standing()
    list_id = desk.hand_in(desk.ceremony_path, data)
    found = desk.office().get(f"{desk.ceremony_path}/lists/{list_id}")
    assert (found["state"], found["refusal"]) == ("REFUSED", code)
    assert (found["accepted"], found["registered"]) == (0, 0)
    check_sentences(
        *(
            desk.office()
            .request("GET", f"{desk.ceremony_path}/lists/{list_id}/report", headers={"accept-language": language})
            .body.decode()
            for language in ("vi", "en")
        )
    )
    assert desk.standing() == before
    assert desk.world.dead_letters() == {}


@pytest.mark.parametrize("case", [*NO_LISTS, *AWARD_LISTS])
def test_a_bad_award_list_is_refused_whole_in_words(desk: Desk, case: str) -> None:
    data, code = {**NO_LISTS, **AWARD_LISTS}[case]
    before = desk.standing()
    list_id = desk.hand_in(desk.decision_path, data)
    path = f"{desk.decision_path}/lists/{list_id}"
    found = desk.office().get(path)
    assert (found["list"]["state"], found["list"]["refusal"]) == ("UNREADABLE", code)
    english = desk.office().request("GET", path, headers={"accept-language": "en"}).json()
    check_sentences(found["refusal"], english["refusal"])
    assert desk.standing() == before
    assert desk.world.dead_letters() == {}


@pytest.mark.parametrize("case", [case for case in NO_LISTS if case != "no rows"])
def test_a_bad_unit_list_is_refused_whole_in_words(desk: Desk, case: str) -> None:
    data, code = NO_LISTS[case]
    before = desk.office().get("/api/v1/units")
    with pytest.raises(ApiError) as refused:
        desk.office().post_bytes("/api/v1/units/import", data, "application/octet-stream")
    assert (refused.value.status, refused.value.code) == (422, code)
    check_sentences(refused.value.problem["title"], refused.value.problem["detail"])
    assert desk.office().get("/api/v1/units") == before


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("place", ["ceremony_path", "decision_path"])
def test_an_upload_of_200_megabytes_is_turned_away_without_standing_in_memory(
    desk: Desk, place: str, declared: bool
) -> None:
    path = getattr(desk, place)
    upload = desk.office().post(f"{path}/uploads", {"content_type": XLSX})
    tracemalloc.start()
    status, problem, taken = put_stream(desk, upload, declared)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (status, problem["code"]) == (413, "objects.too_large")
    check_sentences(problem["title"], problem["detail"])
    assert peak < 16 * 1024 * 1024
    assert taken <= 32 * 1024 * 1024
    files = [file for file in desk.world.world.data.rglob("*") if file.is_file() and file.suffix != ".db-wal"]
    assert not [file for file in files if file.stat().st_size > 15 << 20]
    with pytest.raises(ApiError) as refused:
        desk.office().post(f"{path}/lists", {"key": upload["key"], "filename": "ds.xlsx"})
    assert (refused.value.status, refused.value.code) == (404, "list.not_uploaded")
    check_sentences(refused.value.problem["title"], refused.value.problem["detail"])


def put_stream(desk: Desk, upload: dict[str, Any], declared: bool) -> tuple[int, dict[str, Any], int]:
    """PUTs 200 MB in pieces to the signed link: status, problem, and how many bytes were taken."""
    piece, taken, sent = bytes(1024 * 1024), 0, []

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += len(piece)
        return {"type": "http.request", "body": piece, "more_body": taken < UPLOAD_BYTES}

    async def send(message: Any) -> None:
        sent.append(message)

    path, _, query = upload["url"].removeprefix(ORIGIN).partition("?")
    headers = [(b"content-type", upload["headers"]["Content-Type"].encode())]
    if declared:
        headers.append((b"content-length", str(UPLOAD_BYTES).encode()))
    scope = {
        "method": "PUT",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": headers,
    }
    status = asyncio.run(ObjectUrls(desk.world.world.objects).serve(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent)
    return status, json.loads(body), taken


def test_an_unknown_unit_keeps_its_row_out_and_the_others_in(desk: Desk) -> None:
    people, certificates, letters = desk.standing()
    data = workbook(
        ("STT", "Họ và tên", "Đơn vị", "Email"),
        (1, "Lê An", "Sở Nội vụ", "an@tinh.example"),
        (2, "Đỗ Bình", "Sở Không Có", "binh@tinh.example"),
    )
    list_id = desk.hand_in(desk.ceremony_path, data)
    path = f"{desk.ceremony_path}/lists/{list_id}/report?format=text"
    texts = [
        desk.office().request("GET", path, headers={"accept-language": language}).body.decode()
        for language in ("vi", "en")
    ]
    assert "Dòng 3 (STT 2), cột C, ô ghi “Sở Không Có”" in texts[0]
    assert "Row 3 (no. 2), column C" in texts[1]
    check_sentences(*texts)
    now, same, more = desk.standing()
    assert {each["delegate"]["name"] for each in now} - {each["delegate"]["name"] for each in people} == {"Lê An"}
    assert (same, more) == (certificates, letters + 1)


def test_after_all_that_good_lists_go_in(desk: Desk) -> None:
    list_id = desk.hand_in(desk.ceremony_path, FILES.bytes(DELEGATES), DELEGATES)
    done = desk.office().get(f"{desk.ceremony_path}/lists/{list_id}")
    assert (done["state"], done["accepted"], done["rejected"]) == ("IMPORTED", 182, 4)
    awards = b"".join(FILES.bytes(AWARDS).splitlines(keepends=True)[:6])
    list_id = desk.hand_in(desk.decision_path, awards, AWARDS)
    report = desk.office().get(f"{desk.decision_path}/lists/{list_id}")
    assert (report["list"]["state"], report["list"]["accepted"]) == ("ACCEPTED", 5)
    certificates = desk.office().get(f"{desk.decision_path}/certificates")["certificates"]
    assert [each["ready"] for each in certificates] == [True] * 5
    assert desk.world.dead_letters() == {}
