"""/gate, /t, /hall: the day of the ceremony as people at the door, attendees and the audience see it."""

from shared.identity.model import Role
from tests.browser.conftest import body_of, signed_in

VERDICT = "#verdict[data-kind=good], #verdict[data-kind=bad]"


def scan(page, code):
    """As a hand-held scanner does: it types and presses Enter."""
    page.evaluate("document.querySelector('#verdict').dataset.kind = 'ready'")
    page.keyboard.insert_text(code)
    page.keyboard.press("Enter")
    page.wait_for_selector(VERDICT)


def door(office, visitor, place="Cổng A", **options):
    ceremony = office.loaded.ceremony
    return signed_in(visitor(**options), office, Role.GATE, reach=ceremony, place=place)


def test_a_ticket_is_admitted_once_and_the_second_time_one_sees_when_and_where(office, visitor):
    page = door(office, visitor).page
    assert page.url == f"{office.origin}/gate"
    code = office.ticket()
    scan(page, code)
    assert page.get_attribute("#verdict", "data-kind") == "good"
    name = page.text_content("#verdict .name")
    assert name
    scan(page, code)
    assert page.get_attribute("#verdict", "data-kind") == "bad"
    said = page.text_content("#verdict")
    assert name in said
    assert "Cổng A" in said
    assert page.locator("#recent li").count() == 2
    page.evaluate("localStorage.clear()")
    page.reload()
    assert page.locator("#recent li").count() == 0, "names are kept nowhere"


def test_another_door_learns_who_came_in_where(office, visitor):
    code = office.ticket()
    scan(door(office, visitor).page, code)
    other = door(office, visitor, place="Cổng B").page
    scan(other, code)
    assert "Cổng A" in other.text_content("#verdict")


def test_a_lost_answer_is_asked_again_with_the_same_scan(office, visitor):
    page = door(office, visitor).page
    sent = []

    def lose_the_first(route):
        sent.append(body_of(route.request)["scan_id"])
        if len(sent) == 1:
            route.fetch()  # it reached the server; the answer never came
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v1/admissions", lose_the_first)
    scan(page, office.ticket())
    assert page.get_attribute("#verdict", "data-kind") == "good"
    assert len(sent) == 2
    assert len(set(sent)) == 1
    assert page.locator("#recent li").count() == 1


def test_what_is_no_ticket_is_refused_in_words(office, visitor):
    page = door(office, visitor).page
    scan(page, "001080000123|Nguyễn Văn A|01011980")
    assert page.get_attribute("#verdict", "data-kind") == "bad"
    assert "không phải mã vé" in page.text_content("#verdict")


def test_a_device_without_a_session_is_told_what_to_do(office, visitor):
    page = visitor().opens(f"{office.origin}/gate")
    said = page.text_content("main")
    assert "chưa được ghi danh" in said
    assert "Thêm thiết bị" in said
    assert page.locator("#scan").count() == 0


def test_the_ticket_shows_its_code_also_without_a_network(office, visitor):
    one = visitor(service_workers="allow")
    code = office.ticket()
    page = one.opens(code, waits_for=".ticket img")
    assert "Trường Chính trị tỉnh" in page.text_content(".ticket")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    one.context.set_offline(True)
    page = one.opens(code, waits_for=".ticket img")
    assert "Không có mạng" in page.text_content("#ticket")
    kept = page.evaluate("JSON.stringify({...localStorage})")
    assert code.partition("#")[2] not in kept.replace("\\\\", ""), "the code itself stands in the picture alone"


def test_an_unreadable_ticket_link_says_so(office, visitor):
    page = visitor().opens(f"{office.origin}/t")
    page.wait_for_selector("#ticket .note")
    assert "thư mời" in page.text_content("#ticket")


def test_the_hall_counts_by_itself_and_survives_a_break(office, visitor):
    one = signed_in(visitor(1280), office, Role.SCREEN, reach=office.loaded.ceremony)
    page = one.page
    assert page.url.endswith(f"/hall/{office.loaded.ceremony}")
    page.wait_for_selector("#signed .big")
    signed, _, total = page.inner_text("#signed .big").partition("/")
    assert total.strip() == "12"
    assert page.locator("#signed .parties li").count() == int(signed), "who has not signed is not put on the wall"
    before = int(page.text_content("#admitted"))
    scan(door(office, visitor).page, office.ticket())
    page.wait_for_function(f"() => Number(document.querySelector('#admitted').textContent) === {before + 1}")
    assert page.locator("#units li").count() >= 1
    one.context.set_offline(True)
    page.wait_for_function("() => document.querySelector('#pulse').textContent !== ''", timeout=12_000)
    assert int(page.text_content("#admitted")) == before + 1, "what was shown stays"
    one.context.set_offline(False)
    page.wait_for_function("() => document.querySelector('#pulse').textContent === ''", timeout=12_000)


def test_a_screen_sees_no_other_hall(office, visitor):
    one = signed_in(visitor(), office, Role.SCREEN, reach=office.loaded.ceremony)
    answer = one.page.goto(f"{office.origin}/hall/0123456789abcdef")
    assert answer.status == 403
