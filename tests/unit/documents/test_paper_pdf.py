"""Official papers as PDF, read back by poppler."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from shared.documents.paper import PrintedPaper
from shared.documents.paper_pdf import render_paper_pdf
from shared.kernel.errors import Invalid
from shared.kernel.text import nfc
from shared.papers.model import Block, BlockKind, Family, Heading, Kind, Signer, Text
from tests.hostile import MARKS, TYPST

TEXT = Text(
    title="GIẤY MỜI",
    subject="Họp mặt đầu xuân",
    heading=Heading(family=Family.STATE, issuer="SỞ NỘI VỤ", symbol="SNV", place="Bến Tre"),
    blocks=(
        Block(kind=BlockKind.ADDRESSEE),
        Block(kind=BlockKind.TABLE, rows=(("STT", "Đơn vị"), ("1", "Hội Cựu chiến binh tỉnh"))),
        Block(kind=BlockKind.PARAGRAPH, text="Kính mời Ẵ ẫ ỡ ữ ợ ặ."),
    ),
    signers=(Signer(office="Giám đốc", name="Trần Ngọc Hường"),),
)
PAPER = PrintedPaper(
    kind=Kind.INVITATION, text=TEXT, made_at=datetime(2027, 2, 1, 9, tzinfo=timezone(timedelta(hours=7)))
)


def pages(data: bytes, folder: Path) -> list[str]:
    file = folder / "paper.pdf"
    file.write_bytes(data)
    told = subprocess.run(["pdftotext", "-layout", str(file), "-"], check=True, capture_output=True)
    return told.stdout.decode().split("\f")[:-1]


def test_its_words_are_read_back_a_copy_for_each_addressee(tmp_path):
    data = render_paper_pdf(replace(PAPER, addressees=("Sở Nội vụ", "Hội Nông dân tỉnh")))
    assert render_paper_pdf(replace(PAPER, addressees=("Sở Nội vụ", "Hội Nông dân tỉnh"))) == data
    first, second = pages(data, tmp_path)
    assert "Sở Nội vụ" in first
    assert "Hội Nông dân tỉnh" in second
    for page in (first, second):
        assert "Độc lập - Tự do - Hạnh phúc" in page
        assert "Ẵ ẫ ỡ ữ ợ ặ./." in page
        assert "GIÁM ĐỐC" in page


def test_words_are_never_read_as_markup(tmp_path):
    text = replace(TEXT, blocks=(Block(kind=BlockKind.PARAGRAPH, text=TYPST),))
    (page,) = pages(render_paper_pdf(replace(PAPER, text=text)), tmp_path)
    assert '#read("/etc/passwd")' in " ".join(page.split())


def test_a_letter_that_no_typeface_holds_is_named():
    text = replace(TEXT, blocks=(Block(kind=BlockKind.PARAGRAPH, text=nfc(MARKS)),))
    with pytest.raises(Invalid) as refused:
        render_paper_pdf(replace(PAPER, text=text))
    assert refused.value.facts["field"] == "blocks.1"


@pytest.mark.parametrize("family", list(Family))
@pytest.mark.parametrize("signers", [0, 2, 5])
def test_each_family_and_number_of_signers_is_a_page(family, signers, tmp_path):
    people = tuple(Signer(unit=f"Đơn vị {no}", office="Chủ tịch", name=f"Người {no}") for no in range(signers))
    text = replace(TEXT, heading=replace(TEXT.heading, family=family), signers=people)
    words = "".join(pages(render_paper_pdf(replace(PAPER, text=text)), tmp_path))
    assert all(f"Người {no}" in words for no in range(signers))
