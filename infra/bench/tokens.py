"""Ticket and document codes verified a second, from the scanned text to the claims, beside one raw Ed25519 verification."""

from __future__ import annotations

import time
from collections.abc import Callable

from infra.bench.machine import report
from shared.kernel import codetext, keys, tokens, verification
from shared.kernel.keys import Ed25519Signer
from shared.kernel.token_check import check_ticket
from shared.kernel.trust import Issuer, Purpose, TrustedKey, TrustList

ROUNDS = 3000
NOW = 1_800_000_000


def main() -> None:
    """Prints token.verify_ticket and token.verify_document."""
    signer = Ed25519Signer.generate()
    document_signer = Ed25519Signer.generate()
    trust = TrustList(
        seq=1,
        issued_at=NOW - 10,
        prev=None,
        issuers=(
            Issuer(code="SNV", name="Sở Nội vụ", did="did:web:thidua.tinh.example", hosts=("thidua.tinh.example",)),
        ),
        keys=tuple(
            TrustedKey(issuer="SNV", purpose=purpose, public_key=key.public_key(), valid_from=0, valid_until=NOW * 2)
            for purpose, key in ((Purpose.TICKET, signer), (Purpose.DOCUMENT, document_signer))
        ),
    )
    ticket = tokens.TicketClaims(
        issuer="SNV", issued_at=NOW - 5, expires_at=NOW + 9000, id=1 << 127, category=1, ceremony=b"12345678"
    )
    ticket_text = codetext.ticket_code("https://thidua.tinh.example", tokens.sign_ticket(ticket, signer))
    document = tokens.DocumentClaims(
        issuer="SNV",
        issued_at=NOW - 5,
        id=1 << 126,
        kind=tokens.DocumentKind.CERTIFICATE,
        recipient="Nguyễn Thị Thu Thủy",
        title="Có thành tích xuất sắc trong đợt thi đua cao điểm chào mừng kỷ niệm 80 năm Ngày Toàn quốc kháng chiến",
        reference="128/QĐ-SNV",
        occasion="KTD2-2027",
        status_number=7,
    )
    signed = tokens.sign_document(document, document_signer)
    document_text = codetext.document_code("https://thidua.tinh.example", document.id, signed)
    public = keys.ed25519_key(signer.public_key())
    signature = signer.sign(b"x" * 150)
    floor = _each(lambda: public.verifies(signature, b"x" * 150))
    for figure, work in (
        ("token.verify_ticket", lambda: check_ticket(ticket_text, trust, NOW)),
        ("token.verify_document", lambda: verification.verify_document(document_text, trust, NOW)),
    ):
        spent = _each(work)
        report(
            figure,
            value=round(1 / spent),
            unit="verifications/s",
            microseconds=round(spent * 1e6, 1),
            floor_microseconds=round(floor * 1e6, 1),
            ratio_to_floor=round(spent / floor, 2),
        )


def _each(work: Callable[[], object]) -> float:
    """Seconds of one run, the best of five rounds."""
    best = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(ROUNDS):
            work()
        best = min(best, (time.perf_counter() - started) / ROUNDS)
    return best
