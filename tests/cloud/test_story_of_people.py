"""The same story, told on: a colleague signs in by a letter's code, reads the trail, a paper goes out, a delegate asks.

On the deployed template, over HTTP, after the day of the ceremony. Papers are read by tools that know nothing of this code.
"""

from __future__ import annotations

import json
import re
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from infra.sample.client import ApiError, Client
from infra.sample.letters import text_of
from tests.cloud.telling import Told

HER = {"name": "Nguyễn Thị Kiểm", "email": "kiem@office.example", "role": "AUDITOR"}
LETTERS, CODES = "/api/v1/sessions/letters", "/api/v1/sessions/codes"
_CODE = re.compile(r"^([0-9]{6})\s*$", re.MULTILINE)
_SEAT = re.compile(r"/privacy#([\w-]{43})")
_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Who was invited, signed in by a code, with the code."""

    id: str
    client: Client
    code: str


def letters_to(told: Told, address: str) -> list[EmailMessage]:
    """Oldest first."""
    told.stage.settle()
    return [letter for letter in told.stage.letters() if str(letter["to"]) == address]


@pytest.fixture(scope="module")
def colleague(told: Told) -> Colleague:
    """Invited by the office; she asks for a letter, mistypes its code once, and types it."""
    person = told.story.organiser.post("/api/v1/people", HER)["id"]
    invited = letters_to(told, HER["email"])
    assert len(invited) == 1
    client = told.stage.client()
    client.post(LETTERS, {"email": HER["email"]})
    asked = letters_to(told, HER["email"])
    assert len(asked) == 2
    (code,) = set(_CODE.findall(text_of(asked[-1])))
    with pytest.raises(ApiError) as mistyped:
        client.post(CODES, {"code": f"{(int(code) + 1) % 10**6:06}"})
    assert mistyped.value.code == "identity.code_not_valid"
    session = client.post(CODES, {"code": code})
    assert (session["name"], [grant["role"] for grant in session["grants"]]) == (HER["name"], [HER["role"]])
    return Colleague(id=person, client=client, code=code)


def test_a_code_is_of_use_once_and_to_the_browser_that_asked(told: Told, colleague: Colleague) -> None:
    for browser in (colleague.client, told.stage.client()):
        with pytest.raises(ApiError) as refused:
            browser.post(CODES, {"code": colleague.code})
        assert 400 <= refused.value.status < 500


def test_an_address_that_nobody_has_is_answered_alike_and_gets_no_letter(told: Told) -> None:
    address = "nobody@office.example"
    assert told.stage.client().post(LETTERS, {"email": address}) == told.stage.client().post(
        LETTERS, {"email": HER["email"]}
    )
    assert letters_to(told, address) == []


def test_an_auditor_reads_in_the_trail_who_did_what_and_does_nothing(told: Told, colleague: Colleague) -> None:
    first = (told.since - timedelta(days=1)).astimezone(_VIETNAM).date()
    trail = colleague.client.get(f"/api/v1/audit?from={first}&limit=200")["lines"]
    invited = [line for line in trail if line["route"] == "POST /api/v1/people"]
    assert {line["who_kind"] for line in invited} == {"PERSON"}
    assert HER["email"] not in json.dumps(trail)
    page = colleague.client.request("GET", "/console/audit").body.decode()
    assert invited[0]["what"] in page
    with pytest.raises(ApiError) as refused:
        colleague.client.post("/api/v1/papers", {"kind": "PROGRAMME", "ceremony": told.loaded.ceremony})
    assert refused.value.status == 403


def test_a_paper_is_drafted_and_taken_away_as_word_and_as_pdf(told: Told, tmp_path: Path) -> None:
    office = told.story.organiser
    paper = office.post("/api/v1/papers", {"kind": "PROGRAMME", "ceremony": told.loaded.ceremony})
    path = f"/api/v1/papers/{paper['id']}"
    said = words_of(office.request("GET", f"{path}/docx").body)
    assert "CHƯƠNG TRÌNH" in said
    assert " ".join(paper["text"]["subject"].split()) in said
    (tmp_path / "paper.pdf").write_bytes(office.request("GET", f"{path}/pdf").body)
    command = ["pdftotext", "-layout", str(tmp_path / "paper.pdf"), "-"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert paper["text"]["subject"].split()[0] in shown
    assert paper["id"] in json.dumps(office.get(f"/api/v1/papers?ceremony={told.loaded.ceremony}"))


def words_of(docx: bytes) -> str:
    """All text of a Word document, blanks made one (ECMA-376 part 1, 17.3.3.31)."""
    with zipfile.ZipFile(BytesIO(docx)) as packed:
        assert packed.testzip() is None
        root = ET.fromstring(packed.read("word/document.xml"))
    lines = ("".join(text.text or "" for text in each.iter(f"{_WORD}t")) for each in root.iter(f"{_WORD}p"))
    return " ".join(" ".join(lines).split())


def test_the_office_sees_its_background_work_and_nothing_failed(told: Told) -> None:
    told.stage.settle()
    view = told.story.organiser.get("/api/v1/operations/works")
    assert view["failed"] == 0
    assert len(view["works"]) >= len(told.stage.deployed.consumed)


def test_a_delegate_sees_by_a_letters_link_what_is_held_and_nobody_elses(told: Told) -> None:
    ticket = told.story.tickets()[0][1]
    address, visitor = str(ticket["to"]), told.stage.client()
    assert visitor.request("GET", "/privacy").status == 200
    visitor.post("/api/v1/privacy/links", {"email": address})
    (link,) = {found for letter in letters_to(told, address) for found in _SEAT.findall(text_of(letter))}
    held = visitor.post("/api/v1/privacy/seats", {"secret": link})
    assert held["address"] == address
    assert "registration" in {each["kind"] for each in held["holdings"]}
    with pytest.raises(ApiError) as spent:
        told.stage.client().post("/api/v1/privacy/seats", {"secret": link})
    assert 400 <= spent.value.status < 500


def test_on_the_day_of_the_ceremony_nothing_is_old_enough_to_end(told: Told) -> None:
    name = f"{told.stage.prefix}-privacyApplyRetention"
    answer = told.stage.running.client("lambda").invoke(FunctionName=name, Payload=b'{"source": "aws.scheduler"}')
    assert "FunctionError" not in answer
    done = json.loads(answer["Payload"].read())
    assert {"contacts", "people", "notices", "accounts", "award_lists"} == set(done)
    assert set(done.values()) == {0}
    assert told.stage.dead_letters() == {}
