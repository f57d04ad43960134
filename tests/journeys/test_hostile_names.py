"""Hostile names from the lists of offices to all that is printed, mailed and shown: data everywhere, code nowhere.

Units, delegates, recipients of awards and signatories bear the names of tests/hostile.py, and go through import, tickets,
letters, papers and pages.
"""

from __future__ import annotations

import io
import re
import subprocess
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import xlsxwriter
import zxingcpp
from PIL import Image

from infra.sample.client import ApiError
from infra.sample.files import SampleFiles
from infra.sample.load import import_units, plan_ceremony, record_decision, send_list
from shared.identity.model import Role
from tests.edge_world import http_event
from tests.hostile import CLEANED, HOSTILE_NAMES, LONG, MARKS
from tests.journey_world import LINK, InProcessClient, JourneyWorld, journey, text_of

FILES = SampleFiles(0)
KEPT = tuple(name for name in HOSTILE_NAMES if name != LONG)
"""LONG is refused with its row, its length and the limit."""
DRAWN = tuple(name for name in KEPT if name != MARKS)
"""MARKS has letters that no typeface draws: what becomes a paper of record refuses them by name."""
CLEAN = tuple(unicodedata.normalize("NFC", CLEANED.get(name, name)) for name in KEPT)
FILENAME = '"><img src=x onerror=alert(1)>\r\nBcc: all@tinh.example\u202e.xlsx'
VOID = frozenset({"meta", "link", "br", "img", "input", "hr"})


@dataclass
class Place:
    """The sample's host with units, delegates, awards and a pledge of hostile names."""

    world: JourneyWorld
    ceremony: str
    delegate_list: str
    decision: str
    award_list: str
    pledge: str

    def office(self) -> InProcessClient:
        return self.world.signed_in(Role.ORGANISER)

    def certificates(self) -> list[dict[str, Any]]:
        return list(self.office().get(f"/api/v1/decisions/{self.decision}/certificates")["certificates"])


def workbook(*rows: tuple[str, ...]) -> bytes:
    """Every cell as text, as an office's program keeps it."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(place, column, cell)
    return out.getvalue()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with journey("embedded", tmp_path_factory.mktemp("hostile")) as world:
        office = world.signed_in(Role.ORGANISER)
        import_units(office, FILES)
        units = [(f"X{n}", name, "OTHER", f"unit{n}@tinh.example") for n, name in enumerate(HOSTILE_NAMES)]
        done = office.post_bytes(
            "/api/v1/units/import", workbook(("Mã đơn vị", "Tên đơn vị", "Loại", "Email"), *units), "x"
        )
        assert (done["units"]["created"], done["units"]["report"]["rejected"]) == (len(KEPT), 1)
        ceremony = plan_ceremony(office, FILES)
        delegates = [
            (str(n + 1), name, KEPT[n % len(KEPT)], name[:100], f"d{n}@tinh.example", name)
            for n, name in enumerate(HOSTILE_NAMES)
        ]
        head = ("STT", "Họ và tên", "Đơn vị", "Chức vụ", "Email", "Ghi chú")
        delegate_list = send_list(office, f"/api/v1/ceremonies/{ceremony}", FILENAME, workbook(head, *delegates))
        decision = record_decision(office, FILES, ceremony)
        head = ("STT", "Họ tên", "Chức vụ", "Loại", "Đơn vị", "Hình thức", "Thành tích", "Email")
        awards = [
            (str(n + 1), name, name[:100], "Cá nhân", name, "Giấy khen", name, f"a{n}@tinh.example")
            for n, name in enumerate(HOSTILE_NAMES)
        ]
        award_list = send_list(office, f"/api/v1/decisions/{decision}", FILENAME, workbook(head, *awards))
        pledge = office.post("/api/v1/pledges", pledge_of(ceremony))["pledge"]["id"]
        office.post(f"/api/v1/pledges/{pledge}/open")
        world.drain()
        office.post(f"/api/v1/decisions/{decision}/release")
        world.drain()
        sign_all(world)
        world.drain()
        assert world.dead_letters() == {}
        yield Place(
            world=world,
            ceremony=ceremony,
            delegate_list=delegate_list,
            decision=decision,
            award_list=award_list,
            pledge=pledge,
        )


def pledge_of(ceremony: str) -> dict[str, Any]:
    """Each unit signs by a person of its own name; texts and slogan are hostile too."""
    names = dict(enumerate(HOSTILE_NAMES))
    parties = [
        {
            "unit": f"X{n}", "role": "MEMBER", "group": 1,
            "representative": {"name": name[:100], "office": name[:100], "capacity": ""},
        }
        for n, name in names.items()
        if name in DRAWN
    ]  # fmt: skip
    given = FILES.json("pledge.json")
    contents = [{"no": n, "text": name} for n, name in enumerate(DRAWN, 1)]
    return {
        **given,
        "title": KEPT[0],
        "slogan": KEPT[2],
        "parties": parties,
        "contents": contents,
        "ceremony": ceremony,
    }


def sign_all(world: JourneyWorld) -> None:
    for letter in world.letters():
        found = LINK.search(text_of(letter))
        if found is not None and "Mời đọc và ký" in str(letter["subject"]):
            browser, link = world.client(), {"id": found[1], "secret": found[2]}
            statement = browser.post("/api/v1/signing/read", link)["statement"]
            browser.post("/api/v1/signing/sign", {**link, "statement": statement})


def squeezed(text: str) -> str:
    """Without white space: a paper breaks lines where it must."""
    return "".join(unicodedata.normalize("NFC", text).split())


def test_lists_keep_names_letter_by_letter_and_say_what_they_removed(place: Place) -> None:
    office = place.office()
    people = office.get(f"/api/v1/ceremonies/{place.ceremony}/registrations?limit=100")["registrations"]
    assert {each["delegate"]["name"] for each in people} == set(CLEAN)
    assert {each["delegate"]["unit_name"] for each in people} <= set(CLEAN)
    path = f"/api/v1/ceremonies/{place.ceremony}/lists/{place.delegate_list}/report"
    report = office.get(path)["report"]
    assert {(each["number"], each["code"]) for each in report["problems"] if each["field"] == "name"} == {
        (str(HOSTILE_NAMES.index(LONG) + 1), "list.text_too_long")
    }
    told = office.request("GET", f"{path}?format=text").body.decode()
    assert "U+202E, U+202C" in told
    assert not hidden_in(told.replace("\n", ""))
    report = office.get(f"/api/v1/decisions/{place.decision}/lists/{place.award_list}")
    refused: dict[str, set[str]] = {}
    for each in report["problems"]:
        refused.setdefault(HOSTILE_NAMES[int(each["number"]) - 1], set()).add(each["code"])
    assert "award.letter_not_in_font" in refused[MARKS]
    assert set(refused) == {MARKS, LONG}


def hidden_in(text: str) -> set[str]:
    """Control, format and direction characters."""
    return {f"U+{ord(letter):04X}" for letter in text if unicodedata.category(letter) in ("Cc", "Cf", "Co", "Zl", "Zp")}


def test_letters_have_no_header_and_no_direction_of_a_name(place: Place) -> None:
    letters = place.world.letters()
    kinds = {str(letter["subject"])[:12] for letter in letters}
    assert len(kinds) >= 4  # invitations, signing links, receipts, sealed pledges, slips
    allowed = {"message-id", "date", "from", "to", "subject", "auto-submitted", "mime-version", "content-type",
               "content-transfer-encoding"}  # fmt: skip
    for letter in letters:
        assert {name.lower() for name in letter} <= allowed
        assert len(letter.get_all("to")) == len(letter["to"].addresses) == 1
        assert letter["to"].addresses[0].domain == "tinh.example"
        for name, value in letter.items():
            assert not hidden_in(str(value)), name
        assert not hidden_in(text_of(letter).replace("\r\n", ""))
    invited = {
        str(letter["to"].addresses[0].display_name) for letter in letters if "Giấy mời" in str(letter["subject"])
    }
    assert {squeezed(name) for name in invited} == {squeezed(name) for name in CLEAN}


def test_tickets_are_drawn_and_read(place: Place) -> None:
    letters = [letter for letter in place.world.letters() if "Giấy mời" in str(letter["subject"])]
    assert len(letters) == len(KEPT)
    for letter in letters:
        for picture in letter.iter_attachments():
            seen = zxingcpp.read_barcode(
                Image.open(io.BytesIO(picture.get_content())).convert("L"), formats=zxingcpp.BarcodeFormat.QRCode
            )
            assert seen is not None
            assert seen.text in text_of(letter)


def test_certificates_print_names_literally_and_run_nothing(place: Place, tmp_path: Path) -> None:
    listed = {each["recipient"]["name"]: each for each in place.certificates()}
    assert set(listed) == {CLEANED.get(name, name) for name in DRAWN}
    for name, each in listed.items():
        assert (each["ready"], each["fault"]) == (True, ""), name
        words = words_of(place.world.objects.get(f"certificates/{each['id']}/certificate.pdf"), tmp_path)
        assert squeezed(name) in squeezed(words)
        assert "root:" not in words


def test_the_sealed_pledge_prints_names_literally(place: Place, tmp_path: Path) -> None:
    board = place.office().get(f"/api/v1/pledges/{place.pledge}/board")
    assert (board["signed"], board["state"]) == (len(DRAWN), "IN_FORCE")
    letter = next(letter for letter in place.world.letters() if "đã hoàn tất" in str(letter["subject"]))
    pdf = next(letter.iter_attachments()).get_content()
    words = squeezed(words_of(pdf, tmp_path))
    for name in DRAWN:
        assert squeezed(CLEANED.get(name, name)) in words, name
    assert "root:" not in words
    (tmp_path / "pledge.pdf").write_bytes(pdf)
    told = subprocess.run(["pdfsig", "-nocert", tmp_path / "pledge.pdf"], capture_output=True, text=True, check=True)
    assert "Signature is Valid" in told.stdout


def test_a_draft_that_no_typeface_can_print_is_refused_before_anybody_signs(place: Place) -> None:
    given = pledge_of(place.ceremony)
    given["parties"][3]["representative"]["name"] = MARKS
    with pytest.raises(ApiError) as refused:
        place.office().post("/api/v1/pledges", {**given, "key": "marks"})
    assert (refused.value.status, refused.value.code) == (422, "document.letter_not_in_font")
    assert refused.value.problem["title"] != refused.value.problem["detail"]


def words_of(pdf: bytes, folder: Path) -> str:
    (folder / "paper.pdf").write_bytes(pdf)
    command = ["pdftotext", "-raw", str(folder / "paper.pdf"), "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


class Seen(HTMLParser):
    """What a browser makes of a page: its text, and whatever a name could have made of it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.faults: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        self.faults += [f"{tag} {name}" for name in named if name.startswith("on") or name == "style"]
        if tag == "script" and "src" not in named and named.get("type") != "application/json":
            self.faults.append("script")
        for source in ("src", "href", "action"):
            if re.match(r"\s*(javascript|data):", named.get(source) or "", re.IGNORECASE):
                self.faults.append(f"{tag} {source}")
        if tag == "img" and named.get("src") == "x":
            self.faults.append("img")
        if tag not in VOID:
            self._open.append(tag)
        self.words += [
            value for name, value in named.items() if value and name in ("title", "aria-label", "value", "alt")
        ]

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                continue

    def handle_data(self, data: str) -> None:
        if "script" not in self._open:
            self.words.append(data)
        elif "</" in data or "<!--" in data:
            self.faults.append("script data")


def seen(client: InProcessClient, path: str) -> str:
    reply = client.request("GET", path, headers={"accept": "text/html"})
    assert reply.headers["content-type"].startswith("text/html")
    policy = reply.headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    page = Seen()
    page.feed(reply.body.decode())
    page.close()
    assert page.faults == [], path
    return squeezed(" ".join(page.words))


def test_pages_show_names_as_text(place: Place) -> None:
    office = place.office()
    for each in place.certificates():
        assert "128/QĐ-SNV" in seen(place.world.client(), f"/v/{each['id']}")
    sealed = office.get(f"/api/v1/pledges/{place.pledge}")["pledge"]
    assert squeezed(CLEAN[0]) in seen(place.world.client(), f"/v/{sealed['public_id']}")
    for path in (
        f"/console/ceremonies/{place.ceremony}",
        f"/console/decisions/{place.decision}",
        f"/console/pledges/{place.pledge}",
    ):
        shown = seen(office, path)
        missing = [name for name in DRAWN if squeezed(CLEANED.get(name, name)) not in shown]
        assert missing == [], path
    for path in ("/console", "/console/notices", f"/hall/{place.ceremony}", f"/gate?ceremony={place.ceremony}"):
        seen(office, path)


@pytest.mark.parametrize(
    "typed", ["<img src=x onerror=alert(1)>", "%3Cscript%3Ealert(1)%3C%2Fscript%3E", "\u202e12", "'\"><b>"]
)
def test_what_is_typed_into_an_address_is_text_too(place: Place, typed: str) -> None:
    answer = place.world.call(http_event("GET", f"/v/{quote(typed)}", headers={"accept": "text/html"}))
    assert answer["statusCode"] == 404
    page = Seen()
    page.feed(answer["body"])
    page.close()
    assert page.faults == []
    assert "KHÔNG KHỚP HỒ SƠ" in " ".join(page.words)
    assert not hidden_in(answer["body"].replace("\n", ""))
