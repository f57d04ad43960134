"""A paper is made in the console, sent, opened by whoever was asked, and the organiser sees "đã mở"."""

import re

from playwright.sync_api import expect

from shared.identity.model import Role
from tests.browser.conftest import signed_in
from tests.trial_engine import until


def link_to(office, paper):
    found = [re.search(rf"{office.origin}/papers/{paper}#[\w-]{{43}}", text) for text in office.texts()]
    return next((each[0] for each in found if each), None)


def test_a_paper_is_made_edited_sent_and_seen_as_opened(office, visitor):
    desk = signed_in(visitor(1280), office, Role.ORGANISER)
    page = desk.opens(f"{office.origin}/console/papers?ceremony={office.loaded.ceremony}")
    form = page.locator("#make-paper")
    if not form.is_visible():
        page.click("text=Lập văn bản mới")
    form.locator("input[value=PROGRAMME]").check()
    form.locator("button").click()
    page.wait_for_url(re.compile(r"/console/papers/[0-9a-z]{26}"))
    paper = page.url.rpartition("/")[2]

    before = page.locator("#blocks [data-block]").count()
    page.click("[data-add-block]")
    page.locator("#blocks [data-block]").last.locator("textarea").fill("Đại biểu vui lòng đến trước 15 phút.")
    page.locator("#blocks [data-block]").nth(before - 1).locator("[data-move=out]").click()
    page.locator("#words-form button:not([type=button])").click()
    expect(page.locator("text=Bản 2")).to_be_visible()

    page.click("text=Gửi đọc >> nth=-1")
    page.locator("#circulate-form input[value=SNV]").check()
    page.locator("#circulate-form button").click()
    page.locator("dialog[open] button.yes").click()
    until(lambda: link_to(office, paper), "the letter came", 20)

    page = desk.opens(f"{office.origin}/console/papers/{paper}")
    assert "Chưa mở" in page.text_content("#readers")
    guest = visitor()
    asked = []
    guest.page.on("request", lambda request: asked.append(request.url))
    reading = guest.opens(link_to(office, paper))
    assert not [url for url in asked if "/api/" in url], "opening the page asks for nothing: mail filters open links"
    assert "hệ thống ghi lại thời điểm mở" in reading.text_content("main")
    reading.click("#read")
    expect(reading.locator("#recorded")).to_contain_text("Đã ghi nhận mở văn bản")
    assert "Đại biểu vui lòng đến trước 15 phút" in reading.text_content(".paper")

    page = desk.opens(f"{office.origin}/console/papers/{paper}")
    assert "Chưa mở" not in page.text_content("#readers")
    assert "Đã mở 1/1" in page.text_content("main")
    with page.expect_download() as taken:
        page.click("text=Tải về Word")
    assert taken.value.suggested_filename.endswith(".docx")


def test_a_link_without_its_end_says_so(office, visitor):
    page = visitor().opens(f"{office.origin}/papers/{'0' * 26}")
    expect(page.locator("#paper")).to_contain_text("Liên kết thiếu phần cuối")
