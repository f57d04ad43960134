"""/sign: a party opens, reads and confirms in three taps; a page that was given something else refuses to ask."""

import json
import re

from tests.browser.conftest import body_of
from tests.trial_engine import until


def opened(office, visitor, link):
    page = visitor().opens(link)
    page.click("#read")
    return page


def test_a_party_reads_and_signs_in_three_taps(office, visitor):
    link = office.signing_link()
    one = visitor()
    asked = []
    one.page.on("request", lambda request: asked.append(request.url))
    page = one.opens(link)
    assert not [url for url in asked if "/api/" in url], "opening the page asks for nothing: mail scanners open links"
    page.click("#read")
    page.wait_for_selector(".pledge .parties li.own")
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in page.text_content(".pledge")
    assert page.locator(".pledge ol li").count() == 7
    assert page.locator(".pledge .parties li").count() == 12
    assert page.is_disabled("text=Xác nhận ký"), "no tick is set beforehand"
    page.check("#agreed")
    with page.expect_request("**/api/v1/signing/sign") as sent:
        page.click("text=Xác nhận ký")
    page.wait_for_selector(".done")
    statement = json.loads(body_of(sent.value)["statement"])
    assert statement["origin"] == office.origin
    assert statement["nonce"] in page.text_content(".done")
    assert "chữ ký số" not in page.text_content(".done")
    page = one.opens(link)
    page.click("#read")
    page.wait_for_selector(".done")
    assert statement["nonce"] in page.text_content(".done"), "the receipt is the same whenever one looks"


def test_a_unit_that_did_not_sign_objects_by_its_receipt(office, visitor):
    page = opened(office, visitor, office.signing_link())
    page.check("#agreed")
    page.click("text=Xác nhận ký")
    page.wait_for_selector(".done")
    unit = page.text_content(".done dd >> nth=0")

    def link():
        mine = [text for text in office.texts() if "#objection." in text and unit in text]
        return re.search(r"http\S+#objection\.\S+", mine[-1])[0] if mine else None

    until(link, "the receipt came", 20)
    page = visitor().opens(link())
    assert "KHÔNG ký" in page.text_content("main")
    assert page.is_disabled("button.danger")
    page.check("#not-us")
    assert page.is_disabled("button.danger"), "a reason is needed"
    page.fill("#reason", "Người đại diện đi vắng")
    page.click("button.danger")
    page.wait_for_selector(".note.good")
    assert "tạm dừng" in page.text_content(".note.good")


def test_the_link_serves_the_browser_that_opened_it(office, visitor):
    link = office.signing_link()
    opened(office, visitor, link).wait_for_selector("#agreed")
    other = opened(office, visitor, link)
    other.wait_for_selector("#wrong .note")
    assert "thiết bị hoặc trình duyệt khác" in other.text_content("#wrong")


def test_a_text_that_is_not_the_statements_is_never_offered(office, visitor):
    """A server, or somebody between, that shows one text and has another one signed."""
    for change in (_soften_a_target, _another_person, _another_host):
        one = visitor()
        one.page.route("**/api/v1/signing/read", change)
        page = one.opens(office.signing_link())
        page.click("#read")
        page.wait_for_selector("#wrong .note")
        assert "Không ký" in page.text_content("#wrong")
        assert page.locator("#agreed").count() == 0


def test_a_cut_link_is_told_from_the_start(office, visitor):
    link = office.signing_link()
    page = visitor().opens(link[:-5])
    page.wait_for_selector("#wrong .note")
    assert page.is_disabled("#read")


def test_a_link_that_never_was(office, visitor):
    link = office.signing_link()
    page = opened(office, visitor, link[:-3] + ("aaa" if not link.endswith("aaa") else "bbb"))
    page.wait_for_selector("#wrong .note")
    assert "Liên kết không đúng" in page.text_content("#wrong")


def _soften_a_target(route):
    _changed(route, lambda view: view["text"]["contents"][0].update(text="Cố gắng."))


def _another_person(route):
    _changed(route, lambda view: view["party"]["representative"].update(name="Người Khác"))


def _another_host(route):
    _changed(route, lambda view: view.update(statement=view["statement"].replace("localhost", "khac.example.vn")))


def _changed(route, change):
    answered = route.fetch()
    view = answered.json()
    change(view)
    route.fulfill(response=answered, json=view)
