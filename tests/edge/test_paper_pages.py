"""The console's pages of papers, and the page of whoever was asked to read: as the server writes them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.sample.client import ApiError
from infra.sample.files import SampleFiles
from infra.sample.load import draft_pledge, import_units, plan_ceremony
from shared.identity.model import Role
from tests.hostile import HTML, SCRIPT
from tests.journey_world import JourneyWorld, journey

FILES = SampleFiles(0)
BEFORE = datetime(2027, 2, 1, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JourneyWorld]:
    with journey("embedded", tmp_path_factory.mktemp("paper-pages"), at=BEFORE) as made:
        import_units(made.signed_in(Role.ORGANISER), FILES)  # type: ignore[arg-type]
        yield made


@pytest.fixture(scope="module")
def ceremony(world: JourneyWorld) -> str:
    return plan_ceremony(world.signed_in(Role.ORGANISER), FILES)  # type: ignore[arg-type]


def page(world: JourneyWorld, path: str, role: Role | None = Role.ORGANISER) -> str:
    client = world.client() if role is None else world.signed_in(role)
    return client.request("GET", path, headers={"accept": "text/html"}).body.decode()


def made(world: JourneyWorld, **what: Any) -> str:
    return str(world.signed_in(Role.ORGANISER).post("/api/v1/papers", what)["id"])


def test_a_ceremonys_papers_are_listed_with_a_way_to_make_one(world: JourneyWorld, ceremony: str) -> None:
    before = page(world, f"/console/papers?ceremony={ceremony}")
    assert "Lời dẫn chương trình" in before
    paper = made(world, kind="SCRIPT", ceremony=ceremony)
    assert f"/console/papers/{paper}" in page(world, f"/console/papers?ceremony={ceremony}&state=DRAFT")
    assert f"/console/papers/{paper}" not in page(world, f"/console/papers?ceremony={ceremony}&state=FILED")
    assert ceremony in page(world, "/console/papers")


def test_a_paper_shows_its_words_its_readers_and_its_number(world: JourneyWorld, ceremony: str) -> None:
    pledge = draft_pledge(world.signed_in(Role.ORGANISER), FILES, ceremony)  # type: ignore[arg-type]
    paper = made(world, kind="REPORT", pledge=pledge)
    office, path = world.signed_in(Role.ORGANISER), f"/api/v1/papers/{paper}"
    assert "Chưa có số" in page(world, f"/console/papers/{paper}")
    office.post(f"{path}/circulation", {"units": ["SNV"]})
    world.drain()
    assert "Chưa mở" in page(world, f"/console/papers/{paper}")
    office.request("PUT", f"{path}/number", {"number": "9/BC-TĐTN", "dated": "2027-02-01"})
    text = page(world, f"/console/papers/{paper}")
    assert "09/BC-TĐTN" in text
    assert "words-form" not in text, "a numbered paper is not edited"


def test_a_form_sends_tables_as_lines(world: JourneyWorld, ceremony: str) -> None:
    paper = made(world, kind="PROGRAMME", ceremony=ceremony, key="lines")
    office, path = world.signed_in(Role.ORGANISER), f"/api/v1/papers/{paper}"
    text = office.get(path)["text"]
    body = {
        "version": 1, "title": text["title"], "subject": SCRIPT, "heading": text["heading"],
        "blocks": [{"kind": "TABLE", "text": f"STT | Nội dung\n1 | {HTML}\n2"}, {"kind": "PARAGRAPH"}],
    }  # fmt: skip
    office.request("PUT", path, body)
    (table,) = office.get(path)["text"]["blocks"]
    assert table["rows"] == [["STT", "Nội dung"], ["1", HTML], ["2", ""]]
    shown = page(world, f"/console/papers/{paper}")
    assert "<img src=x" not in shown
    assert "<script>alert" not in shown


def test_readers_pages_say_that_opening_is_recorded_and_hold_no_words(world: JourneyWorld, ceremony: str) -> None:
    paper = made(world, kind="INVITATION", ceremony=ceremony, key="reader")
    text = page(world, f"/papers/{paper}", None)
    assert "hệ thống ghi lại thời điểm mở" in text
    assert "Khối thi đua 2" not in text


def test_an_auditor_reads_and_is_offered_nothing_to_change(world: JourneyWorld, ceremony: str) -> None:
    paper = made(world, kind="MINUTES", ceremony=ceremony, key="auditor")
    text = page(world, f"/console/papers/{paper}", Role.AUDITOR)
    assert "data-call" not in text


def test_who_prepares_for_another_unit_learns_nothing_of_a_ceremony(world: JourneyWorld, ceremony: str) -> None:
    pledge = draft_pledge(world.signed_in(Role.ORGANISER), FILES, ceremony)  # type: ignore[arg-type]
    clerk = world.signed_in(Role.CLERK, "SNV")
    for about in (f"ceremony={ceremony}", "ceremony=none", f"pledge={pledge}", "pledge=none"):
        with pytest.raises(ApiError, match=r"403 access\.elsewhere"):
            clerk.request("GET", f"/console/papers?{about}", headers={"accept": "application/json"})
    assert clerk.request("GET", "/console/papers").status == 200


def test_readers_are_bounded_before_they_are_looked_up(world: JourneyWorld, ceremony: str) -> None:
    path = f"/api/v1/papers/{made(world, kind='MINUTES', ceremony=ceremony)}/circulation"
    with pytest.raises(ApiError, match=r"422 paper\.too_many"):
        world.signed_in(Role.ORGANISER).post(path, {"units": ["SNV"] * 10_000})
