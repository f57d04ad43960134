"""At the door: each ticket once, the same scan always the same answer, every refusal with its reason and what to do."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.catalogue import BY_CLASS
from events.ceremonies import TicketAdmitted
from events.envelope import open_envelope, read_envelope
from shared.ceremonies import rules
from shared.ceremonies.admission import AdmitTicket
from shared.ceremonies.attendance import CountAttendance, ShowHallTotals
from shared.ceremonies.model import TICKET, Admission, Category, Ticket, TicketState
from shared.ceremonies.planning import ShowCeremony
from shared.ceremonies.registrations import CancelRegistration, RestoreRegistration
from shared.ceremonies.rules import Admitted, Refusal, Scan
from shared.ceremonies.ticket_code import claims_of, ticket_text
from shared.ceremonies.tickets import IssueTicket, ShowTicket
from shared.kernel import codetext, tokens
from shared.kernel.errors import Invalid, NotFound, Refused, Unavailable
from shared.kernel.keys import Ed25519Signer
from shared.texts import catalogue, say
from tests.unit.ceremonies.hall import DOORS, ORIGIN, World, act

OPEN = DOORS + timedelta(minutes=20)


class Door:
    """One ceremony with one ticket."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ceremony = world.plan()
        self.registrations = world.register(self.ceremony.id, "Lê An", "Vũ Bình")
        self.ticket, self.text = world.ticket(self.registrations[0])

    def scan(self, scan_id: str = "scan-0001", *, text: str = "", gate: str = "Cổng A", at: datetime = OPEN,
             ceremony: str = "") -> Admitted | Refusal:  # fmt: skip
        admit = AdmitTicket(self.world.table, self.world.trust)
        return admit(act(at), text=text or self.text, scan_id=scan_id, gate=gate, ceremony=ceremony or self.ceremony.id)

    def code(self, *args: Any, **kwargs: Any) -> str:
        outcome = self.scan(*args, **kwargs)
        if isinstance(outcome, Admitted):
            return "admitted"
        assert outcome.code in catalogue()
        return outcome.code

    def logged(self) -> list[dict[str, Any]]:
        lines = []
        for shard in "0123456789abcdef":
            page = self.world.table.query(f"scans#{self.ceremony.id}#{shard}")
            lines += [dict(item.body) for item in page.items]
        return lines


@pytest.fixture
def door(world: World) -> Door:
    return Door(world)


def test_a_ticket_is_admitted_once_and_the_other_scan_learns_when_and_where(door: Door) -> None:
    first = door.scan("scan-0001")
    assert isinstance(first, Admitted)
    assert (first.fresh, first.ticket.holder, first.ticket.unit_name) == (True, "Lê An", "Sở Nội vụ")
    second = door.scan("scan-0002", gate="Cổng B")
    assert isinstance(second, Refusal)
    assert second.facts == {"at": "07:20 12/02/2027", "gate": "Cổng A", "name": "Lê An"}
    assert "07:20" in say(second.code, "vi", **second.facts)


def test_a_lost_answer_is_answered_the_same(door: Door) -> None:
    first = door.scan("scan-0001")
    again = door.scan("scan-0001", gate="Cổng B", at=OPEN + timedelta(minutes=1))
    assert isinstance(first, Admitted)
    assert isinstance(again, Admitted)
    assert again.admission == first.admission
    assert not again.fresh


def test_time_window_and_state_of_the_ticket(door: Door, world: World) -> None:
    early = door.scan("scan-0001", at=DOORS - timedelta(seconds=1))
    assert isinstance(early, Refusal)
    assert (early.code, early.facts) == ("ticket.too_early", {"opens": "07:00 12/02/2027"})
    ends = datetime(2027, 2, 12, 4, tzinfo=UTC)
    assert door.code("scan-0002", at=ends + timedelta(hours=12)) == "ticket.expired"
    # A refused scan burns neither the ticket nor the scan id.
    assert door.code("scan-0001", at=DOORS) == "admitted"


def test_replaced_and_cancelled_tickets_name_the_holder(door: Door, world: World) -> None:
    renewed = IssueTicket(world.table, world.keys).anew(act(), door.registrations[0])
    replaced = door.scan()
    assert isinstance(replaced, Refusal)
    assert (replaced.code, replaced.facts) == ("ticket.revoked", {"name": "Lê An"})
    text = ticket_text(renewed, world.keys, ORIGIN)
    CancelRegistration(world.table)(act(), door.registrations[0])
    assert door.code("scan-0002", text=text) == "ticket.cancelled"


def test_who_was_cancelled_and_comes_after_all_gets_another_ticket(door: Door, world: World) -> None:
    person = door.registrations[0]
    CancelRegistration(world.table)(act(), person)
    assert ShowHallTotals(world.table)(door.ceremony.id).registered == 1
    restore = RestoreRegistration(world.table)
    assert restore(act(), person) == restore(act(), person)
    assert ShowHallTotals(world.table)(door.ceremony.id).registered == 2
    renewed, text = world.ticket(person)
    assert renewed.id != door.ticket.id
    assert door.code("scan-0001") == "ticket.cancelled"
    assert isinstance(door.scan("scan-0002", text=text), Admitted)
    with pytest.raises(NotFound):
        restore(act(), "nobody")


def test_codes_that_are_not_a_ticket_of_this_door(door: Door, world: World) -> None:
    other = world.plan(title="Lễ khác")
    (registration,) = world.register(other.id, "Đỗ Cúc")
    _, other_text = world.ticket(registration)
    assert door.code(text=other_text) == "ticket.wrong_ceremony"
    assert door.code(text="079123456789|Nguyễn Văn A|01011990") == "ticket.not_our_code"


def test_forged_damaged_and_foreign_codes(door: Door, world: World) -> None:
    forger = Ed25519Signer.from_seed(b"f" * 32)
    forged = codetext.ticket_code(ORIGIN, tokens.sign_ticket(claims_of(door.ticket), forger))
    assert door.code(text=forged) == "ticket.bad_signature"
    assert door.code(text=door.text[:-2]) in {"ticket.incomplete_code", "ticket.bad_signature"}
    assert door.code(text=f"{ORIGIN}/t") == "ticket.incomplete_code"
    assert door.code(text=door.text.replace(ORIGIN, "https://evil.example")) == "ticket.wrong_host"
    assert door.code(text=f"{ORIGIN}/v/{'0' * 39}#123") in {"ticket.is_document", "ticket.incomplete_code"}
    assert door.code(text=door.ticket.id) == "ticket.not_our_code"
    unknown = tokens.sign_ticket(claims_of(replace(door.ticket, id="1".zfill(39))), world.keys.key)
    assert door.code(text=codetext.ticket_code(ORIGIN, unknown)) == "ticket.unknown"
    outside = replace(claims_of(door.ticket), issued_at=1, expires_at=2)
    too_old = codetext.ticket_code(ORIGIN, tokens.sign_ticket(outside, world.keys.key))
    assert door.code(text=too_old) == "ticket.bad_signature"


@pytest.mark.parametrize("wrapped", ["\\000026{}", "{}\r\n", " {} ", "\x1d{}\x00"])
def test_what_scanners_add_is_taken_off(door: Door, wrapped: str) -> None:
    assert door.code(text=wrapped.format(door.text)) == "admitted"


def test_refused_scans_are_kept_without_token_and_foreign_text_without_its_words(door: Door) -> None:
    personal = "079123456789|Nguyễn Văn A|01011990"
    door.scan("scan-0001", text=personal)
    door.scan("scan-0002", text=personal)
    door.scan("scan-0003", at=DOORS - timedelta(hours=1))
    lines = {line["scan_id"]: line for line in door.logged()}
    assert [lines[scan]["code"] for scan in sorted(lines)] == [
        "ticket.not_our_code",
        "ticket.not_our_code",
        "ticket.too_early",
    ]
    assert lines["scan-0001"]["length"] == len(personal)
    assert lines["scan-0001"]["digest"] == lines["scan-0002"]["digest"] != ""
    assert lines["scan-0003"]["ticket"] == door.ticket.id
    kept = json.dumps(door.logged(), ensure_ascii=False)
    assert "Nguyễn" not in kept
    assert door.text.partition("#")[2] not in kept


def test_the_token_is_stored_nowhere(door: Door, world: World) -> None:
    door.scan()
    token = door.text.partition("#")[2]
    stored = json.dumps([dict(item.body) for item in world.table.query(f"ticket#{door.ticket.id}").items])
    assert token not in stored
    number = int(token)
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")[1:]
    assert raw.hex() not in stored
    assert door.ticket.proof == tokens.ticket_proof(raw)
    assert door.ticket.seed == tokens.ticket_seed(raw)


def test_requests_that_no_gate_would_send(door: Door) -> None:
    for wrong in (
        {"scan_id": "short"},
        {"scan_id": "x" * 65},
        {"gate": "a\nb"},
        {"gate": "x" * 61},
        {"text": "x" * 5000},
    ):
        with pytest.raises(Invalid) as refused:
            door.scan(**wrong)  # type: ignore[arg-type]
        assert refused.value.code in catalogue()
    with pytest.raises(NotFound):
        door.scan(text="foreign", ceremony="f" * 16)


def test_many_doors_at_the_same_instant_admit_one(door: Door) -> None:
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def scan(number: int) -> None:
        start.wait()
        outcomes.append(door.code(f"scan-{number:04d}"))

    threads = [threading.Thread(target=scan, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["admitted"] + ["ticket.already_admitted"] * 7


def test_one_scan_sent_by_four_connections_is_admitted_four_times_and_stored_once(door: Door, world: World) -> None:
    outcomes: list[str] = []
    threads = [threading.Thread(target=lambda: outcomes.append(door.code("scan-0001"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == ["admitted"] * 4
    item = world.table.get(f"ticket#{door.ticket.id}", "ticket")
    assert item is not None
    assert TICKET.read(item.body).entries == 1


def test_a_ticket_keeps_its_text_when_another_key_comes_into_force(door: Door, world: World) -> None:
    world.keys.past.append(world.keys.key)
    world.keys.key = Ed25519Signer.from_seed(b"n" * 32)
    assert ticket_text(door.ticket, world.keys, ORIGIN) == door.text
    assert door.code(text=door.text) == "admitted"
    world.keys.past.clear()
    with pytest.raises(Unavailable) as gone:
        ticket_text(door.ticket, world.keys, ORIGIN)
    assert gone.value.code == "ticket.key_gone"


def test_issuing_is_repeatable_and_the_text_is_made_again(door: Door, world: World) -> None:
    again, text = world.ticket(door.registrations[0])
    assert (again, text) == (door.ticket, door.text)
    CancelRegistration(world.table)(act(), door.registrations[1])
    with pytest.raises(Refused) as refused:
        IssueTicket(world.table, world.keys)(act(), door.registrations[1])
    assert refused.value.code == "registration.cancelled"
    with pytest.raises(NotFound):
        IssueTicket(world.table, world.keys)(act(), "nobody")


def test_the_bearer_sees_the_occasion_and_no_contact(door: Door, world: World) -> None:
    view = ShowTicket(world.table, world.trust)(act(), door.text)
    assert (view.holder, view.unit, view.category, view.admitted_at) == ("Lê An", "Sở Nội vụ", "GUEST", None)
    assert view.title == ShowCeremony(world.table)(door.ceremony.id).title
    door.scan()
    assert ShowTicket(world.table, world.trust)(act(), door.text).gate == "Cổng A"
    assert "+84" not in str(view)
    with pytest.raises(Refused):
        ShowTicket(world.table, world.trust)(act(), "x")


def came(door: Door, registration: str) -> TicketAdmitted:
    return TicketAdmitted(
        ceremony=door.ceremony.id,
        ticket="1",
        registration=registration,
        unit="SNV",
        kind="GATE",
        gate="A",
        admitted_at=OPEN,
    )


def figures(door: Door, world: World) -> list[tuple[int, int]]:
    """Registered and admitted, of all and of the one unit."""
    totals = ShowHallTotals(world.table)(door.ceremony.id)
    (unit,) = totals.units
    return [(totals.registered, totals.admitted), (unit.registered, unit.admitted)]


@pytest.mark.parametrize("counted_first", [True, False])
def test_who_came_in_stays_counted_when_cancelled_and_when_restored(
    door: Door, world: World, counted_first: bool
) -> None:
    person, other = door.registrations
    count, cancel = CountAttendance(world.table), CancelRegistration(world.table)
    steps = [lambda: count(act(), came(door, person), 200), lambda: cancel(act(), person)]
    for step in steps if counted_first else reversed(steps):
        step()
    assert figures(door, world) == [(2, 1), (2, 1)]
    cancel(act(), other)
    assert figures(door, world) == [(1, 1), (1, 1)]
    count(act(), came(door, person), 200)
    RestoreRegistration(world.table)(act(), person)
    RestoreRegistration(world.table)(act(), other)
    count(act(), came(door, other), 300)
    assert figures(door, world) == [(2, 2), (2, 2)]


def test_attendance_counts_each_member_once_whatever_is_delivered(door: Door, world: World) -> None:
    count = CountAttendance(world.table)
    for number, registration in enumerate(door.registrations):
        _, text = world.ticket(registration)
        door.scan(f"scan-{number:04d}", text=text)
    facts = [
        TicketAdmitted(
            ceremony=door.ceremony.id, ticket="1", registration=registration, unit="SNV", kind="GATE", gate="Cổng A",
            admitted_at=OPEN,
        )
        for registration in door.registrations
    ]  # fmt: skip
    counted = [count(act(), fact, 200) for fact in [*facts, *reversed(facts), facts[0]]]
    assert counted == [True, True, False, False, False]
    totals = ShowHallTotals(world.table)(door.ceremony.id)
    assert (totals.registered, totals.admitted) == (2, 2)
    assert [(each.unit, each.unit_name, each.registered, each.admitted) for each in totals.units] == [
        ("SNV", "Sở Nội vụ", 2, 2)
    ]
    with pytest.raises(NotFound):
        ShowHallTotals(world.table)("0" * 16)


TICKET_FACTS = Ticket(
    id="7".zfill(39), ceremony="a" * 16, registration="r", issuer="TDOAN", kid=b"k" * 8, issued_at=0, expires_at=10_000,
    category=Category.DELEGATE, seed=b"", proof=b"", state=TicketState.VALID, opens_at=1_000, zone="Asia/Ho_Chi_Minh",
    holder="An", office="", unit="SNV", unit_name="Sở Nội vụ",
)  # fmt: skip
scans = st.lists(
    st.tuples(
        st.sampled_from(["scan-0001", "scan-0002", "scan-0003"]),
        st.sampled_from(["A", "B"]),
        st.sampled_from(["a" * 16, "b" * 16]),
        st.integers(0, 12_000),
    ),
    max_size=25,
)


@settings(deadline=None)
@given(scans, st.sampled_from(list(TicketState)))
def test_whatever_is_scanned_in_whatever_order(sequence: list[tuple[str, str, str, int]], state: TicketState) -> None:
    """One admission at most; its own scan is answered alike for ever; no other scan is ever admitted."""
    ticket = replace(TICKET_FACTS, state=state)
    history: list[Admission] = []
    for scan_id, gate, ceremony, second in sequence:
        scan = Scan(scan_id=scan_id, gate=gate, ceremony=ceremony, by="device")
        mine = [each for each in history if each.ceremony == ceremony]
        outcome = rules.admit(ticket, mine, scan, datetime.fromtimestamp(second, UTC))
        if isinstance(outcome, Refusal):
            assert outcome.code in catalogue()
            continue
        assert ceremony == ticket.ceremony
        if outcome.fresh:
            assert state is TicketState.VALID
            assert not history
            assert ticket.opens_at <= second < ticket.expires_at
            history.append(outcome.admission)
        assert outcome.admission == history[0]
        assert scan_id == history[0].scan_id
    assert rules.admit(None, [], Scan(scan_id="s", gate="A", ceremony="x", by="d"), OPEN) == Refusal(
        code="ticket.unknown"
    )


def test_the_fact_of_an_admission_carries_no_name(door: Door, world: World) -> None:
    rows: list[str] = []
    table = world.table
    commit = table.commit

    class Watching:
        def __getattr__(self, name: str) -> Any:
            return getattr(table, name)

        def commit(self, writes: Any, events: Any = ()) -> None:
            rows.extend(json.dumps(event.wire(), ensure_ascii=False) for event in events)
            commit(writes, events)

    AdmitTicket(Watching(), world.trust)(  # type: ignore[arg-type]
        act(OPEN), text=door.text, scan_id="scan-0001", gate="Cổng A", ceremony=door.ceremony.id
    )
    (row,) = rows
    envelope = read_envelope(json.loads(row))
    assert isinstance(open_envelope(envelope, BY_CLASS), TicketAdmitted)
    assert (envelope.subject, envelope.sequence) == (door.ticket.id, 200)
    assert "Lê An" not in row
    assert door.text.partition("#")[2] not in row
