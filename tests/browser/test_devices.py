"""Two browsers, the organiser's and a phone's: enrolment, six digits, work at the door, and the end of it."""

import re

import pytest

from shared.identity.model import Role
from tests.browser.conftest import signed_in
from tests.browser.test_door_and_hall import scan
from tests.browser.test_every_page import NAMELESS, RULES, SMALL, wrong_on

KEY_FACTS = """async () => {
  const { load } = await import("/static/device/key.js");
  const { keys } = await load("GATE");
  const taken = await crypto.subtle.exportKey("pkcs8", keys.privateKey).then(() => "taken", (refused) => refused.name);
  const jwk = await crypto.subtle.exportKey("jwk", keys.privateKey).then(() => "taken", (refused) => refused.name);
  const { usages, algorithm } = keys.privateKey;
  return { extractable: keys.privateKey.extractable, taken, jwk, usages, curve: algorithm.namedCurve };
}"""


@pytest.fixture
def desk(office, visitor):
    """The organisers' page of devices, in a browser of its own."""
    one = signed_in(visitor(1280), office, Role.ORGANISER)
    one.opens(f"{office.origin}/console/ceremonies/{office.loaded.ceremony}/devices", waits_for="#devices")
    return one.page


def new_device(page, name, kind="GATE", gate="Cổng A"):
    """Fills in the form; the link that the QR stands for."""
    page.check(f"input[name=role][value={kind}]")
    if kind == "GATE":
        page.select_option("#f-place", gate)
    page.fill("#f-name", name)
    page.click("form[data-enrols]:has(#f-name) button")
    page.wait_for_selector("dialog.enrolment[open] img.qr")
    return page.get_attribute("dialog.enrolment .link a", "href")


def enrol(page, link):
    """The phone's part; the digits that it shows."""
    page.goto("about:blank")
    page.goto(link)
    page.click("#begin:enabled")
    page.wait_for_selector("#digits")
    return re.sub(r"\s", "", page.text_content("#digits"))


def digits_at(page):
    page.wait_for_selector("dialog.enrolment .compare")
    return re.sub(r"\s", "", page.text_content("dialog.enrolment .compare"))


def press(page, word):
    page.click(f"dialog.enrolment button:text-is('{word}')")


def stand(desk, phone, name="Điện thoại cô Lan"):
    shown = enrol(phone, new_device(desk, name))
    assert shown == digits_at(desk)
    press(desk, "Giống nhau")
    phone.wait_for_url("**/gate")
    phone.wait_for_selector("#scan")


def close(desk):
    with desk.expect_navigation():
        desk.click("dialog.enrolment button:text-is('Đóng')")


def test_a_phone_is_enrolled_admits_and_is_refused_once_it_is_revoked(office, visitor, desk):
    phone = visitor().page
    link = new_device(desk, "Điện thoại cô Lan", gate="Cổng B")
    shown = enrol(phone, link)
    assert re.fullmatch(r"[0-9]{6}", shown)
    assert digits_at(desk) == shown, "worked out on both sides, never sent to the phone"
    assert "#" not in phone.url, "the spent code has left the address bar"
    press(desk, "Giống nhau")
    phone.wait_for_url("**/gate")
    assert "Cổng B" in phone.text_content(".where")
    scan(phone, office.ticket())
    assert phone.get_attribute("#verdict", "data-kind") == "good"
    close(desk)
    row = desk.locator("tr:has-text('Điện thoại cô Lan')")
    assert "Đang dùng" in row.text_content()
    row.locator("button:text-is('Ngừng thiết bị')").click()
    desk.click("dialog[open] button.yes")
    desk.wait_for_selector("details:has-text('Điện thoại cô Lan')")
    phone.keyboard.insert_text(office.ticket())
    phone.keyboard.press("Enter")
    phone.wait_for_selector("#gate .note.bad")
    said = phone.text_content("#gate")
    assert "ngừng sử dụng" in said
    assert "gặp người tổ chức" in said
    kept = phone.evaluate("async () => (await import('/static/device/key.js')).load('GATE')")
    assert kept is None, "the key is erased"
    phone.goto(f"{office.origin}/gate")
    phone.wait_for_selector("#device .note")
    assert "chưa được ghi danh" in phone.text_content("#device")


def test_the_key_never_leaves_the_device(desk, visitor):
    phone = visitor().page
    stand(desk, phone)
    facts = phone.evaluate(KEY_FACTS)
    assert facts["extractable"] is False
    assert facts["taken"] == facts["jwk"] == "InvalidAccessError"
    assert (facts["usages"], facts["curve"]) == (["sign"], "P-256")
    assert "privateKey" not in phone.evaluate("JSON.stringify({...localStorage}) + document.cookie")


def test_a_second_browser_with_the_same_code_is_refused(visitor, desk):
    first, second = visitor().page, visitor().page
    link = new_device(desk, "Máy thứ nhất")
    shown = enrol(first, link)
    second.goto(link)
    second.click("#begin:enabled")
    second.wait_for_selector("#said .note.bad")
    assert "đã có máy khác dùng" in second.text_content("#said")
    assert digits_at(desk) == shown
    press(desk, "Khác")
    first.wait_for_selector("#device .note.bad")
    assert "không giống nhau" in first.text_content("#device")


def test_a_lost_session_is_renewed_by_the_key_without_anybody_noticing(office, visitor, desk):
    one = visitor()
    phone = one.page
    stand(desk, phone)
    one.context.clear_cookies()
    scan(phone, office.ticket())
    assert phone.get_attribute("#verdict", "data-kind") == "good"
    one.context.clear_cookies()
    phone.goto(f"{office.origin}/gate")
    phone.wait_for_selector("#scan")


def test_a_waiting_device_may_be_closed_and_opened_again(office, visitor, desk):
    phone = visitor().page
    shown = enrol(phone, new_device(desk, "Máy mở lại"))
    phone.goto(f"{office.origin}/gate")
    phone.wait_for_selector("#digits")
    assert re.sub(r"\s", "", phone.text_content("#digits")) == shown
    close(desk)
    desk.click("section:has-text('Máy mở lại') button:text-is('Giống nhau')")
    phone.wait_for_selector("#scan")


def test_a_screen_is_enrolled_and_leaves_by_itself(office, visitor, desk):
    screen = visitor(1280).page
    shown = enrol(screen, new_device(desk, "Máy chiếu", kind="SCREEN"))
    assert digits_at(desk) == shown
    press(desk, "Giống nhau")
    screen.wait_for_url(f"**/hall/{office.loaded.ceremony}")
    screen.goto(f"{office.origin}/device")
    screen.on("dialog", lambda asked: asked.accept())
    screen.click("button:text-is('Thôi dùng máy này')")
    screen.wait_for_selector("#device .note.good:has-text('Đã xong')")
    screen.goto(f"{office.origin}/hall/{office.loaded.ceremony}")
    assert "chưa được ghi danh" in screen.text_content("#device")


def test_a_device_is_moved_to_another_gate(office, visitor, desk):
    phone = visitor().page
    stand(desk, phone, "Máy di động")
    close(desk)
    row = desk.locator("tr:has-text('Máy di động')")
    row.locator("button:text-is('Đổi tên, chuyển cửa')").click()
    desk.select_option("dialog[open] select", "Cổng B")
    desk.click("dialog[open] button:text-is('Lưu')")
    desk.wait_for_selector("tr:has-text('Máy di động'):has-text('Cổng B')")
    phone.reload()
    assert "Cổng B" in phone.text_content(".where")


def test_inside_another_app_the_code_is_not_spent(visitor, desk):
    link = new_device(desk, "Máy trong Zalo")
    inside = visitor(user_agent="Mozilla/5.0 (Linux; Android 14) Zalo android/12345 Mobile").page
    inside.goto(link)
    inside.wait_for_selector("#device .note")
    assert "Mở bằng trình duyệt" in inside.text_content("#device")
    assert inside.locator("#begin").count() == 0
    enrol(visitor().page, link)


def test_a_browser_that_cannot_keep_a_key_says_so(office, visitor):
    page = visitor().page
    page.add_init_script("Object.defineProperty(globalThis, 'indexedDB', { value: undefined })")
    page.goto(f"{office.origin}/device#{'A' * 43}")
    page.wait_for_selector("#device .note.bad")
    assert "Chrome hoặc Safari" in page.text_content("#device")


def test_the_pages_of_devices_are_for_everybody(office, visitor):
    """Fits a small phone, thumbs reach everything, axe finds nothing: with a device that waits, stands and has ended."""
    desk = signed_in(visitor(360, bypass_csp=True), office, Role.ORGANISER)
    phone = visitor(360, bypass_csp=True).page
    address = f"{office.origin}/console/ceremonies/{office.loaded.ceremony}/devices"
    desk.opens(address, waits_for="#devices")
    link = new_device(desk.page, "Máy của bác Hùng")
    looked_at(desk.page, "the code")
    phone.goto(link)
    phone.wait_for_selector("#begin:enabled")
    looked_at(phone, "before the tap")
    enrol(phone, link)
    looked_at(phone, "the digits")
    digits_at(desk.page)
    looked_at(desk.page, "the comparison")
    close(desk.page)
    looked_at(desk.page, "the list")
    desk.page.click("section:has-text('Máy của bác Hùng') button:text-is('Giống nhau')")
    phone.wait_for_selector("#scan")
    phone.goto(f"{office.origin}/device")
    phone.wait_for_selector("#device .sheet")
    looked_at(phone, "a standing device")
    stranger = visitor(360, bypass_csp=True).page
    for way in ("/gate", f"/hall/{office.loaded.ceremony}", "/device"):
        stranger.goto(office.origin + way)
        stranger.wait_for_selector("#device .note")
        looked_at(stranger, way)


def looked_at(page, name):
    page.wait_for_timeout(150)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, f"{name} is wider than the phone"
    assert page.locator("h1").count() == 1, name
    assert page.evaluate(NAMELESS) == [], name
    assert page.evaluate(SMALL) == [], name
    assert wrong_on(page, name, RULES) == []
