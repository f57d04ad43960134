"""What organisers begin in the console's forms, what they find in its lists, and what whoever looks after the system does."""

from datetime import datetime, timedelta

from shared.identity.model import Role
from tests.browser.conftest import signed_in


def test_a_ceremony_is_planned_with_its_programme(office, visitor):
    one = signed_in(visitor(360), office, Role.ORGANISER)
    page = one.opens(f"{office.origin}/console/ceremonies/new")
    page.fill("#f-title", "Hội nghị sơ kết 6 tháng")
    page.select_option("#f-kind", "REVIEW")
    page.select_option("#f-host", "TDOAN")
    page.fill("#f-place", "Hội trường A")
    day = datetime.now().astimezone() + timedelta(days=20)
    for name, hour in (("doors_open", 7), ("starts", 8), ("ends", 11)):
        page.fill(f"#f-{name}", f"{day:%Y-%m-%d}T{hour:02}:00")
    page.click("[data-rows=agenda] [data-add]")
    page.click("[data-rows=agenda] [data-add]")
    page.click("[data-rows=agenda] [data-add]")
    page.fill("[name='agenda[0].title']", "Khai mạc")
    page.fill("[name='agenda[2].title']", "Bế mạc")
    page.click("[data-rows=agenda] [data-row]:nth-child(2) [data-remove]")
    assert page.input_value("[name='agenda[1].title']") == "Bế mạc", "numbers follow the order on the page"
    page.click("form[data-call] button:not([type=button])")
    page.wait_for_url(lambda address: address.endswith(tuple("0123456789abcdef")) and "/new" not in address)
    ceremony = page.url.rpartition("/")[2]
    standing = office.client.get(f"/api/v1/ceremonies/{ceremony}")
    assert [each["title"] for each in standing["agenda"]] == ["Khai mạc", "Bế mạc"]
    page = one.opens(f"{office.origin}/console/ceremonies?q=so+ket")
    assert "Hội nghị sơ kết 6 tháng" in page.text_content("main table")


def test_a_wrong_time_is_told_in_the_form_and_nothing_is_lost(office, visitor):
    one = signed_in(visitor(1280), office, Role.ORGANISER)
    page = one.opens(f"{office.origin}/console/ceremonies/new")
    page.fill("#f-title", "Lễ sai giờ")
    page.fill("#f-place", "Hội trường B")
    for name, hour in (("doors_open", 9), ("starts", 8), ("ends", 7)):
        page.fill(f"#f-{name}", f"2031-05-05T{hour:02}:00")
    page.click("form[data-call] button:not([type=button])")
    page.wait_for_selector("[aria-invalid=true], output.bad")
    assert page.input_value("#f-title") == "Lễ sai giờ"


def test_a_pledge_is_drafted_from_the_parties_of_a_block(office, visitor):
    one = signed_in(visitor(1280), office, Role.ORGANISER)
    year = office.client.get(f"/api/v1/pledges/{office.loaded.pledge}")["text"]["year"]
    page = one.opens(f"{office.origin}/console/pledges/new?year={year}")
    page.select_option("#of-block", index=1)
    page.click("form.list-head button")
    page.wait_for_selector("[data-rows=parties] [data-row] >> nth=3")
    rows = page.locator("[data-rows=parties] [data-row]")
    assert rows.count() > 5
    while rows.count() > 2:
        rows.last.locator("[data-remove]").click()
    page.fill("#f-title", "Giao ước thử của hai đơn vị")
    page.fill("[name='contents[0].text']", "Hoàn thành 100% kế hoạch.")
    page.fill("[name='contents[0].target.indicator']", "Nhà tình nghĩa")
    page.fill("[name='contents[0].target.planned']", "3")
    page.fill("[name='contents[0].target.unit']", "căn")
    for place in range(2):
        page.fill(f"[name='parties[{place}].representative.name']", f"Người Ký {'AB'[place]}")
        page.fill(f"[name='parties[{place}].representative.office']", "Bí thư")
    page.click("form[data-call] button:not([type=button])")
    page.wait_for_url(f"{office.origin}/console/pledges")
    assert "Giao ước thử của hai đơn vị" in page.text_content("main table")


def test_a_campaign_is_launched_for_a_commemorative_day(office, visitor):
    one = signed_in(visitor(1280), office, Role.ORGANISER)
    page = one.opens(f"{office.origin}/console/campaigns/new")
    page.click("ul.links a >> nth=6")
    page.wait_for_selector("main .note")
    assert page.input_value("#f-day")
    page.fill("#f-short_name", "Cao điểm thử")
    page.fill("#f-theme", "Thi đua thử")
    page.fill("#f-criteria", "Tiêu chí một\nTiêu chí hai")
    page.fill("#f-forms", "Giấy khen")
    page.select_option("#f-unit", "TDOAN")
    page.check("input[name=units][value=HCCB]")
    page.check("input[name=units][value=LDLD]")
    page.click("form[data-call] button:not([type=button])")
    page.wait_for_url(f"{office.origin}/console/campaigns")
    found = office.client.get("/api/v1/campaigns")["campaigns"]
    made = next(each for each in found if each["short_name"] == "Cao điểm thử")
    assert made["criteria"] == ["Tiêu chí một", "Tiêu chí hai"]
    assert {each["unit"] for each in made["participants"]} == {"HCCB", "LDLD"}
    assert len(made["milestones"]) == 5


def test_a_decision_is_recorded(office, visitor):
    one = signed_in(visitor(360), office, Role.ORGANISER)
    page = one.opens(f"{office.origin}/console/decisions/new")
    page.fill("#f-number", "77/QĐ-SNV")
    page.fill("#f-subject", "Về việc tặng Giấy khen thử")
    page.select_option("#f-unit", "SNV")
    page.fill("#f-office", "GIÁM ĐỐC")
    page.fill("#f-signer", "Trần Ngọc Hường")
    page.click("form[data-call] button:not([type=button])")
    page.wait_for_url(lambda address: "/console/decisions/" in address and "/new" not in address)
    assert "77/QĐ-SNV" in page.text_content("main")


def test_a_list_is_taken_away_as_a_workbook(office, visitor):
    one = signed_in(visitor(1280), office, Role.ORGANISER)
    page = one.opens(f"{office.origin}/console/certificates")
    with page.expect_download() as taken:
        page.click("a[href*='format=xlsx']")
    assert taken.value.suggested_filename.endswith(".xlsx")
    with open(taken.value.path(), "rb") as file:
        assert file.read(2) == b"PK"


def test_settings_are_changed_and_a_copy_is_asked_for(office, visitor):
    one = signed_in(visitor(1280), office, Role.ADMIN)
    page = one.opens(f"{office.origin}/console/settings")
    page.fill("#f-name", "Tỉnh đoàn tỉnh Mẫu")
    page.click("form[data-call] button:not([type=button])")
    page.wait_for_selector("p.quiet >> text=Thay đổi lần cuối")
    assert page.input_value("#f-name") == "Tỉnh đoàn tỉnh Mẫu"
    page = one.opens(f"{office.origin}/console")
    assert "Tỉnh đoàn tỉnh Mẫu" in page.text_content("main")
    page = one.opens(f"{office.origin}/console/operations")
    page.click("form[data-call='POST /api/v1/operations/copies'] button")
    page.wait_for_selector("[data-progress]")
    one.page.set_default_timeout(100_000)  # the engine looks once a minute
    one.page.wait_for_selector("[data-progress][data-state=done]")
