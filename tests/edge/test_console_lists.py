"""The console's first page and lists: with nothing, with hostile names, with much; found, sorted, narrowed, taken away."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from functions.certificates import http as certificates
from functions.console import http as console
from infra.bench.certificates import granted
from infra.embedded.world import World
from shared.campaigns.model import CampaignKind, Milestone, MilestoneKind, Participant, Tone
from shared.campaigns.usecases import LaunchCampaign, NewCampaign, PlanMilestones
from shared.ceremonies.importing import ImportDelegates, ReceiveDelegateList, upload_prefix
from shared.ceremonies.model import CeremonyKind
from shared.ceremonies.planning import CeremonyPlan, PlanCeremony, ShowCeremony
from shared.certificates.issue import IssueCertificate
from shared.directory.importing import ImportUnits
from shared.documents.workbook import read_workbook
from shared.edge.invited import invited_units
from shared.edge.papers import certificate_papers
from shared.identity.model import Role
from shared.identity.office import DEFAULT, ChangeOfficeSettings
from shared.notices.model import Notice
from shared.notices.usecases import SendNotice
from tests.edge_world import NOW, act, context, http_event, sample_world, session_of
from tests.hostile import CLEANED, HOSTILE_NAMES

LISTS = (
    "/console/ceremonies", "/console/pledges", "/console/decisions", "/console/certificates", "/console/campaigns",
    "/console/notices",
)  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    folder = tmp_path / "data"
    folder.mkdir()
    with sample_world(folder) as made:
        yield made


@pytest.fixture
def office(world: World) -> str:
    return session_of(world, Role.ORGANISER)


def ask(path: str, cookie: str, lang: str = "vi") -> tuple[int, str]:
    event = http_event("GET", path, cookie=cookie, headers={"accept": "text/html", "accept-language": lang})
    answer = console.handler(event, context())
    return answer["statusCode"], answer.get("body") or ""


def taken(path: str, cookie: str) -> tuple[dict[str, Any], bytes]:
    answer = console.handler(http_event("GET", path, cookie=cookie), context())
    assert answer["statusCode"] == 200, answer["body"]
    return answer["headers"], base64.b64decode(answer["body"])


def plan(world: World, title: str, days: int = 5, host: str = "TDOAN", place: str = "Hội trường") -> str:
    starts = NOW + timedelta(days=days)
    made = PlanCeremony(world.ports.table("ceremonies"))(
        act(world),
        CeremonyPlan(
            title=title, kind=CeremonyKind.SIGNING, host=host, place=place, doors_open=starts, starts=starts,
            ends=starts + timedelta(hours=3),
        ),
    )  # fmt: skip
    world.store.catch_up()
    return made.id


def launch(world: World, name: str, day: date) -> None:
    made = LaunchCampaign(world.ports.table("campaigns"))(
        act(world),
        NewCampaign(
            unit="TDOAN", unit_name="Tỉnh đoàn", name=name, short_name=name[:40], kind=CampaignKind.REGULAR,
            tone=Tone.CELEBRATE, theme="Thi đua", day=day, criteria=("Đạt",), forms=("Giấy khen",),
            milestones=(Milestone(kind=MilestoneKind.DAY, days_before=0),),
            participants=(Participant(unit="TDOAN", name="Tỉnh đoàn"),), zone="Asia/Ho_Chi_Minh", commemorates=None,
        ),
    )  # fmt: skip
    PlanMilestones(world.ports.table("campaigns"), world.ports.schedules)(act(world), campaign=made.id)
    world.store.catch_up()


def unsent(world: World, number: int) -> None:
    notice = Notice(
        id=f"n{number}", kind="invitation", recipient=f"registration:R{number}", address=None, address_name="",
        subject_ref=f"ticket:T{number}",
    )  # fmt: skip
    SendNotice(world.ports.table("notices"), world.ports.mail)(act(world), notice, lambda _: None)  # type: ignore[arg-type]
    world.store.catch_up()


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("path", ["/console", *LISTS])
def test_a_page_with_nothing_says_so(office: str, path: str, lang: str) -> None:
    status, text = ask(path, office, lang)
    assert status == 200
    for area in ("today.", "listing.", "console."):
        assert f">{area}" not in text
    if path == "/console":
        assert ("Không có việc nào chờ" if lang == "vi" else "Nothing waits") in text


def test_lists_are_found_with_and_without_marks_and_sorted_our_way(world: World, office: str) -> None:
    for title in (
        "Lễ ký kết Đồng Tháp",
        "Lễ ký kết An Giang",
        "Lễ ký kết Ánh Sáng",
        "Lễ ký kết Ăn năn",
        "Họp mặt Âu Lạc",
    ):
        plan(world, title)
    _, text = ask("/console/ceremonies?sort=name", office)
    places = [text.index(title) for title in ("Âu Lạc", "An Giang", "Ánh Sáng", "Ăn năn", "Đồng Tháp")]
    assert places == sorted(places)
    _, text = ask("/console/ceremonies?q=dong+thap", office)
    assert "Đồng Tháp" in text
    assert "An Giang" not in text
    _, text = ask("/console/ceremonies?q=%C3%A1nh", office)
    assert "Ánh Sáng" in text
    assert "An Giang" not in text
    _, text = ask("/console/ceremonies?q=kh%C3%B4ng+c%C3%B3", office)
    assert "Không tìm thấy" in text


def test_lists_are_narrowed_by_state(world: World, office: str) -> None:
    plan(world, "Lễ đã xong", days=-9)
    plan(world, "Lễ sắp tới", days=9)
    _, text = ask("/console/ceremonies?state=OVER", office)
    assert "Lễ đã xong" in text
    assert "Lễ sắp tới" not in text


@pytest.mark.parametrize("query", ["sort=cost", "state=NONE", "cursor=x", "cursor=-1", "cursor=%D9%A3"])
def test_a_wrong_question_is_refused(world: World, office: str, query: str) -> None:
    plan(world, "Lễ ký kết")
    assert ask(f"/console/ceremonies?{query}", office)[0] == 422
    assert ask(f"/console/campaigns/export?format=exe&{query}", office)[0] == 422


def test_much_comes_in_pages_and_whole_in_a_file(world: World, office: str) -> None:
    for number in range(120):
        plan(world, f"Lễ số {number:03}", days=1 + number)
    seen: set[str] = set()
    cursor = ""
    for _ in range(3):
        _, text = ask(f"/console/ceremonies?sort=oldest{cursor}", office)
        here = {f"Lễ số {number:03}" for number in range(120) if f"Lễ số {number:03}" in text}
        assert len(here) <= 50
        assert not here & seen
        seen |= here
        cursor = f"&cursor={len(seen)}"
    assert len(seen) == 120
    assert 'rel="next"' not in text
    headers, data = taken("/console/ceremonies/export?format=xlsx&sort=oldest", office)
    assert "attachment" in headers["content-disposition"]
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert len(rows) == 121
    assert [row[0] for row in rows[1:4]] == ["Lễ số 000", "Lễ số 001", "Lễ số 002"]


def test_hostile_names_stay_text_on_pages_and_in_files(world: World, office: str) -> None:
    names = [each for each in HOSTILE_NAMES if len(each) <= 300]
    for number, name in enumerate(names):
        plan(world, name, days=1 + number)
    for path in (
        "/console",
        "/console/ceremonies",
        "/console/ceremonies?q=Nguy%E1%BB%85n",
        "/console/ceremonies?q=%3Cimg",
    ):
        status, text = ask(path, office)
        assert status == 200
        assert "<img src=x" not in text
        assert "<script>alert" not in text
    _, data = taken("/console/ceremonies/export?format=csv", office)
    cells = {row[0] for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))}
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@")]
    _, data = taken("/console/ceremonies/export", office)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert {CLEANED.get(name, name) for name in names} == {row[0] for row in rows[1:]}


def test_the_first_page_tells_what_comes(world: World, office: str) -> None:
    id_ = plan(world, "Lễ ký kết giao ước", days=3)
    plan(world, "Lễ còn xa", days=90)
    launch(world, "Chào mừng ngày 27/2", date(2027, 2, 27))
    _, text = ask("/console", office)
    assert f'href="/console/ceremonies/{id_}"' in text
    assert "Lễ còn xa" not in text
    assert "Chào mừng ngày 27/2: ngày kỷ niệm" in text
    assert "Ngày Thầy thuốc" in text


def test_today_is_decided_in_the_zone_of_the_office(world: World, office: str) -> None:
    world.ports.clock.set(NOW.replace(hour=18))
    assert "Hôm nay là 13/02/2027" in ask("/console", office)[1]
    ChangeOfficeSettings(world.ports.table("identity"))(
        act(world), replace(DEFAULT, zone="Europe/Paris", name="Sứ quán")
    )
    assert "Hôm nay là 12/02/2027" in ask("/console", office)[1]


def test_the_first_page_tells_of_letters_that_did_not_go(world: World, office: str) -> None:
    for number in range(3):
        unsent(world, number)
    _, text = ask("/console", office)
    assert "3 thư chưa gửi" in text
    assert 'href="/console/notices?state=SUPPRESSED"' in text
    _, text = ask("/console/notices?state=SUPPRESSED&q=giay+moi", office)
    assert text.count("<tr>") >= 3 or "mục" in text
    headers, data = taken("/console/notices/export?state=SUPPRESSED&format=csv", office)
    assert len(list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))) == 4
    assert headers["content-type"].startswith("text/csv")


def test_who_has_one_unit_sees_what_is_its_own(world: World) -> None:
    plan(world, "Lễ của Tỉnh đoàn")
    plan(world, "Lễ của Sở Nội vụ", host="SNV")
    bound = session_of(world, Role.ORGANISER, reach="SNV", person="snv")
    for path in ("/console", "/console/ceremonies"):
        status, text = ask(path, bound)
        assert status == 200
        assert "Lễ của Sở Nội vụ" in text
        assert "Lễ của Tỉnh đoàn" not in text
    _, data = taken("/console/ceremonies/export?format=csv", bound)
    assert "Tỉnh đoàn" not in data.decode()
    clerk = session_of(world, Role.CLERK, reach="SNV", person="clerk")
    assert ask("/console", clerk)[0] == 200
    assert ask("/console/certificates", clerk)[0] == 403


FORMS = ("/console/ceremonies/new", "/console/pledges/new", "/console/decisions/new", "/console/campaigns/new")


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("path", FORMS)
def test_a_form_without_units_says_what_to_do_first(office: str, path: str, lang: str) -> None:
    status, text = ask(path, office, lang)
    assert status == 200
    assert "data-call" not in text
    assert ("Hãy nhập danh sách đơn vị trước" if lang == "vi" else "Import units first") in text


DELEGATES = (
    "STT;Họ và tên;Chức vụ;Đơn vị;Điện thoại;Email\n"
    "1;Trần Văn Bình;Chuyên viên;Tỉnh đoàn;0912345678;binh@tinh.example\n"
    "2;Lê Thị An;Chuyên viên;Tỉnh đoàn;;\n"
    "3;=cmd|'/c calc'!A1;Chuyên viên;Tỉnh đoàn;;\n"
)


def test_delegates_are_taken_away_and_that_leaves_a_line(world: World, office: str) -> None:
    id_ = plan(world, "Lễ ký kết")
    units = (Path("samples") / "khoi-thi-dua-2" / "units.csv").read_bytes()
    ImportUnits(world.ports.table("directory"))(act(world), read_workbook(units))
    table, objects = world.ports.table("ceremonies"), world.ports.objects
    key = upload_prefix(id_) + "list"
    objects.put_new(key, DELEGATES.encode(), "text/csv")
    received = ReceiveDelegateList(table, objects)(act(world), ceremony=id_, object_key=key, filename="ds.csv")
    invited = invited_units(world.ports.table("directory"), ShowCeremony(table)(id_))
    ImportDelegates(table, objects, read_workbook)(act(world), ceremony=id_, list_id=received.id, invited=invited)
    world.store.catch_up()
    _, data = taken(f"/console/ceremonies/{id_}/delegates/export?format=csv&sort=name", office)
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    names = [row[2] for row in rows[1:]]
    assert names.index("Lê Thị An") < names.index("Trần Văn Bình")
    assert "'=cmd|'/c calc'!A1" in names
    lines = world.ports.table("identity").query("audit#2027-02-12", limit=100).items
    assert any("delegates" in str(each.body) for each in lines)


def test_the_making_of_certificates_is_followed(world: World, office: str) -> None:
    decision, awards = granted(world, 2)
    world.store.catch_up()

    def ask_progress(tag: str = "") -> dict[str, Any]:
        headers = {"if-none-match": tag} if tag else {}
        path = f"/api/v1/decisions/{decision}/progress"
        return certificates.handler(http_event("GET", path, cookie=office, headers=headers), context())

    first = ask_progress()
    assert json.loads(first["body"])["done"] == 0
    assert ask_progress(first["headers"]["etag"])["statusCode"] == 304
    ports = world.ports
    issue = IssueCertificate(
        ports.table("certificates"), ports.objects, ports.keyring, ports.settings.origin, certificate_papers(ports)
    )
    for award in awards:
        issue(act(world), decision=decision, award=award)
    world.store.catch_up()
    view = json.loads(ask_progress()["body"])
    assert (view["state"], view["done"], view["total"]) == ("done", 2, 2)
    assert "data-progress" not in ask(f"/console/decisions/{decision}", office)[1]
    _, text = ask("/console/certificates?state=VALID", office)
    assert text.count(f'href="/console/decisions/{decision}"') == 2
    _, data = taken("/console/certificates/export?format=csv", office)
    assert len(list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))) == 3
