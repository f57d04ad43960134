"""Every page of the route tables: readable on a cheap phone and on a desk, by keyboard and screen reader, in both languages,
in light and dark, small, asking nobody else. A new page is in here by itself (every_page.py)."""

import gzip
import json
from pathlib import Path

import pytest

from shared.identity.model import Role
from tests.browser.conftest import signed_in
from tests.browser.every_page import MORE, addresses, page_routes, unknown_names

AXE = Path("node_modules/axe-core/axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
BUDGET = 100_000
"""Bytes of a page, its styles, scripts and pictures as gzip -9 makes them; fonts come later and are not waited for."""

NAMELESS = """[...document.querySelectorAll('input,textarea,select,button,a[href]')].filter(e => e.offsetParent !== null
  && !(e.labels?.length || e.textContent.trim() || e.getAttribute('aria-label'))).map(e => e.outerHTML)"""
SMALL = """[...document.querySelectorAll('button,input,select,textarea,a.button,summary,nav a,th a')].filter(e =>
  e.checkVisibility() && !['checkbox', 'radio', 'hidden', 'file'].includes(e.type)
  && e.getBoundingClientRect().height < 43.9).map(e => e.outerHTML.slice(0, 120))"""
WIDE = """[...document.querySelectorAll('body *')].filter(e => e.checkVisibility()
  && e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.unseen,.skip,.scroll,.sample,.is-sample'))
  .slice(0, 3).map(e => e.outerHTML.slice(0, 120))"""
WORDS = r"""(document.body.innerText
  .match(/\b[a-z_]+\.[a-z]+_[a-z_]+\b/g) ?? [])
  .filter(code => !location.pathname.endsWith(code))"""
"""Codes of the catalogues where their sentences should stand; the page that explains a code names it."""


def test_every_page_of_the_route_tables_has_an_address_here():
    assert unknown_names() == {}
    assert len(page_routes()) > 15


def wrong_on(page, name, rules):
    """WCAG 2.2 A and AA as far as a program can tell: contrast, names, roles, order of headings, landmarks, targets."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE.read_text("utf-8"))
    options = {"runOnly": rules, "resultTypes": ["violations"], "preload": False}
    found = page.evaluate(f"axe.run({json.dumps(options)})")
    return [f"{name}: {one['id']} {one['nodes'][0]['html'][:160]}" for one in found["violations"]]


def in_the_dark(page, dark):
    page.evaluate(f"document.documentElement.setAttribute('data-theme', '{'dark' if dark else 'light'}')")


def test_every_page_on_a_phone(office, visitor):
    """In Vietnamese, light and dark: all that is wrong with any page, in one list."""
    if not AXE.exists():
        pytest.skip("npm ci brings axe-core")
    one = signed_in(visitor(360), office, Role.ADMIN)
    answers = {}
    one.page.on("response", lambda answer: answers.__setitem__(answer.url, answer))
    wrong = []
    for name, address in addresses(office).items():
        answers.clear()
        page = one.opens(office.origin + address)
        page.wait_for_timeout(150)
        found = [answer.status for answer in answers.values() if answer.request.is_navigation_request()]
        if found[:1] != [200] and name not in MORE:
            wrong.append(f"{name}: answers {found}")
        if page.evaluate("document.documentElement.scrollWidth") > 360:
            wrong.append(f"{name}: wider than the phone: {page.evaluate(WIDE)}")
        if page.get_attribute("html", "lang") != "vi" or page.locator("h1").count() != 1:
            wrong.append(f"{name}: needs its language and one h1")
        for what, script in (("no name", NAMELESS), ("under 44 pixels", SMALL), ("a code for a sentence", WORDS)):
            if found := page.evaluate(script):
                wrong.append(f"{name}: {what}: {found[:3]}")
        if (weight := weight_of(answers)) >= BUDGET:
            wrong.append(f"{name}: weighs {weight} bytes")
        wrong += wrong_on(page, name, RULES)
        in_the_dark(page, True)
        wrong += wrong_on(page, f"{name} (dark)", ["cat.color"])
    assert wrong == [], "\n".join(wrong)


def test_every_page_at_a_desk(office, visitor):
    """In English, every other page in the dark: whole, and nothing left in codes."""
    if not AXE.exists():
        pytest.skip("npm ci brings axe-core")
    one = signed_in(visitor(1280), office, Role.ADMIN)
    one.opens(f"{office.origin}/?lang=en")  # from here on the choice is kept
    wrong = []
    for number, (name, address) in enumerate(addresses(office).items()):
        page = one.opens(office.origin + address)
        page.wait_for_timeout(150)
        if page.get_attribute("html", "lang") != "en":
            wrong.append(f"{name}: not in English")
        if found := page.evaluate(WORDS):
            wrong.append(f"{name}: a code for a sentence: {found[:3]}")
        in_the_dark(page, number % 2 == 1)
        wrong += wrong_on(page, name, RULES)
    assert wrong == [], "\n".join(wrong)


def weight_of(answers):
    """Of what the page itself is made of; not of what its script asks for afterwards."""
    parts = (
        answer for url, answer in answers.items() if answer.ok and "/api/" not in url and not url.endswith(".woff2")
    )
    return sum(len(gzip.compress(answer.body(), 9)) for answer in parts)


def test_a_page_is_there_before_its_fonts_and_scripts(office, visitor):
    """Slow 3G: words, links and forms stand while scripts and fonts are still on their way, and nothing jumps afterwards."""
    one = signed_in(visitor(360), office, Role.ORGANISER)
    for path, sees in (
        ("/", "#check"),
        ("/console", "nav.ways"),
        (f"/console/pledges/{office.loaded.pledge}", "table"),
    ):
        one.page.unroute_all()
        page = one.opens(office.origin + path)
        page.wait_for_timeout(300)
        tall = page.evaluate("document.querySelector('main').getBoundingClientRect().height")
        page.route("**/*.woff2", lambda route: route.abort())
        page.route("**/*.js", lambda route: None)  # never answered
        page.goto("about:blank")
        page.goto(office.origin + path, wait_until="commit")
        page.wait_for_selector(f"{sees} >> visible=true" if sees != "nav.ways" else ".menu summary")
        assert page.locator("h1").inner_text().strip()
        now = page.evaluate("document.querySelector('main').getBoundingClientRect().height")
        assert abs(now - tall) / tall < 0.08, f"{path} jumps from {now} to {tall} when fonts arrive"
    one.page.unroute_all()


def test_the_menu_of_a_phone_opens_without_a_script(office, visitor, chromium):
    one = signed_in(visitor(360), office, Role.ORGANISER)
    still = chromium.new_context(java_script_enabled=False, viewport={"width": 360, "height": 760}, locale="vi-VN",
                                 storage_state=one.context.storage_state())  # fmt: skip
    page = still.new_page()
    page.goto(f"{office.origin}/console")
    page.click(".menu summary")
    page.click(".menu a[href='/console/ceremonies']")
    assert page.url == f"{office.origin}/console/ceremonies"
    still.close()


def test_the_focus_is_always_seen(office, visitor):
    page = signed_in(visitor(1280), office, Role.ORGANISER).opens(f"{office.origin}/console/ceremonies/new")
    seen = 0
    for _ in range(40):
        page.keyboard.press("Tab")
        ring = page.evaluate("""(() => { const e = document.activeElement; if (e === document.body) return null;
            const s = getComputedStyle(e.closest('.pick') ?? e);
            return `${s.outlineStyle} ${parseFloat(s.outlineWidth)}`; })()""")
        if ring is not None:
            seen += 1
            assert ring.startswith("solid") and float(ring.split()[1]) >= 2, ring  # noqa: PT018
    assert seen > 20


def test_nothing_turns_for_who_wants_no_motion(office, visitor):
    page = visitor(reduced_motion="reduce").opens(office.origin)
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<p class=busy>x</p>')")
    assert page.evaluate("getComputedStyle(document.querySelector('.busy'), '::before').animationName") == "none"


def test_the_chosen_look_and_language_stay(office, visitor):
    one = visitor(360)
    page = one.opens(office.origin)
    page.select_option("#look", "dark")
    page.click("a[data-language]")
    page.wait_for_selector("html[lang=en][data-theme=dark]")
    page = one.opens(f"{office.origin}/t")
    assert page.get_attribute("html", "lang") == "en"
    assert page.get_attribute("html", "data-theme") == "dark"
    page.select_option("#look", "")
    assert page.get_attribute("html", "data-theme") is None
