"""Every page: readable on a cheap phone, usable by keyboard and screen reader, asking nobody else, small."""

import gzip
import json
import re
from pathlib import Path

import pytest

from shared.identity.model import Role
from tests.browser.conftest import signed_in
from tests.trial_engine import until

STATIC = Path("shared/web/static")
AXE = Path("node_modules/axe-core/axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]


def addresses(office):
    loaded = office.loaded
    return {
        "home": "/",
        "in": "/in#" + "A" * 43,
        "ticket": "/t",
        "sign": "/sign/" + "1" * 39 + "#" + "A" * 43,
        "unknown": "/v/" + "1" * 39,
        "gate": f"/gate?ceremony={loaded.ceremony}",
        "hall": f"/hall/{loaded.ceremony}",
        "console": "/console",
        "ceremony": f"/console/ceremonies/{loaded.ceremony}",
        "pledge": f"/console/pledges/{loaded.pledge}",
        "decision": f"/console/decisions/{loaded.decision}",
        "campaign": f"/console/campaigns/{loaded.campaign}",
        "notices": "/console/notices",
    }


NAMELESS = """[...document.querySelectorAll('input,textarea,select,button,a[href]')].filter(e => e.offsetParent !== null
  && !(e.labels?.length || e.textContent.trim() || e.getAttribute('aria-label'))).map(e => e.outerHTML)"""
SMALL = """[...document.querySelectorAll('button,input,select,textarea,a.button,summary')].filter(e => e.offsetParent !== null
  && e.type !== 'checkbox' && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"""


def test_every_page_on_a_small_phone(office, visitor):
    """One look at each: it fits, its controls have names and room for a thumb, it is light, and axe finds nothing."""
    one = signed_in(visitor(360, bypass_csp=True), office, Role.ORGANISER)
    answers = {}
    one.page.on("response", lambda answer: answers.__setitem__(answer.url, answer))
    code = office.certificate()["qr_text"].removeprefix(office.origin)
    for name, address in {**addresses(office), "v": code}.items():
        answers.clear()
        page = one.opens(office.origin + address)
        page.wait_for_timeout(250)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, f"{name} is wider than the phone"
        assert page.get_attribute("html", "lang") == "vi"
        assert page.locator("h1").count() == 1, name
        assert page.evaluate(NAMELESS) == [], name
        assert page.evaluate(SMALL) == [], f"{name}: a thumb misses what is under 44 pixels"
        bodies = [answer.body() for url, answer in answers.items() if answer.ok and not url.endswith(".woff2")]
        assert sum(len(gzip.compress(body)) for body in bodies) < 100_000, f"{name} is heavy"
        assert broken_rules(page, RULES) == [], name


def test_the_dark_colours_keep_their_contrast(office, visitor):
    one = signed_in(visitor(color_scheme="dark", bypass_csp=True), office, Role.ORGANISER)
    code = office.certificate()["qr_text"].removeprefix(office.origin)
    known = addresses(office)
    for address in (known["home"], known["gate"], known["console"], known["campaign"], known["unknown"], code):
        page = one.opens(office.origin + address)
        page.wait_for_timeout(250)
        assert broken_rules(page, ["cat.color"]) == [], address


def broken_rules(page, rules):
    """WCAG 2.2 A and AA as far as a program can tell: contrast, names, roles, order of headings, landmarks."""
    if not AXE.exists():
        pytest.skip("npm ci brings axe-core")
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(f"axe.run({{runOnly: {json.dumps(rules)}, resultTypes: ['violations']}})")
    return [f"{one['id']} {one['nodes'][0]['html'][:120]}" for one in found["violations"]]


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
    page.on("dialog", lambda dialog: dialog.accept())
    row = page.locator("tr", has_text="Hủy bỏ…").first
    name = row.locator("strong").text_content()
    row.locator("summary").click()
    row.locator("[name=decision_number]").fill("140/QĐ-SNV")
    row.locator("[name=decided_on]").fill("2026-03-05")
    row.locator("[name=reason]").fill("Theo đơn")
    row.locator("button.danger").click()
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
