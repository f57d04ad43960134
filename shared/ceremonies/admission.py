"""Admit the bearer of a ticket: the hot path of the doors. Called by functions/ceremonies/admit.py.

One consistent read of the ticket's partition, one pure decision, one commit. The commit expects the ticket as it was read and no
admission beside it, so that of any number of doors one admits; the others read again and refuse, saying when and where.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import datetime

from events.ceremonies import TicketAdmitted
from events.envelope import Act, wrap
from shared.ceremonies import rules
from shared.ceremonies.model import ADMISSION, REFUSED_SCAN, TICKET, RefusedScan
from shared.ceremonies.rules import Admitted, Refusal, Scan, scanned_text
from shared.ceremonies.stored_ticket import ticket_put
from shared.ceremonies.ticket_code import Unreadable, read_ticket
from shared.kernel.clock import moment_key, rfc3339
from shared.kernel.codetext import id_digits
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Invalid, NotFound
from shared.kernel.ports import ABSENT, ANY, Put, Table
from shared.kernel.text import nfc
from shared.kernel.trust import TrustList

MAX_TEXT = 4_000
MAX_GATE = 60


class AdmitTicket:
    """Admits a ticket once. `trust` is the list in force."""

    def __init__(self, table: Table, trust: TrustList) -> None:
        self._table = table
        self._trust = trust

    def __call__(self, act: Act, *, text: str, scan_id: str, gate: str, ceremony: str) -> Admitted | Refusal:
        """Admitted also for the repeat of a scan that was admitted; a Refusal stands in the scan log before it is told.

        Raises Invalid (`scan.id_bad`, `scan.gate_bad`, `scan.text_too_long`), NotFound (`ceremony.unknown`: no ceremony's
        id, or where the text is not a ticket none of that id).
        """
        if not rules.is_ceremony_id(ceremony):
            raise NotFound("ceremony.unknown")
        if not rules.is_scan_id(scan_id):
            raise Invalid("scan.id_bad", field="scan_id")
        if not gate or len(gate) > MAX_GATE or nfc(gate) != gate:
            raise Invalid("scan.gate_bad", field="gate", most=MAX_GATE)
        if len(text) > MAX_TEXT:
            raise Invalid("scan.text_too_long", field="text", most=MAX_TEXT)
        scan = Scan(scan_id=scan_id, gate=gate, ceremony=ceremony, by=act.actor.id)
        try:
            claims = read_ticket(scanned_text(text), self._trust, int(act.at.timestamp()))
        except Unreadable as unreadable:
            return self._refuse(act, scan, Refusal(code=unreadable.code), None, text if unreadable.foreign else "")
        ticket = id_digits(claims.id)
        if claims.ceremony.hex() != ceremony:
            return self._refuse(act, scan, Refusal(code="ticket.wrong_ceremony"), ticket)
        outcome = decide_again(lambda: self._decide(act, scan, ticket))
        if isinstance(outcome, Refusal):
            return self._refuse(act, scan, outcome, ticket)
        return outcome

    def _decide(self, act: Act, scan: Scan, ticket_id: str) -> Admitted | Refusal:
        items = {item.sort: item for item in self._table.query(f"ticket#{ticket_id}", limit=20).items}
        item = items.get("ticket")
        before = items.get(f"admission#{scan.ceremony}")
        ticket = TICKET.read(item.body) if item else None
        history = [ADMISSION.read(before.body)] if before else []
        outcome = rules.admit(ticket, history, scan, act.at)
        if item is None or not isinstance(outcome, Admitted) or not outcome.fresh:
            return outcome
        counted = replace(outcome.ticket, entries=outcome.ticket.entries + 1)
        partition = f"ticket#{ticket_id}"
        writes = [
            ticket_put(counted, item.version),
            Put(
                partition=partition,
                sort=f"admission#{scan.ceremony}",
                body=ADMISSION.body(outcome.admission),
                expect=ABSENT,
                index1=(f"admissions#{scan.ceremony}", f"{moment_key(outcome.admission.at)}#{ticket_id}"),
            ),
        ]
        fact = TicketAdmitted(
            ceremony=scan.ceremony,
            ticket=ticket_id,
            registration=counted.registration,
            unit=counted.unit,
            kind=outcome.admission.kind,
            gate=scan.gate,
            admitted_at=outcome.admission.at,
        )
        self._table.commit(writes, [wrap(fact, act, subject=ticket_id, version=item.version + 1)])
        return outcome

    def _refuse(self, act: Act, scan: Scan, refusal: Refusal, ticket: str | None, foreign: str = "") -> Refusal:
        """Keeps the refused scan; the same scan id may still be admitted later. A repeat replaces the line before."""
        refused = RefusedScan(
            scan_id=scan.scan_id,
            gate=scan.gate,
            at=act.at,
            by=scan.by,
            code=refusal.code,
            ticket=ticket,
            length=len(foreign),
            digest=self._keyed_hash(scan.ceremony, foreign) if foreign else "",
        )
        self._table.commit([_log_line(scan, refused, act.at)])
        return refusal

    def _keyed_hash(self, ceremony: str, foreign: str) -> str:
        """Two scans of one foreign code can be told to be the same, and nobody can guess what it said (FORMATS 5)."""
        secret = self._table.get(f"ceremony#{ceremony}", "secret")
        if secret is None:
            raise NotFound("ceremony.unknown", ceremony=ceremony[:40])
        key = bytes.fromhex(secret.body["key"])
        return hmac.new(key, b"giaouoc/foreign-scan/1\x00" + foreign.encode(), hashlib.sha256).hexdigest()[:32]


def _log_line(scan: Scan, refused: RefusedScan, at: datetime) -> Put:
    shard = hashlib.sha256(scan.scan_id.encode()).hexdigest()[0]
    partition = f"scans#{scan.ceremony}#{shard}"
    return Put(
        partition=partition,
        sort=scan.scan_id,
        body=REFUSED_SCAN.body(refused),
        expect=ANY,
        index1=(partition, f"{rfc3339(at)}#{scan.scan_id}"),
    )
