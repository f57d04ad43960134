"""Unfinished work is kept for its writer alone, and within bounds."""

from datetime import UTC, datetime, timedelta

import pytest

from events.envelope import Act, Actor
from shared.embedded.store import Store
from shared.identity.drafts import KEPT, MAX_BYTES, MOST, DropDraft, ReadDraft, SaveDraft
from shared.kernel.errors import Invalid
from tests.hostile import HOSTILE_NAMES

NOW = datetime(2027, 2, 12, tzinfo=UTC)


def act(person="lan", at=NOW):
    return Act(actor=Actor(kind="PERSON", id=person), at=at, correlation_id="c" * 8)


@pytest.fixture
def table():
    store = Store(":memory:", {})
    yield store.table("identity")
    store.close()


def test_what_was_typed_is_there_again_and_only_for_its_writer(table):
    fields = {"name": tuple(HOSTILE_NAMES), "note": ("",)}
    SaveDraft(table)(act(), "units-new", fields)
    found = ReadDraft(table)(act(at=NOW + timedelta(days=29)), "units-new")
    assert found is not None
    assert found.fields == fields
    assert ReadDraft(table)(act("hoa"), "units-new") is None
    assert ReadDraft(table)(act(), "units-edit") is None


def test_the_last_one_wins_and_a_sent_form_leaves_nothing(table):
    for text in ("một", "hai"):
        SaveDraft(table)(act(), "f", {"a": (text,)})
    assert ReadDraft(table)(act(), "f").fields == {"a": ("hai",)}
    DropDraft(table)(act(), "f")
    DropDraft(table)(act(), "f")
    assert ReadDraft(table)(act(), "f") is None


def test_a_draft_is_kept_for_thirty_days(table):
    SaveDraft(table)(act(), "f", {"a": ("x",)})
    assert ReadDraft(table)(act(at=NOW + KEPT), "f") is None


def test_the_oldest_makes_way(table):
    for number in range(MOST + 3):
        SaveDraft(table)(act(at=NOW + timedelta(seconds=number)), f"form-{number}", {"a": (str(number),)})
    kept = [number for number in range(MOST + 3) if ReadDraft(table)(act(), f"form-{number}")]
    assert kept == list(range(3, MOST + 3))


def test_bounds_are_told(table):
    with pytest.raises(Invalid, match="too_large"):
        SaveDraft(table)(act(), "f", {"a": ("ộ" * (MAX_BYTES // 3),)})
    for form in ("", "../x", "a" * 101, "ô"):
        with pytest.raises(Invalid, match=r"draft\.form"):
            SaveDraft(table)(act(), form, {})
