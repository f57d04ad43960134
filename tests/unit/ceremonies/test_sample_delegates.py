"""The sample list, as the office sent it: every fault is found, every good row is kept, and twice changes nothing."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest

from shared.ceremonies.importing import ImportDelegates
from shared.ceremonies.model import REGISTRATION, ListState
from shared.ceremonies.registrations import ListRegistrations
from shared.documents.workbook import read_workbook
from shared.texts import catalogue
from tests.unit.ceremonies.hall import SAMPLE, World, act

DELEGATES = (SAMPLE / "delegates.xlsx").read_bytes()


def numbers(report: dict[str, Any], part: str) -> dict[str, list[int]]:
    """Code -> STT of the rows that bear it (the sheet's row for those without)."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for each in report[part]:
        found[each["code"]].append(int(each["number"] or each["row"]))
    return dict(found)


def test_exactly_the_faults_of_the_sample_are_found(world: World) -> None:
    ceremony = world.plan()
    done = world.bring(ceremony.id, DELEGATES)
    assert (done.state, done.rows, done.accepted, done.rejected) == (ListState.IMPORTED, 186, 182, 4)
    assert done.registered == 182
    report = world.report(done)
    assert [(p["row"], p["number"], p["field"], p["column"], p["code"]) for p in report["problems"]] == [
        (61, "57", "email", "F", "list.email_bad"),
        (92, "88", "unit", "D", "list.unit_unknown"),
        (125, "120", "name", "B", "list.name_missing"),
        (146, "141", "name", "B", "delegate.twice"),
    ]
    assert report["problems"][0]["value"] == "khong-phai-email"
    assert report["problems"][3]["facts"] == {"row": 44, "number": "40"}
    assert numbers(report, "notes") == {
        "list.sheet_skipped": [0],
        "list.title_rows": [1],
        "list.email_missing": [13, 26, 39, 52, 65, 78, 91, 104, 117, 130, 143, 156, 169, 182],
        "list.name_recomposed": [17, 34, 51, 68, 85, 102, 119, 136, 153, 170],
        "list.name_spaces": [23, 46, 69, 92, 115, 138, 161, 184],
        "list.name_in_capitals": [23, 46, 69, 92, 115, 138, 161, 184],
        "list.phone_zero_restored": [29, 58, 87, 116, 145, 174],
        "list.empty_row": [105],
        "list.maybe_same_person": [165],
        "list.name_two_spellings": [186],
        "list.totals_row": [192],
    }
    assert {each["code"] for part in ("problems", "notes") for each in report[part]} <= set(catalogue())


def test_what_is_stored_of_odd_rows(world: World) -> None:
    ceremony = world.plan()
    world.bring(ceremony.id, DELEGATES)
    page = ListRegistrations(world.table)(ceremony.id, limit=500)
    people = {each.delegate.order: each.delegate for each in page.registrations}
    assert [each.delegate.order for each in page.registrations] == sorted(people)
    assert people[23].name == "LÂM NGỌC DUYÊN"
    assert people[29].phone == "+84952430309"
    assert people[19].phone == "+84950492780"
    assert people[17].name == "Tô Hồng Ẩn"
    assert people[13].email is None
    assert people[154].name == "H'Len Niê"
    assert people[186].name == "Đặng Thị Thuý"
    assert people[31].remark == "Đi thay"
    assert (people[1].category.value, people[9].category.value) == ("GUEST", "DELEGATE")
    assert not {57, 88, 120, 141} & set(people)


def test_the_same_list_again_and_under_another_name_registers_nobody_twice(world: World) -> None:
    ceremony = world.plan()
    first = world.bring(ceremony.id, DELEGATES)
    bring = ImportDelegates(world.table, world.objects, read_workbook)
    assert bring(act(), ceremony=ceremony.id, list_id=first.id, invited=world.invited) == first
    again = world.bring(ceremony.id, DELEGATES, "once more.xlsx")
    assert (again.accepted, again.registered) == (182, 0)
    assert len(ListRegistrations(world.table)(ceremony.id, limit=500).registrations) == 182
    assert "delegate.registered_before" not in numbers(world.report(again), "notes"), "nothing of theirs has changed"
    total = world.table.get(f"attendance#{ceremony.id}", "total")
    assert total is not None
    assert total.body == {"registered": 182}


def test_an_import_cut_off_between_chunks_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ceremony = world.plan()
    received = world.receive(ceremony.id, DELEGATES)
    calls = 0
    bring = ImportDelegates(world.table, world.objects, read_workbook)
    whole = bring._register

    def cut_off(*args: Any) -> int:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return whole(*args)

    monkeypatch.setattr(bring, "_register", cut_off)
    with pytest.raises(KeyboardInterrupt):
        bring(act(), ceremony=ceremony.id, list_id=received.id, invited=world.invited)
    bring = ImportDelegates(world.table, world.objects, read_workbook)
    done = bring(act(), ceremony=ceremony.id, list_id=received.id, invited=world.invited)
    assert (done.accepted, done.registered) == (182, 182)
    total = world.table.get(f"attendance#{ceremony.id}", "total")
    assert total is not None
    assert total.body == {"registered": 182}


def test_events_and_indexes_hold_no_contact_data(world: World) -> None:
    ceremony = world.plan()
    world.bring(ceremony.id, DELEGATES)
    item = world.table.query(f"registrations#{ceremony.id}#0", index=1, limit=1).items[0]
    delegate = REGISTRATION.read(item.body).delegate
    assert item.index1 is not None
    assert delegate.phone is not None
    assert delegate.phone not in json.dumps(item.index1)


def test_corrected_rows_of_a_second_list_join_the_first(world: World) -> None:
    ceremony = world.plan()
    world.bring(ceremony.id, DELEGATES)
    rows = (
        "STT;Họ và tên;Đơn vị;Điện thoại;Email;Chức vụ",
        "1;Phạm Phương Thương;BTC;0950429122;a@tinh.example;",
        "2;Trần Ngọc Hường;Sở Nội vụ;0957224374;moi@tinh.example;Giám đốc Sở",
    )
    done = world.bring(ceremony.id, "\n".join(rows).encode(), "second.csv")
    assert (done.accepted, done.registered) == (2, 1)
    people = {
        each.delegate.name: each.delegate
        for each in ListRegistrations(world.table)(ceremony.id, limit=500).registrations
    }
    assert len(people) == 183
    assert (people["Trần Ngọc Hường"].email, people["Trần Ngọc Hường"].order) == ("moi@tinh.example", 2)
