"""Numbers as registries write them: read whatever the blanks, printed one way, never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import Invalid
from shared.papers.numbers import Pattern, read_number
from tests.hostile import HOSTILE_NAMES

SEEN = [
    # as they stand in published papers
    ("Số:12/CT-UBND", "12/CT-UBND", Pattern.STATE, None),
    ("5043/UBND-NC", "5043/UBND-NC", Pattern.STATE, None),
    ("34-CT/TW", "34-CT/TW", Pattern.PARTY, None),
    ("08- QĐi/TW", "08-QĐi/TW", Pattern.PARTY, None),
    ("91/2017/NĐ-CP", "91/2017/NĐ-CP", Pattern.STATE, 2017),
    ("152 / 2025 / NĐ - CP", "152/2025/NĐ-CP", Pattern.STATE, 2025),
    ("Số 41 - CT/TU", "41-CT/TU", Pattern.PARTY, None),
    ("5/GM-SNV", "05/GM-SNV", Pattern.STATE, None),
    ("số: 19/CT–TTg", "19/CT-TTg", Pattern.STATE, None),
    ("7-GM/BTGDVTU", "07-GM/BTGDVTU", Pattern.PARTY, None),
    ("41-KH/TĐTN-VP", "41-KH/TĐTN-VP", Pattern.PARTY, None),
]


@pytest.mark.parametrize(("given_text", "printed", "pattern", "year"), SEEN)
def test_numbers_of_published_papers_are_read(given_text, printed, pattern, year):
    number = read_number(given_text)
    assert (number.text, number.pattern, number.year) == (printed, pattern, year)


@pytest.mark.parametrize(
    "text", ["", "12", "GM-SNV", "không số", "0/GM-SNV", "12/", "/GM", "12/GM SNV", "1234567/GM-S", "12-GM"]
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(Invalid) as refused:
        read_number(text)
    assert refused.value.code == "paper.number_unreadable"


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_texts_are_no_numbers(name):
    with pytest.raises(Invalid):
        read_number(name)


LETTERS = "ABCDĐEGHIKLMNOPQRSTUVXYƯƠ"
words = st.text(LETTERS, min_size=1, max_size=6)
blanks = st.sampled_from(["", " ", "  ", "\t", "\u00a0"])
PREFIXES = st.sampled_from(["", "Số: ", "Số ", "số:", "SỐ . "])


@given(st.integers(1, 999999), words, words, blanks, PREFIXES, st.sampled_from("-–—"))
def test_blanks_dashes_and_prefix_never_matter(number, kind, body, blank, prefix, dash):
    state = read_number(f"{prefix}{number}{blank}/{blank}{kind}{blank}{dash}{blank}{body}")
    party = read_number(f"{prefix}{number}{blank}{dash}{blank}{kind}{blank}/{blank}{body}")
    assert (state.pattern, state.number, state.symbol) == (Pattern.STATE, number, f"{kind}-{body}")
    assert (party.pattern, party.number, party.symbol) == (Pattern.PARTY, number, f"{kind}/{body}")
    for each in (state, party):
        assert read_number(each.text) == each, "what is printed is read again as the same"


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text):
    try:
        number = read_number(text)
    except Invalid:
        return
    assert read_number(number.text) == number
