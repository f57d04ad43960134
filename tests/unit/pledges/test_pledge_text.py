"""Drafts: what is frozen, what its digest depends on, and what is refused with the field's name."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from shared.kernel.errors import Invalid, Refused
from shared.pledges.model import Representative, State
from shared.pledges.reading import ShowPledge
from shared.pledges.text import clean_draft, frozen_text, text_sha256
from shared.pledges.usecases import DraftPledge, EditDraft, OpenPledge
from tests.hostile import CLEANED, HOSTILE_NAMES
from tests.unit.pledges.parties import act, sample_draft


def test_the_frozen_text_names_units_and_never_who_signs() -> None:
    draft = clean_draft(sample_draft())
    text = frozen_text(draft).decode()
    fields = json.loads(text)
    assert [party["unit"] for party in fields["parties"]][:3] == ["BTGDV", "TDOAN", "LDLD"]
    assert set(fields["parties"][0]) == {"no", "unit", "name", "role", "group"}
    for party in draft.parties:
        assert party.representative.name not in text
    other = replace(draft.parties[4], representative=Representative(name="Người Khác", office="Chủ tịch"))
    assert text_sha256(replace(draft, parties=(*draft.parties[:4], other, *draft.parties[5:]))) == text_sha256(draft)


def test_every_part_of_the_text_moves_the_digest() -> None:
    draft = clean_draft(sample_draft())
    item = replace(draft.contents[0], text=draft.contents[0].text + ".")
    changed = [
        replace(draft, title="Giao ước khác"),
        replace(draft, year=2028),
        replace(draft, period=(date(2027, 1, 1), date(2027, 6, 30))),
        replace(draft, slogan=""),
        replace(draft, legal_bases=draft.legal_bases[1:]),
        replace(draft, contents=(item, *draft.contents[1:])),
        replace(draft, parties=draft.parties[::-1]),
        replace(draft, parties=(replace(draft.parties[0], group=1), *draft.parties[1:])),
    ]
    digests = [text_sha256(each) for each in (draft, *changed)]
    assert len(set(digests)) == len(digests)


def test_composed_and_decomposed_letters_and_stray_spaces_give_one_digest() -> None:
    draft = sample_draft()
    messy = replace(draft, title="  " + unicodedata.normalize("NFD", draft.title).replace(" ", "\u00a0 ") + "\n")
    assert text_sha256(clean_draft(messy)) == text_sha256(clean_draft(draft))


def test_an_edited_draft_has_another_digest_and_no_signature(table: Any, drafted: Any) -> None:
    before = ShowPledge(table)(drafted.id)
    EditDraft(table)(act(), drafted.id, replace(sample_draft(), slogan="Đổi mới"))
    after = ShowPledge(table)(drafted.id)
    assert before.text_sha256 != after.text_sha256
    assert after.pledge.signed == ()
    assert after.text["slogan"] == "Đổi mới"


def test_an_open_pledge_is_not_edited_any_more(table: Any, hall: Any) -> None:
    with pytest.raises(Refused) as refused:
        EditDraft(table)(act(), hall.pledge.id, replace(sample_draft(), title="Khác"))
    assert refused.value.code == "pledge.not_a_draft"


def test_the_same_draft_twice_is_one_and_another_under_its_title_is_refused(
    table: Any, drafted: Any, facts: Any
) -> None:
    draft = DraftPledge(table)
    assert draft(act(9), issuer="TDOAN", draft=sample_draft()).id == drafted.id
    with pytest.raises(Refused) as refused:
        draft(act(9), issuer="TDOAN", draft=replace(sample_draft(), slogan="Khác"))
    assert refused.value.code == "pledge.exists"
    assert draft(act(9), issuer="TDOAN", draft=replace(sample_draft(), slogan="Khác"), key="2").id != drafted.id
    assert len(facts("PledgeDrafted")) == 2


def test_opening_freezes_draws_the_public_id_once_and_repeats_answer_the_same(
    table: Any, drafted: Any, facts: Any
) -> None:
    first = OpenPledge(table)(act(), drafted.id)
    again = OpenPledge(table)(act(5), drafted.id)
    assert first == again
    assert first.state is State.OPEN_FOR_SIGNING
    assert first.public_id is not None
    assert len(first.public_id) == 39
    assert first.text_sha256 == text_sha256(clean_draft(sample_draft()))
    assert [fact.type for fact in facts()] == ["PledgeDrafted", "PledgeOpened", "SigningGroupOpened"]
    assert facts("SigningGroupOpened")[0].parties == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"title": " \u200b "}, "pledge.empty", "title"),
        ({"title": "ệ" * 130}, "pledge.names_too_long", "title"),
        ({"title": "x" * 201}, "pledge.too_long", "title"),
        ({"period": (date(2027, 12, 31), date(2027, 1, 1))}, "pledge.period", "period"),
        ({"year": 27}, "pledge.year", "year"),
        ({"ceremony": "a#b"}, "pledge.ceremony", "ceremony"),
        ({"parties": ()}, "pledge.party_count", "parties"),
        ({"contents": ()}, "pledge.content_count", "contents"),
        ({"legal_bases": ("x",) * 21}, "pledge.too_many", "legal_bases"),
    ],
)
def test_a_bad_draft_is_refused_by_field(change: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        clean_draft(replace(sample_draft(), **change))
    assert (refused.value.code, refused.value.facts["field"]) == (code, field)


def test_parties_are_checked_one_by_one() -> None:
    draft = sample_draft()
    first = draft.parties[0]
    cases = [
        (replace(first, unit="TDOAN"), "pledge.unit_twice", "parties.2.unit"),
        (replace(first, group=3), "pledge.groups", "parties"),
        (replace(first, group=0), "pledge.groups", "parties"),
        (
            replace(first, representative=Representative(name="", office="x")),
            "pledge.empty",
            "parties.1.representative.name",
        ),
    ]
    for party, code, field in cases:
        with pytest.raises(Invalid) as refused:
            clean_draft(replace(draft, parties=(party, *draft.parties[1:])))
        assert (refused.value.code, refused.value.facts["field"]) == (code, field)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_are_kept_as_data_or_refused_for_their_length(name: str) -> None:
    draft = sample_draft()
    party = replace(draft.parties[0], representative=Representative(name=name, office="Chủ tịch"))
    hostile = replace(draft, parties=(party, *draft.parties[1:]))
    if len(name) > 80:
        with pytest.raises(Invalid) as refused:
            clean_draft(hostile)
        assert refused.value.code == "pledge.too_long"
    else:
        assert clean_draft(hostile).parties[0].representative.name == CLEANED.get(name, name)
