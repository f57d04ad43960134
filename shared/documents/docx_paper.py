"""An official paper as a Word document, for an officer to edit, print and bring to the registry. Called by functions/papers.

The positions of NĐ 30/2020/NĐ-CP, Phụ lục I stand in tables without borders, as offices make them; the page's number at the
top from the second page on; a signature never stands alone on a page.
"""

from __future__ import annotations

from typing import Any, Final

from docx import Document
from docx.document import Document as Doc
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from shared.documents.docx_package import describe, packed
from shared.documents.docx_styles import set_up
from shared.documents.paper import PrintedPaper, Sheet, dash, lay_out
from shared.papers.model import Block, BlockKind, Recipients, Signer

DOCX_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_W: Final = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_POINT_MM: Final = 25.4 / 72
_NUMBER_WIDE: Final = 4
"""Letters of a column as narrow as STT."""
_CAPITAL, _SMALL = 0.62, 0.45
"""Mean width of a letter of Times New Roman, bold, in parts of its size: for the length of the lines under headings."""
_STYLES: Final = {
    BlockKind.PARAGRAPH: "Nội dung văn bản",
    BlockKind.HEADING: "Mục",
    BlockKind.ITEM: "Gạch đầu dòng",
    BlockKind.CENTRED: "Giữa dòng",
    BlockKind.ADDRESSEE: "Người được mời",
}


def render_docx(paper: PrintedPaper) -> bytes:
    """The file: a copy for each addressee, each from page 1. The same paper gives the same bytes."""
    sheet = lay_out(paper)
    document = Document()
    set_up(document, sheet.rules)
    describe(
        document,
        title=f"{sheet.title} {sheet.subject}".strip(),
        author=paper.text.heading.issuer,
        made_at=paper.made_at,
    )
    _number_pages(document.sections[0])
    for place, addressee in enumerate(sheet.copies):
        if place:
            _count_from_one(document.add_section(WD_SECTION.NEW_PAGE))
        _copy(document, sheet, addressee)
    return packed(document)


def _copy(document: Doc, sheet: Sheet, addressee: str) -> None:
    _headings(document, sheet)
    document.add_paragraph(sheet.title, style="Tên loại văn bản")
    if sheet.subject:
        document.add_paragraph(sheet.subject, style="Trích yếu")
    _rule(document, _width(document), min(_text_mm(sheet.subject or sheet.title, 14), 120) * 0.4)
    document.add_paragraph(style="Kẻ ngang").paragraph_format.space_after = Pt(10)
    last = None
    for block in sheet.blocks:
        last = _block(document, block, addressee)
    if last is not None and (sheet.signers or sheet.distribution):
        last.paragraph_format.keep_with_next = True
    _signatures(document, sheet)


def _headings(document: Doc, sheet: Sheet) -> None:
    """Left the bodies and the number, right Quốc hiệu and place and date: two rows, so that number and date stand level."""
    whole = _width(document)
    widths = (whole * 0.41, whole * 0.59)
    table = _plain_table(document, 2, widths)
    left, right = table.rows[0].cells
    lines = [(line, body is sheet.left[-1]) for body in sheet.left for line in _evenly(body, widths[0])]
    for place, (line, own) in enumerate(lines):
        _line(left, line, "Cơ quan ban hành" if own else "Cơ quan chủ quản", first=place == 0)
    if sheet.mark:
        _line(left, sheet.mark, "Dấu dưới cơ quan")
    else:
        longest = max(_text_mm(line, 13) for line in _evenly(sheet.left[-1], widths[0]))
        _rule(left, widths[0], longest * 0.4)
    for place, line in enumerate(sheet.right):
        _line(right, line, "Quốc hiệu" if place == 0 else "Tiêu ngữ", first=place == 0)
    size = sheet.rules.right_size + (len(sheet.right) > 1)
    _rule(right, widths[1], min(_text_mm(sheet.right[-1], size), widths[1]))
    _line(table.rows[1].cells[0], sheet.number, "Số, ký hiệu", first=True)
    _line(table.rows[1].cells[1], sheet.place_date, "Địa danh, ngày tháng", first=True)


def _block(document: Doc, block: Block, addressee: str) -> Any:
    if block.kind is BlockKind.TABLE:
        _table(document, block)
        return None
    words = addressee if block.kind is BlockKind.ADDRESSEE else block.text
    return document.add_paragraph(dash(words) if block.kind is BlockKind.ITEM else words, style=_STYLES[block.kind])


def _table(document: Doc, block: Block) -> None:
    """A table with borders, its head repeated on every page; no row is torn."""
    columns = len(block.rows[0])
    widths = _column_widths(block.rows, _width(document))
    table = document.add_table(rows=len(block.rows), cols=columns, style="Table Grid")
    _fixed(table, widths, margins=True)
    for place, (row, cells) in enumerate(zip(table.rows, block.rows, strict=True)):
        _never_torn(row, head=place == 0)
        for cell, words in zip(row.cells, cells, strict=True):
            number = words.replace(".", "").replace(",", "").isdigit() or len(words) < 3
            style = "Bảng - tiêu đề" if place == 0 else "Bảng - số" if number else "Bảng - nội dung"
            _line(cell, words, style, first=True)
    document.add_paragraph(style="Kẻ ngang").paragraph_format.space_after = Pt(6)


def _signatures(document: Doc, sheet: Sheet) -> None:
    whole = _width(document)
    half = (whole / 2, whole / 2)
    if len(sheet.signers) <= 1:
        if not (sheet.signers or sheet.distribution):
            return
        left, right = _one_row(document, (whole * 0.45, whole * 0.55))
        _distribution(left, sheet.distribution, sheet.distribution_title)
        for signer in sheet.signers:
            _signer(right, signer)
        return
    table = _plain_table(document, (len(sheet.signers) + 1) // 2, half)
    for place, signer in enumerate(sheet.signers):
        _never_torn(table.rows[place // 2])
        _signer(table.rows[place // 2].cells[place % 2], signer)
    if sheet.distribution:
        left, _ = _one_row(document, half)
        _distribution(left, sheet.distribution, sheet.distribution_title)


def _one_row(document: Doc, widths: tuple[float, float]) -> Any:
    table = _plain_table(document, 1, widths)
    _never_torn(table.rows[0])
    return table.rows[0].cells


def _distribution(cell: Any, groups: tuple[Recipients, ...], title: str) -> None:
    if not groups:
        return
    _line(cell, title, "Nơi nhận", first=True)
    for group in groups:
        if group.label:
            _line(cell, f"{group.label}:", "Nơi nhận - dòng")
        for line in group.lines:
            _line(cell, dash(line), "Nơi nhận - dòng")


def _signer(cell: Any, signer: Signer) -> None:
    lines = [
        (signer.unit, "Đơn vị ký"),
        (signer.capacity.upper(), "Quyền hạn, chức vụ"),
        (signer.office.upper(), "Quyền hạn, chức vụ"),
    ]
    standing = [(words, style) for words, style in lines if words]
    for place, (words, style) in enumerate([*standing, (signer.name, "Họ tên người ký")]):
        _line(cell, words, style, first=place == 0)


def _line(cell: Any, words: str, style: str, *, first: bool = False) -> None:
    """A paragraph of a cell; a new cell holds an empty one, which is the first."""
    paragraph = cell.paragraphs[0] if first else cell.add_paragraph()
    paragraph.style = style
    if words:
        paragraph.add_run(words)


def _rule(place: Any, width: float, length: float) -> None:
    """A line of `length` mm in the middle of `width`: the border of an empty paragraph between two indents."""
    paragraph = place.add_paragraph(style="Kẻ ngang")
    side = max((width - length) / 2, 0)
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Mm(side)
    border = f'<w:pBdr {_W}><w:bottom w:val="single" w:sz="6" w:space="0" w:color="000000"/></w:pBdr>'
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(parse_xml(border), "w:shd", "w:spacing", "w:ind", "w:jc")


def _plain_table(document: Doc, rows: int, widths: tuple[float, ...]) -> Any:
    table = document.add_table(rows=rows, cols=len(widths))
    _fixed(table, widths, margins=False)
    return table


def _fixed(table: Any, widths: tuple[float, ...], *, margins: bool) -> None:
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    if not margins:
        sides = "".join(f'<w:{side} w:w="0" w:type="dxa"/>' for side in ("left", "right"))
        table._tbl.tblPr.append(parse_xml(f"<w:tblCellMar {_W}>{sides}</w:tblCellMar>"))
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)


def _never_torn(row: Any, *, head: bool = False) -> None:
    properties = row._tr.get_or_add_trPr()
    properties.append(parse_xml(f"<w:cantSplit {_W}/>"))
    if head:
        properties.append(parse_xml(f"<w:tblHeader {_W}/>"))


def _number_pages(section: Any) -> None:
    """Arabic, in the middle of the top margin; the sections after the first take this header over."""
    paragraph = section.header.paragraphs[0]
    paragraph.style = "Số trang"
    paragraph._p.append(parse_xml(f'<w:fldSimple {_W} w:instr=" PAGE "><w:r><w:t>2</w:t></w:r></w:fldSimple>'))
    _count_from_one(section)


def _count_from_one(section: Any) -> None:
    """No number on the first page; each copy counts for itself."""
    section.different_first_page_header_footer = True
    properties = section._sectPr
    for old in properties.findall(qn("w:pgNumType")):
        properties.remove(old)
    properties.insert_element_before(parse_xml(f'<w:pgNumType {_W} w:start="1"/>'), "w:cols", "w:titlePg", "w:docGrid")


def _width(document: Doc) -> float:
    section: Any = document.sections[0]
    return float(section.page_width - section.left_margin - section.right_margin) / Mm(1)


def _text_mm(words: str, size: float) -> float:
    return sum(_CAPITAL if letter.isupper() else _SMALL for letter in words) * size * _POINT_MM


def _evenly(words: str, width: float) -> tuple[str, ...]:
    """A name too long for its column on two lines of about the same length, as a person would break it."""
    blanks = [place for place, letter in enumerate(words) if letter == " "]
    if _text_mm(words, 13) <= width or not blanks:
        return (words,)
    middle = min(blanks, key=lambda place: abs(place - len(words) / 2))
    return words[:middle], words[middle + 1 :]


def _column_widths(rows: tuple[tuple[str, ...], ...], whole: float) -> tuple[float, ...]:
    """Widths by what stands in the columns: short ones as they need, the rest shared."""
    longest = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    narrow = [13.0 if length <= _NUMBER_WIDE else 0.0 for length in longest]
    shares = [min(max(length, 8), 40) if not fixed else 0 for length, fixed in zip(longest, narrow, strict=True)]
    rest = whole - sum(narrow)
    if not any(shares):
        return tuple(whole / len(longest) for _ in longest)
    return tuple(fixed or rest * share / sum(shares) for fixed, share in zip(narrow, shares, strict=True))
