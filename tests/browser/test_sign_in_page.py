"""A person's way in, with Chromium's own authenticator: letter, code, passkey, proof before a revocation, refusal afterwards."""

import re
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from infra.embedded.world import open_world
from shared.identity.accounts import find_account, new_account
from shared.identity.model import SESSION, Account, Grant, Role
from shared.identity.sessions import ListSessions, session_put
from tests.browser.conftest import PATIENCE_S
from tests.edge_world import act
from tests.trial_engine import until

AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@contextmanager
def store_of(office):
    """The engine's store, seen as its operator sees it."""
    environment = {
        "GIAOUOC_ENGINE": "embedded", "GIAOUOC_ORIGIN": office.origin, "GIAOUOC_ISSUER": "TDOAN",
        "GIAOUOC_DATA": str(office.data),
    }  # fmt: skip
    world = open_world(environment, (office.data / "passphrase").read_text("ascii"))
    try:
        yield world
    finally:
        world.close()


@pytest.fixture
def person(office, request):
    """Somebody with an address of their own."""
    name = re.sub(r"\W", "", request.node.name)[:20]
    with store_of(office) as world:
        made = Account(
            id=f"person-{name}", name=f"Trần Thị Bích Ngọc {name}", email=f"{name}@office.example",
            grants=(Grant(role=Role.ORGANISER),), created_at=act(world).at,
        )  # fmt: skip
        world.ports.table("identity").commit(new_account(made))
    return made


def letter_to(office, person, mark, after=0):
    """The newest letter about `mark` since there were `after` of them."""
    found = []

    def look():
        found[:] = [text for text in office.texts() if person.name in text and mark in text]
        return len(found) > after

    until(look, f"a letter with {mark!r}", PATIENCE_S)
    return found[-1]


def come_in_by_code(office, visit, person):
    """On /in: asks for a letter, types its code."""
    page = visit.opens(f"{office.origin}/in", waits_for="#by-letter")
    page.fill("#by-letter input", person.email)
    page.click("#by-letter button")
    page.wait_for_selector("#by-code input")
    code = re.search(r"^([0-9]{6})\s*$", letter_to(office, person, "đăng nhập"), re.MULTILINE)[1]
    page.fill("#by-code input", code)
    page.click("#by-code button")
    page.wait_for_url("**/console")
    return page


def with_authenticator(visit):
    """This browser has a built-in authenticator from now on."""
    session = visit.context.new_cdp_session(visit.page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return session


def add_passkey(office, visit, name):
    page = visit.opens(f"{office.origin}/console/account", waits_for="#add-passkey")
    page.fill("#new-name", name)
    page.click("#add-passkey button")
    page.wait_for_selector(f"td:has-text('{name}')")
    return page


def let_proofs_lapse(office, person):
    """As if the last proof were an hour old, and the session still in use."""
    with store_of(office) as world:
        table, now = world.ports.table("identity"), act(world).at
        account, _ = find_account(table, person.id)
        for each in ListSessions(table)(account, now):
            item = table.get(f"session#{each.id}", "session")
            old = replace(SESSION.read(item.body), proved_at=now - timedelta(hours=1))
            table.commit([session_put(each.id, old, item.version)])


def test_a_passkey_is_made_signs_in_proves_and_ends_what_letters_could_do(office, visitor, person):
    visit, elsewhere = visitor(1280), visitor()
    page = come_in_by_code(office, visit, person)
    waiting = elsewhere.opens(f"{office.origin}/in", waits_for="#by-letter")
    waiting.fill("#by-letter input", person.email)
    waiting.click("#by-letter button")
    link = re.search(rf"{office.origin}/in#\S+", letter_to(office, person, "/in#", after=1))[0]
    with_authenticator(visit)
    page = add_passkey(office, visit, "Máy ở cơ quan")
    page.wait_for_selector("#add-passkey")

    page = visit.opens(f"{office.origin}/in", waits_for="button.second")
    page.click("button.second")
    page.wait_for_selector("#by-passkey button")
    page.click("#by-passkey button")
    page.wait_for_url("**/console")

    page = elsewhere.opens(link)
    page.click("#go")
    page.wait_for_selector("#enter .note.bad")
    assert "giaouoc" not in {cookie["name"] for cookie in elsewhere.context.cookies()}, "nobody came in by the letter"

    let_proofs_lapse(office, person)
    certificate = office.certificate()
    path = f"/api/v1/certificates/{certificate['id']}/revocation"
    order = {
        "decision_number": "215/QĐ-SNV",
        "decided_on": datetime.now(UTC).date().isoformat(),
        "reason": "Khai man thành tích",
    }
    page = visit.opens(f"{office.origin}/console/account", waits_for="#add-passkey")
    page.evaluate(
        "async ([path, order]) => { const { call } = await import('/static/app/page.js');"
        " window.answered = call('POST', path, order).then((answer) => answer.status); }",
        [path, order],
    )
    page.wait_for_selector("dialog[open] button.prove")
    page.click("dialog[open] button.prove")
    assert page.evaluate("window.answered") == 200
    page = visit.opens(f"{office.origin}/v/{certificate['id']}")
    assert "hủy bỏ" in page.text_content("main").lower()


def test_without_a_passkey_a_code_by_mail_proves_it(office, visitor, person):
    visit = visitor()
    page = come_in_by_code(office, visit, person)
    let_proofs_lapse(office, person)
    with_authenticator(visit)
    page = visit.opens(f"{office.origin}/console/account", waits_for="#add-passkey")
    page.fill("#new-name", "Điện thoại")
    page.click("#add-passkey button")
    page.wait_for_selector("#proof-code")
    text = letter_to(office, person, "Mã để xác nhận")
    page.fill("#proof-code", "000000")
    page.click("button.prove")
    page.wait_for_selector("dialog[open] .note.bad")
    page.fill("#proof-code", re.search(r"^([0-9]{6})\s*$", text, re.MULTILINE)[1])
    page.click("button.prove")
    page.wait_for_selector("td:has-text('Điện thoại')")


def test_ones_own_page_renames_removes_and_signs_out_everywhere(office, visitor, person):
    visit, other = visitor(1280), visitor()
    page = come_in_by_code(office, visit, person)
    with_authenticator(visit)
    page = add_passkey(office, visit, "Máy một")
    page.click("summary:has-text('Đổi tên')")
    page.fill("details[open] input[name=name]", "Máy phòng Thi đua")
    page.click("details[open] button")
    page.wait_for_selector("td:has-text('Máy phòng Thi đua')")
    page.click("summary:has-text('Bỏ khóa')")
    page.check("details[open] input[type=checkbox]")
    page.click("details[open] button.danger")
    page.wait_for_selector(".note.wait")
    page.click("button:has-text('Đăng xuất mọi nơi')")
    page.click("dialog[open] button.yes")
    page.wait_for_url("**/in")
    page.wait_for_selector("#by-letter input")
    other.opens(f"{office.origin}/console/account")
    assert other.page.url.endswith("/console/account")
    assert "/console" not in (other.page.text_content("main") or "")
