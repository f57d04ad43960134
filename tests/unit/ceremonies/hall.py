"""A ceremony's world on the embedded adapters: store, objects, keys, trust list, units."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from events.envelope import Act, Actor
from shared.ceremonies.delegate_list import InvitedUnits
from shared.ceremonies.importing import ImportDelegates, ReceiveDelegateList, upload_prefix
from shared.ceremonies.model import AgendaItem, AgendaKind, Ceremony, CeremonyKind, DelegateList, Ticket
from shared.ceremonies.planning import CeremonyPlan, PlanCeremony
from shared.ceremonies.ticket_code import ticket_text
from shared.ceremonies.tickets import IssueTicket
from shared.documents.workbook import read_workbook
from shared.embedded.objects import FolderObjects
from shared.embedded.store import Store
from shared.kernel.errors import Unavailable
from shared.kernel.ids import derived_id
from shared.kernel.keys import Ed25519Signer
from shared.kernel.ports import Signer, Table
from shared.kernel.trust import TrustList
from shared.kernel.unit_names import NamedUnit, UnitNames

SAMPLE = Path(__file__).parents[3] / "samples" / "khoi-thi-dua-2"
NOW = datetime(2027, 2, 1, 2, tzinfo=UTC)
DOORS = datetime(2027, 2, 12, 0, tzinfo=UTC)
ORIGIN = "http://localhost:8000"


class HeldKeys:
    """The ticket keys of the host; `key` is in force."""

    def __init__(self) -> None:
        self.key = Ed25519Signer.from_seed(b"t" * 32)
        self.past: list[Signer] = []

    def signer(self, issuer: str, purpose: str) -> Signer:
        if (issuer, purpose) != ("TDOAN", "ticket"):
            raise Unavailable("keys.none")
        return self.key

    def signer_by_kid(self, kid: bytes) -> Signer:
        for key in (self.key, *self.past):
            if key.kid == kid:
                return key
        raise Unavailable("keys.no_key")

    def certificate(self, issuer: str) -> bytes:
        raise Unavailable("keys.none")


def act(at: datetime = NOW, device: str = "gate-a") -> Act:
    return Act(actor=Actor(kind="DEVICE", id=device), at=at, correlation_id="test-correlation")


def plan(**changes: Any) -> CeremonyPlan:
    told = json.loads((SAMPLE / "ceremony.json").read_text("utf-8"))
    agenda = tuple(
        AgendaItem(
            kind=AgendaKind(item["kind"]),
            title=item["title"],
            speaker=item.get("speaker", ""),
            speaker_unit=item.get("speaker_unit", ""),
        )
        for item in told.pop("agenda")
    )
    times = {name: datetime.fromisoformat(told.pop(name)) for name in ("doors_open", "starts", "ends")}
    kind = CeremonyKind(told.pop("kind"))
    return CeremonyPlan(**{**told, **times, "kind": kind, "agenda": agenda, "gates": tuple(told["gates"]), **changes})


@dataclass
class World:
    store: Store
    objects: FolderObjects
    keys: HeldKeys
    trust: TrustList
    invited: InvitedUnits

    @property
    def table(self) -> Table:
        return self.store.table("ceremonies")

    def plan(self, **changes: Any) -> Ceremony:
        return PlanCeremony(self.table)(act(), plan(**changes))

    def receive(self, ceremony: str, data: bytes, name: str = "delegates.xlsx") -> DelegateList:
        key = f"{upload_prefix(ceremony)}{derived_id('upload', name)}"
        self.objects.put_new(key, data, "application/octet-stream")
        return ReceiveDelegateList(self.table, self.objects)(act(), ceremony=ceremony, object_key=key, filename=name)

    def bring(self, ceremony: str, data: bytes, name: str = "delegates.xlsx") -> DelegateList:
        received = self.receive(ceremony, data, name)
        bring = ImportDelegates(self.table, self.objects, read_workbook)
        return bring(act(), ceremony=ceremony, list_id=received.id, invited=self.invited)

    def report(self, done: DelegateList) -> dict[str, Any]:
        assert done.report_key is not None
        report: dict[str, Any] = json.loads(self.objects.get(done.report_key))["report"]
        return report

    def register(self, ceremony: str, *names: str, unit: str = "Sở Nội vụ") -> list[str]:
        """Registration ids of people, in the order given."""
        lines = "\n".join(f"{n};{name};{unit};095{n:07d}" for n, name in enumerate(names, start=1))
        self.bring(ceremony, f"STT;Họ và tên;Đơn vị;Điện thoại\n{lines}".encode(), f"{names[0]}-{unit}.csv")
        page = self.table.query(f"registrations#{ceremony}#0", index=1, limit=500)
        ids = {item.body["delegate"]["name"]: item.body["id"] for item in page.items}
        return [ids[name] for name in names]

    def facts(self, kind: str) -> list[dict[str, Any]]:
        """What was published of one type, in order."""
        with self.store.reading() as connection:
            rows = connection.execute("SELECT body FROM messages ORDER BY id").fetchall()
        details = [json.loads(body)["detail"] for (body,) in rows]
        return [detail["data"] for detail in details if detail["type"] == kind]

    def ticket(self, registration: str) -> tuple[Ticket, str]:
        """The ticket and its text."""
        ticket = IssueTicket(self.table, self.keys)(act(), registration)
        return ticket, ticket_text(ticket, self.keys, ORIGIN)


def sample_units() -> tuple[NamedUnit, ...]:
    rows = read_workbook((SAMPLE / "units.csv").read_bytes())[0].rows[1:]
    return tuple(
        NamedUnit(
            code=row[0],
            name=row[1],
            valid_from=date.fromisoformat(row[3]) if len(row) > 3 and row[3] else None,
            valid_to=date.fromisoformat(row[4]) if len(row) > 4 and row[4] else None,
            predecessors=tuple(row[5].split("+")) if len(row) > 5 and row[5] else (),
        )
        for row in rows
    )


def invited(**quotas: int) -> InvitedUnits:
    guests = frozenset({"SNV", "TTTU", "BCHQS", "BPTTH", "GHPG"})
    return InvitedUnits(names=UnitNames(sample_units(), date(2027, 2, 12)), guests=guests, quotas=quotas)
