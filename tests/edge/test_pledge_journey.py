"""The sample's pledge through the real handlers: drafted, opened, signed by letters' links, deferred, sealed, mailed.

Every message is delivered twice, as queues may: each letter and each document must still be there once.
"""

import email
import email.policy
import hashlib
import json
import re
import subprocess
import time
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from pycose.keys import OKPKey
from pycose.messages import Sign1Message

from functions.directory import http as directory
from functions.notices import http as notices
from functions.pledges import http as pledges
from functions.pledges import signing_http as signing
from functions.public import verify
from infra.embedded.invoke import load_handler
from infra.embedded.payloads import Delivery, sqs_event
from infra.embedded.worker import short_name
from shared.edge.trust import trust_list
from shared.identity.model import Role
from shared.kernel.codetext import parse_code
from shared.kernel.keys import ed25519_key
from shared.pledges.bundle import check_bundle
from shared.pledges.public_record import FindPublicRecord
from tests.edge_world import call, context, http_event, sample_world, session_of, stand_ceremony

SAMPLE = Path("samples/khoi-thi-dua-2")
OURS = ("seal-pledge", "count-signatures", "send-signing-links", "send-signature-receipt", "send-sealed-pledge",
        "send-pledge-status")  # fmt: skip
HEAD, HCCB = 1, 6


class Office:
    """The organisers' desk, the post, and the parties' browsers."""

    def __init__(self, world):
        self.world = world
        self.cookie = session_of(world, Role.ORGANISER)
        self.cookies = {}

    def api(self, handler, method, path, body=None, expect=200):
        status, answer = call(handler.handler, http_event(method, path, body, cookie=self.cookie))
        assert status == expect, answer
        return answer

    def pledge(self, method, rest="", body=None, expect=200):
        return self.api(pledges, method, f"/api/v1/pledges/{self.id}{rest}", body, expect)

    def deliver(self):
        """All messages of our queues, each twice, until none is left."""
        service, queues = self.world.service, self.world.queues
        ours = [queue for queue in service.queues if queue.function and short_name(service, queue) in OURS]
        busy = True
        while busy:
            busy = False
            for queue in ours:
                leased = queues.lease(short_name(service, queue), queue.batch_size, 60)
                if not leased:
                    continue
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
        """Letters whose subject holds the word, as (address, text, attachments)."""
        found = []
        for path in (self.world.data / "mail").rglob("*.giaouoc*"):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if word in message["Subject"]:
                body = message.get_body(("plain",)).get_content()
                attachments = [part.get_payload(decode=True) for part in message.iter_attachments()]
                found.append((message["To"].addresses[0].addr_spec, body, attachments))
        return found

    def link_of(self, unit):
        """Public id and secret of the unit's newest link, as its letter has them."""
        address = self.api(directory, "GET", f"/api/v1/units/{unit}")["contact"]["email"]
        (text,) = [body for to, body, _ in self.letters("Mời đọc và ký") if to == address]
        return re.search(r"http://localhost:8000/sign/([0-9]{39})#([A-Za-z0-9_-]{43})", text).groups()

    def ask(self, verb, unit, body, expect=200):
        event = http_event("POST", f"/api/v1/signing/{verb}", body, cookie=self.cookies.get(unit))
        answer = signing.handler(event, context())
        for line in answer.get("cookies", ()):
            for name, morsel in SimpleCookie(line).items():
                assert (morsel["httponly"], morsel["samesite"]) == (True, "Strict")
                self.cookies[unit] = f"{name}={morsel.value}"
        assert answer["statusCode"] == expect, answer["body"]
        return json.loads(answer["body"])

    def sign(self, unit):
        public_id, secret = self.link_of(unit)
        view = self.ask("read", unit, {"id": public_id, "secret": secret})
        body = {"id": public_id, "secret": secret, "statement": view["statement"]}
        receipt = self.ask("sign", unit, body)
        assert self.ask("sign", unit, body) == receipt
        return receipt


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    with sample_world(tmp_path_factory.mktemp("pledge")) as world:
        office = Office(world)
        units = (SAMPLE / "units.csv").read_text("utf-8-sig")
        office.api(directory, "POST", "/api/v1/units/import", units)
        stand_ceremony(world, "ceremony-1")
        given = json.loads((SAMPLE / "pledge.json").read_text())
        body = {**given, "block": "Khối thi đua 2", "ceremony": "ceremony-1", "occasion": "KHOI2-2027"}
        office.id = office.api(pledges, "POST", "/api/v1/pledges", body, expect=201)["pledge"]["id"]
        yield office


def test_the_sample_pledge_from_draft_to_sealed_paper(office, tmp_path):
    opened = office.pledge("POST", "/open")["pledge"]
    office.deliver()
    units = [party["unit"] for party in opened["parties"]]
    assert len(office.letters("Mời đọc và ký")) == 11  # the head's turn is later
    for unit in units[1:]:
        if unit != units[HCCB - 1]:
            office.sign(unit)
    office.deliver()
    assert len(office.letters("Mời đọc và ký")) == 11  # one member is missing
    office.pledge("POST", f"/parties/{HCCB}/defer", {"reason": "Đi công tác"})
    office.deliver()
    office.sign(units[HEAD - 1])
    office.deliver()
    board = office.pledge("GET", "/board")
    assert (board["signed"], board["total"], board["parties"][HCCB - 1]["state"]) == (11, 12, "DEFERRED")
    assert board["state"] == "PARTLY_SIGNED"
    office.pledge("GET", "/pdf", expect=409)
    unsealed = http_event("GET", f"/v/{opened['public_id']}.bundle.json")
    assert call(verify.handler, unsealed)[0] == 404
    office.sign(units[HCCB - 1])
    office.deliver()
    sealed = office.pledge("GET")["pledge"]
    assert (sealed["state"], office.pledge("GET", "/board")["signed"]) == ("IN_FORCE", 12)
    letters = office.letters("đã hoàn tất")
    assert len(letters) == 12
    assert len(office.letters("Đã ghi nhận")) == 12
    pdf = letters[0][2][0]
    assert all(attached == [pdf] for _, _, attached in letters)
    check_paper(office, pdf, sealed, tmp_path)


def check_paper(office, pdf, sealed, folder):
    """The seal by pdfsig, the code by zxing and pycose."""
    (folder / "pledge.pdf").write_bytes(pdf)
    signature = subprocess.run(
        ["pdfsig", "-nocert", folder / "pledge.pdf"], capture_output=True, text=True, check=False
    ).stdout
    assert "Signature is Valid" in signature
    text = subprocess.run(["pdftotext", folder / "pledge.pdf", "-"], capture_output=True, text=True, check=True).stdout
    assert "Nguyễn Thu Thủy" in text
    subprocess.run(["pdftoppm", "-r", "200", "-png", folder / "pledge.pdf", folder / "page"], check=True)
    codes = [
        code.text
        for page in sorted(folder.glob("page*.png"))
        for code in zxingcpp.read_barcodes(Image.open(page), formats=zxingcpp.BarcodeFormat.QRCode)
    ]
    (code,) = [parse_code(text) for text in codes]
    assert f"{code.id:039d}" == sealed["public_id"]
    signer = office.world.ports.keyring.signer("TDOAN", "document")
    message = Sign1Message.decode(code.token)
    message.key = OKPKey(crv="ED25519", x=signer.public_key())
    assert message.verify_signature()


def test_everybody_gets_the_bundle_of_a_sealed_pledge_and_can_check_it_without_us(office):
    sealed = office.pledge("GET")["pledge"]
    path = f"/v/{sealed['public_id']}.bundle.json"
    status, bundle = call(verify.handler, http_event("GET", path))
    assert (status, len(bundle["signatures"]), bundle["id"]) == (200, 12, sealed["public_id"])
    trusted = trust_list(office.world.ports)
    assert check_bundle(bundle, lambda kid: ed25519_key(trusted.key(kid).public_key)) == ()
    assert hashlib.sha256(office.letters("đã hoàn tất")[0][2][0]).hexdigest() == bundle["pdf_sha256"]
    assert "@" not in json.dumps(bundle)
    page = verify.handler(http_event("GET", f"/v/{sealed['public_id']}"), context())["body"]
    assert trusted.issuer("TDOAN").name in page
    assert ">TDOAN<" not in page, "the issuer goes by its name"
    for document in ("0" * 39, "1", "x" * 39):
        assert call(verify.handler, http_event("GET", f"/v/{document}.bundle.json"))[0] == 404


def test_the_ledger_shows_organisers_what_went_out_and_no_secret(office):
    page = office.api(notices, "GET", "/api/v1/notices?kind=signing-link&limit=200")
    assert {entry["state"] for entry in page["entries"]} == {"SENT"}
    shown = json.dumps([page, office.pledge("GET"), office.pledge("GET", "/signatures")], ensure_ascii=False)
    secrets = [re.search(r"#([A-Za-z0-9_-]{43})", body).group(1) for _, body, _ in office.letters("Mời đọc và ký")]
    assert len(secrets) == 12
    assert not [secret for secret in secrets if secret in shown]
    status, problem = call(notices.handler, http_event("GET", "/api/v1/notices", cookie=office.cookie))
    assert (status, problem["code"]) == (422, "notice.filter_needed")


def test_this_was_not_us_and_withdrawal_reach_the_public_record(office):
    (_, text, _), *_ = office.letters("Đã ghi nhận")
    public_id, secret = re.search(r"/sign/([0-9]{39})#objection\.([A-Za-z0-9_-]{43})", text).groups()
    body = {"id": public_id, "secret": secret, "reason": "Đơn vị không ký"}
    first = office.ask("object", "x", body)
    assert office.ask("object", "x", body) == first
    office.deliver()
    assert len(office.letters("Có phản đối")) == 12
    find = FindPublicRecord(office.world.ports.table("pledges"))
    assert find(public_id).status == "suspended"
    office.pledge("POST", "/withdraw", {"reason": "Nội dung không còn phù hợp"}, expect=422)
    decision = {"decision_number": "15/QĐ-TĐ", "decided_on": "2027-02-12", "reason": "Nội dung không còn phù hợp"}
    office.pledge("POST", "/withdraw", decision)
    office.deliver()
    assert find(public_id).status == "revoked"
    assert office.letters("Dừng ký kết") == []
    letters = office.letters("Rút bản giao ước")
    assert len(letters) == 12
    for _, text, _ in letters:
        assert "Quyết định số 15/QĐ-TĐ ngày 12/02/2027" in text
        assert f"/v/{public_id}" in text
        assert decision["reason"] not in text


def test_organisers_routes_are_closed_to_others(office):
    status, problem = call(pledges.handler, http_event("GET", f"/api/v1/pledges/{office.id}"))
    assert (status, problem["code"]) == (401, "http.sign_in")
    screen = session_of(office.world, Role.SCREEN, reach="ceremony-1", person="screen-1")
    other = session_of(office.world, Role.SCREEN, reach="ceremony-2", person="screen-2")
    board = f"/api/v1/pledges/{office.id}/board"
    assert call(pledges.handler, http_event("GET", board, cookie=screen))[0] == 200
    assert call(pledges.handler, http_event("GET", board, cookie=other))[0] == 403
    assert call(pledges.handler, http_event("POST", f"/api/v1/pledges/{office.id}/open", cookie=screen))[0] == 403


def test_bad_drafts_name_the_field(office):
    given = json.loads((SAMPLE / "pledge.json").read_text())
    for change, field in (
        ({"parties": [{**given["parties"][0], "unit": "NOPE"}, *given["parties"][1:]]}, "parties.1.unit"),
        ({"parties": [{**given["parties"][0], "unit": "BDV"}, *given["parties"][1:]]}, "parties.1.unit"),
        ({"period": ["2027-12-31", "2027-01-01"]}, "period"),
        ({"contents": [{"no": 1, "text": ""}]}, "contents.1.text"),
        ({"title": 7}, "title"),
        ({"ceremony": "0123456789abcdef"}, "ceremony"),
        ({"slogan": "Đoàn kết 團結"}, "slogan"),
        ({"contents": [{"text": "Trồng 100 cây \U0001f333"}]}, "contents.1.text"),
    ):
        problem = office.api(pledges, "POST", "/api/v1/pledges", {**given, **change, "key": "bad"}, expect=422)
        assert problem["facts"]["field"] == field
        assert problem["title"] != problem["detail"]
