"""The paper of a pledge's record, whoever's heading it bears."""

from datetime import UTC, date, datetime

import pytest

from shared.documents.pledge_pdf import render_pledge
from shared.edge.pledge_paper import check_printable, pledge_paper
from shared.kernel.errors import Invalid
from shared.pledges.model import ContentItem, Draft, Heading, Party, Representative, Role
from shared.pledges.sealing import SealPlan
from shared.pledges.text import text_fields
from tests.unit.documents.papers import text_of

NOW = datetime(2027, 2, 12, 3, tzinfo=UTC)


def party(no, name):
    person = Representative(name="Lê Văn Mẫu", office="Chủ tịch")
    return Party(no=no, unit=f"U{no}", name=name, role=Role.MEMBER, group=1, representative=person)


def draft(**changes):
    values = {
        "title": "Giao ước thi đua", "year": 2027, "period": (date(2027, 1, 1), date(2027, 12, 31)),
        "heading": Heading.STATE, "established_by": "", "legal_bases": (), "parties": (party(1, "Hội A"), party(2, "Hội B")),
        "contents": (ContentItem(no=1, text="Trồng cây"),),
    }  # fmt: skip
    return Draft(**{**values, **changes})


def plan(made):
    return SealPlan(
        pledge="p", issuer="TDOAN", public_id="1".zfill(39), version=1, draft=made, text=text_fields(made),
        text_sha256="0" * 64, opened_at=NOW, completed_at=NOW, issued_at=NOW, status_number=70_000, token=b"t" * 200,
        signatures=(), pdf_key="k",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "established_by", "first_line"),
    [
        (Heading.STATE, "", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        (Heading.PARTY, "", "ĐẢNG CỘNG SẢN VIỆT NAM"),
        (Heading.MASS_ORG, "Ủy ban Mặt trận Tổ quốc tỉnh Mẫu", "ỦY BAN MẶT TRẬN TỔ QUỐC TỈNH MẪU"),
        (Heading.MASS_ORG, "", "TỈNH ĐOÀN MẪU"),
    ],
)
def test_each_heading_makes_a_paper(heading, established_by, first_line):
    made = draft(heading=heading, established_by=established_by)
    check_printable(made)
    paper = pledge_paper(plan(made), origin="http://localhost:8000", issuer_name="Tỉnh đoàn Mẫu")
    assert first_line in text_of(render_pledge(paper))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "團結"}, "title"),
        ({"legal_bases": ("Luật", "\u2603")}, "legal_bases.2"),
        ({"parties": (party(1, "A"), party(2, "B\U0001f333"))}, "parties.2.unit"),
    ],
)
def test_what_no_typeface_holds_is_refused_before_anybody_signs(changes, field):
    with pytest.raises(Invalid) as refused:
        check_printable(draft(**changes))
    assert refused.value.facts["field"] == field


def test_signs_that_cleaning_removes_do_not_matter():
    check_printable(draft(title="Giao\u200b ước\u202e"))
