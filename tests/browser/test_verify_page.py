"""/v: what a person with a phone is told about a paper (FORMATS 7)."""

import json

import pytest

from shared.kernel import trust_json
from shared.kernel.trust_root import sign_list
from tests.browser.conftest import digits_of
from tests.unit.kernel import trusting

WITHOUT_ED25519 = """
if (crypto.subtle) {
  const given = crypto.subtle.importKey.bind(crypto.subtle);
  const none = () => Promise.reject(new DOMException("none", "NotSupportedError"));
  crypto.subtle.importKey = (form, key, kind, ...rest) =>
    (kind.name ?? kind) === "Ed25519" ? none() : given(form, key, kind, ...rest);
}
"""
DONE = "#answer:not([data-kind=busy]) h1"


def answer(page):
    page.wait_for_selector(DONE)
    return page.text_content("#answer h1").strip()


def test_before_publication_nothing_is_told(office, visitor):
    """Runs first: the presentation of the sample has not begun."""
    assert not office.published
    certificate = office.certificates()[-1]
    page = visitor().opens(certificate["qr_text"])
    assert answer(page) == "CHƯA CÔNG BỐ"
    assert certificate["recipient"]["name"] not in page.content()


def test_a_paper_in_force_matches_and_must_be_compared(office, visitor):
    certificate = office.certificate()
    page = visitor().opens(certificate["qr_text"])
    assert answer(page) == "KHỚP HỒ SƠ CỦA CƠ QUAN CẤP"
    assert page.text_content(".paper .recipient") == certificate["recipient"]["name"]
    assert certificate["decision_number"] in page.text_content(".paper")
    assert "phải trùng từng chữ với dưới đây" in page.text_content(".compare")
    assert page.get_attribute(".paper", "data-sample") == "MẪU"
    said = page.text_content("main").lower()
    assert "giấy giả" not in said
    assert "đã kiểm tra những gì" in said


def test_a_changed_digit_shows_nothing_of_the_paper(office, visitor):
    certificate = office.certificate()
    code = certificate["qr_text"]
    place = len(code) - 40
    changed = code[:place] + str((int(code[place]) + 1) % 10) + code[place + 1 :]
    page = visitor().opens(changed)
    assert answer(page) == "KHÔNG KHỚP HỒ SƠ"
    assert certificate["recipient"]["name"] not in page.text_content("main")
    assert "hỏi cơ quan ghi trên giấy" in page.text_content("#answer")


def test_a_code_under_another_papers_number_does_not_match(office, visitor):
    one, other = office.certificate(), office.certificate()
    page = visitor().opens(one["qr_text"].replace(digits_of(one["qr_text"]), digits_of(other["qr_text"])))
    assert answer(page) == "KHÔNG KHỚP HỒ SƠ"
    assert one["recipient"]["name"] not in page.text_content("main")


def test_a_revoked_paper_names_the_decision_and_never_the_reason(office, visitor):
    certificate = office.certificate()
    order = {"decision_number": "131/QĐ-SNV", "decided_on": "2026-03-04", "reason": "kê khai không trung thực"}
    office.client.post(f"/api/v1/certificates/{certificate['id']}/revocation", order)
    page = visitor().opens(certificate["qr_text"])
    assert answer(page) == "ĐÃ BỊ HỦY BỎ"
    assert "131/QĐ-SNV" in page.text_content("#answer")
    assert "04/03/2026" in page.text_content("#answer")
    assert "kê khai" not in page.content()
    assert answer(visitor(java_script_enabled=False).opens(certificate["qr_text"])) == "ĐÃ BỊ HỦY BỎ"


def test_a_host_that_the_issuer_does_not_use_does_not_match(office, visitor):
    """The list of keys is the right one, under the pinned root, but names another host."""
    certificate = office.certificate()
    listed = office.client.get("/.well-known/giaouoc/keys.json")
    for issuer in listed["issuers"]:
        issuer["hosts"] = ["khac.example.vn"]
    trust = trust_json.parse_list(json.dumps(listed | {"log": None}).encode())
    one = visitor()
    one.page.route("**/keys.json", lambda route: route.fulfill(body=trust_json.list_bytes(trust)))
    note = sign_list(trust, trusting.HOST, trusting.ROOT)
    one.page.route("**/keys.sig", lambda route: route.fulfill(body=note))
    one.page.route("**/v/*", lambda route: _pinned(route, str(trusting.PINNED)))
    page = one.opens(certificate["qr_text"])
    assert answer(page) == "KHÔNG KHỚP HỒ SƠ"
    assert office.origin.partition("//")[2] in page.text_content("#answer")
    assert certificate["recipient"]["name"] not in page.text_content("main")


@pytest.mark.parametrize(("mixed", "heading"), [(1, "KHỚP HỒ SƠ CỦA CƠ QUAN CẤP"), (9, "CHƯA KIỂM TRA ĐƯỢC LÚC NÀY")])
def test_a_list_beside_another_ones_signature_is_asked_for_once_more(office, visitor, mixed, heading):
    """A key session replaces the list, then its signature: who looks in between sees a pair that does not match."""
    certificate = office.certificate()
    listed = office.client.get("/.well-known/giaouoc/keys.json")
    newer = json.dumps(listed | {"issued_at": "2035-01-01T00:00:00Z"})
    one, asked = visitor(), []

    def keys(route):
        asked.append(route.request.url)
        route.fulfill(body=newer) if len(asked) <= mixed else route.continue_()

    one.page.route("**/keys.json", keys)
    page = one.opens(certificate["qr_text"])
    assert answer(page) == heading
    assert len(asked) == 2


def test_a_list_by_another_root_is_never_used(office, visitor):
    certificate = office.certificate()
    one = visitor()
    one.page.route("**/v/*", lambda route: _pinned(route, str(trusting.PINNED)))
    page = one.opens(certificate["qr_text"])
    assert answer(page) == "CHƯA KIỂM TRA ĐƯỢC LÚC NÀY"
    assert certificate["recipient"]["name"] not in page.text_content("main")


def test_without_a_status_list_nothing_is_confirmed(office, visitor):
    certificate = office.certificate()
    one = visitor()
    one.page.route("**/status/*", lambda route: route.abort())
    page = one.opens(certificate["qr_text"])
    assert answer(page) == "CHƯA KIỂM TRA ĐƯỢC LÚC NÀY"
    assert "danh sách hiệu lực" in page.text_content("#answer")
    assert page.locator("#result .checks .passed").count() >= 8, "what was right is said too"


def test_without_a_script_only_the_record_speaks(office, visitor):
    certificate = office.certificate()
    for address in (certificate["qr_text"], certificate["qr_text"].partition("#")[0]):
        page = visitor(java_script_enabled=False).opens(address)
        assert page.text_content("#answer h1").strip() == "Có hồ sơ số này, chưa đối chiếu được nội dung"
        assert "KHỚP" not in page.text_content("#answer")
    page = visitor().opens(certificate["qr_text"].partition("#")[0])
    assert page.text_content("#answer h1").strip() == "Có hồ sơ số này, chưa đối chiếu được nội dung"


def test_the_record_names_the_issuer_and_asks_for_nothing_that_it_does_not_show(office, visitor):
    certificate = office.certificate()
    page = visitor().opens(certificate["qr_text"].partition("#")[0])
    shown = page.text_content("main")
    assert "Sở Nội vụ" in shown
    assert "với dưới đây" not in shown, "the record shows neither name nor achievement to compare"


def test_in_a_browser_without_ed25519_the_library_checks(office, visitor):
    certificate = office.certificate()
    one = visitor()
    one.context.add_init_script(WITHOUT_ED25519)
    asked = []
    one.page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    page = one.opens(certificate["qr_text"])
    assert answer(page) == "KHỚP HỒ SƠ CỦA CƠ QUAN CẤP"
    assert "noble-ed25519.js" in asked


def test_after_a_visit_it_also_answers_without_a_network(office, visitor):
    seen, other = office.certificate(), office.certificate()
    one = visitor(service_workers="allow")
    page = one.opens(seen["qr_text"])
    assert answer(page).startswith("KHỚP")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.reload()
    assert answer(page).startswith("KHỚP")
    one.context.set_offline(True)
    page = one.opens(other["qr_text"])
    assert answer(page) == "CHƯA KIỂM TRA ĐƯỢC LÚC NÀY"
    assert page.text_content(".paper .recipient") == other["recipient"]["name"], "the token itself was verified"


def test_a_number_typed_at_home_finds_its_page(office, visitor):
    certificate = office.certificate()
    digits = certificate["id"]
    page = visitor().opens(office.origin)
    page.fill("#code", "1234 5678")
    page.click("#check button")
    assert "39" in page.text_content("#code-wrong")
    page.fill("#code", " ".join(digits[at : at + 4] for at in range(0, 39, 4)))
    page.click("#check button")
    page.wait_for_url(f"**/v/{digits}")
    page = visitor().opens(office.origin)
    page.fill("#code", certificate["qr_text"].replace("localhost", "khac.example.vn").replace("http:", "https:"))
    page.click("#check button")
    assert "địa chỉ khác" in page.text_content("#code-wrong")


def _pinned(route, vkey):
    """The page as served, with another root key to pin."""
    answered = route.fetch()
    text = answered.text()
    begin = text.index('data-root="') + len('data-root="')
    route.fulfill(response=answered, body=text[:begin] + vkey + text[text.index('"', begin) :])
