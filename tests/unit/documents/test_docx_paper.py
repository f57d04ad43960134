"""Official papers as Word documents, read back by other tools: places, styles, language, the same bytes, pages as expected."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from docx import Document
from docx.shared import Mm
from lxml import etree

from shared.documents.docx_paper import render_docx
from shared.documents.paper import PrintedPaper
from shared.papers.model import Block, BlockKind, Family, Heading, Kind, Recipients, Signer, Text
from tests.hostile import HOSTILE_NAMES

AT = datetime(2027, 2, 1, 9, 0, tzinfo=timezone(timedelta(hours=7)))
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
ROWS = (("STT", "Đơn vị", "Có mặt"), ("1", "Hội Cựu chiến binh tỉnh", "13"))
TEXT = Text(
    title="GIẤY MỜI",
    subject="Họp mặt đầu xuân",
    heading=Heading(
        family=Family.STATE, superior="ỦY BAN NHÂN DÂN TỈNH", issuer="SỞ NỘI VỤ", symbol="SNV", place="Bến Tre"
    ),
    blocks=(
        Block(kind=BlockKind.PARAGRAPH, text="Sở Nội vụ trân trọng kính mời:"),
        Block(kind=BlockKind.ADDRESSEE),
        Block(kind=BlockKind.TABLE, rows=ROWS),
        Block(kind=BlockKind.PARAGRAPH, text="Thời gian: 7 giờ 30."),
    ),
    signers=(Signer(capacity="KT. Giám đốc", office="Phó Giám đốc", name="Trần Ngọc Hường"),),
    distribution=(Recipients(lines=("Như trên;", "Lưu: VT.")),),
)
PAPER = PrintedPaper(kind=Kind.INVITATION, text=TEXT, made_at=AT)


def part(data, name="word/document.xml"):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return etree.fromstring(archive.read(name))


def words(data):
    return ["".join(p.itertext(f"{W}t")) for p in part(data).iter(f"{W}p")]


def test_the_same_paper_gives_the_same_bytes_and_no_clock_is_in_them():
    data = render_docx(PAPER)
    assert render_docx(PAPER) == data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.testzip() is None
    assert render_docx(replace(PAPER, number="05/GM-SNV")) != data


def test_number_and_date_are_gaps_until_the_registry_has_given_them():
    before = [line.replace("\u00a0", "_") for line in words(render_docx(PAPER))]
    assert any(line.startswith("Số:____") and line.endswith("/GM-SNV") for line in before)
    assert any(line.startswith("Bến Tre, ngày__") for line in before)
    after = words(render_docx(replace(PAPER, number="05/GM-SNV", dated=date(2027, 2, 1))))
    assert "Số: 05/GM-SNV" in after
    assert "Bến Tre, ngày 01 tháng 02 năm 2027" in after


def test_every_place_of_the_layout_has_its_style_and_words():
    document = Document(io.BytesIO(render_docx(PAPER)))
    cells = [p for table in document.tables for row in table.rows for cell in row.cells for p in cell.paragraphs]
    by_style = {p.style.name: p.text for p in [*document.paragraphs, *cells] if p.text}
    assert by_style["Quốc hiệu"] == "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    assert by_style["Tiêu ngữ"] == "Độc lập - Tự do - Hạnh phúc"
    assert by_style["Cơ quan chủ quản"] == "ỦY BAN NHÂN DÂN TỈNH"
    assert by_style["Cơ quan ban hành"] == "SỞ NỘI VỤ"
    assert by_style["Tên loại văn bản"] == "GIẤY MỜI"
    assert by_style["Họ tên người ký"] == "Trần Ngọc Hường"
    assert by_style["Nội dung văn bản"].replace("\u00a0", " ") == "Thời gian: 7 giờ 30./."
    assert by_style["Nơi nhận - dòng"] == "- Lưu: VT."


def test_page_language_font_and_title_are_set():
    data = render_docx(PAPER)
    document = Document(io.BytesIO(data))
    section = document.sections[0]
    assert (round(section.page_width / Mm(1)), round(section.page_height / Mm(1))) == (210, 297)
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    top, bottom, left, right = (round(each / Mm(1)) for each in margins)
    assert 20 <= top <= 25
    assert 20 <= bottom <= 25
    assert 30 <= left <= 35
    assert 15 <= right <= 20
    assert section.different_first_page_header_footer
    assert document.core_properties.title == "GIẤY MỜI Họp mặt đầu xuân"
    assert document.core_properties.language == "vi-VN"
    styles = part(data, "word/styles.xml")
    assert styles.find(f".//{W}docDefaults//{W}lang").get(f"{W}val") == "vi-VN"
    assert {each.get(f"{W}ascii") for each in styles.iter(f"{W}rFonts")} >= {"Times New Roman"}
    assert part(data, "word/fontTable.xml").find(f".//{W}altName") is not None


def test_a_tables_head_is_repeated_and_no_row_is_torn():
    (table,) = [each for each in part(render_docx(PAPER)).iter(f"{W}tbl") if each.find(f".//{W}tblHeader") is not None]
    rows = table.findall(f"{W}tr")
    assert [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows] == [True, False]
    assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)


def test_each_addressee_gets_a_copy_from_page_one():
    names = ("Hội Cựu chiến binh tỉnh", "Liên đoàn Lao động tỉnh")
    document = Document(io.BytesIO(render_docx(replace(PAPER, addressees=names))))
    assert len(document.sections) == 2
    assert [p.text for p in document.paragraphs if p.style.name == "Người được mời"] == list(names)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_words_stay_words(name):
    from shared.kernel.text import nfc

    clean = nfc(name)
    blocks = (Block(kind=BlockKind.PARAGRAPH, text=clean), Block(kind=BlockKind.ITEM, text="cuối"))
    data = render_docx(replace(PAPER, text=replace(TEXT, blocks=blocks)))
    assert clean in [line.replace("\u00a0", " ") for line in words(data)]


@pytest.mark.parametrize("family", list(Family))
@pytest.mark.parametrize("signers", [0, 1, 2, 5])
def test_each_family_and_number_of_signers_is_a_document(family, signers):
    heading = replace(TEXT.heading, family=family)
    people = tuple(Signer(unit=f"Đơn vị {no}", office="Chủ tịch", name=f"Người {no}") for no in range(signers))
    data = render_docx(replace(PAPER, text=replace(TEXT, heading=heading, signers=people)))
    found = words(data)
    assert all(f"Người {no}" in found for no in range(signers))
    assert ("ĐẢNG CỘNG SẢN VIỆT NAM" in found) == (family is Family.PARTY)


def writer() -> bool:
    """Whether LibreOffice is here with its part for letters: a machine may have the one for tables alone."""
    office = shutil.which("soffice")
    return office is not None and Path(office).resolve().with_name("libswlo.so").exists()


@pytest.mark.slow
@pytest.mark.skipif(not writer(), reason="LibreOffice Writer is not on this machine")
def test_an_office_suite_opens_it_and_makes_the_pages_expected(tmp_path: Path):
    file = tmp_path / "giay-moi.docx"
    file.write_bytes(render_docx(replace(PAPER, addressees=("A", "B"))))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    text = subprocess.run(["pdftotext", "-layout", str(file.with_suffix(".pdf")), "-"], check=True, capture_output=True)
    pages = text.stdout.decode().split("\f")[:-1]
    assert len(pages) == 2
    assert all("Độc lập - Tự do - Hạnh phúc" in page and "KT. GIÁM ĐỐC" in page for page in pages)
