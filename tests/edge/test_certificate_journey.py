"""Award lists to verified certificates, and a campaign's reminders, through the real handlers; every message comes twice."""

from __future__ import annotations

import email
import email.policy
import json
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from pycose.keys import OKPKey
from pycose.messages import Sign1Message

from functions.campaigns import http as campaigns
from functions.certificates import http as certificates
from functions.certificates import sign_status_lists
from functions.directory import http as directory
from functions.public import verify
from infra.embedded.invoke import load_handler
from infra.embedded.payloads import Delivery, sqs_event
from infra.embedded.worker import short_name
from shared.ceremonies.planning import BeginPresentation
from shared.edge.trust import trust_list
from shared.identity.model import Role
from shared.kernel.codetext import parse_code
from shared.kernel.ids import derived_id
from shared.kernel.statuslist import place, verify_status_list
from shared.kernel.trust import Purpose
from tests.edge_world import act, call, context, http_event, sample_world, session_of, stand_ceremony
from tests.hostile import CLEANED, FORMULA, HEADER, HTML, TYPST

SAMPLE = Path("samples/khoi-thi-dua-2")
OURS = ("check-awards", "issue-certificate", "publish-results", "publish-certificates", "sign-status-lists",
        "send-certificate", "plan-campaign", "deliver-reminder")  # fmt: skip
RECORDED = datetime(2027, 1, 28, 2, 0, tzinfo=UTC)
BEGAN = datetime(2027, 2, 12, 3, 15, tzinfo=UTC)
ORDER = {"decision_number": "215/QĐ-SNV", "decided_on": "2027-03-01", "reason": "Khai man thành tích"}


class Office:
    """The organisers' desk and the post."""

    def __init__(self, world):
        self.world = world
        self.cookie = session_of(world, Role.ORGANISER)
        directory_file = (SAMPLE / "units.csv").read_text("utf-8")
        self.api(directory, "POST", "/api/v1/units/import", directory_file)
        stand_ceremony(world, "ceremony1")

    def at(self, moment):
        """The clock stands at `moment`; sessions of other days are over."""
        self.world.ports.clock.set(moment)
        self.cookie = session_of(self.world, Role.ORGANISER)

    def api(self, handler, method, path, body=None, expect=200):
        status, answer = call(handler.handler, http_event(method, path, body, cookie=self.cookie))
        assert status == expect, answer
        return answer

    def certificates(self, method, path, body=None, expect=200):
        return self.api(certificates, method, f"/api/v1/{path}", body, expect)

    def deliver(self):
        """All messages of our queues, each twice, until none is left."""
        service, queues = self.world.service, self.world.queues
        ours = [queue for queue in service.queues if queue.function and short_name(service, queue) in OURS]
        busy = True
        while busy:
            busy = False
            for queue in ours:
                leased = queues.lease(short_name(service, queue), queue.batch_size, 60)
                if leased:
                    busy = True
                    handler = load_handler(service.function(queue.function))
                    event = sqs_event(
                        queue,
                        [
                            Delivery(id=str(each.id), receipt="r", body=each.body, attempts=1, sent_at=time.time())
                            for each in leased
                        ],
                    )
                    for _ in range(2):
                        assert handler(event, context())["batchItemFailures"] == []
                    queues.settle(leased)

    def letters(self, word):
        """Letters whose subject holds the word."""
        found = []
        for path in (self.world.data / "mail").rglob("*.giaouoc*"):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if word in message["Subject"]:
                found.append(message)
        return found

    def page(self, number):
        answer = verify.handler(http_event("GET", f"/v/{number}", headers={"accept": "text/html"}), context())
        return answer["statusCode"], answer["headers"], answer["body"]

    def send_list(self, decision, data, filename):
        """Uploads as a client would, then asks for the check; answers the report."""
        place_ = self.certificates("POST", f"decisions/{decision}/uploads", {"content_type": "text/csv"}, 201)
        objects = self.world.ports.objects
        receiving = objects.receive(objects.check_url("PUT", place_["url"].split("8000", 1)[1]), "text/csv")
        receiving.write(data)
        receiving.finish()
        body = {"key": place_["key"], "filename": filename}
        received = self.certificates("POST", f"decisions/{decision}/lists", body, 202)
        self.deliver()
        return self.certificates("GET", f"decisions/{decision}/lists/{received['id']}")


def decision_body(**changes):
    sample = json.loads((SAMPLE / "award_decision.json").read_text("utf-8"))
    authority = sample["authority"]
    body = {name: sample[name] for name in ("number", "date", "subject", "kind")}
    body |= {name: authority[name] for name in ("unit", "level", "capacity", "office", "signer")}
    return {**body, "ceremony": "ceremony1", "occasion": "KHOI2-2027", **changes}


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    with sample_world(tmp_path_factory.mktemp("certificates"), at=RECORDED) as world:
        yield Office(world)


@pytest.fixture(scope="module")
def decision(office):
    """The sample's decision with its whole list: 65 rows, of which four cannot become awards."""
    decided = office.certificates("POST", "decisions", decision_body(), 201)
    report = office.send_list(decided["id"], (SAMPLE / "awards.csv").read_bytes(), "awards.csv")
    assert (report["list"]["accepted"], report["list"]["rejected"]) == (61, 4)
    assert [each["number"] for each in report["problems"]] == ["10", "21", "33", "50"]
    problem = report["problems"][0]
    assert (problem["row"], problem["number"], problem["column"]) == (11, "10", "H")
    assert "Bằng khen" in problem["text"]
    return decided["id"]


def begin_presentation(office):
    office.at(BEGAN)
    BeginPresentation(office.world.ports.table("ceremonies"))(act(office.world), "ceremony1")
    office.deliver()


def test_certificates_are_issued_whole_and_nothing_is_public_before_the_presentation(office, decision, tmp_path):
    listed = office.certificates("GET", f"decisions/{decision}/certificates")["certificates"]
    assert len(listed) == 61
    assert all(each["ready"] and not each["fault"] for each in listed)
    one = next(each for each in listed if each["recipient"]["name"] == "Đoàn Hoàng Khoa")
    code = parse_code(one["qr_text"])
    message = Sign1Message.decode(code.token)
    key = trust_list(office.world.ports).key(message.phdr_encoded[-8:])
    assert (key.issuer, key.purpose) == ("SNV", Purpose.DOCUMENT)
    message.key = OKPKey(crv="ED25519", x=key.public_key)
    assert message.verify_signature()
    objects = office.world.ports.objects
    pdf = tmp_path / "certificate.pdf"
    pdf.write_bytes(objects.get(f"certificates/{one['id']}/certificate.pdf"))
    assert "Signature is Valid" in subprocess.run(["pdfsig", "-nocert", pdf], capture_output=True, text=True).stdout
    words = " ".join(subprocess.run(["pdftotext", "-raw", pdf, "-"], capture_output=True, text=True).stdout.split())
    for wanted in ("GIÁM ĐỐC SỞ NỘI VỤ", "GIẤY KHEN", "Ông Đoàn Hoàng Khoa", "Quyết định số 128/QĐ-SNV"):
        assert wanted in words
    png = tmp_path / "certificate.png"
    png.write_bytes(objects.get(f"certificates/{one['id']}/certificate.png"))
    assert zxingcpp.read_barcodes(Image.open(png), formats=zxingcpp.BarcodeFormat.QRCode)[0].text == one["qr_text"]
    assert office.certificates("GET", f"certificates/{one['id']}/documents/pdf")["url"].startswith("http://localhost")
    status, headers, body = office.page(one["id"])
    assert (status, headers["x-robots-tag"], headers["referrer-policy"]) == (200, "noindex, nofollow", "no-referrer")
    assert "CHƯA CÔNG BỐ" in body
    assert "Đoàn Hoàng Khoa" not in body
    assert office.letters("Phiếu xác thực") == []


def test_the_presentation_publishes_and_one_slip_goes_to_each_address(office, decision, tmp_path):
    begin_presentation(office)
    listed = office.certificates("GET", f"decisions/{decision}/certificates")["certificates"]
    assert all(each["published_at"] == "2027-02-12T03:15:00Z" for each in listed)
    letters = office.letters("Phiếu xác thực")
    addressed = [each for each in listed if each["recipient"]["email"]]
    assert sorted(letter["To"].addresses[0].addr_spec for letter in letters) == sorted(
        each["recipient"]["email"] for each in addressed
    )
    [attachment] = list(letters[0].iter_attachments())
    slip = tmp_path / "slip.pdf"
    slip.write_bytes(attachment.get_payload(decode=True))
    assert "Signature is Valid" in subprocess.run(["pdfsig", "-nocert", slip], capture_output=True, text=True).stdout
    words = subprocess.run(["pdftotext", "-raw", slip, "-"], capture_output=True, text=True).stdout
    assert "không thay thế bản chính" in " ".join(words.split())
    _, _, body = office.page(listed[0]["id"])
    assert "Có hồ sơ số này, chưa đối chiếu được nội dung" in body
    assert "KHỚP HỒ SƠ CỦA CƠ QUAN CẤP" not in body
    assert listed[0]["recipient"]["name"] not in body, "an address alone gives no name"
    assert listed[0]["decision_number"] in body
    assert listed[0]["recipient"]["email"] not in body or not listed[0]["recipient"]["email"]


def test_a_decision_recorded_after_the_presentation_began_is_refused_and_released_by_hand(office):
    late = decision_body(number="131/QĐ-SNV")
    problem = office.certificates("POST", "decisions", late, 409)
    assert problem["code"] == "certificate.presentation_began"
    assert "131/QĐ-SNV" in problem["title"]
    known = office.certificates("POST", "decisions", decision_body(), 201)  # the one of before is answered as it stands
    assert known["published_at"] is not None
    recorded = office.certificates("POST", "decisions", {**late, "ceremony": None}, 201)
    assert recorded["published_at"] is None
    released = office.certificates("POST", f"decisions/{recorded['id']}/release")
    assert released["published_at"] is not None


def test_a_ceremony_that_nobody_planned_is_refused_with_its_field(office):
    body = decision_body(number="132/QĐ-SNV", ceremony="0123456789abcdef")
    problem = office.certificates("POST", "decisions", body, 422)
    assert (problem["code"], problem["facts"]["field"]) == ("decision.ceremony", "ceremony")


def test_a_revocation_reaches_the_signed_list_and_the_page_and_its_reason_neither(office, decision):
    one, other = office.certificates("GET", f"decisions/{decision}/certificates")["certificates"][:2]
    now = datetime(2027, 3, 2, 2, 0, tzinfo=UTC)
    office.at(now)
    sign_status_lists.handler({"source": "aws.events"}, context())
    trust = trust_list(office.world.ports)
    public = office.world.ports.public
    before = verify_status_list(public.get("status/SNV-r0.cwt"), trust)
    assert before.says("SNV", one["status_number"]) is False
    assert before.is_fresh(int(now.timestamp()))
    assert verify_status_list(public.get("status/TDOAN-r0.cwt"), trust).issuer == "TDOAN"
    revoked = office.certificates("POST", f"certificates/{one['id']}/revocation", ORDER)
    assert revoked["state"] == "REVOKED"
    office.deliver()
    after = verify_status_list(public.get("status/SNV-r0.cwt"), trust)
    assert after.says("SNV", one["status_number"]) is True
    assert after.says("SNV", other["status_number"]) is False
    assert place(one["status_number"])[0] == 0
    _, _, body = office.page(one["id"])
    assert "ĐÃ BỊ HỦY BỎ" in body
    assert "215/QĐ-SNV ngày 01/03/2027" in body
    assert ORDER["reason"] not in body
    assert office.certificates("GET", f"certificates/{one['id']}")["cancelled_by_number"] == "215/QĐ-SNV"
    with_other = {**ORDER, "decision_number": "9/QĐ"}
    assert (
        office.certificates("POST", f"certificates/{one['id']}/revocation", with_other, 409)["code"]
        == "certificate.ended"
    )


def test_a_replacement_is_issued_published_and_mailed_and_the_old_page_points_to_it(office, decision):
    old = office.certificates("GET", f"decisions/{decision}/certificates")["certificates"][2]
    body = {**ORDER, "name": "Nguyễn Văn Đúng"}
    new = office.certificates("POST", f"certificates/{old['id']}/replacement", body, 201)
    office.deliver()
    shown = office.certificates("GET", f"certificates/{new['id']}")
    assert (shown["ready"], shown["published_at"] is not None, shown["replaces"]) == (True, True, old["id"])
    assert f"/v/{new['id']}" in office.page(old["id"])[2]


@pytest.mark.parametrize("typed", ["0" * 39, "12", "abc", "9" * 39, "%3Cscript%3E", "1" * 38 + "٣"])
def test_an_unknown_number_says_whom_to_ask_and_never_that_the_paper_is_false(office, typed):
    status, _, body = office.page(typed)
    assert status == 404
    assert "KHÔNG KHỚP HỒ SƠ" in body
    assert "giả" not in body
    assert "<script>" not in body


def test_a_file_that_is_no_list_and_a_stolen_key_are_refused_with_their_reason(office, decision):
    report = office.send_list(decision, b"%PDF-1.7 nothing", "danh sach.pdf")
    assert report["list"]["state"] == "UNREADABLE"
    assert report["list"]["refusal"] == "list.is_pdf"
    assert "PDF" in report["refusal"]
    body = {"key": "certificates/somebody/certificate.pdf", "filename": "x"}
    assert office.certificates("POST", f"decisions/{decision}/lists", body, 422)["code"] == "award_list.bad_key"


def test_hostile_names_stay_names_on_paper_page_and_letter(office, tmp_path):
    decided = office.certificates("POST", "decisions", decision_body(number="7/QĐ-SNV", ceremony=None), 201)
    names = (HTML, TYPST, FORMULA, HEADER)
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    lines = ["Họ tên;Loại;Đơn vị;Hình thức;Thành tích;Email"]
    lines += [f"{name};Cá nhân;Đơn vị A;Giấy khen;Việc tốt {n};n{n}@tinh.example" for n, name in enumerate(quoted)]
    report = office.send_list(decided["id"], "\n".join(lines).encode(), "x.csv")
    assert report["problems"] == []
    office.certificates("POST", f"decisions/{decided['id']}/release")
    office.deliver()
    listed = office.certificates("GET", f"decisions/{decided['id']}/certificates")["certificates"]
    assert {each["recipient"]["name"] for each in listed} == {CLEANED.get(name, name) for name in names}
    for each in listed:
        assert (each["ready"], each["fault"]) == (True, "")
        path = tmp_path / f"{each['id']}.pdf"
        path.write_bytes(office.world.ports.objects.get(f"certificates/{each['id']}/certificate.pdf"))
        words = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, text=True).stdout
        assert each["recipient"]["name"].split()[-1] in words
        assert "root:" not in words
        assert "<img src=x" not in office.page(each["id"])[2]
    letters = [letter for letter in office.letters("Phiếu xác thực") if "n" in letter["To"] and letter["Bcc"]]
    assert letters == []


def test_only_those_with_the_right_may_record_or_revoke(office):
    auditor = session_of(office.world, Role.AUDITOR)
    for cookie, status in ((None, 401), (auditor, 403)):
        assert (
            call(certificates.handler, http_event("POST", "/api/v1/decisions", decision_body(), cookie=cookie))[0]
            == status
        )
    unknown = office.certificates("POST", "decisions", decision_body(unit="KHONG-CO"), 422)
    assert unknown["facts"]["field"] == "unit"
    wrong = office.certificates("POST", "decisions", decision_body(level="KING"), 422)
    assert wrong["facts"]["field"] == "level"


def campaign_body(**changes):
    sample = json.loads((SAMPLE / "campaign.json").read_text("utf-8"))
    units = ["BTGDV", "TDOAN", "LDLD", "BCHQS"]
    return {**sample, "unit": "TDOAN", "units": units, **changes}


def test_each_reminder_is_delivered_once_as_the_test_clock_moves(office):
    schedules = office.world.schedules
    office.at(datetime(2027, 4, 1, 2, 0, tzinfo=UTC))
    launched = office.api(campaigns, "POST", "/api/v1/campaigns", campaign_body(), 201)
    assert (launched["anniversary"], launched["round_year"]) == (80, True)
    office.deliver()
    plan = office.api(campaigns, "GET", f"/api/v1/campaigns/{launched['campaign']['id']}")["plan"]["milestones"]
    assert [each["due_at"][:10] for each in plan] == [
        "2027-04-28", "2027-05-28", "2027-06-25", "2027-07-20", "2027-07-26",
    ]  # fmt: skip
    at = datetime(2027, 4, 2, 1, 0, 30, tzinfo=UTC)
    while at < datetime(2027, 8, 1, tzinfo=UTC):
        office.world.ports.clock.set(at)
        schedules.fire_due(at)
        office.deliver()
        at += timedelta(hours=12)
    letters = office.letters("Thi đua") + office.letters("Đợt thi đua")
    texts = {(letter["To"].addresses[0].addr_spec, letter["Subject"]) for letter in letters}
    assert len(texts) == 15  # five milestones, three units with an address
    assert len({letter["Message-ID"] for letter in letters}) == 15
    one = letters[0].get_body(("plain",)).get_content()
    assert "tri ân" in one
    assert "chúc mừng" not in one
    suppressed = office.world.ports.table("notices").query("state#SUPPRESSED", index=2).items
    assert sum(item.body["kind"] == "reminder-remember" for item in suppressed) == 5
    notice = derived_id("notice", "reminder", plan[0]["id"], "LDLD")
    assert office.world.ports.table("notices").get(f"notice#{notice}", "entry").body["attempts"] == 1


def test_the_calendar_of_a_year_shows_what_nobody_has_verified(office):
    office.at(datetime(2027, 4, 1, 2, 0, tzinfo=UTC))
    days = office.api(campaigns, "GET", "/api/v1/calendar?year=2027")["days"]
    by_name = {each["name"]: each for each in days}
    assert by_name["Tết Nguyên đán"]["day"] == "2027-02-06"
    assert by_name["Ngày Thương binh - Liệt sĩ"]["number"] == 80
    assert not by_name["Ngày Thương binh - Liệt sĩ"]["verified"]
    assert by_name["Ngày Quốc khánh"]["verified"]
    assert office.api(campaigns, "GET", "/api/v1/calendar?year=99999", expect=422)["code"] == "campaign.year"
