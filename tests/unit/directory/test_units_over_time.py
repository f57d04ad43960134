"""Names, heads and contacts of a unit over time, and a changed address while a pledge is open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from events.envelope import Act, Actor
from shared.directory.addresses import Officer, held_until, watching
from shared.directory.model import UNIT, Tenure, Unit, UnitKind
from shared.directory.rules import contact_tenures, head_on, name_on, unit_names
from shared.directory.units import (
    AppointHead,
    ChangeContact,
    ChangeUnit,
    ConfirmAddress,
    ContactFacts,
    RefuseAddress,
    RegisterUnit,
    RenameUnit,
    UnitFacts,
)
from shared.directory.usecases import ListUnits, ShowUnit
from shared.embedded.store import Store
from shared.kernel.errors import Forbidden, Invalid, NotFound, Refused
from shared.kernel.ports import Table
from shared.kernel.unit_names import UnitMatch
from shared.texts import catalogue

AT = datetime(2027, 2, 10, 1, 0, tzinfo=UTC)
FACTS = UnitFacts(name="Sở Nội vụ", kind=UnitKind.STATE)
AN = Officer(person="an", units=("SNV",))
BINH = Officer(person="binh", units=("TCT",))
CHI = Officer(person="chi", for_office=True)


def act(at: datetime = AT, person: str = "an") -> Act:
    return Act(actor=Actor(kind="PERSON", id=person), at=at, correlation_id="test")


@pytest.fixture
def table() -> Iterator[Table]:
    store = Store(":memory:")
    opened = store.table("directory")
    RegisterUnit(opened)(act(), "snv", FACTS)
    yield opened
    store.close()


def contact(table: Table, email: str, *, name: str = "Lê Thị An", at: datetime = AT, is_open: bool = True,
            officer: Officer = AN, phone: str = "") -> Unit:  # fmt: skip
    facts = ContactFacts(name=name, email=email, phone=phone)
    return ChangeContact(table)(act(at), "SNV", facts, officer=officer, pledge_open=is_open)


def code_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    assert refused.value.code in catalogue()
    return refused.value.code


def test_a_unit_is_registered_once(table: Table) -> None:
    assert RegisterUnit(table)(act(), "SNV", FACTS) == ShowUnit(table)("SNV")
    with pytest.raises(Invalid) as refused:
        RegisterUnit(table)(act(), "SNV", replace(FACTS, name="Sở Nội vụ khác"))
    assert code_of(refused) == "unit.code_taken"
    with pytest.raises(Invalid) as refused:
        RegisterUnit(table)(act(), "MOI", replace(FACTS, predecessors=("SNV",)))
    assert code_of(refused) == "lineage.stands"
    with pytest.raises(NotFound):
        ShowUnit(table)("MOI")


def test_dates_of_a_unit_cannot_be_corrected_away_under_its_successor(table: Table) -> None:
    over = replace(FACTS, valid_to=date(2025, 2, 28))
    ChangeUnit(table)(act(), "SNV", over)
    RegisterUnit(table)(act(), "MOI", replace(FACTS, predecessors=("SNV",), valid_from=date(2025, 3, 1)))
    for wrong, code in (
        (FACTS, "lineage.stands"),
        (replace(over, valid_from=date(2026, 1, 1)), "directory.ends_before_start"),
    ):
        with pytest.raises(Invalid) as refused:
            ChangeUnit(table)(act(), "SNV", wrong)
        assert code_of(refused) == code
    with pytest.raises(Invalid) as refused:
        ChangeUnit(table)(act(), "MOI", replace(FACTS, predecessors=("SNV",), valid_to=date(2025, 2, 1)))
    assert code_of(refused) == "lineage.ends_first"


def test_papers_of_2024_show_the_name_of_2024(table: Table) -> None:
    renamed = RenameUnit(table)(act(), "SNV", name="Sở Nội vụ và Lao động", since=date(2025, 3, 1))
    assert RenameUnit(table)(act(), "SNV", name="Sở Nội vụ và Lao động", since=date(2025, 3, 1)) == renamed
    assert [name_on(renamed, day) for day in (date(2024, 5, 1), date(2025, 2, 28), date(2025, 3, 1))] == [
        "Sở Nội vụ", "Sở Nội vụ", "Sở Nội vụ và Lao động",
    ]  # fmt: skip
    assert ShowUnit(table)("SNV", date(2024, 1, 1)).name == "Sở Nội vụ"
    found = unit_names(ListUnits(table)(), date(2027, 1, 1)).find("Sở nội vụ")
    assert isinstance(found, UnitMatch)
    assert found.unit.code == "SNV"
    for name, since, code in (
        ("Sở Nội vụ và Lao động", date(2026, 1, 1), "unit.same_name"),
        ("Sở Khác", date(2025, 3, 1), "unit.renamed_later"),
        ("  ", date(2026, 1, 1), "directory.name_missing"),
    ):
        with pytest.raises(Invalid) as refused:
            RenameUnit(table)(act(), "SNV", name=name, since=since)
        assert code_of(refused) == code
    ChangeUnit(table)(act(), "SNV", replace(FACTS, name=renamed.name, valid_to=date(2026, 12, 31)))
    with pytest.raises(Invalid) as refused:
        RenameUnit(table)(act(), "SNV", name="Sở Khác", since=date(2027, 1, 1))
    assert code_of(refused) == "unit.not_standing"


def test_heads_follow_each_other(table: Table) -> None:
    appoint = AppointHead(table)
    appoint(act(), "SNV", Tenure(name="Trần Văn Bình", office="Giám đốc"))
    second = Tenure(name="Lê Thị Chi", office="Giám đốc", since=date(2026, 9, 1))
    unit = appoint(act(), "SNV", second)
    assert appoint(act(), "SNV", second) == unit
    names = [head.name if (head := head_on(unit, day)) else None for day in (date(2026, 8, 31), date(2026, 9, 1))]
    assert names == ["Trần Văn Bình", "Lê Thị Chi"]
    corrected = appoint(act(), "SNV", replace(second, office="Quyền Giám đốc"))
    assert [head.office for head in corrected.heads] == ["Giám đốc", "Quyền Giám đốc"]
    for wrong, code in (
        (Tenure(name="Ai đó"), "tenure.since_missing"),
        (Tenure(name="Ai đó", since=date(2026, 1, 1)), "tenure.too_early"),
        (Tenure(name="Ai đó", since=date(2027, 1, 1), until=date(2026, 1, 1)), "tenure.ends_before_start"),
    ):
        with pytest.raises(Invalid) as refused:
            appoint(act(), "SNV", wrong)
        assert code_of(refused) == code
    gone = appoint(act(), "SNV", replace(second, until=date(2027, 1, 31)))
    assert head_on(gone, date(2027, 2, 1)) is None


def test_contacts_have_their_time(table: Table) -> None:
    contact(table, "")
    facts = ContactFacts(name="Phạm Văn Đức", phone="0951 234 567", since=date(2027, 3, 1))
    unit = ChangeContact(table)(act(AT + timedelta(days=40)), "SNV", facts, officer=AN, pledge_open=False)
    assert contact_tenures(unit) == (
        Tenure(name="Lê Thị An", until=date(2027, 2, 28)),
        Tenure(name="Phạm Văn Đức", since=date(2027, 3, 1)),
    )
    assert unit.contact.phone == "+84951234567"
    for wrong, code in (
        (replace(facts, phone="12"), "list.phone_bad"),
        (replace(facts, email="x@"), "list.email_bad"),
        (replace(facts, name="Ai đó", since=date(2027, 2, 1)), "tenure.too_early"),
    ):
        with pytest.raises(Invalid) as refused:
            ChangeContact(table)(act(), "SNV", wrong, officer=AN, pledge_open=False)
        assert code_of(refused) == code


def test_without_an_open_pledge_a_changed_address_only_waits_its_time(table: Table) -> None:
    contact(table, "cu@snv.example", is_open=False)
    unit = contact(table, "moi@snv.example", is_open=False)
    assert (unit.contact.email, unit.asked_address) == ("moi@snv.example", None)
    assert held_until(unit.contact) == AT + timedelta(hours=48)


def test_while_a_pledge_is_open_a_second_unit_confirms_a_changed_address(table: Table) -> None:
    assert contact(table, "cu@snv.example").contact.email == "cu@snv.example", "a first address waits for nobody"
    unit = contact(table, "moi@snv.example", phone="0951234567")
    assert (unit.contact.email, unit.contact.phone) == ("cu@snv.example", "+84951234567")
    assert contact(table, "moi@snv.example", at=AT + timedelta(hours=1), phone="0951234567") == unit, "asked again"
    for officer, email, code in (
        (AN, "moi@snv.example", "contact.same_person"),
        (Officer(person="em", units=("SNV",)), "moi@snv.example", "contact.same_unit"),
        (BINH, "khac@snv.example", "contact.asked_otherwise"),
    ):
        with pytest.raises((Forbidden, Refused)) as refused:
            ConfirmAddress(table)(act(), "SNV", email=email, officer=officer)
        assert code_of(refused) == code
    later = AT + timedelta(days=3)
    done = ConfirmAddress(table)(act(later, "binh"), "SNV", email="moi@snv.example", officer=BINH)
    assert (done.contact.email, done.asked_address) == ("moi@snv.example", None)
    assert held_until(done.contact) == AT + timedelta(hours=48), "the time began when the old address heard"
    assert watching(done.contact, later + timedelta(days=6)) == ("cu@snv.example",), "copies go for a week from then"
    assert ConfirmAddress(table)(act(later), "SNV", email="moi@snv.example", officer=BINH) == done
    with pytest.raises(Refused) as refused:
        ConfirmAddress(table)(act(later), "SNV", email="cu@snv.example", officer=BINH)
    assert code_of(refused) == "contact.nothing_asked"


def test_the_offices_second_organiser_may_confirm_and_a_wish_may_be_refused(table: Table) -> None:
    contact(table, "cu@snv.example")
    contact(table, "moi@snv.example", officer=CHI)
    with pytest.raises(Forbidden) as refused:
        ConfirmAddress(table)(act(), "SNV", email="moi@snv.example", officer=CHI)
    assert code_of(refused) == "contact.same_person"
    RefuseAddress(table)(act(), "SNV")
    contact(table, "khac@snv.example", officer=AN)
    second = ConfirmAddress(table)(act(), "SNV", email="khac@snv.example", officer=CHI)
    assert second.contact.email == "khac@snv.example"
    removed = contact(table, "", officer=AN)
    assert removed.contact.email == "khac@snv.example", "removal is a change as well"


def test_an_officer_of_two_units_is_no_second_one(table: Table) -> None:
    contact(table, "cu@snv.example")
    contact(table, "moi@snv.example", officer=Officer(person="an", units=("SNV", "TCT")))
    with pytest.raises(Forbidden) as refused:
        ConfirmAddress(table)(act(), "SNV", email="moi@snv.example", officer=BINH)
    assert code_of(refused) == "contact.same_unit"


def test_what_an_earlier_release_stored_is_read() -> None:
    body = {
        "shape": 1, "code": "HND", "name": "Hội Nông dân", "kind": "MASS_ORG", "valid_from": None, "valid_to": "2030-12-31",
        "predecessors": ["A"],
        "contact": {"name": "Lê Thị Đầu Mối", "phone": None, "email": "cu@hnd.example", "former_emails": [], "changed_at": None},
    }  # fmt: skip
    unit = UNIT.read(body)
    assert (unit.level, unit.heads, unit.former_names, unit.asked_address) == (None, (), (), None)
    assert unit.contact.email == "cu@hnd.example"
