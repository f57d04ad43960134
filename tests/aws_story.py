"""One story on the AWS engine in which every function does all that it can do, for whoever counts or judges its calls.

Told by tests/architecture/test_exact_roles.py; tests/operations.py counts parts of it. It asserts little: what people see is
the business of the other journeys. Each chapter leaves the world at rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from infra.embedded.prepare import SAMPLE_ISSUERS
from infra.sample.client import ApiError
from infra.sample.files import SampleFiles
from infra.sample.load import AWARDS, BLOCK, OCCASION, YEAR, import_units, plan_ceremony, record_decision, send_list
from shared.aws import keys
from shared.identity.model import Role
from shared.identity.office import ChangeOfficeSettings, ReadOfficeSettings
from shared.kernel.ports import Put
from tests.aws_chapters_console import console_lists, what_failed
from tests.aws_chapters_devices import devices
from tests.aws_chapters_rights import rights
from tests.aws_chapters_sign_in import signing_in
from tests.aws_journey import AwsEngine, hold_session
from tests.edge_world import act
from tests.journey_world import LINK, InProcessClient, JourneyWorld, text_of

FILES = SampleFiles(0)
BEGINS = datetime(2027, 2, 1, 2, tzinfo=UTC)
DOORS = datetime(2027, 2, 12, 0, 0, tzinfo=UTC)
SIGNING = datetime(2027, 2, 12, 2, 0, tzinfo=UTC)
PRESENTATION = datetime(2027, 2, 12, 3, 15, tzinfo=UTC)
AFTER = datetime(2027, 3, 1, 2, 0, tzinfo=UTC)
HEAD, MEMBERS = "BTGDV", ("TDOAN", "HCCB")
DELEGATES = (
    "STT;Họ và tên;Đơn vị;Điện thoại;Email\n"
    "1;Lê Thị An;Sở Nội vụ;;an@tinh.example\n"
    "2;Trần Văn Bình;Sở Nội vụ;;binh@tinh.example\n"
    "3;Phạm Không Thư;Sở Nội vụ;0912345678;\n"
    "4;;Sở Nội vụ;;\n"
)
ORDER = {"decision_number": "215/QĐ-SNV", "decided_on": "2027-03-01", "reason": "Khai man thành tích"}


@dataclass
class Story:
    """What the chapters hand on."""

    world: JourneyWorld
    engine: AwsEngine
    ceremony: str = ""
    people: list[str] = field(default_factory=list)
    pledge: str = ""
    decision: str = ""
    campaign: str = ""

    @property
    def office(self) -> InProcessClient:
        return self.world.signed_in(Role.ORGANISER)

    def look(self, client: InProcessClient, *paths: str) -> None:
        """Opens pages or asks for resources, as people do."""
        for path in paths:
            client.request("GET", path, headers={"accept": "text/html" if not path.startswith("/api") else "*/*"})

    def refused(self, client: InProcessClient, method: str, path: str, body: Any = None) -> None:
        """Asks for what has to be refused."""
        with pytest.raises(ApiError) as refusal:
            client.request(method, path, body)
        assert refusal.value.status < 500, refusal.value

    def on_schedule(self, function: str) -> None:
        """A function's hour has come."""
        self.world.invoke(function, {"source": "aws.scheduler"})


def tell(world: JourneyWorld) -> Story:
    """All chapters in their order."""
    assert isinstance(world.engine, AwsEngine)
    story = Story(world=world, engine=world.engine)
    for chapter in (
        prepare,
        delegates,
        signing,
        official_papers,
        doors,
        devices,
        awards,
        correction,
        reminders,
        pages_of_everybody,
        letters_back,
        signing_in,
        rights,
        trail,
        console_lists,
        what_failed,
        personal_data,
    ):
        chapter(story)
        world.drain()
    assert world.dead_letters() == {}
    return story


def prepare(story: Story) -> None:
    """Units, the block, the ceremony."""
    office = story.office
    import_units(office, FILES)
    story.ceremony = plan_ceremony(office, FILES)
    body = {"name": "Khối khác", "year": YEAR, "seats": [{"unit": "TDOAN", "role": "HEAD"}]}
    office.post("/api/v1/blocks", body)
    story.look(office, "/api/v1/units", "/api/v1/units/TDOAN", f"/api/v1/blocks?year={YEAR}")
    story.refused(office, "GET", "/api/v1/units/NOBODY")
    units_over_time(story)


def units_over_time(story: Story) -> None:
    """Two communes become one, a role of a block changes hands, lists go out, the pages show it."""
    office, path = story.office, "/api/v1/units"
    for code in ("X-A", "X-B"):
        office.post(path, {"code": code, "name": f"Xã {code}", "kind": "COMMUNE", "level": "COMMUNE"})
    ends = [{"unit": code, "successors": ["X-AB"]} for code in ("X-A", "X-B")]
    asked = {"kind": "MERGE", "on": "2027-01-01", "ends": ends, "forms": [{"code": "X-AB", "name": "Xã AB"}]}
    office.post(f"{path}/reorganisations/preview", asked)
    office.post(f"{path}/reorganisations", asked)
    body = {"role": "STANDING", "from_unit": "TDOAN", "to_unit": "HPN", "on": "2027-01-15"}
    block = f"/api/v1/blocks/khoi-thi-dua-2/{YEAR}"
    office.post(f"{block}/handovers", body)
    story.look(office, f"{path}/export", f"{path}/reorganisations", f"{block}/handovers", f"{block}/next")
    pages = ("units", "units/new", "units/reorganise", "units/X-A", "blocks", f"blocks/khoi-thi-dua-2/{YEAR}")
    story.look(office, *(f"/console/{page}" for page in pages))


def delegates(story: Story) -> None:
    """A list comes in, tickets go out; one registration is cancelled and restored, one ticket replaced."""
    office, path = story.office, f"/api/v1/ceremonies/{story.ceremony}"
    number = send_list(office, path, "ds.csv", DELEGATES.encode())
    story.world.drain()
    story.look(office, path, "/api/v1/ceremonies", f"{path}/lists", f"{path}/lists/{number}")
    story.look(office, f"{path}/lists/{number}/report", f"{path}/registrations?q=an", "/console")
    listed = office.get(f"{path}/registrations?limit=500")["registrations"]
    story.people = [each["id"] for each in listed]
    one = f"{path}/registrations/{story.people[0]}"
    office.request("POST", f"{one}/cancellation", {})
    story.world.drain()
    office.request("DELETE", f"{one}/cancellation")
    office.post(f"{path}/registrations/{story.people[1]}/tickets")
    story.refused(office, "POST", f"{path}/lists", {"key": f"imports/ceremonies/{story.ceremony}/0", "filename": "x"})
    again = DELEGATES.replace("binh@", "moi@")  # an address that is given later
    send_list(office, path, "ds-2.csv", again.encode())


def signing(story: Story) -> None:
    """Three parties sign, one later; two other pledges are revised, withdrawn and disputed."""
    world, office = story.world, story.office
    world.move_to(SIGNING)
    story.pledge = draft(office, story.ceremony, "năm 2027")
    path = f"/api/v1/pledges/{story.pledge}"
    office.request("PUT", path, pledge_body(story.ceremony, "năm 2027, sửa"))
    office.post(f"{path}/open")
    world.drain()
    sign(story, MEMBERS[0])
    world.drain()
    office.post(f"{path}/parties/{number_of(office, path, MEMBERS[1])}/defer", {"reason": "Ký sau buổi lễ"})
    world.drain()
    screen = world.signed_in(Role.SCREEN, story.ceremony)
    story.look(screen, f"/hall/{story.ceremony}", f"/api/v1/hall/{story.ceremony}")
    sign(story, HEAD)
    world.drain()
    office.post(f"{path}/parties/{number_of(office, path, MEMBERS[1])}/link")
    world.drain()
    sign(story, MEMBERS[1])
    world.drain()
    story.look(office, path, f"{path}/board", f"{path}/signatures", f"{path}/pdf", f"/console/pledges/{story.pledge}")
    story.look(office, "/api/v1/pledges", f"/api/v1/pledges?ceremony={story.ceremony}")
    receipt = next(text for text in world.letters_to("tdoan@") if "#objection." in text)
    link = re.search(r"/sign/([0-9]{39})#objection\.([\w-]{43})", receipt)
    assert link is not None
    body = {"id": link[1], "secret": link[2], "reason": "Đơn vị không ký"}
    world.client().post("/api/v1/signing/object", body)
    story.refused(office, "POST", "/api/v1/signing/read", {"id": link[1], "secret": "A" * 43})
    world.drain()
    other_pledges(story)


def other_pledges(story: Story) -> None:
    """One is revised and signed by another person, its link put off by a changed address; one sealed and withdrawn."""
    world, office = story.world, story.office
    other = f"/api/v1/pledges/{draft(office, story.ceremony, 'khác')}"
    office.post(f"{other}/open")
    world.drain()
    person = {"name": "Đoàn Gia Vỹ", "office": "Phó Bí thư", "capacity": "KT. BÍ THƯ"}
    office.request("PUT", f"{other}/parties/{number_of(office, other, MEMBERS[0])}/representative", person)
    world.drain()
    office.post(f"{other}/revise", {"reason": "Sai tiêu chí"})
    change_address(office, MEMBERS[1])
    office.post(f"{other}/open")
    world.drain()
    world.move_to(SIGNING + timedelta(hours=49))
    office.post(f"{other}/withdraw", {"reason": "Khối giải thể"})
    world.drain()
    decided = {"reason": "Theo quyết định", "decision_number": "9/QĐ-TĐ", "decided_on": "2027-02-13"}
    office.post(f"/api/v1/pledges/{story.pledge}/withdraw", decided)


def official_papers(story: Story) -> None:
    """Papers of the ceremony and of a pledge: made, edited, read by links, numbered twice, filed, printed, recalled."""
    world, office = story.world, story.office
    made = [
        office.post("/api/v1/papers", {"kind": kind, **what})["id"]
        for kind, what in (
            ("SCRIPT", {"ceremony": story.ceremony}),
            ("REPORT", {"pledge": story.pledge}),
            ("PROGRAMME", {"ceremony": story.ceremony}),
        )
    ]
    paper, path = made[-1], f"/api/v1/papers/{made[-1]}"
    view = office.get(path)
    office.request("PUT", path, {"version": 1, **view["text"], "subject": "Sửa trích yếu"})
    office.post(f"{path}/circulation", {"units": ["SNV", MEMBERS[0]], "registrations": [story.people[0]]})
    world.drain()
    office.post(f"{path}/reminders")
    world.drain()
    links = [
        found for letter in world.letters() if (found := re.search(r"/papers/(\w{26})#([\w-]{43})", text_of(letter)))
    ]
    reader, link = world.client(), {"id": links[-1][1], "secret": links[-1][2]}
    for call in ("read", "opened", "opened"):
        reader.post(f"/api/v1/papers/{call}", link)
    story.look(reader, f"/papers/{paper}")
    story.refused(reader, "POST", "/api/v1/papers/read", {**link, "secret": "A" * 43})
    story.look(office, path, f"{path}?version=1", f"{path}/docx?for=all", f"{path}/pdf", "/api/v1/papers")
    story.look(office, f"/api/v1/papers?ceremony={story.ceremony}", "/console/papers", f"/console/papers/{paper}")
    story.look(office, f"/console/papers?pledge={story.pledge}", f"/console/papers/{made[1]}")
    story.refused(office, "GET", "/api/v1/papers/unknown")
    office.post(f"{path}/recall")
    given = {"number": "12/CTr-TĐ", "dated": "2027-02-12"}
    office.request("PUT", f"{path}/number", given)
    office.request("PUT", f"{path}/number", {**given, "number": "13/CTr-TĐ", "reason": "Văn thư cấp lại"})
    story.refused(office, "PUT", f"/api/v1/papers/{made[0]}/number", {**given, "number": "13/CTr-TĐ"})
    office.post(f"{path}/filing")


def doors(story: Story) -> None:
    """Tickets are shown, admitted, refused; the hall looks on."""
    world, path = story.world, f"/api/v1/ceremonies/{story.ceremony}"
    world.move_to(DOORS)
    tickets = [word for letter in world.letters() for word in text_of(letter).split() if "/t#" in word]
    bearer = world.client()
    bearer.post("/api/v1/tickets/show", {"text": tickets[-1]})
    for _ in range(2):
        bearer.post("/api/v1/tickets/opened", {"text": tickets[-1]})
    story.look(story.office, f"{path}/openings", f"/console/papers?ceremony={story.ceremony}")
    gate = world.signed_in(Role.GATE, story.ceremony, place="Cổng A")
    for place, text in enumerate((tickets[-1], tickets[-1], tickets[0], "không phải vé")):
        scan = {"ceremony": story.ceremony, "text": text, "scan_id": f"scan-story-{place}"}
        for _ in range(2):
            with suppress(ApiError):
                gate.post("/api/v1/admissions", scan)
    world.drain()
    screen = world.signed_in(Role.SCREEN, story.ceremony)
    story.look(screen, f"/hall/{story.ceremony}", f"/api/v1/hall/{story.ceremony}", f"{path}/attendance")
    story.look(world.client(), "/gate", "/t")


def awards(story: Story) -> None:
    """A decision with its list; certificates are made, published when the presentation begins, and sent."""
    world, office = story.world, story.office
    world.move_to(PRESENTATION - timedelta(hours=1))
    story.decision = record_decision(office, FILES, story.ceremony)
    path = f"/api/v1/decisions/{story.decision}"
    head, *rows = FILES.bytes(AWARDS).splitlines(keepends=True)
    wanted = {b"1", b"2", b"6", b"10", b"25"}
    number = send_list(office, path, AWARDS, b"".join([head, *(row for row in rows if row.split(b";")[0] in wanted)]))
    world.drain()
    story.look(office, "/api/v1/decisions", path, f"{path}/lists/{number}", f"{path}/certificates")
    world.move_to(PRESENTATION)
    with two_officers(story, "certificate.publish"):  # results become public by it
        path = f"/api/v1/ceremonies/{story.ceremony}/presentation"
        said = {"x-giaouoc-approval": office.post(path)["approval"]}
        world.signed_in(Role.ADMIN).request("POST", path, {}, headers=said)
    world.drain()
    other = office.post("/api/v1/decisions", {**decision_body(), "number": "300/QĐ-SNV"})["id"]
    office.post(f"/api/v1/decisions/{other}/release")


def correction(story: Story) -> None:
    """Certificates are suspended, restored, revoked, replaced; lists and log are signed by the clock."""
    world, office = story.world, story.office
    world.move_to(AFTER)
    listed = office.get(f"/api/v1/decisions/{story.decision}/certificates")["certificates"]
    ids = [each["id"] for each in listed]
    one = f"/api/v1/certificates/{ids[0]}"
    story.look(office, one, f"{one}/documents/pdf", f"/console/decisions/{story.decision}")
    office.post(f"{one}/suspension", ORDER)
    world.drain()
    office.request("DELETE", f"{one}/suspension")
    office.post(f"{one}/revocation", ORDER)
    office.post(
        f"/api/v1/certificates/{ids[1]}/replacement", {**ORDER, "decision_number": "216/QĐ-SNV", "name": "Tên Đúng"}
    )
    world.drain()
    story.on_schedule("certificatesSignStatusLists")
    with patch.object(keys, "MAX_RAW_BYTES", 64):  # as if thousands of numbers were ended
        story.on_schedule("certificatesSignStatusLists")
    story.on_schedule("transparencyWriteLog")
    hold_session(story.engine, world.world, [*SAMPLE_ISSUERS, ("BDV", "Ban Dân vận")])
    story.engine.restart()
    story.on_schedule("transparencyWriteLog")
    visitor = world.client()
    story.look(visitor, *(f"/v/{each}" for each in ids))
    story.refused(visitor, "GET", f"/v/{'0' * 39}")
    story.look(visitor, f"/v/{ids[0]}.tlog-proof")


def reminders(story: Story) -> None:
    """A campaign of two units; each reminder comes due, one of them at night."""
    world, office = story.world, story.office
    body = {**FILES.json("campaign.json"), "unit": "TDOAN", "units": ["BTGDV", "BCHQS"]}
    story.campaign = office.post("/api/v1/campaigns", body)["campaign"]["id"]
    world.drain()
    story.look(office, "/api/v1/campaigns", f"/api/v1/campaigns/{story.campaign}", "/api/v1/calendar?year=2027")
    story.look(office, f"/console/campaigns/{story.campaign}")
    for day in ("2027-04-28T15:00", "2027-05-28T01:30", "2027-07-26T02:30"):
        world.move_to(datetime.fromisoformat(f"{day}+00:00"))


def pages_of_everybody(story: Story) -> None:
    """Pages without a session, the console's pages, a session's end."""
    world, office = story.world, story.office
    visitor = world.client()
    story.look(visitor, "/", "/in", "/t", "/v/offline", "/sw.js")
    sealed = office.get(f"/api/v1/pledges/{story.pledge}")["pledge"]["public_id"]
    story.look(visitor, f"/sign/{sealed}", f"/v/{sealed}", f"/v/{sealed}.tlog-proof", f"/v/{sealed}.bundle.json")
    story.look(office, "/", "/v/offline", f"/v/{sealed}", "/gate", "/console/notices?state=SUPPRESSED")
    story.look(office, f"/console/ceremonies/{story.ceremony}", "/api/v1/notices?kind=invitation")
    story.look(office, "/api/v1/notices?state=SUPPRESSED", "/api/v1/sessions")
    office.request("DELETE", "/api/v1/sessions")
    story.refused(office, "GET", "/api/v1/ceremonies")


def letters_back(story: Story) -> None:
    """A letter bounces, its address gets no more until an organiser lifts that."""
    sent = next(call for call in story.engine.recorder.calls if call.operation == "SendEmail").parameters
    for kind, more in (
        ("Bounce", {"bounce": {"bounceType": "Permanent", "bounceSubType": "General"}}),
        ("Delivery", {"delivery": {}}),
    ):
        at = story.world.ports.clock.now().isoformat().replace("+00:00", "Z")
        inner = {name: {**value, "timestamp": at} for name, value in more.items()}
        tags = {tag["Name"]: [tag["Value"]] for tag in sent["EmailTags"]}
        mail = {"timestamp": at, "tags": tags, "destination": sent["Destination"]["ToAddresses"]}
        story.engine.aws.send("mail-feedback", json.dumps({"eventType": kind, "mail": mail, **inner}))
    story.world.drain()
    office = story.office
    bounced = office.get("/api/v1/notices?state=BOUNCED")["entries"]
    office.post(f"/api/v1/notices/{bounced[0]['id']}/lift")


def trail(story: Story) -> None:
    """The audit trail is searched and taken away; an act is proposed, rejected, proposed again and carried out."""
    office, second = story.office, story.world.signed_in(Role.ADMIN)
    days = f"from={DOORS:%Y-%m-%d}&to={DOORS:%Y-%m-%d}"
    story.look(office, f"/api/v1/audit?{days}&limit=5", f"/api/v1/audit/export?{days}&format=csv")
    with two_officers(story, "pledge.open"):
        path = f"/api/v1/pledges/{draft(office, story.ceremony, 'hai người')}/open"
        first = office.post(path)["approval"]
        second.post(f"/api/v1/approvals/{first}/rejection", {"reason": "Chưa đủ căn cứ"})
        office.post(f"/api/v1/approvals/{office.post(path)['approval']}/withdrawal")
        asked = office.post(path)["approval"]
        story.look(second, "/api/v1/approvals", f"/api/v1/approvals/{asked}", "/console/approvals", "/console/audit")
        second.request("POST", path, {}, headers={"x-giaouoc-approval": asked})
    with two_officers(story, "contact.change"):
        path, body = "/api/v1/units/HCCB/contact", {"name": "Trần Thị Hoa", "email": "hoa@tinh.example"}
        waits = office.request("PUT", path, body).json()["approval"]
        second.request("PUT", path, body, headers={"x-giaouoc-approval": waits})
    with two_officers(story, "certificate.publish"):
        path = f"/api/v1/decisions/{office.post('/api/v1/decisions', {**decision_body(), 'number': '301/QĐ-SNV'})['id']}/release"
        second.request("POST", path, {}, headers={"x-giaouoc-approval": office.post(path)["approval"]})


def personal_data(story: Story) -> None:
    """A delegate and a recipient see what is held about them and ask; officers answer; long afterwards the rest ends."""
    office = story.office
    certificates = story.world.ports.table("certificates")
    issued = certificates.query(f"issued#{story.decision}", index=1).items
    recipient = next(item for item in issued if item.body["recipient"]["email"] and item.body["documents"])
    ceremonies = story.world.ports.table("ceremonies")
    came = ceremonies.query(f"admissions#{story.ceremony}", index=1).items[0].body["registration"]
    delegate_ = ceremonies.get(f"registration#{came}", "registration")
    assert delegate_ is not None
    seat = seat_of(story, delegate_.body["delegate"]["email"])
    visitor = story.world.client()
    visitor.post("/api/v1/privacy/links", {"email": "nobody@tinh.example"})
    held = visitor.post("/api/v1/privacy/holdings", {"seat": seat})["holdings"]
    delegate = next(each["ref"] for each in held if each["kind"] == "registration")
    body = {"seat": seat, "wish": "ERASE", "things": [delegate], "words": ""}
    first = visitor.post("/api/v1/privacy/wishes", body)["requests"][0]["id"]
    second = visitor.post("/api/v1/privacy/wishes", {**body, "wish": "CORRECT", "words": "Sai tên"})["requests"][0][
        "id"
    ]
    seat = seat_of(story, recipient.body["recipient"]["email"])
    paper = {**body, "seat": seat, "things": [f"certificate:{recipient.body['id']}"]}
    hidden = visitor.post("/api/v1/privacy/wishes", {**paper, "wish": "HIDE"})["requests"][0]["id"]
    erased = visitor.post("/api/v1/privacy/wishes", paper)["requests"][0]["id"]
    office.post(f"/api/v1/privacy/requests/{first}/grant")
    story.look(office, "/api/v1/privacy/requests", "/console/privacy", f"/console/privacy/{erased}")
    for each in (first, hidden, erased):
        office.post(f"/api/v1/privacy/requests/{each}/carrying-out")
    office.post(f"/api/v1/privacy/requests/{second}/refusal", {"reason": "Đã đúng"})
    story.world.drain()
    story.refused(visitor, "GET", f"/v/{recipient.body['id']}")
    bare = next(item for item in issued if item.body["recipient"]["email"] and item != recipient)
    keys = {"partition": bare.partition, "sort": bare.sort, "body": bare.body, "index1": bare.index1}
    certificates.commit([Put(**keys, expect=None)])  # as releases wrote it that knew of no index of addresses
    head, *rows = FILES.bytes(AWARDS).splitlines(keepends=True)
    refused = [head, *(row for row in rows if row.startswith(b"10;"))]  # the first list was emptied by erasing
    send_list(office, f"/api/v1/decisions/{story.decision}", "nua.csv", b"".join(refused))
    story.world.drain()
    story.world.move_to(AFTER + timedelta(days=900))
    story.on_schedule("privacyApplyRetention")


def seat_of(story: Story, address: str) -> str:
    """The page about one's own data, opened by the link that the letter brought."""
    visitor = story.world.client()
    story.look(visitor, "/privacy")
    visitor.post("/api/v1/privacy/links", {"email": address})
    story.world.drain()
    links = [re.search(r"/privacy#([\w-]{43})", text) for text in story.world.letters_to(address)]
    secret = [link[1] for link in links if link is not None][-1]
    return str(visitor.post("/api/v1/privacy/seats", {"secret": secret})["seat"])


@contextmanager
def two_officers(story: Story, *acts: str) -> Iterator[None]:
    """The office asks for a second officer meanwhile."""
    table = story.world.ports.table("identity")
    now = act(story.world.world)
    ChangeOfficeSettings(table)(now, replace(ReadOfficeSettings(table)(), second_officer=acts))
    yield
    ChangeOfficeSettings(table)(now, replace(ReadOfficeSettings(table)(), second_officer=()))


def pledge_body(ceremony: str, title: str) -> dict[str, Any]:
    """The sample's pledge between three of its parties."""
    body = FILES.json("pledge.json")
    body["parties"] = [party for party in body["parties"] if party["unit"] in (HEAD, *MEMBERS)]
    return {**body, "title": f"Giao ước thi đua {title}", "block": BLOCK, "ceremony": ceremony, "occasion": OCCASION}


def draft(office: InProcessClient, ceremony: str, title: str) -> str:
    return str(office.post("/api/v1/pledges", pledge_body(ceremony, title))["pledge"]["id"])


def number_of(office: InProcessClient, path: str, unit: str) -> int:
    return next(int(each["no"]) for each in office.get(path)["pledge"]["parties"] if each["unit"] == unit)


def sign(story: Story, unit: str) -> Any:
    """A party follows the latest link in its letters, reads and signs."""
    links = [LINK.search(text) for text in story.world.letters_to(f"{unit.lower()}@")]
    found = [link for link in links if link is not None][-1]
    browser, body = story.world.client(), {"id": found[1], "secret": found[2]}
    view = browser.post("/api/v1/signing/read", body)
    return browser.post("/api/v1/signing/sign", {**body, "statement": view["statement"]})


def change_address(office: InProcessClient, unit: str) -> None:
    standing = office.get(f"/api/v1/units/{unit}")
    row = f'{unit},"{standing["name"]}",{standing["kind"]},moi@tinh.example'
    office.post_file("/api/v1/units/import", f"Mã đơn vị,Tên đơn vị,Loại,Email\n{row}\n".encode(), "text/csv")


def decision_body() -> dict[str, Any]:
    given = FILES.json("award_decision.json")
    authority = given["authority"]
    names = ("unit", "level", "office", "signer", "capacity")
    return {name: given[name] for name in ("number", "date", "subject", "kind")} | {
        name: authority[name] for name in names
    }


def unfinished_work(story: Story) -> None:
    """What somebody types is kept, read again and dropped."""
    office, path = story.office, "/api/v1/drafts/units-new"
    office.request("PUT", path, {"fields": {"name": ["Sở Nội v"]}})
    story.look(office, path)
    office.request("DELETE", path)
