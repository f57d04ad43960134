"""Sets the texts of a one-page paper into the boxes of its layout: lines with their place and size, or a refusal.

Both writers of certificates (typst and bulk) draw exactly the lines that are decided here, so a page does not depend on
which of them made it. A box holds a stack of fields; if they do not fit, all of the box shrinks by the layout's steps, and
if the last step is still too large the field is named in the error. Nothing is ever cut.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from shared.documents import fonts
from shared.documents.fonts import Face, check_letters, width_of, word_width
from shared.documents.qr import QrMatrix
from shared.kernel.errors import Invalid

LAYOUTS = Path(__file__).parent / "layouts"
MM_PER_POINT = 25.4 / 72
MIN_MODULE_MM = 0.36
COLOURS = {"ink": "#1b1b1f", "quiet": "#5a5f66", "red": "#b3121d", "navy": "#163a5c"}

Align = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Style:
    """How one field is set; `leading` is the distance of lines in type sizes, `before` mm above a paragraph that is
    not the first of its box."""

    face: Face
    size: float
    colour: str = "ink"
    leading: float = 1.3
    before: float = 0.0
    underline: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A stack of fields in a rectangle (mm from the page's top left corner)."""

    x: float
    y: float
    w: float
    h: float
    fields: tuple[str, ...]
    align: Align = "center"
    valign: Literal["top", "middle", "bottom"] = "top"
    scales: tuple[float, ...] = (1.0, 0.94, 0.88, 0.82, 0.76, 0.7, 0.64)


@dataclass(frozen=True, slots=True)
class Layout:
    """One version of a paper's layout, read from layouts/<id>.toml. Measures in mm, type sizes in points."""

    id: str
    page: tuple[float, float]
    art: str
    boxes: tuple[Box, ...]
    styles: dict[str, Style]
    code: tuple[float, float, float]  # x, y, side of the symbol without its quiet zone
    seal: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its span (mm), its baseline from the page's top (mm), and how it stands in the span."""

    text: str
    x: float
    w: float
    baseline: float
    align: Align
    face: Face
    size: float
    colour: str

    @property
    def width(self) -> float:
        return width_of(self.text, self.face, self.size * MM_PER_POINT)

    @property
    def left(self) -> float:
        slack = self.w - self.width
        return self.x + {"left": 0.0, "center": slack / 2, "right": slack}[self.align]


@dataclass(frozen=True, slots=True)
class Rule:
    """A thin horizontal line (mm)."""

    x: float
    y: float
    w: float
    colour: str


@dataclass(frozen=True, slots=True)
class Page:
    lines: tuple[Line, ...]
    rules: tuple[Rule, ...]


@lru_cache(maxsize=32)
def load_layout(layout_id: str) -> Layout:
    """Raises KeyError for a layout that is not shipped."""
    path = LAYOUTS / f"{layout_id}.toml"
    if not layout_id.replace("-", "").isalnum() or not path.is_file():
        raise KeyError(layout_id)
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    styles = {name: _style(entry) for name, entry in data["style"].items()}
    boxes = tuple(_box(entry) for entry in data["box"])
    width, height = data["page"]
    code, seal = data["code"], data["seal"]
    return Layout(
        id=data["id"],
        page=(width, height),
        art=data["art"],
        boxes=boxes,
        styles=styles,
        code=(code["x"], code["y"], code["side"]),
        seal=(seal["x"], seal["y"], seal["w"], seal["h"]),
    )


def _style(entry: dict[str, Any]) -> Style:
    face: Face = getattr(fonts, entry["face"])
    return Style(face=face, **{key: value for key, value in entry.items() if key != "face"})


def _box(entry: dict[str, Any]) -> Box:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    return Box(**values)


def compose(texts: dict[str, str], layout: Layout, boxes: tuple[Box, ...] | None = None) -> Page:
    """All boxes of a layout, or some of them. Raises Invalid("document.letter_not_in_font") or
    Invalid("document.does_not_fit"), each naming the field."""
    lines: list[Line] = []
    rules: list[Rule] = []
    for box in layout.boxes if boxes is None else boxes:
        present = [(name, layout.styles[name], texts[name]) for name in box.fields if texts[name]]
        for name, style, text in present:
            check_letters({name: text.replace("\n", " ")}, (style.face,))
        placed = _fit(box, present)
        lines += placed.lines
        rules += placed.rules
    return Page(tuple(lines), tuple(rules))


@dataclass(frozen=True, slots=True)
class _Set:
    """One wrapped line on its way into a box: `above` mm before it, whether it ends its paragraph."""

    text: str
    style: Style
    size: float
    above: float
    last: bool

    @property
    def height(self) -> float:
        return self.above + self.size * self.style.leading * MM_PER_POINT


def _fit(box: Box, present: list[tuple[str, Style, str]]) -> Page:
    blame = ""
    for scale in box.scales:
        stack: list[_Set] = []
        too_wide = ""
        for name, style, text in present:
            size = style.size * scale
            wrapped = _wrap(text, style.face, size, box.w, balance=box.align == "center")
            if wrapped is None:
                too_wide = name
                break
            for n, line in enumerate(wrapped):
                above = style.before * scale if stack and n == 0 else 0.0
                stack.append(_Set(line, style, size, above, n == len(wrapped) - 1))
        height = sum(one.height for one in stack)
        if not too_wide and height <= box.h + 0.01:
            return _place(box, stack, height)
        blame = too_wide or max(present, key=lambda field: len(field[2]) * field[1].size)[0]
    raise Invalid("document.does_not_fit", field=blame)


def _place(box: Box, stack: list[_Set], height: float) -> Page:
    slack = box.h - height
    y = box.y + {"top": 0.0, "middle": slack / 2, "bottom": slack}[box.valign]
    lines: list[Line] = []
    rules: list[Rule] = []
    for one in stack:
        # Vietnamese capitals with two marks reach 0.93 of the size above the baseline.
        rise = (one.style.leading - 1.25) / 2 + 0.95
        baseline = y + one.above + one.size * rise * MM_PER_POINT
        line = Line(one.text, box.x, box.w, baseline, box.align, one.style.face, one.size, one.style.colour)
        lines.append(line)
        if one.style.underline and one.last:
            rules.append(Rule(line.left, baseline + one.size * 0.42 * MM_PER_POINT, line.width, one.style.colour))
        y += one.height
    return Page(tuple(lines), tuple(rules))


def _wrap(text: str, face: Face, size: float, width: float, *, balance: bool) -> list[str] | None:
    """Lines of at most `width` mm, or None if one word alone is wider."""
    room = width / (size * MM_PER_POINT) * 1000  # in thousandths of the type size, as words are measured
    lines: list[str] = []
    for paragraph in text.split("\n"):
        broken = _broken(paragraph.split(" "), face, room)
        if broken is None:
            return None
        if balance and len(broken) > 1:
            _balance(broken, face, room)
        lines += [" ".join(line) for line in broken]
    return lines


def _broken(words: list[str], face: Face, room: float) -> list[list[str]] | None:
    lines: list[list[str]] = [[]]
    used = 0
    for word in words:
        alone = word_width(word, face)
        after_blank = word_width(f" {word}", face)
        if alone > room:
            return None
        if lines[-1] and used + after_blank <= room:
            lines[-1].append(word)
            used += after_blank
            continue
        if lines[-1]:
            lines.append([])
        lines[-1].append(word)
        used = alone
    return lines


def _balance(lines: list[list[str]], face: Face, room: float) -> None:
    """Moves words down so that a short last line does not stand under full ones, the upper line staying the longer."""

    def width(words: list[str]) -> float:
        return width_of(" ".join(words), face, 1000)

    for n in range(len(lines) - 1, 0, -1):
        while len(lines[n - 1]) > 1:
            rest, longer = lines[n - 1][:-1], [lines[n - 1][-1], *lines[n]]
            if width(longer) > min(room, width(rest)):
                break
            lines[n - 1], lines[n] = rest, longer


def module_mm(matrix: QrMatrix, layout: Layout) -> float:
    """Side of a printed module. Raises Invalid("document.code_too_small") under 0.36 mm (FORMATS 1)."""
    module = layout.code[2] / matrix.size
    if module < MIN_MODULE_MM:
        hundredths = int(module * 100)
        raise Invalid(
            "document.code_too_small", field="code_text", version=matrix.version, layout=layout.id, module=hundredths
        )
    return module
