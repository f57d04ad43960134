"""From an award to a proof in the public log, through the real handlers; every message comes twice."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta

import pytest

from events.certificates import StatusChanged
from events.envelope import wrap
from functions.public import verify
from functions.transparency import write_log
from infra.commands.key_session import IssuerName, hold
from infra.embedded.invoke import load_handler
from infra.embedded.payloads import Delivery, sqs_event
from infra.embedded.prepare import SAMPLE_ISSUERS
from infra.embedded.static_files import StaticFiles
from infra.embedded.worker import short_name
from shared.certificates.decisions import NewDecision, ReceiveAwardList, RecordDecision
from shared.certificates.issue import Drawn, IssueCertificate, code_text
from shared.certificates.lists import CheckAwards
from shared.certificates.model import AuthorityLevel, AwardKind, IssuerSnapshot
from shared.certificates.publish import ReleaseResults, publish_certificate
from shared.certificates.rules import COLUMNS
from shared.certificates.status import Order, RestoreCertificate, RevokeCertificate, SuspendCertificate
from shared.edge import trust as trust_module
from shared.edge.status_lists import sign_all
from shared.edge.trust import trust_list
from shared.edge.trust_files import LIST_KEY
from shared.embedded.keyfiles import KeyFolder
from shared.kernel import base64url, canonical
from shared.kernel.codetext import parse_code
from shared.kernel.errors import Refused
from shared.kernel.lists import Sheet, read_list
from shared.kernel.notes import open_note, parse_vkey
from shared.kernel.ports import ABSENT, Put
from shared.kernel.statuslist import verify_status_list
from shared.kernel.tlog import check_proof, parse_checkpoint
from shared.kernel.token_check import check_document
from shared.kernel.trust import Purpose
from shared.kernel.trust_json import list_digest
from shared.kernel.verification import Answer, verify_document
from shared.transparency.publish import CHECKPOINT_KEY
from shared.transparency.tiles import bundle_key, decode_bundle
from tests.edge_world import ORIGIN, PASSPHRASE, act, context, http_event, sample_world

RECORDED = datetime(2027, 1, 28, 2, 0, tzinfo=UTC)
PDF = b"%PDF sealed"


@pytest.fixture
def world(tmp_path):
    with sample_world(tmp_path, at=RECORDED) as made:
        yield made


def deliver(world):
    """The queue write-log, each message twice, until none is left."""
    queue = next(each for each in world.service.queues if short_name(world.service, each) == "write-log")
    handler = load_handler(world.service.function(queue.function))
    while leased := world.queues.lease("write-log", queue.batch_size, 60):
        messages = [
            Delivery(id=str(each.id), receipt="r", body=each.body, attempts=1, sent_at=time.time()) for each in leased
        ]
        for _ in range(2):
            assert handler(sqs_event(queue, messages), context())["batchItemFailures"] == []
        world.queues.settle(leased)


def issue(world):
    """One certificate, issued and not published."""
    ports, table = world.ports, world.ports.table("certificates")
    decision = RecordDecision(table)(
        act(world),
        NewDecision(
            number="128/QĐ-SNV",
            date=date(2027, 1, 27),
            subject="Về việc tặng Giấy khen",
            kind=AwardKind.MOVEMENT,
            issuer=IssuerSnapshot(unit="SNV", code="SNV", name="Sở Nội vụ", place="Tỉnh"),
            level=AuthorityLevel.PROVINCE_DEPARTMENT,
            office="GIÁM ĐỐC",
            signer="Trần Ngọc Hường",
            occasion="KHOI2-2027",
        ),
    )
    given = {"number": "1", "salutation": "Bà", "name": "Phan Diệu Nhã", "type": "Cá nhân", "unit": "Văn phòng"}
    given |= {"form": "Giấy khen", "citation": "Hoàn thành xuất sắc nhiệm vụ"}
    row = tuple(given.get(column.field, "") for column in COLUMNS)
    listed = read_list([Sheet(name="Danh sách", rows=(tuple(one.names[0] for one in COLUMNS), row))], COLUMNS)
    received = ReceiveAwardList(table)(act(world), decision=decision.id, object_key="imports/a.csv", filename="a.csv")
    CheckAwards(table)(act(world), decision=decision.id, list_id=received.id, read=listed)
    (award,) = table.query(f"decision#{decision.id}", prefix="award#").items
    draw = IssueCertificate(table, ports.objects, ports.keyring, ORIGIN, lambda *_: Drawn(pdf=PDF, png=b"\x89PNG"))
    return draw(act(world), decision=decision.id, award=award.sort.removeprefix("award#"))


def entries(world):
    log = trust_list(world.ports).log
    note = open_note(world.ports.public.get(CHECKPOINT_KEY), [parse_vkey(log.vkey)])
    size = parse_checkpoint(note).size
    return [canonical.parse(entry) for entry in decode_bundle(world.ports.public.get(bundle_key(0, size)))]


def proof_of(certificate):
    return verify.handler(http_event("GET", f"/v/{certificate}.tlog-proof"), context())


def test_a_published_certificate_matches_with_its_proof(world):
    certificate = issue(world)
    assert proof_of(certificate.id)["statusCode"] == 404
    deliver(world)
    assert proof_of(certificate.id)["statusCode"] == 404, "not before publication"
    ReleaseResults(world.ports.table("certificates"))(act(world), decision=certificate.decision)
    publish_certificate(world.ports.table("certificates"), act(world), certificate.id, RECORDED)
    answer = proof_of(certificate.id)
    assert answer["statusCode"] == 200
    trust, now = trust_list(world.ports), int(RECORDED.timestamp())
    text = code_text(ORIGIN, certificate)
    code = parse_code(text)
    claims, _ = check_document(code, trust, now)
    log = check_proof(answer["body"].encode(), claims, code.token, trust, pdf=PDF)
    assert log.included
    assert log.anchored_at is None, "no witness has seen it"
    assert not check_proof(answer["body"].encode(), claims, code.token, trust, pdf=b"%PDF other").included
    sign_all(world.ports, RECORDED)
    lists = [
        verify_status_list(
            world.ports.public.get(f"status/SNV-{purpose}{certificate.status_number // 131072}.cwt"), trust
        )
        for purpose in "rs"
    ]
    assert verify_document(text, trust, now, status_lists=lists, log=log).answer is Answer.MATCHES


def test_the_trust_list_stands_first_and_later_lists_follow(world):
    first = base64url.encode(list_digest(trust_list(world.ports)))
    issue(world)
    deliver(world)
    assert [entry["type"] for entry in entries(world)] == ["trust-list", "certificate"]
    for number in range(2):  # two sessions with changes before the log is written again
        keys = world.ports.keyring
        root = KeyFolder(world.data / "root-key", PASSPHRASE.encode(), world.ports.clock)
        issuers = [IssuerName(code=code, name=f"{name} {number}") for code, name in SAMPLE_ISSUERS]
        ports = world.ports
        hold(
            host=world.settings.host,
            issuers=issuers,
            keys=keys,
            root=root,
            public=ports.public,
            private=ports.objects,
            now=RECORDED + timedelta(hours=1),
        )
    before = entries(world)
    trust_module._kept.clear()
    write_log.handler({"source": "giaouoc.schedule"}, context())
    after = entries(world)
    assert after[:2] == before
    assert [entry["type"] for entry in after[2:]] == ["trust-list", "trust-list"]
    assert canonical.parse(world.ports.public.get(LIST_KEY))["seq"] == 3
    last = base64url.encode(list_digest(trust_list(world.ports)))
    assert [after[0]["commit"], after[3]["commit"]] == [first, last]


def test_the_log_keeps_its_key_for_years_and_the_session_refuses_to_lose_it(world, tmp_path):
    trust = trust_list(world.ports)
    (key,) = [key for key in trust.keys if key.purpose is Purpose.CHECKPOINT]
    assert key.valid_until - key.valid_from > 20 * 365 * 86_400
    assert trust.log.origin == "localhost:8000/log"
    assert (trust.log.witnesses, trust.log.quorum) == ((), 0)
    with pytest.raises(Refused, match=r"keys\.log_key_lost"):
        hold(
            host=world.settings.host,
            issuers=[IssuerName(code="TDOAN", name="Ban Thường vụ Tỉnh đoàn")],
            keys=KeyFolder(tmp_path / "other-keys", PASSPHRASE.encode(), world.ports.clock),
            root=KeyFolder(world.data / "root-key", PASSPHRASE.encode(), world.ports.clock),
            public=world.ports.public,
            private=world.ports.objects,
            now=RECORDED,
        )


def test_changes_of_status_become_entries(world):
    certificate = issue(world)
    table = world.ports.table("certificates")
    order = Order(number="12/QĐ-SNV", date=date(2027, 1, 28), reason="Xem xét lại")
    SuspendCertificate(table)(act(world), certificate=certificate.id, order=order)
    RestoreCertificate(table)(act(world), certificate=certificate.id)
    RevokeCertificate(table)(act(world), certificate=certificate.id, order=order)
    deliver(world)
    kinds = [entry["type"] for entry in entries(world)]
    assert sorted(kinds[1:]) == [
        "certificate",
        "certificate-revoked",
        "certificate-suspension",
        "certificate-suspension",
    ]


def test_the_log_is_served_as_the_specification_says(world):
    issue(world)
    deliver(world)
    files = StaticFiles(world.ports.public)
    checkpoint, tile = files.find("/log/checkpoint", None), files.find("/log/tile/0/000.p/2", None)
    assert (checkpoint.status, checkpoint.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert "no-cache" in checkpoint.headers["cache-control"]
    assert (tile.status, tile.headers["content-type"], len(tile.body)) == (200, "application/octet-stream", 64)
    assert "immutable" in tile.headers["cache-control"]
    assert files.find("/log/tile/0/001", None).status == 404


def test_a_fact_that_nobody_awaits_makes_no_entry(world):
    table = world.ports.table("certificates")
    fact = StatusChanged(issuer="SNV", status_number=5, purpose="revocation")
    put = Put(partition="x", sort="x", body={"a": 1}, expect=ABSENT)
    table.commit([put], [wrap(fact, act(world), subject="x", version=1)])
    deliver(world)
    assert [entry["type"] for entry in entries(world)] == ["trust-list"]
