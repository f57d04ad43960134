"""What somebody types is never lost: a session ends in the middle, they sign in again, and the text is there."""

from shared.identity.model import Role
from tests.browser.conftest import signed_in

FORM = "/console/ceremonies/new"
TITLE = "Lễ tổng kết phong trào Đền ơn đáp nghĩa"


def typing(office, visitor):
    one = signed_in(visitor(360), office, Role.ORGANISER)
    page = one.opens(office.origin + FORM)
    page.wait_for_selector("form[data-drafted]")
    page.fill("[name=title]", TITLE)
    with page.expect_response(lambda answer: "/drafts/" in answer.url and "Ủy ban" in (answer.request.post_data or "")):
        page.fill("[name=place]", "Hội trường Ủy ban")  # nothing else is pressed: a second later it is kept
    page.wait_for_selector("[data-kept]:has-text('Đã lưu nháp')")
    return one


def ends(one, office):
    """The session ends on the server, as it does after a while or by "sign out everywhere"."""
    answer = one.page.request.delete(f"{office.origin}/api/v1/sessions", headers={"origin": office.origin})
    assert answer.ok


def enters_again(page, office):
    page.goto(f"{office.origin}/in#{office.invite(Role.ORGANISER)}")
    page.click("#go")
    page.wait_for_url(lambda address: "/in" not in address)


def test_after_a_new_sign_in_the_text_is_there(office, visitor):
    one = typing(office, visitor)
    ends(one, office)
    enters_again(one.page, office)
    page = one.opens(office.origin + FORM)
    page.wait_for_selector("[data-kept]:has-text('Đã đưa lại')")
    assert page.input_value("[name=title]") == TITLE
    assert page.input_value("[name=place]") == "Hội trường Ủy ban"
    page.click("[data-kept] button")
    page.wait_for_function("document.querySelector('[name=title]').value === ''")
    page = one.opens(office.origin + FORM)
    page.wait_for_selector("form[data-drafted]")
    assert page.input_value("[name=title]") == "", "a dropped draft does not come back"


def test_on_the_same_page_it_goes_on_after_a_new_sign_in(office, visitor):
    one = typing(office, visitor)
    page = one.page
    ends(one, office)
    page.fill("[name=title]", f"{TITLE} 2027")
    page.wait_for_selector("[data-kept]:has-text('Phiên làm việc đã hết')")
    for name, value in (
        ("doors_open", "2027-07-27T07:00"),
        ("starts", "2027-07-27T07:30"),
        ("ends", "2027-07-27T11:00"),
    ):
        page.fill(f"[name={name}]", value)
    for field in page.locator("[name^='agenda'][required]").all():
        if field.evaluate("each => each.tagName") == "INPUT":
            field.fill("Chào cờ")
    page.click("form[data-draft] button:not([type=button])")
    page.wait_for_selector("dialog[open]:has-text('Phiên làm việc đã hết')")
    page.click("dialog[open] button.signed-in")
    page.wait_for_selector("dialog[open]:has-text('Chưa thấy phiên mới')")
    assert page.input_value("[name=title]") == f"{TITLE} 2027", "what was typed stays"
    other = one.context.new_page()
    enters_again(other, office)
    other.close()
    page.click("dialog[open] button.signed-in")
    page.wait_for_url(lambda address: FORM not in address)
    assert f"{TITLE} 2027" in page.text_content("main")
    page = one.opens(office.origin + FORM)
    page.wait_for_selector("form[data-drafted]")
    assert page.input_value("[name=title]") == "", "what was sent is no draft any more"


def test_what_is_wrong_is_said_where_it_is(office, visitor):
    page = signed_in(visitor(360), office, Role.ORGANISER).opens(office.origin + FORM)
    page.click("form[data-draft] button:not([type=button])")
    page.wait_for_selector(".summary:focus")
    first = page.locator(".summary a").first
    target = first.get_attribute("href")
    first.click()
    assert page.evaluate("'#' + document.activeElement.id") == target
    assert page.locator(target).get_attribute("aria-invalid") == "true"
    described = page.locator(target).get_attribute("aria-describedby").split()
    assert any("Xin điền ô này" in page.text_content(f"#{each}") for each in described)
    page.locator(target).press_sequentially("L")
    assert page.locator(target).get_attribute("aria-invalid") is None
