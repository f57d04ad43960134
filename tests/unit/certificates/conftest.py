"""A decision, its lists, and the ports of the embedded engine in memory; documents are small but really stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from events.catalogue import BY_CLASS
from events.envelope import SYSTEM, Act
from shared.certificates.decisions import NewDecision, ReceiveAwardList, RecordDecision
from shared.certificates.issue import Drawn, IssueCertificate
from shared.certificates.lists import CheckAwards, ShowListReport
from shared.certificates.model import AuthorityLevel, AwardKind, IssuerSnapshot
from shared.certificates.rules import COLUMNS
from shared.embedded.objects import FolderObjects
from shared.embedded.store import Store
from shared.kernel.clock import FixedClock
from shared.kernel.keys import Ed25519Signer
from shared.kernel.lists import Sheet, read_list

ORIGIN = "https://tdkt.tinh.example"
BEFORE = datetime(2027, 1, 28, 2, 0, tzinfo=UTC)
HEADINGS = tuple(column.names[0] for column in COLUMNS)
FIELDS = tuple(column.field for column in COLUMNS)
CITATION = "Hoàn thành xuất sắc nhiệm vụ công tác năm 2026"


def act_at(at: datetime = BEFORE) -> Act:
    return Act(actor=SYSTEM, at=at, correlation_id="test-correlation")


class DocumentKeys:
    """A real document key per issuer."""

    def __init__(self) -> None:
        self.signers: dict[str, Ed25519Signer] = {}

    def signer(self, issuer: str, purpose: str) -> Ed25519Signer:
        assert purpose == "document"
        return self.signers.setdefault(issuer, Ed25519Signer.generate())

    def certificate(self, issuer: str) -> bytes:
        raise AssertionError("the context never seals")


@pytest.fixture
def store() -> Iterator[Store]:
    subscriptions = {(source, kind): ("all",) for kind, _version, source in BY_CLASS.values()}
    with Store(":memory:", subscriptions) as opened:
        yield opened


@pytest.fixture
def table(store: Store) -> Any:
    return store.table("certificates")


@pytest.fixture
def objects(tmp_path: Any) -> Any:
    return FolderObjects(
        tmp_path / "objects", origin=ORIGIN, clock=FixedClock(BEFORE), secret_file=tmp_path / "urls.secret"
    )


@pytest.fixture
def keys() -> DocumentKeys:
    return DocumentKeys()


@pytest.fixture
def facts(store: Store) -> Callable[..., list[Any]]:
    """The published facts in order, of one type or of all."""

    def read(kind: str | None = None) -> list[Any]:
        with store.reading() as connection:
            rows = connection.execute("SELECT body FROM messages ORDER BY id").fetchall()
        details = [json.loads(body)["detail"] for (body,) in rows]
        found = [SimpleNamespace(type=each["type"], id=each["id"], **each["data"]) for each in details]
        return [fact for fact in found if kind in (None, fact.type)]

    return read


def new_decision(**changes: Any) -> NewDecision:
    values: dict[str, Any] = {
        "number": "128/QĐ-SNV",
        "date": date(2027, 1, 27),
        "subject": "Về việc tặng Giấy khen",
        "kind": AwardKind.MOVEMENT,
        "issuer": IssuerSnapshot(unit="SNV", code="SNV", name="Sở Nội vụ", place="Tỉnh"),
        "level": AuthorityLevel.PROVINCE_DEPARTMENT,
        "office": "GIÁM ĐỐC",
        "signer": "Trần Ngọc Hường",
        "ceremony": "cer1",
        "occasion": "KHOI2-2027",
    }
    return NewDecision(**{**values, **changes})


@pytest.fixture
def decision(table: Any) -> Any:
    return RecordDecision(table)(act_at(), new_decision())


def row_of(name: str = "Phan Diệu Nhã", **changes: str) -> tuple[str, ...]:
    values = {
        "number": "1",
        "salutation": "Bà",
        "name": name,
        "position": "Chuyên viên",
        "type": "Cá nhân",
        "unit": "Văn phòng Tỉnh ủy",
        "form": "Giấy khen",
        "citation": CITATION,
        "email": "nguoi.nhan@tinh.example",
        **changes,
    }
    return tuple(values.get(field, "") for field in FIELDS)


def list_of(*rows: tuple[str, ...]) -> Any:
    return read_list([Sheet(name="Danh sách", rows=(HEADINGS, *rows))], COLUMNS)


@pytest.fixture
def check(table: Any, decision: Any) -> Callable[..., Any]:
    """Receives and checks a list of rows; the AwardList and its report."""

    def run(*rows: tuple[str, ...], key: str = "imports/a.csv", read: Any = None, of: Any = None) -> Any:
        target = of or decision
        received = ReceiveAwardList(table)(act_at(), decision=target.id, object_key=key, filename="a.csv")
        CheckAwards(table)(act_at(), decision=target.id, list_id=received.id, read=read or list_of(*rows))
        return ShowListReport(table)(decision=target.id, list_id=received.id)

    return run


def plain_draw(certificate: Any, code: str) -> Drawn:
    return Drawn(pdf=b"%PDF " + code.encode(), png=b"\x89PNG " + certificate.recipient.name.encode())


@pytest.fixture
def issue(table: Any, objects: Any, keys: DocumentKeys, facts: Any) -> Callable[..., list[Any]]:
    """Issues a certificate for every AwardGranted so far."""

    def run(at: datetime = BEFORE, draw: Any = plain_draw) -> list[Any]:
        use_case = IssueCertificate(table, objects, keys, ORIGIN, draw)
        granted = [(fact.decision, fact.award) for fact in facts("AwardGranted")]
        return [use_case(act_at(at), decision=decision, award=award) for decision, award in granted]

    return run
