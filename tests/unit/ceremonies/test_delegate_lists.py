"""Lists that are hostile, unusable or odd in ways that the sample is not."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from shared.ceremonies.delegate_list import InvitedUnits
from shared.ceremonies.importing import ImportDelegates, ReceiveDelegateList, upload_prefix
from shared.ceremonies.model import Category, ListState
from shared.ceremonies.registrations import CancelRegistration, ListRegistrations, ShowRegistration
from shared.ceremonies.tickets import VALID_AFTER_END, show_ticket
from shared.documents.workbook import read_workbook
from shared.kernel.errors import Invalid, NotFound, Refused
from shared.kernel.text import is_clean
from shared.texts import catalogue
from tests.hostile import CLEANED, HOSTILE_NAMES, LONG
from tests.unit.ceremonies.hall import World, act, invited


def workbook(*rows: tuple[str, ...]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(place, column, cell)
    return out.getvalue()


def csv_of(*rows: str) -> bytes:
    return "\n".join(("STT;Họ và tên;Đơn vị;Điện thoại;Email", *rows)).encode()


@pytest.mark.parametrize("name", [name for name in HOSTILE_NAMES if name != LONG])
def test_hostile_names_are_kept_as_data_and_cleaned_of_controls(world: World, name: str) -> None:
    ceremony = world.plan()
    world.bring(ceremony.id, workbook(("Họ và tên", "Đơn vị", "Email"), (name, "Sở Nội vụ", "a@tinh.example")))
    (kept,) = ListRegistrations(world.table)(ceremony.id).registrations
    assert is_clean(kept.delegate.name)
    assert kept.delegate.name == CLEANED.get(name, kept.delegate.name)


def test_too_long_a_name_is_a_problem_not_a_cut(world: World) -> None:
    ceremony = world.plan()
    done = world.bring(ceremony.id, workbook(("Họ và tên", "Đơn vị"), (LONG, "Sở Nội vụ"), ("An", "Sở Nội vụ")))
    assert (done.accepted, done.rejected) == (1, 1)
    assert world.report(done)["problems"][0]["code"] == "list.text_too_long"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"%PDF-1.7 x", "list.is_pdf"),
        (b"STT;Ten\n1;An\n", "list.no_header"),
        ("STT;Họ và tên;Email\n1;An;x\n".encode(), "list.missing_column"),
        (csv_of("STT;Họ và tên;Đơn vị;Điện thoại;Email", "1;An;SNV;;"), "list.two_header_rows"),
        (csv_of(), "list.no_rows"),
    ],
)
def test_an_unusable_file_is_refused_whole_and_says_why(world: World, data: bytes, code: str) -> None:
    ceremony = world.plan()
    done = world.bring(ceremony.id, data)
    assert (done.state, done.refusal) == (ListState.REFUSED, code)
    assert code in catalogue()
    assert ListRegistrations(world.table)(ceremony.id).registrations == ()


def test_every_fault_of_a_row_is_told_at_once(world: World) -> None:
    ceremony = world.plan()
    done = world.bring(ceremony.id, csv_of("1;;;12;x", "2;123;Sở Gì;;"))
    assert [(each["number"], each["code"]) for each in world.report(done)["problems"]] == [
        ("1", "list.name_missing"),
        ("1", "list.unit_missing"),
        ("1", "list.phone_bad"),
        ("1", "list.email_bad"),
        ("2", "list.name_not_a_name"),
        ("2", "list.unit_unknown"),
    ]


def test_lookalikes_former_units_and_quotas_are_notes(world: World) -> None:
    ceremony = world.plan()
    world.invited = invited(SNV=2)
    rows = ("1;Lê An;Sở Nội vụ;0951111111;", "2;Lê Ân;SNV;0952222222;", "3;Lê Bình;so noi vu;0951111111;",
            "4;Vũ Tư;Ban Dân vận Tỉnh ủy;;v@tinh.example")  # fmt: skip
    done = world.bring(ceremony.id, csv_of(*rows))
    assert done.rejected == 0
    notes = [
        (each["number"], each["code"]) for each in world.report(done)["notes"] if each["code"] != "list.email_missing"
    ]
    assert notes == [
        ("2", "list.maybe_same_person"),
        ("3", "list.maybe_same_person"),
        ("3", "delegate.over_quota"),
        ("4", "list.unit_former"),
    ]


def test_two_people_of_one_name_in_a_unit_are_told_apart_by_their_numbers(world: World) -> None:
    ceremony = world.plan()
    done = world.bring(
        ceremony.id, csv_of("1;Lê An;SNV;0951111111;", "2;Lê An;SNV;0952222222;", "3;LÊ AN;SNV;0951111111;")
    )
    assert (done.accepted, done.registered) == (2, 2)


def test_a_later_list_reaches_the_ticket_whose_code_stays(world: World) -> None:
    ceremony = world.plan()
    header = "STT;Họ và tên;Chức vụ;Đơn vị;Điện thoại;Email"
    world.bring(ceremony.id, f"{header}\n1;LÊ AN;Phó Giám đốc;SNV;0951111111;".encode(), "dot-1.csv")
    (registration,) = ListRegistrations(world.table)(ceremony.id).registrations
    ticket, text = world.ticket(registration.id)
    corrected = f"{header}\n1;Lê An;Giám đốc;SNV;0951111111;an@tinh.example".encode()
    told = []
    for name in ("dot-2.csv", "dot-3.csv"):
        notes = world.report(world.bring(ceremony.id, corrected, name))["notes"]
        told.append("delegate.registered_before" in {each["code"] for each in notes})
    assert told == [True, False], "a row that changes somebody is told, one that says the same again is not"
    kept = show_ticket(world.table, ticket.id)
    assert (kept.holder, kept.office, kept.unit_name) == ("Lê An", "Giám đốc", ticket.unit_name)
    assert (kept.id, kept.seed, kept.proof, kept.state) == (ticket.id, ticket.seed, ticket.proof, ticket.state)
    assert world.ticket(registration.id)[1] == text
    assert world.facts("DelegateAddressGiven") == [
        {"ceremony": ceremony.id, "registration": registration.id, "ticket": ticket.id}
    ]


def test_a_corrected_address_is_told_each_time_so_that_a_letter_that_came_back_goes_on(world: World) -> None:
    ceremony = world.plan()
    header = "STT;Họ và tên;Chức vụ;Đơn vị;Điện thoại;Email"

    def bring(address: str, name: str) -> None:
        world.bring(ceremony.id, f"{header}\n1;Lê An;Giám đốc;SNV;0951111111;{address}".encode(), name)

    bring("an@tihn.example", "dot-1.csv")
    (registration,) = ListRegistrations(world.table)(ceremony.id).registrations
    ticket, _ = world.ticket(registration.id)
    for name, address in (("dot-2.csv", "an@tinh.example"), ("dot-3.csv", "an@tinh.example"), ("dot-4.csv", "")):
        bring(address, name)
    assert [fact["ticket"] for fact in world.facts("DelegateAddressGiven")] == [ticket.id]
    assert ShowRegistration(world.table)(registration.id).delegate.email is None


def test_a_category_is_signed_into_the_ticket_and_stays_until_it_is_issued_anew(world: World) -> None:
    ceremony = world.plan()
    (registration,) = world.register(ceremony.id, "Lê An")
    ticket, _ = world.ticket(registration)
    world.invited = InvitedUnits(names=world.invited.names)  # the unit is no guest any more
    world.bring(ceremony.id, csv_of("1;Lê An;SNV;0950000001;"), "lan-2.csv")
    assert ShowRegistration(world.table)(registration).delegate.category is Category.DELEGATE
    assert show_ticket(world.table, ticket.id).category is Category.GUEST
    assert world.ticket(registration)[0] == show_ticket(world.table, ticket.id)


def test_a_cancelled_registration_stays_cancelled_when_the_list_comes_again(world: World) -> None:
    ceremony = world.plan()
    (registration,) = world.register(ceremony.id, "Lê An")
    for _ in range(2):
        CancelRegistration(world.table)(act(), registration)
    done = world.bring(ceremony.id, csv_of("1;Lê An;SNV;0950000001;"), "again.csv")
    assert "delegate.cancelled_before" in {each["code"] for each in world.report(done)["notes"]}
    assert ShowRegistration(world.table)(registration).state.value == "CANCELLED"
    total = world.table.get(f"attendance#{ceremony.id}", "total")
    assert total is not None
    assert total.body == {"registered": 0}


def test_a_list_must_be_uploaded_for_its_ceremony(world: World) -> None:
    ceremony = world.plan()
    receive = ReceiveDelegateList(world.table, world.objects)
    with pytest.raises(Invalid):
        receive(act(), ceremony=ceremony.id, object_key="imports/ceremonies/other/x.csv", filename="x.csv")
    with pytest.raises(NotFound):
        receive(act(), ceremony=ceremony.id, object_key=f"imports/ceremonies/{ceremony.id}/no.csv", filename="x.csv")
    with pytest.raises(NotFound):
        receive(act(), ceremony="0" * 16, object_key="imports/ceremonies/0000000000000000/x", filename="x.csv")


def test_a_list_for_a_ceremony_that_is_over_is_refused_at_once(world: World) -> None:
    """Its delegates could have no ticket any more; taken in silence, the office would wait for invitations."""
    ceremony = world.plan()
    key = upload_prefix(ceremony.id) + "late.csv"
    world.objects.put_new(key, b"x", "text/csv")
    receive = ReceiveDelegateList(world.table, world.objects)
    last = ceremony.ends + VALID_AFTER_END
    with pytest.raises(Refused, match=r"ceremony\.over"):
        receive(act(last), ceremony=ceremony.id, object_key=key, filename="late.csv")
    assert receive(act(last - timedelta(seconds=1)), ceremony=ceremony.id, object_key=key, filename="late.csv").id


def test_registrations_page_by_page_and_by_search(world: World, tmp_path: Path) -> None:
    ceremony = world.plan()
    names = [f"Người Thứ {chr(ord('A') + n // 26)}{chr(ord('a') + n % 26)}" for n in range(120)]
    world.register(ceremony.id, *names)
    listed, cursor = [], None
    while True:
        page = ListRegistrations(world.table)(ceremony.id, limit=50, cursor=cursor)
        listed += [each.delegate.name for each in page.registrations]
        cursor = page.cursor
        if cursor is None:
            break
    assert listed == names
    found = ListRegistrations(world.table)(ceremony.id, query="nguoi thu ab noi vu").registrations
    assert [each.delegate.name for each in found] == ["Người Thứ Ab"]
    for bad in ({"limit": 0}, {"cursor": "x.y"}, {"cursor": "0.zzz"}):
        with pytest.raises(Invalid):
            ListRegistrations(world.table)(ceremony.id, **bad)  # type: ignore[arg-type]


def test_a_file_that_is_replaced_while_its_list_is_taken_in_changes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off after the first rows, the import goes on with the file as it was, whatever the sender put there since."""
    ceremony = world.plan()
    names = [f"Nguyễn Văn {letter}" for letter in "ABCDEGHIKLMNOPQRSTUVXY"]
    names += [f"Lê Thị {letter}" for letter in "ABCDEGHIKLMNOPQRSTUVXY"]
    rows = [f"{number};{name};SNV;095{number:07d};" for number, name in enumerate(names, start=1)]
    received = world.receive(ceremony.id, csv_of(*rows))
    bring = ImportDelegates(world.table, world.objects, read_workbook)
    real, commits = type(world.table).commit, 0

    def dying(*given: Any, **more: Any) -> Any:
        nonlocal commits
        commits += 1
        if commits == 2:
            raise RuntimeError("the process died")
        return real(*given, **more)

    with monkeypatch.context() as patched:
        patched.setattr(type(world.table), "commit", dying)
        with pytest.raises(RuntimeError):
            bring(act(), ceremony=ceremony.id, list_id=received.id, invited=world.invited)
    world.objects.replace(received.object_key, csv_of("1;Kẻ Khác;SNV;0951111111;"), "text/csv")
    done = bring(act(), ceremony=ceremony.id, list_id=received.id, invited=world.invited)
    assert (done.rows, done.registered) == (len(names), len(names))
    page = ListRegistrations(world.table)(ceremony.id, limit=100)
    assert {one.delegate.name for one in page.registrations} == set(names)
