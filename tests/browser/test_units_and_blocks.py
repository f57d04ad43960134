"""An organiser merges two communes and hands a block's role over, on the pages."""

from __future__ import annotations

from collections.abc import Callable

from shared.identity.model import Role
from tests.browser.conftest import Office, Visitor, signed_in


def sure(page: object) -> None:
    """Says yes to the question."""
    page.locator("dialog[open] button:not([data-close])").last.click()  # type: ignore[attr-defined]


def test_two_communes_are_merged_after_a_look_at_what_would_be(office: Office, visitor: Callable[..., Visitor]) -> None:
    officer = signed_in(visitor(width=1280), office, Role.ORGANISER)
    page = officer.page
    for code, name in (("X-AB", "Xã An Bình"), ("X-AC", "Xã An Châu")):
        officer.opens(f"{office.origin}/console/units/new")
        page.fill("#f-code", code)
        page.fill("#f-name", name)
        page.select_option("#f-kind", "COMMUNE")
        page.click("form[data-call] button:not([type=button])")
        page.wait_for_url(f"**/console/units/{code}")
        assert page.locator("h1").inner_text() == name
    officer.opens(f"{office.origin}/console/units/reorganise")
    page.fill("#f-on", "2027-07-01")
    page.fill("#f-ends", "X-AB\nX-AC")
    page.fill("#f-into", "X-AM")
    page.click("#asked button")
    page.wait_for_selector("#preview .note.bad")
    assert "X-AM" in page.inner_text("#preview"), "the new unit is not described yet"
    page.fill("#f-forms", "X-AM Xã An Mới")
    page.click("#asked button")
    page.wait_for_selector("#do")
    assert "30/06/2027" in page.inner_text("#preview")
    page.click("#do button")
    sure(page)
    page.wait_for_url("**/console/units/X-AM")
    text = page.inner_text("main")
    assert "Xã An Mới" in text
    assert "Xã An Bình" in text
    page.click("text=Xã An Bình")
    page.wait_for_url("**/console/units/X-AB")
    text = page.inner_text("main")
    assert "30/06/2027" in text
    assert "Việc cần làm tiếp" in text
    page.goto(f"{office.origin}/console/units?q=xa+an+moi")
    assert page.locator("tbody tr").count() == 1


def test_a_role_is_handed_over_when_both_sides_have_said_so(office: Office, visitor: Callable[..., Visitor]) -> None:
    address = f"{office.origin}/console/blocks/khoi-thi-dua-2/2027"
    giving = signed_in(visitor(), office, Role.ORGANISER, reach="TDOAN")
    page = giving.opens(address)
    page.click("details.sheet summary")
    page.select_option("#f-role", "STANDING")
    page.select_option("#f-from_unit", "TDOAN")
    page.select_option("#f-to_unit", "HPN")
    page.fill("#f-on", "2027-02-12")
    page.fill("#f-to_person", "Lê Thị Nhận")
    page.fill("#f-items", "Sổ theo dõi thi đua")
    page.click("details.sheet form button:not([type=button])")
    page.wait_for_selector("[data-handover]")
    for label in ("Đánh dấu đã giao", "Xác nhận bên giao"):
        page.click(f"[data-handover] button:has-text('{label}')")
        page.wait_for_selector(f"[data-handover] button:has-text('{label}')", state="detached")
    assert page.locator("button:has-text('Xác nhận bên nhận')").count() == 0, "nobody confirms for both sides"
    taking = signed_in(visitor(), office, Role.ADMIN, reach="HPN")  # another person
    page = taking.opens(address)
    page.click("button:has-text('Xác nhận bên nhận')")
    page.wait_for_selector("[data-handover] .tag.good:has-text('đã bàn giao')")
    seat = page.inner_text("tr[data-unit=HPN]")
    assert "Đơn vị thường trực" in seat
    assert "Lê Thị Nhận" in seat


def test_a_unit_joins_the_block_of_the_year_after_and_another_leaves(
    office: Office, visitor: Callable[..., Visitor]
) -> None:
    officer = signed_in(visitor(), office, Role.ORGANISER)
    page = officer.opens(f"{office.origin}/console/units/new")
    page.fill("#f-code", "X-BD")
    page.fill("#f-name", "Bưu điện tỉnh")
    page.select_option("#f-kind", "ENTERPRISE")
    page.click("form[data-call] button:not([type=button])")
    page.wait_for_url("**/console/units/X-BD")
    page = officer.opens(f"{office.origin}/console/blocks/khoi-thi-dua-2/2027/next")
    before = page.locator("[data-lines] > [data-row]").count()
    left = page.locator("[data-lines] > [data-row]").last
    gone = left.locator("select").first.input_value()
    left.locator("[data-remove]").click()
    page.click("[data-add]")
    page.locator("[data-lines] > [data-row]").last.locator("select").first.select_option("X-BD")
    assert page.locator("[data-lines] > [data-row]").count() == before
    page.click("form[data-call] > p.row > button")
    page.wait_for_url("**/console/blocks/khoi-thi-dua-2/2028")
    assert page.locator("tr[data-unit=X-BD]").count() == 1
    assert page.locator(f"tr[data-unit={gone}]").count() == 0
