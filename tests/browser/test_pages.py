"""What people do on the pages of the public and of the organisers. How every page looks: test_every_page.py."""

import re
from pathlib import Path

import pytest

from shared.identity.model import Role
from tests.browser.conftest import signed_in
from tests.trial_engine import until

STATIC = Path("shared/web/static")
AXE = Path("node_modules/axe-core/axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]


def test_the_other_language_keeps_what_stands_behind_the_hash(office, visitor):
    certificate = office.certificate()
    page = visitor().opens(certificate["qr_text"], waits_for="#answer[data-kind=matches]")
    page.click("a[data-language]")
    page.wait_for_selector("html[lang=en]")
    page.wait_for_selector("#answer[data-kind=matches]")
    assert page.text_content("#answer h1").strip() == "MATCHES THE ISSUING OFFICE'S RECORD"


def test_a_spent_link_says_so(office, visitor):
    secret = office.invite(Role.ORGANISER)
    one = visitor()
    page = one.opens(f"{office.origin}/in#{secret}")
    page.click("#go")
    page.wait_for_url("**/console")
    assert secret not in page.evaluate("JSON.stringify(performance.getEntries())")
    page = visitor().opens(f"{office.origin}/in#{secret}")
    page.click("#go")
    page.wait_for_selector(".note.bad")
    assert "không dùng được nữa" in page.text_content("main")
    assert page.locator("#go").count() == 0, "trying again cannot help"
    page = one.opens(f"{office.origin}/in#{secret}")  # the one who spent it opens it once more, from a chat
    page.click("#go")
    page.click("a.button")
    page.wait_for_url("**/console")


def test_the_console_reports_bad_rows_and_warns_of_state_secrets(office, visitor):
    one = signed_in(visitor(1280), office, Role.ORGANISER)
    page = one.opens(f"{office.origin}/console/ceremonies/{office.loaded.ceremony}")
    assert "Không nhập tài liệu bí mật nhà nước" in page.text_content("main")
    report = page.text_content("table >> nth=0")
    assert "Sở Không Có Trong Danh Sách" in report
    assert "thêm đơn vị vào danh mục" in report
    for path in (f"pledges/{office.loaded.pledge}", f"decisions/{office.loaded.decision}"):
        page = one.opens(f"{office.origin}/console/{path}")
        assert "Không nhập tài liệu bí mật nhà nước" in page.text_content("main")


def test_an_organiser_sends_a_list_and_sees_its_report(office, visitor, tmp_path):
    wrong = tmp_path / "sai.csv"
    wrong.write_text("Cột lạ;Cột khác\n1;2\n", "utf-8")
    one = signed_in(visitor(1280), office, Role.ORGANISER)
    page = one.opens(f"{office.origin}/console/ceremonies/{office.loaded.ceremony}")
    page.set_input_files("#file", str(wrong))
    page.click("form[data-upload] button")
    page.wait_for_selector("h3:has-text('sai.csv')")
    until(lambda: "không đọc được" in _reloaded(page), "the list was read", 20)
    assert page.locator("article:has-text('sai.csv') .note.bad").count() == 1
    assert "sai.csv" in page.locator("article").first.text_content(), "the latest list stands on top"


def test_an_organiser_finds_a_delegate_without_marks(office, visitor):
    one = signed_in(visitor(1280), office, Role.ORGANISER)
    page = one.opens(f"{office.origin}/console/ceremonies/{office.loaded.ceremony}")
    page.fill("#q", "ngo minh thien")
    page.click(".find button")
    page.wait_for_url("**q=ngo+minh+thien*")
    names = page.locator("#delegates tbody strong").all_text_contents()
    assert names
    assert all("Ngô Minh Thiện" in name for name in names)
    page.fill("#q", "khong co ai")
    page.press("#q", "Enter")
    page.wait_for_selector("#delegates .empty")
    assert "khong co ai" in page.text_content("#delegates .empty")


def test_an_organiser_defers_a_party_and_revokes_by_a_decision(office, visitor):
    office.publish()
    one = signed_in(visitor(1280), office, Role.ORGANISER)
    page = one.opens(f"{office.origin}/console/pledges/{office.loaded.pledge}")
    row = page.locator("tr", has_text="Ký sau…").last
    unit = row.locator("td >> nth=1").text_content()
    row.locator("summary").click()
    row.locator("input").fill("Đi công tác")
    row.locator("button:has-text('Ghi')").click()
    page.wait_for_selector("tr:has-text('ký sau')")
    assert unit.strip() in page.text_content("tr:has(.tag.wait)")
    page = one.opens(f"{office.origin}/console/decisions/{office.loaded.decision}")
    row = page.locator("tr", has_text="Hủy bỏ…").first
    name = row.locator("strong").text_content()
    row.locator("summary").click()
    row.locator("[name=decision_number]").fill("140/QĐ-SNV")
    row.locator("[name=decided_on]").fill("2026-03-05")
    row.locator("[name=reason]").fill("Theo đơn")
    row.locator("button.danger").click()
    page.click("dialog[open] button.yes")
    page.wait_for_selector("tr:has-text('140/QĐ-SNV')")
    assert name in page.text_content("tr:has-text('140/QĐ-SNV')")


def test_without_a_session_the_console_says_how_to_enter(office, visitor):
    one = visitor()
    answer = one.page.goto(f"{office.origin}/console")
    assert answer.status == 401
    assert "liên kết" in one.page.text_content("main")


def _reloaded(page):
    page.reload()
    return page.text_content("main")


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.js")), ids=lambda path: path.name)
def test_scripts_load_from_here_alone(path):
    text = path.read_text("utf-8")
    assert not re.search(r"""^(?:import|export)[^"']*from\s*["'](?!\.|/static/)""", text, re.MULTILINE), (
        "browsers know no bare names"
    )
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)
