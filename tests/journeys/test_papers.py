"""Papers of the sample ceremony and its pledge: composed, edited, read by links that record their opening, numbered after the
registry gave a number, printed as Word documents; on both engines."""

from __future__ import annotations

import copy
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from docx import Document

from infra.sample.client import ApiError
from infra.sample.files import SampleFiles
from infra.sample.load import draft_pledge, import_units, plan_ceremony, send_list
from shared.identity.model import Role
from tests.edge_world import ORIGIN
from tests.hostile import HOSTILE_NAMES
from tests.journey_world import ENGINES, InProcessClient, JourneyWorld, journey, text_of

FILES = SampleFiles(0)
BEFORE = datetime(2027, 2, 1, 2, 0, tzinfo=UTC)
LINK = re.compile(rf"{re.escape(ORIGIN)}/papers/([0-9a-z]{{26}})#([A-Za-z0-9_-]{{43}})")


@dataclass
class Desk:
    """An officer's desk on one engine."""

    world: JourneyWorld
    ceremony: str
    pledge: str

    @property
    def office(self) -> InProcessClient:
        return self.world.signed_in(Role.ORGANISER)

    def draft(self, kind: str, **what: str) -> Any:
        return self.office.post("/api/v1/papers", {"kind": kind, **(what or {"ceremony": self.ceremony})})

    def links(self, address: str) -> list[dict[str, str]]:
        found = (LINK.search(text_of(letter)) for letter in self.world.letters() if address in str(letter["to"]))
        return [{"id": each[1], "secret": each[2]} for each in found if each]

    def reader(self, paper: str, unit: str) -> Any:
        readers = self.office.get(f"/api/v1/papers/{paper}")["readers"]
        return next(each for each in readers if each["ref"] == f"unit:{unit}")


def words_of(view: Any) -> dict[str, Any]:
    """The text as it is sent back to be saved."""
    return {"version": view["paper"]["version"], **copy.deepcopy(view["text"])}


def document_of(client: InProcessClient, paper: str, wanted: str = "") -> Any:
    reply = client.request("GET", f"/api/v1/papers/{paper}/docx{wanted}", headers={"accept": "*/*"})
    assert client.request("GET", f"/api/v1/papers/{paper}/docx{wanted}").body == reply.body, "the same bytes again"
    return Document(io.BytesIO(reply.body))


def all_words(document: Any) -> str:
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(each.text for each in document.paragraphs), *cells])


@pytest.fixture(scope="module", params=ENGINES)
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with journey(request.param, tmp_path_factory.mktemp("papers"), at=BEFORE) as world:
        office = world.signed_in(Role.ORGANISER)
        import_units(office, FILES)
        ceremony = plan_ceremony(office, FILES)
        yield Desk(world=world, ceremony=ceremony, pledge=draft_pledge(office, FILES, ceremony))


@pytest.mark.parametrize("kind", ["INVITATION", "PROGRAMME", "SCRIPT", "MINUTES", "REPORT"])
def test_every_paper_of_a_ceremony_is_composed_and_printed(desk: Desk, kind: str) -> None:
    made = desk.draft(kind)
    assert made["state"] == "DRAFT"
    assert desk.draft(kind)["paper"]["id"] == made["paper"]["id"], "a repeat is the same draft"
    words = all_words(document_of(desk.office, made["paper"]["id"]))
    assert made["text"]["title"] in words
    assert desk.office.request("GET", f"/api/v1/papers/{made['id']}/pdf").body.startswith(b"%PDF-")
    assert "Khối thi đua 2" in words


@pytest.mark.parametrize("kind", ["PLEDGE", "MINUTES", "REPORT"])
def test_every_paper_of_a_pledge_is_composed_and_printed(desk: Desk, kind: str) -> None:
    made = desk.draft(kind, pledge=desk.pledge)
    words = all_words(document_of(desk.office, made["paper"]["id"]))
    assert "năm 2027 của khối thi đua 2" in words.casefold().replace("\u00a0", " ")
    if kind == "PLEDGE":
        assert "Ngô Minh Thiện" in words
        assert "12.000 lượt người" in words


def test_a_number_stands_only_after_the_registry_gave_it(desk: Desk) -> None:
    paper = desk.draft("INVITATION", ceremony=desk.ceremony, key="number")["paper"]["id"]
    path, office = f"/api/v1/papers/{paper}", desk.office
    before = all_words(document_of(office, paper))
    assert re.search(r"Số:\s{5,}-GM/", before), "a gap to write it in"
    with pytest.raises(ApiError) as unreadable:
        office.request("PUT", f"{path}/number", {"number": "mười hai", "dated": "2027-02-01"})
    assert unreadable.value.code == "paper.number_unreadable"
    numbered = office.request("PUT", f"{path}/number", {"number": "Số: 5 - GM/TĐTN", "dated": "2027-02-01"}).json()
    assert numbered["state"] == "NUMBERED"
    after = all_words(document_of(office, paper))
    assert "Số: 05-GM/TĐTN" in after
    assert "ngày 01 tháng 02 năm 2027" in after
    with pytest.raises(ApiError) as closed:
        office.request("PUT", path, words_of(numbered) | {"subject": "Khác"})
    assert closed.value.code == "paper.numbered"


def test_a_correction_leaves_a_trace_and_a_number_in_use_is_asked_about(desk: Desk) -> None:
    office = desk.office
    first = desk.draft("REPORT", ceremony=desk.ceremony, key="a")["paper"]["id"]
    second = desk.draft("REPORT", ceremony=desk.ceremony, key="b")["paper"]["id"]
    given = {"number": "7/BC-TĐ", "dated": "2027-02-13"}
    office.request("PUT", f"/api/v1/papers/{first}/number", given)
    with pytest.raises(ApiError) as taken:
        office.request("PUT", f"/api/v1/papers/{second}/number", {**given, "number": "07 / bc-tđ"})
    assert taken.value.code == "paper.number_in_use"
    with pytest.raises(ApiError) as why:
        office.request("PUT", f"/api/v1/papers/{first}/number", {**given, "number": "8/BC-TĐ"})
    assert why.value.code == "paper.reason_missing"
    corrected = {**given, "number": "8/BC-TĐ", "reason": "Văn thư cấp lại"}
    view = office.request("PUT", f"/api/v1/papers/{first}/number", corrected).json()
    assert [each["number"] for each in view["paper"]["numberings"]] == ["07/BC-TĐ", "08/BC-TĐ"]
    office.request("PUT", f"/api/v1/papers/{second}/number", given)
    office.post(f"/api/v1/papers/{second}/filing")
    with pytest.raises(ApiError) as filed:
        office.request("PUT", f"/api/v1/papers/{second}/number", corrected)
    assert filed.value.code == "paper.filed"


def test_who_has_opened_is_seen_and_who_has_not_is_reminded(desk: Desk) -> None:
    world, office = desk.world, desk.office
    view = desk.draft("PROGRAMME", ceremony=desk.ceremony, key="circulate")
    paper, path = view["paper"]["id"], f"/api/v1/papers/{view['paper']['id']}"
    sent = office.post(f"{path}/circulation", {"units": ["SNV", "HND"]})
    assert sent["state"] == "CIRCULATED"
    world.drain()
    (link,) = desk.links("snv@")
    browser = world.client()
    shown = browser.post("/api/v1/papers/read", link)
    assert shown["addressee"] == "Sở Nội vụ"
    assert desk.reader(paper, "SNV")["openings"] == 0, "reading alone, as a mail filter does, records nothing"
    browser.post("/api/v1/papers/opened", link)
    browser.post("/api/v1/papers/opened", link)
    opened = desk.reader(paper, "SNV")
    assert (opened["openings"], opened["opened_version"]) == (1, 1), "loaded twice within a minute it is one opening"
    assert desk.reader(paper, "HND")["first_opened_at"] is None
    assert office.post(f"{path}/reminders") == {"reminded": 1}
    world.drain()
    assert len(desk.links("hnd@")) == 2
    assert len(desk.links("snv@")) == 1
    for other in desk.links("hnd@"):
        browser.post("/api/v1/papers/read", other)
    letters = len(world.letters())
    world.repeat_all()
    assert len(world.letters()) == letters
    assert world.dead_letters() == {}


def test_a_new_version_is_asked_for_again_and_a_recalled_one_opens_no_more(desk: Desk) -> None:
    world, office = desk.world, desk.office
    view = desk.draft("MINUTES", ceremony=desk.ceremony, key="versions")
    paper, path = view["paper"]["id"], f"/api/v1/papers/{view['paper']['id']}"
    office.post(f"{path}/circulation", {"units": ["TCT"]})
    world.drain()
    link = desk.links("tct@")[-1]
    browser = world.client()
    browser.post("/api/v1/papers/opened", link)
    changed = words_of(view)
    changed["blocks"][0]["text"] = "Thời gian bắt đầu: 8 giờ 00."
    office.request("PUT", path, changed)
    with pytest.raises(ApiError) as stale:
        office.request("PUT", path, changed | {"subject": "Của người khác"})
    assert stale.value.code == "paper.edited_meanwhile"
    assert browser.post("/api/v1/papers/read", link)["version"] == 1, "readers see what was circulated"
    office.post(f"{path}/circulation", {"units": ["TCT"]})
    world.drain()
    assert browser.post("/api/v1/papers/read", link)["blocks"][0]["text"].startswith("Thời gian bắt đầu: 8")
    assert desk.reader(paper, "TCT")["opened_version"] == 1, "the new version has not been opened yet"
    assert office.get(f"{path}?version=1")["text"]["blocks"] == view["text"]["blocks"]
    office.post(f"{path}/recall")
    for call in ("read", "opened"):
        with pytest.raises(ApiError) as gone:
            browser.post(f"/api/v1/papers/{call}", link)
        assert gone.value.code == "paper.recalled"
    wrong = {**link, "secret": "A" * 43}
    with pytest.raises(ApiError) as unknown:
        browser.post("/api/v1/papers/read", wrong)
    assert unknown.value.code == "paper.unknown_link"


def test_hostile_names_stay_words_on_paper_and_on_screen(desk: Desk) -> None:
    office = desk.office
    view = desk.draft("INVITATION", ceremony=desk.ceremony, key="hostile")
    path = f"/api/v1/papers/{view['paper']['id']}"
    words = words_of(view)
    words["blocks"] = [{"kind": "PARAGRAPH", "text": name} for name in HOSTILE_NAMES]
    words["blocks"].append({"kind": "TABLE", "rows": [["STT", "Tên"], ["1", HOSTILE_NAMES[0]]]})
    saved = office.request("PUT", path, words).json()
    kept = [each["text"] for each in saved["text"]["blocks"] if each["text"]]
    printed = all_words(document_of(office, view["paper"]["id"]))
    assert len(kept) == len(HOSTILE_NAMES)
    assert all(each in printed.replace("\u00a0", " ") for each in kept)


def test_a_clerk_of_one_unit_works_on_that_units_papers_alone(desk: Desk) -> None:
    view = desk.draft("INVITATION", ceremony=desk.ceremony, key="clerk")
    path = f"/api/v1/papers/{view['paper']['id']}"
    own, other = desk.world.signed_in(Role.CLERK, "TDOAN"), desk.world.signed_in(Role.CLERK, "SNV")
    assert own.get(path)["paper"]["issuer"] == "TDOAN"
    assert own.get("/api/v1/papers")["papers"]
    assert other.get("/api/v1/papers")["papers"] == []
    with pytest.raises(ApiError) as refused:
        other.get(path)
    assert refused.value.status == 403
    with pytest.raises(ApiError) as strange:
        desk.world.client().get(path)
    assert strange.value.status in (401, 403)


def test_an_invitation_counts_as_opened_when_its_ticket_was_shown(desk: Desk) -> None:
    path, rows = (
        f"/api/v1/ceremonies/{desk.ceremony}",
        "STT;Họ và tên;Đơn vị;Điện thoại;Email\n1;Lê Thị An;Sở Nội vụ;;an@tinh.example\n",
    )
    send_list(desk.office, path, "ds.csv", rows.encode())
    desk.world.drain()
    (letter,) = desk.world.letters_to("an@tinh")
    text = next(word for word in letter.split() if "/t#" in word)
    bearer = desk.world.client()
    bearer.post("/api/v1/tickets/show", {"text": text})
    assert desk.office.get(f"{path}/openings") == {"openings": []}
    bearer.post("/api/v1/tickets/opened", {"text": text})
    bearer.post("/api/v1/tickets/opened", {"text": text})
    (opened,) = desk.office.get(f"{path}/openings")["openings"]
    assert opened["times"] == 1
    with pytest.raises(ApiError) as refused:
        bearer.post("/api/v1/tickets/opened", {"text": "không phải vé"})
    assert refused.value.status < 500


def test_a_delegate_is_asked_to_read_at_an_own_address(desk: Desk) -> None:
    registrations = desk.office.get(f"/api/v1/ceremonies/{desk.ceremony}/registrations")["registrations"]
    view = desk.draft("INVITATION", ceremony=desk.ceremony, key="person")
    path = f"/api/v1/papers/{view['paper']['id']}"
    desk.office.post(f"{path}/circulation", {"registrations": [registrations[0]["id"]], "units": ["HND"]})
    desk.world.drain()
    (link,) = desk.links("an@tinh")
    assert "Lê Thị An" in desk.world.client().post("/api/v1/papers/read", link)["addressee"]
    words = all_words(document_of(desk.office, view["paper"]["id"], "?for=all"))
    assert "Hội Nông dân tỉnh" in words
    assert "Lê Thị An" in words
    with pytest.raises(ApiError) as nobody:
        desk.office.post(f"{path}/circulation", {"units": ["KHONGCO"]})
    assert nobody.value.code == "paper.unit_unknown"
