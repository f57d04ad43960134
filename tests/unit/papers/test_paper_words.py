"""What papers are composed of, how their headings are proposed, and that hostile words stay words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import Invalid
from shared.kernel.text import is_clean
from shared.papers.compose import OF_CEREMONIES, CeremonyFacts, Point, UnitCount, of_ceremony
from shared.papers.headings import blank_number, proposed, rules
from shared.papers.model import Block, BlockKind, Family, Heading, Kind, Recipients, Signer, Text
from shared.papers.of_pledges import OF_PLEDGES, ContentFacts, PartyFacts, PledgeFacts, of_pledge
from shared.papers.text import clean_text
from tests.hostile import CLEANED, HOSTILE_NAMES

HEADING = Heading(family=Family.STATE, issuer="SỞ NỘI VỤ", symbol="SNV")
SIGNER = Signer(capacity="KT. GIÁM ĐỐC", office="Phó Giám đốc", name="Trần Ngọc Hường")


def ceremony(name="Họp mặt đầu xuân", **more):
    facts = {
        "title": name, "host": name, "block": "Khối thi đua 2", "place": name, "day": "ngày 12 tháng 02 năm 2027",
        "starts": "7 giờ 30", "doors": "7 giờ 00", "as_of": "11 giờ 20",
        "agenda": (Point(kind="OPENING", title=name), Point(kind="SIGNING", title="Ký kết", speaker=name)),
        "guests": (name, "ông B"), "units": (UnitCount(name=name, registered=3, admitted=2),), "registered": 3,
        "admitted": 2, "pledges": (), "members": (name,),
    }  # fmt: skip
    return CeremonyFacts(**(facts | more))


def pledge(name="Giao ước thi đua năm 2027", opened=True):
    party = PartyFacts(unit=name, name="Ngô Minh Thiện", office="Trưởng ban", capacity="T/M", result="Đã ký")
    content = ContentFacts(text=name, indicator=name, unit="hộ", planned="36", share="3")
    return PledgeFacts(
        title=name, slogan=name, first="01/01/2027", last="31/12/2027", legal_bases=(f"Căn cứ {name};",),
        contents=(content,), parties=(party, party), opened=opened, signed=1, deferred=0, as_of="12/02/2027",
    )  # fmt: skip


@pytest.mark.parametrize("kind", OF_CEREMONIES)
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_papers_of_a_ceremony_take_any_name(kind, name):
    text = clean_text(of_ceremony(kind, ceremony(name[:120]), HEADING, SIGNER))
    assert all(is_clean(block.text) for block in text.blocks)
    assert text.title


@pytest.mark.parametrize("kind", OF_PLEDGES)
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_papers_of_a_pledge_take_any_name(kind, name):
    text = clean_text(of_pledge(kind, pledge(name[:120]), HEADING, SIGNER))
    assert text.blocks


def test_a_ceremony_has_no_pledge_and_a_pledge_no_invitation():
    for call in (
        lambda: of_ceremony(Kind.PLEDGE, ceremony(), HEADING, SIGNER),
        lambda: of_pledge(Kind.INVITATION, pledge(), HEADING, SIGNER),
    ):
        with pytest.raises(Invalid, match=r"paper\.kind_wrong"):
            call()


def test_a_script_greets_the_first_guest_and_introduces_all_in_their_order():
    script = of_ceremony(Kind.SCRIPT, ceremony(guests=("đồng chí A", "ông B", "bà C")), HEADING, SIGNER)
    words = [block.text for block in script.blocks]
    assert [each for each in words if each.startswith("Kính thưa")][:2] == [
        "Kính thưa đồng chí A!", "Kính thưa quý vị đại biểu, quý vị khách quý!",
    ]  # fmt: skip
    introduced = [block.text for block in script.blocks if block.kind is BlockKind.ITEM]
    assert introduced == ["đồng chí A", "ông B", "bà C"]


def test_minutes_tell_how_many_came():
    minutes = of_ceremony(Kind.MINUTES, ceremony(), HEADING, SIGNER)
    assert any("2 người có mặt trên 3 người đăng ký" in block.text for block in minutes.blocks)
    (table,) = [block for block in minutes.blocks if block.kind is BlockKind.TABLE]
    assert table.rows[-1] == ("", "Tổng cộng", "3", "2")


def test_a_pledge_takes_its_bases_over_without_saying_the_word_twice():
    text = of_pledge(Kind.PLEDGE, pledge(), HEADING, SIGNER)
    assert text.blocks[0].text == "Căn cứ Giao ước thi đua năm 2027;"
    assert text.subject == "Năm 2027"
    assert [signer.unit for signer in text.signers] == ["Giao ước thi đua năm 2027"] * 2


def test_a_draft_pledge_reports_no_signatures():
    report = of_pledge(Kind.REPORT, pledge(opened=False), HEADING, SIGNER)
    assert any("chưa mở ký" in block.text for block in report.blocks)


@pytest.mark.parametrize(
    ("name", "kind", "family", "right"),
    [
        ("Sở Nội vụ", "STATE", Family.STATE, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        ("Ban Tổ chức Tỉnh ủy", "PARTY", Family.PARTY, "ĐẢNG CỘNG SẢN VIỆT NAM"),
        ("Ban Thường vụ Tỉnh đoàn", "MASS_ORG", Family.MASS_ORG, "ĐOÀN TNCS HỒ CHÍ MINH"),
        ("Liên đoàn Lao động tỉnh", "MASS_ORG", Family.MASS_ORG, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        ("Trường Chính trị tỉnh", "SCHOOL", Family.STATE, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
    ],
)
def test_a_heading_is_proposed_by_what_the_unit_is(name, kind, family, right):
    heading = proposed(name, kind)
    assert heading.family is family
    assert rules(heading).right[0] == right


def test_the_number_is_a_gap_until_there_is_one():
    assert blank_number(HEADING, Kind.INVITATION, "____") == "Số:____/GM-SNV"
    party = Heading(family=Family.PARTY, issuer="BAN TỔ CHỨC", symbol="BTCTU")
    assert blank_number(party, Kind.REPORT, "____") == "Số____-BC/BTCTU"
    assert blank_number(Heading(family=Family.STATE, issuer="X"), Kind.SCRIPT, "__") == "Số:__/…-…"


def text_with(*blocks, **more):
    return Text(title="BÁO CÁO", subject="", heading=HEADING, blocks=blocks, **more)


@given(st.lists(st.sampled_from(HOSTILE_NAMES), min_size=1, max_size=5))
def test_cleaning_keeps_words_and_is_done_after_one_time(names):
    blocks = tuple(Block(kind=BlockKind.PARAGRAPH, text=name) for name in names)
    once = clean_text(text_with(*blocks))
    assert clean_text(once) == once
    assert [block.text for block in once.blocks] == [CLEANED.get(name, " ".join(name.split())) for name in names]


def test_empty_pieces_fall_away_and_uneven_tables_are_refused():
    kept = clean_text(
        text_with(
            Block(kind=BlockKind.PARAGRAPH, text="  "),
            Block(kind=BlockKind.ADDRESSEE, text="x"),
            Block(kind=BlockKind.TABLE, rows=(("a", "b"), ("", ""))),
            distribution=(Recipients(lines=(" ", "")), Recipients(lines=("Như trên;",))),
        )
    )
    assert [block.kind for block in kept.blocks] == [BlockKind.ADDRESSEE, BlockKind.TABLE]
    assert kept.blocks[1].rows == (("a", "b"),)
    assert len(kept.distribution) == 1
    with pytest.raises(Invalid, match=r"paper\.table_uneven"):
        clean_text(text_with(Block(kind=BlockKind.TABLE, rows=(("a", "b"), ("c",)))))
    with pytest.raises(Invalid, match=r"paper\.text_missing"):
        clean_text(text_with(Block(kind=BlockKind.PARAGRAPH, text="")))
    with pytest.raises(Invalid, match=r"paper\.too_large"):
        clean_text(text_with(*(Block(kind=BlockKind.PARAGRAPH, text="ữ" * 4000) for _ in range(20))))
