"""What is held about a person: shown to whoever has the mailbox, erased, hidden, answered in time; and what ends by itself."""

import base64
import json
import quopri
import re
from datetime import timedelta

import pytest

from functions.console import http as console
from functions.notices import send_sign_in
from functions.privacy import apply_retention as retention
from functions.privacy import http as privacy
from functions.public import verify
from infra.embedded.payloads import Delivery, sqs_event
from shared.ceremonies.attendance import ShowHallTotals
from shared.ceremonies.erasing import HeldAt
from shared.ceremonies.model import (
    ADMISSION,
    CEREMONY,
    REGISTRATION,
    TICKET,
    Admission,
    Category,
    Ceremony,
    CeremonyKind,
    Delegate,
    Registration,
    RegistrationState,
    Ticket,
    TicketState,
)
from shared.ceremonies.registrations import registration_put
from shared.ceremonies.stored_ticket import ticket_put
from shared.certificates.model import (
    Authority,
    AuthorityLevel,
    Certificate,
    Documents,
    IssuerSnapshot,
    Recipient,
    RecipientType,
)
from shared.certificates.store import CERTIFICATE, put_certificate
from shared.edge.holdings import holdings
from shared.identity.model import Role
from shared.identity.subject_requests import RequestState, ShowRequest
from shared.kernel.clock import rfc3339
from shared.kernel.ports import ABSENT, Add, Put
from shared.transparency.append import AppendEntries, NoteEntry
from shared.transparency.entries import document_entry_id
from shared.transparency.model import NewEntry, read_entry
from tests import hostile
from tests.edge_world import NOW, act, call, context, http_event, sample_world, session_of

ADDRESS = "an@tinh.example"
CEREMONY_ID = "00112233445566ff"
CERTIFICATE_ID = "1" * 39
TICKET_ID = "2" * 39


@pytest.fixture
def world(tmp_path):
    with sample_world(tmp_path, keys=False) as world:
        delegate(world, "r1")
        certificate(world)
        world.ports.table("pledges").commit([Put(partition="x", sort="s", body={"shape": 1}, expect=ABSENT)])
        yield world


def delegate(world, id_, email=ADDRESS, name="Lê Thị An", came=True):
    table = world.ports.table("ceremonies")
    if table.get(f"ceremony#{CEREMONY_ID}", "ceremony") is None:
        planned = Ceremony(
            id=CEREMONY_ID, title="Lễ phát động", kind=CeremonyKind.LAUNCH, host="TDOAN", block="Khối", place="Hội trường",
            zone="Asia/Ho_Chi_Minh", doors_open=NOW, starts=NOW, ends=NOW + timedelta(hours=4), gates=("A",), agenda=(),
        )  # fmt: skip
        place = ("ceremonies", f"{rfc3339(NOW)}#{CEREMONY_ID}")
        body = CEREMONY.body(planned)
        table.commit(
            [Put(partition=f"ceremony#{CEREMONY_ID}", sort="ceremony", body=body, expect=ABSENT, index1=place)]
        )
    person = Delegate(
        row=1, order=1, honorific="Bà", name=name, office="Chuyên viên", unit="SNV", unit_name="Sở Nội vụ",
        phone="+84912345678", email=email, category=Category.DELEGATE, remark="ăn chay",
    )  # fmt: skip
    ticket = Ticket(
        id=TICKET_ID, ceremony=CEREMONY_ID, registration=id_, issuer="TDOAN", kid=b"k", issued_at=0, expires_at=0,
        category=Category.DELEGATE, seed=b"s", proof=b"p", state=TicketState.VALID, opens_at=0, zone="Asia/Ho_Chi_Minh",
        holder=name, office="Chuyên viên", unit="SNV", unit_name="Sở Nội vụ",
    )  # fmt: skip
    one = Registration(
        id=id_, ceremony=CEREMONY_ID, list_id="l", delegate=person, state=RegistrationState.REGISTERED, registered_at=NOW,
        ticket=TICKET_ID if came else None,
    )  # fmt: skip
    writes = [
        registration_put(one, ABSENT),
        Add(partition=f"attendance#{CEREMONY_ID}", sort="total", counter="registered", amount=1),
    ]
    if came:
        admission = Admission(
            ceremony=CEREMONY_ID, ticket=TICKET_ID, registration=id_, scan_id="s", gate="A", at=NOW, by="g"
        )
        writes += [
            ticket_put(ticket, ABSENT),
            Put(
                partition=f"ticket#{TICKET_ID}",
                sort=f"admission#{CEREMONY_ID}",
                body=ADMISSION.body(admission),
                expect=ABSENT,
            ),
            Put(
                partition=f"attendance#{CEREMONY_ID}",
                sort=f"member#{id_}",
                body={"unit": "SNV", "gate": "A"},
                expect=ABSENT,
            ),
        ]
    table.commit(writes)
    if came:
        table.commit([Add(partition=f"attendance#{CEREMONY_ID}", sort="total", counter="admitted", amount=1)])


def certificate(world):
    world.ports.objects.put_new("certificates/1/a.pdf", b"%PDF Le Thi An", "application/pdf")
    world.ports.objects.put_new("certificates/1/a.png", b"PNG Le Thi An", "image/png")
    papers = Documents(pdf_key="certificates/1/a.pdf", pdf_sha256="0", png_key="certificates/1/a.png", png_sha256="0")
    one = Certificate(
        id=CERTIFICATE_ID, decision="d", award="a", issuer=IssuerSnapshot(unit="SNV", code="SNV", name="Sở Nội vụ"),
        authority=Authority(level=AuthorityLevel.UNIT, capacity="", office="GIÁM ĐỐC", signer="Trần B"),
        decision_number="128/QĐ-SNV", decision_date=NOW.date(), decision_subject="Khen thưởng", occasion="X", form="f",
        form_name="Giấy khen", recipient=Recipient(type=RecipientType.INDIVIDUAL, name="Lê Thị An", email=ADDRESS),
        citation="Có thành tích xuất sắc", status_number=7, issued_at=NOW, token="00", documents=papers, published_at=NOW,
    )  # fmt: skip
    world.ports.table("certificates").commit([put_certificate(one, ABSENT)])
    table = world.ports.table("transparency")
    subject = {"id": CERTIFICATE_ID, "token_sha256": "0", "pdf_sha256": "0"}
    entry = NewEntry(id=document_entry_id(CERTIFICATE_ID), type="certificate", subject=subject)
    AppendEntries(table, world.ports.objects)(act(world), [NoteEntry(table)(act(world), entry)])


def asked(world, email=ADDRESS):
    """What stands in the letter that follows; None where there is none."""
    before = set(world.settings.data.rglob("*")) if world.settings.data else set()
    status, body = call(privacy.handler, http_event("POST", "/api/v1/privacy/links", {"email": email}))
    assert status == 202
    deliver(world)
    letters = [path for path in set(world.settings.data.rglob("*")) - before if "mail" in str(path) and path.is_file()]
    return body, "\n".join(path.read_text("utf-8", "replace") for path in letters)


def deliver(world):
    """Everything that waits on the queue of letters."""
    with world.store.reading() as db:
        rows = db.execute("SELECT id, body FROM messages WHERE queue LIKE '%send-sign-in'").fetchall()
    queue = next(one for one in world.service.queues if one.function == "noticesSendSignIn")
    for id_, body in rows:
        delivery = Delivery(id=str(id_), receipt="1", body=body, attempts=1, sent_at=0)
        assert send_sign_in.handler(sqs_event(queue, [delivery]), context())["batchItemFailures"] == []
    world.store.transact(lambda db: db.execute("DELETE FROM messages WHERE queue LIKE '%send-sign-in'"))


def seat_of(world, email=ADDRESS):
    text = asked(world, email)[1]
    for part in re.findall(r"\n\n([A-Za-z0-9+/=\n]{80,})\n", text):
        text += base64.b64decode(part).decode("utf-8", "replace")
    text += quopri.decodestring(text.encode()).decode("utf-8", "replace")
    secret = re.search(r"/privacy#([\w-]{43})", text)
    assert secret, text
    status, body = call(privacy.handler, http_event("POST", "/api/v1/privacy/seats", {"secret": secret[1]}))
    assert status == 201, body
    assert call(privacy.handler, http_event("POST", "/api/v1/privacy/seats", {"secret": secret[1]}))[0] == 409
    return body["seat"], body


def wish(world, seat, kind, *things, words=""):
    body = {"seat": seat, "wish": kind, "things": list(things), "words": words}
    return call(privacy.handler, http_event("POST", "/api/v1/privacy/wishes", body))


def carried_out(world, request):
    cookie = session_of(world, Role.ADMIN, person="dpo")
    event = http_event("POST", f"/api/v1/privacy/requests/{request}/carrying-out", cookie=cookie)
    return call(privacy.handler, event)


def test_the_answer_is_the_same_for_a_stranger_and_no_letter_goes_to_one(world):
    known, letter = asked(world)
    unknown, nothing = asked(world, "stranger@tinh.example")
    assert known == unknown
    assert letter
    assert nothing == ""


def test_a_person_sees_all_that_is_held_and_what_cannot_be_undone(world):
    _, body = seat_of(world)
    assert {each["kind"] for each in body["holdings"]} == {"registration", "certificate"}
    facts = {fact["value"] for each in body["holdings"] for fact in each["facts"]}
    assert {"Bà Lê Thị An", "+84912345678", ADDRESS, "ăn chay", "Có thành tích xuất sắc"} <= facts
    assert all(each["stays"] for each in body["holdings"])


def test_nobody_asks_about_what_is_not_theirs(world):
    delegate(world, "r2", email="binh@tinh.example", came=False)
    seat, _ = seat_of(world)
    assert wish(world, seat, "ERASE", "registration:r2")[1]["code"] == "privacy.not_yours"
    assert wish(world, seat, "HIDE", "registration:r1")[1]["code"] == "privacy.not_yours"
    assert wish(world, seat, "NONSENSE", "registration:r1")[0] == 422
    assert wish(world, "A" * 43, "ERASE", "registration:r1")[0] == 404


def test_the_legal_days_are_counted_and_late_ones_are_seen(world):
    seat, _ = seat_of(world)
    status, body = wish(world, seat, "ERASE", "registration:r1")
    assert status == 201
    [request] = body["requests"]
    # Asked on a Friday: Monday and Tuesday are the two working days.
    assert (request["answer_by"], request["carry_by"]) == ("2027-02-16", "2027-02-27")
    assert wish(world, seat, "ERASE", "registration:r1")[1]["requests"] == [request], "asked again: the same one"
    world.ports.clock.set(NOW + timedelta(days=6))
    cookie = session_of(world, Role.ADMIN, person="dpo")
    listed = call(privacy.handler, http_event("GET", "/api/v1/privacy/requests", cookie=cookie))[1]["requests"]
    assert [(each["late"], each["due"]) for each in listed] == [(True, "2027-02-16")]


def test_an_erased_registration_leaves_figures_and_nobody(world):
    seat, _ = seat_of(world)
    request = wish(world, seat, "ERASE", "registration:r1")[1]["requests"][0]["id"]
    world.ports.clock.set(NOW + timedelta(minutes=5))
    status, body = carried_out(world, request)
    assert (status, body["state"]) == (200, "CARRIED_OUT"), body
    table = world.ports.table("ceremonies")
    registration = REGISTRATION.read(table.get("registration#r1", "registration").body)
    assert "Lê Thị An" not in json.dumps(REGISTRATION.body(registration), ensure_ascii=False)
    assert registration.delegate.email is registration.delegate.phone is None
    ticket = TICKET.read(table.get(f"ticket#{TICKET_ID}", "ticket").body)
    assert (ticket.holder, ticket.state) == ("", TicketState.CANCELLED)
    assert table.get(f"ticket#{TICKET_ID}", f"admission#{CEREMONY_ID}") is None
    totals = ShowHallTotals(table)(CEREMONY_ID)
    assert (totals.registered, totals.admitted) == (1, 1)
    assert carried_out(world, request)[0] == 200, "a repeat changes nothing"


def test_a_hidden_certificate_shows_its_status_alone(world):
    seat, _ = seat_of(world)
    request = wish(world, seat, "HIDE", f"certificate:{CERTIFICATE_ID}")[1]["requests"][0]["id"]
    shown = page(verify.handler, f"/v/{CERTIFICATE_ID}")
    assert "128/QĐ-SNV" in shown["body"]
    assert carried_out(world, request)[0] == 200
    hidden = page(verify.handler, f"/v/{CERTIFICATE_ID}")
    assert hidden["statusCode"] == 200
    assert "128/QĐ-SNV" not in hidden["body"]
    assert "Sở Nội vụ" not in hidden["body"]


def test_an_erased_certificate_answers_410_and_its_proof_too(world):
    seat, _ = seat_of(world)
    request = wish(world, seat, "ERASE", f"certificate:{CERTIFICATE_ID}")[1]["requests"][0]["id"]
    assert carried_out(world, request)[0] == 200
    assert page(verify.handler, f"/v/{CERTIFICATE_ID}")["statusCode"] == 410
    status, problem = call(verify.handler, http_event("GET", f"/v/{CERTIFICATE_ID}.tlog-proof"))
    assert (status, problem["code"]) == (410, "log.erased")
    entry, _ = read_entry(world.ports.table("transparency"), document_entry_id(CERTIFICATE_ID))
    assert (entry.salt, entry.subject) == (None, None)
    stored = world.ports.table("certificates").get(f"certificate#{CERTIFICATE_ID}", "certificate")
    assert "An" not in CERTIFICATE.read(stored.body).recipient.name
    assert b"Le Thi An" not in world.ports.objects.get("certificates/1/a.pdf")
    assert b"Le Thi An" not in world.ports.objects.get("certificates/1/a.png")


def test_a_refusal_says_why_and_the_person_hears_of_it(world):
    seat, _ = seat_of(world)
    request = wish(world, seat, "ERASE", f"certificate:{CERTIFICATE_ID}")[1]["requests"][0]["id"]
    cookie = session_of(world, Role.ADMIN, person="dpo")
    path = f"/api/v1/privacy/requests/{request}/refusal"
    assert call(privacy.handler, http_event("POST", path, {"reason": ""}, cookie=cookie))[0] == 422
    assert (
        call(privacy.handler, http_event("POST", path, {"reason": "Phải lưu"}, cookie=cookie))[1]["state"] == "REFUSED"
    )
    deliver(world)
    assert call(privacy.handler, http_event("POST", path, {"reason": "Khác"}, cookie=cookie))[0] == 409
    body = call(privacy.handler, http_event("POST", "/api/v1/privacy/holdings", {"seat": seat}))[1]
    assert [(each["state"], each["reason"]) for each in body["requests"]] == [("REFUSED", "Phải lưu")]


def test_contact_data_end_first_then_the_people_and_figures_stay(world):
    table = world.ports.table("ceremonies")

    def run(days):
        world.ports.clock.set(NOW + timedelta(days=days))
        return retention.handler({}, context())

    assert run(1)["contacts"] == 0
    assert run(91) == {"contacts": 1, "people": 0, "notices": 0, "accounts": 0, "award_lists": 0}
    one = REGISTRATION.read(table.get("registration#r1", "registration").body)
    assert (one.delegate.email, one.delegate.phone, one.delegate.name) == (None, None, "Lê Thị An")
    assert run(92)["contacts"] == 0
    assert run(181)["people"] == 1
    one = REGISTRATION.read(table.get("registration#r1", "registration").body)
    assert (one.delegate.name, one.delegate.unit) == ("", "SNV")
    assert table.get(f"ticket#{TICKET_ID}", f"admission#{CEREMONY_ID}") is None
    assert ShowHallTotals(table)(CEREMONY_ID).admitted == 1
    assert run(182) == {"contacts": 0, "people": 0, "notices": 0, "accounts": 0, "award_lists": 0}
    day = (NOW + timedelta(days=181)).date().isoformat()
    assert table.query(f"audit#{day}").items != ()


def test_retention_stops_and_goes_on(world, monkeypatch):
    monkeypatch.setattr("shared.edge.retention.MOST", 8)
    for number in range(20):
        delegate(world, f"x{number}", email=f"p{number}@tinh.example", came=False)
    world.ports.table("pledges").commit([Put(partition="y", sort="s", body={"shape": 1}, expect=ABSENT)])
    world.ports.clock.set(NOW + timedelta(days=91))
    changed = []
    for _ in range(5):
        changed.append(retention.handler({}, context())["contacts"])
        world.store.catch_up()
    assert sum(changed) == 21
    assert changed[-1] == 0


def test_records_of_earlier_releases_are_found_after_a_night(world):
    table = world.ports.table("ceremonies")
    item = table.get("registration#r1", "registration")
    bare = Put(partition=item.partition, sort=item.sort, body=item.body, expect=item.version, index1=item.index1)
    table.commit([bare])
    world.store.catch_up()
    assert not HeldAt(table).is_any(ADDRESS)
    retention.handler({}, context())
    world.store.catch_up()
    assert HeldAt(table).is_any(ADDRESS)


def test_officers_see_requests_and_what_they_are_about(world):
    seat, _ = seat_of(world)
    body = wish(world, seat, "CORRECT", "registration:r1", words=hostile.HTML)[1]
    world.store.catch_up()
    cookie = session_of(world, Role.ADMIN, person="dpo")
    listed = page(console.handler, "/console/privacy", cookie)
    assert ADDRESS in listed["body"]
    shown = page(console.handler, f"/console/privacy/{body['requests'][0]['id']}", cookie)
    assert "Lê Thị An" in shown["body"]
    assert hostile.HTML not in shown["body"]


def test_the_page_itself_needs_no_account(world):
    assert "Dữ liệu về tôi" in page(privacy.handler, "/privacy")["body"]


def test_a_request_granted_is_carried_out_later(world):
    seat, _ = seat_of(world)
    request = wish(world, seat, "ERASE", "registration:r1")[1]["requests"][0]["id"]
    cookie = session_of(world, Role.ADMIN, person="dpo")
    granted = call(privacy.handler, http_event("POST", f"/api/v1/privacy/requests/{request}/grant", cookie=cookie))[1]
    assert (granted["state"], granted["due"]) == ("GRANTED", "2027-02-27")
    assert carried_out(world, request)[0] == 200
    assert ShowRequest(world.ports.table("identity"))(request).state is RequestState.CARRIED_OUT
    assert holdings(world.ports, "nobody@x.example", "vi") == ()


def page(handler, path, cookie=None):
    return handler(http_event("GET", path, cookie=cookie, headers={"accept": "text/html"}), context())
