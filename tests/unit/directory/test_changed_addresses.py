"""What a changed mail address of a unit entails: who hears, who gets copies, and from when on links to sign may go there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.directory.addresses import MAX_FORMER, address_changed, held_until, watching, with_email
from shared.directory.model import UNIT, Contact, Unit, UnitKind

NOW = datetime(2027, 2, 10, 1, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OLD = Contact(name="Lê Thị Đầu Mối", email="cu@don-vi.example")


def test_an_address_first_given_waits_for_nothing() -> None:
    given_first = with_email(Contact(name="Ai đó"), "moi@don-vi.example", NOW)
    assert (held_until(given_first), watching(given_first, NOW)) == (None, ())
    assert not address_changed(Contact(), given_first)


def test_another_address_waits_two_days_and_the_former_one_gets_copies_for_a_week() -> None:
    changed = with_email(OLD, "moi@don-vi.example", NOW)
    assert address_changed(OLD, changed)
    assert held_until(changed) == NOW + 48 * HOUR
    assert watching(changed, NOW + 7 * DAY - HOUR) == ("cu@don-vi.example",)
    assert watching(changed, NOW + 7 * DAY) == ()


def test_the_same_address_in_other_letters_is_no_change() -> None:
    same = with_email(OLD, "CU@don-vi.example", NOW)
    assert not address_changed(OLD, same)
    assert held_until(same) is None


def test_removing_an_address_and_giving_another_later_is_no_way_around() -> None:
    removed = with_email(OLD, None, NOW)
    assert address_changed(OLD, removed)
    later = with_email(removed, "moi@don-vi.example", NOW + 30 * DAY)
    assert address_changed(removed, later)
    assert held_until(later) == NOW + 30 * DAY + 48 * HOUR
    assert watching(later, NOW + 31 * DAY) == ("cu@don-vi.example",)


def test_going_back_is_a_change_of_which_the_one_between_hears() -> None:
    there = with_email(OLD, "moi@don-vi.example", NOW)
    back = with_email(there, "cu@don-vi.example", NOW + DAY)
    assert address_changed(there, back)
    assert held_until(back) == NOW + 3 * DAY
    assert watching(back, NOW + 2 * DAY) == ("moi@don-vi.example",)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40))
def test_a_chain_of_changes_within_a_week_never_pushes_the_first_address_out(steps: list[int]) -> None:
    contact = OLD
    for place, step in enumerate(steps):
        contact = with_email(contact, f"x{step}@don-vi.example", NOW + place * HOUR)
    assert contact.former_emails[0] == "cu@don-vi.example"
    assert len(contact.former_emails) <= MAX_FORMER


def test_a_unit_stored_before_addresses_were_watched_is_read() -> None:
    unit = Unit(code="HND", name="Hội Nông dân", kind=UnitKind.MASS_ORG, contact=OLD)
    body = UNIT.body(unit)
    for name in ("former_emails", "changed_at"):
        del body["contact"][name]
    assert UNIT.read(body) == unit
