"""Certificates issued per core-second, and how far that is from the floor of the same work, in one run.

Floor: token signature, zxing-cpp's QR matrix, one page's content stream on a constant prefix, one ECDSA signature, SHA-256.
`certificate.sealed_pdf` is the same work as we do it; `certificate.issued` adds the picture for phones, two objects written
once and flushed, and three durable commits with their events.
"""

from __future__ import annotations

import hashlib
import os
import time
import zlib
from collections.abc import Callable
from datetime import timedelta

import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from infra.bench.imports import planned
from infra.bench.machine import report
from infra.bench.world import ORIGIN, act, bench_world
from infra.embedded.world import World
from shared.certificates.decisions import NewDecision, ReceiveAwardList, RecordDecision
from shared.certificates.issue import IssueCertificate, code_text, new_certificate, sign
from shared.certificates.lists import CheckAwards
from shared.certificates.model import AuthorityLevel, AwardKind, Certificate, IssuerSnapshot
from shared.certificates.rules import COLUMNS
from shared.certificates.store import read_award, read_decision
from shared.documents.workbook import read_workbook
from shared.edge.papers import certificate_papers, certificate_pdf
from shared.kernel.lists import read_list

COUNT = 300
CITATION = "Hoàn thành xuất sắc nhiệm vụ công tác năm 2026, góp phần vào kết quả thi đua của Khối thi đua 2"


def main() -> None:
    """Prints certificate.sealed_pdf and certificate.issued."""
    with bench_world() as world:
        decision, awards = granted(world, COUNT)
        drawn = _drawn(world, decision, awards)
        _each(lambda number: certificate_pdf(world.ports, *drawn[number]), 3)  # the press is set once per decision
        floor = _floor(drawn)
        sealed = _each(lambda number: _sealed(world, decision, awards[number]), COUNT)
        issued = _each(lambda number: _issue(world, decision, awards[number]), COUNT)
    for figure, spent in (("certificate.sealed_pdf", sealed), ("certificate.issued", issued)):
        report(
            figure,
            value=round(1 / spent),
            unit="certificates/core-second",
            milliseconds=round(spent * 1000, 3),
            floor_milliseconds=round(floor * 1000, 3),
            ratio_to_floor=round(spent / floor, 2),
        )


def granted(world: World, count: int) -> tuple[str, list[str]]:
    """A decision with `count` awards."""
    ceremony = planned(world, timedelta(days=10))
    table = world.ports.table("certificates")
    issuer = IssuerSnapshot(unit="SNV", code="SNV", name="Sở Nội vụ", kind="STATE", heading_lines=(), place="")
    new = NewDecision(
        number="128/QĐ-SNV",
        date=world.ports.clock.now().date(),
        subject="Về việc tặng Giấy khen",
        kind=AwardKind.MOVEMENT,
        issuer=issuer,
        level=AuthorityLevel.PROVINCE_DEPARTMENT,
        capacity="",
        office="GIÁM ĐỐC",
        signer="Trần Ngọc Hường",
        ceremony=ceremony.id,
        occasion="KTD2-2027",
        announce_at=None,
    )
    decision = RecordDecision(table)(act(world), new)
    header = "STT;Danh xưng;Họ tên;Chức vụ;Loại;Đơn vị;Hình thức;Thành tích\n"
    rows = [
        f"{number};Ông;Nguyễn Văn An {number};Chuyên viên;Cá nhân;Sở Nội vụ;Giấy khen;{CITATION}"
        for number in range(1, count + 1)
    ]
    key = "imports/awards/bench"
    data = (header + "\n".join(rows)).encode()
    world.ports.objects.put_new(key, data, "text/csv")
    received = ReceiveAwardList(table)(act(world), decision=decision.id, object_key=key, filename="bench.csv")
    read = read_list(read_workbook(data), COLUMNS)
    done = CheckAwards(table)(act(world), decision=decision.id, list_id=received.id, read=read)
    if done.accepted != count:
        raise RuntimeError(f"{done.accepted} of {count} awards were taken")
    page = table.query(f"decision#{decision.id}", prefix="award#", limit=1000)
    return decision.id, [item.sort.partition("#")[2] for item in page.items]


def _certificate(world: World, decision_id: str, award_id: str) -> Certificate:
    table = world.ports.table("certificates")
    decision, _ = read_decision(table, decision_id)
    award = read_award(table, decision_id, award_id)
    return sign(world.ports.keyring, new_certificate(act(world).at, decision, award, 7))


def _drawn(world: World, decision: str, awards: list[str]) -> list[tuple[Certificate, str]]:
    certificates = [_certificate(world, decision, award) for award in awards]
    return [(certificate, code_text(ORIGIN, certificate)) for certificate in certificates]


def _sealed(world: World, decision: str, award: str) -> None:
    certificate = _certificate(world, decision, award)
    certificate_pdf(world.ports, certificate, code_text(ORIGIN, certificate))


def _issue(world: World, decision: str, award: str) -> None:
    ports = world.ports
    use_case = IssueCertificate(
        ports.table("certificates"), ports.objects, ports.keyring, ports.settings.origin, certificate_papers(ports)
    )
    use_case(act(world), decision=decision, award=award)


def _floor(drawn: list[tuple[Certificate, str]]) -> float:
    """Seconds of CPU per certificate of the irreducible parts."""
    from shared.kernel.keys import Ed25519Signer

    token_key = Ed25519Signer.generate()
    seal_key = generate_private_key(SECP256R1())
    prefix = hashlib.sha256(os.urandom(65_000))

    def one(number: int) -> None:
        certificate, text = drawn[number]
        token_key.sign(certificate.token.encode())
        zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
        content = f"BT /F1 28 Tf 300 400 Td ({certificate.recipient.name}) Tj ET\n({certificate.citation}) Tj\n" * 8
        stream = zlib.compress(content.encode())
        seal_key.sign(stream, ECDSA(SHA256()))
        digest = prefix.copy()
        digest.update(stream + b"x" * 3000)
        digest.digest()

    return _each(one, COUNT)


def _each(work: Callable[[int], object], count: int) -> float:
    """CPU seconds of this process for one, on average."""
    started = time.process_time()
    for number in range(count):
        work(number)
    return (time.process_time() - started) / count
