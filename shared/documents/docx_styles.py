"""The styles, the page and the settings of a Word document in the layout of NĐ 30/2020/NĐ-CP. Called by docx_paper.py.

Everything is a named style, so that an officer who edits the file in Word changes one style and not every paragraph. Line
under a heading: an empty paragraph with a border, since the decree forbids underlining there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from shared.papers.headings import Rules

FONT: Final = "Times New Roman"
LANGUAGE: Final = "vi-VN"
_W: Final = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_LEFT, _CENTRE, _RIGHT, _FULL = (
    WD_ALIGN_PARAGRAPH.LEFT,
    WD_ALIGN_PARAGRAPH.CENTER,
    WD_ALIGN_PARAGRAPH.RIGHT,
    WD_ALIGN_PARAGRAPH.JUSTIFY,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a style looks: points and millimetres."""

    size: float
    bold: bool = False
    italic: bool = False
    underline: bool = False
    align: Any = _LEFT
    before: float = 0
    after: float = 0
    first: float = 0
    left: float = 0
    line: float = 1.0
    with_next: bool = False
    outline: int | None = None


def looks(rules: Rules) -> dict[str, Look]:
    """The styles by the names that an officer sees in Word."""
    body, title, right = rules.body_size, rules.title_size, rules.right_size
    party = rules.mark == "*"
    return {
        "Quốc hiệu": Look(size=right, bold=True, align=_CENTRE, with_next=True),
        "Tiêu ngữ": Look(size=right + 1, bold=True, align=_CENTRE, with_next=True),
        "Cơ quan chủ quản": Look(size=body - 1 if not party else body, align=_CENTRE, with_next=True),
        "Cơ quan ban hành": Look(size=body - 1 if not party else body, bold=True, align=_CENTRE, with_next=True),
        "Dấu dưới cơ quan": Look(size=body - 1, align=_CENTRE, with_next=True),
        "Số, ký hiệu": Look(size=13 if not party else 14, align=_CENTRE, before=4, with_next=True),
        "Địa danh, ngày tháng": Look(
            size=13 if not party else 14, italic=True, align=_CENTRE, before=4, with_next=True
        ),
        "Tên loại văn bản": Look(size=title, bold=True, align=_CENTRE, before=18, with_next=True, outline=0),
        "Trích yếu": Look(size=14, bold=True, align=_CENTRE, with_next=True),
        "Kẻ ngang": Look(size=2, align=_CENTRE, with_next=True),
        "Nội dung văn bản": Look(size=body, align=_FULL, after=6, first=10, line=1.15),
        "Mục": Look(
            size=body, bold=True, align=_FULL, before=6, after=6, first=10, line=1.15, with_next=True, outline=1
        ),
        "Gạch đầu dòng": Look(size=body, align=_FULL, after=4, first=10, line=1.15),
        "Giữa dòng": Look(size=body, bold=True, align=_CENTRE, before=6, after=6),
        "Người được mời": Look(size=body, bold=True, align=_CENTRE, before=2, after=8),
        "Bảng - tiêu đề": Look(size=body - 1, bold=True, align=_CENTRE, before=2, after=2, with_next=True),
        "Bảng - nội dung": Look(size=body - 1, before=2, after=2),
        "Bảng - số": Look(size=body - 1, align=_CENTRE, before=2, after=2),
        "Nơi nhận": Look(size=12, bold=not party, italic=not party, underline=party, with_next=True),
        "Nơi nhận - dòng": Look(size=11 if not party else 12),
        "Đơn vị ký": Look(size=body - 1, bold=True, align=_CENTRE, before=12, with_next=True),
        "Quyền hạn, chức vụ": Look(size=body, bold=True, align=_CENTRE, with_next=True),
        "Họ tên người ký": Look(size=body, bold=True, align=_CENTRE, before=76),
        "Số trang": Look(size=13, align=_CENTRE),
    }


def set_up(document: Document, rules: Rules) -> None:
    """Page, language, fonts and styles."""
    top, bottom, left, right = rules.margins
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(top), Mm(bottom)
    section.left_margin, section.right_margin = Mm(left), Mm(right)
    section.header_distance, section.footer_distance = Mm(10), Mm(10)
    _defaults(document)
    for name, look in looks(rules).items():
        _style(document, name, look)
    normal = document.styles["Normal"]
    _font(normal, Look(size=rules.body_size))


def _defaults(document: Document) -> None:
    """Vietnamese as the language of proofing, Times New Roman wherever a style says nothing, nothing of the theme."""
    run = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for child in list(run):
        run.remove(child)
    run.append(parse_xml(f'<w:rFonts {_W} w:ascii="{FONT}" w:hAnsi="{FONT}" w:eastAsia="{FONT}" w:cs="{FONT}"/>'))
    run.append(parse_xml(f'<w:lang {_W} w:val="{LANGUAGE}" w:eastAsia="{LANGUAGE}" w:bidi="ar-SA"/>'))


def _style(document: Document, name: str, look: Look) -> None:
    style: Any = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Normal"]
    style.quick_style = True
    style.next_paragraph_style = style
    _font(style, look)
    form = style.paragraph_format
    form.alignment = look.align
    form.space_before, form.space_after = Pt(look.before), Pt(look.after)
    form.first_line_indent, form.left_indent = Mm(look.first), Mm(look.left)
    form.line_spacing = look.line
    form.keep_with_next = look.with_next
    form.widow_control = True
    if name == "Kẻ ngang":
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(3)
    if look.outline is not None:
        style.element.get_or_add_pPr().append(parse_xml(f'<w:outlineLvl {_W} w:val="{look.outline}"/>'))


def _font(style: Any, look: Look) -> None:
    style.font.name = FONT
    style.font.size = Pt(look.size)
    style.font.bold, style.font.italic = look.bold, look.italic
    style.font.underline = look.underline
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(name), FONT)
