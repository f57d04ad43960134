"""What stands where on an official paper (NĐ 30/2020/NĐ-CP, Phụ lục I): decided once, drawn as DOCX and as PDF.

Called by docx_paper.py and paper_pdf.py. The lines of the two headings, the number or the gap where the registry writes it,
place and date, the end mark, who signs where. Words are never changed here, but for the mark `./.` at the end of the body.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final

from shared.documents.dates import long_date
from shared.documents.wording import word
from shared.papers.headings import Rules, blank_number, rules
from shared.papers.model import Block, BlockKind, Family, Heading, Kind, Recipients, Signer, Text

NBSP: Final = "\u00a0"
GAP: Final = NBSP * 10
"""Where a number is written in by hand or by the registry's stamp."""
DOTS: Final = "." * 40
END: Final = "./."
_COUNTED: Final = re.compile(r"[0-9]{1,2} giờ(?: [0-9]{2})?|ngày [0-9]{1,2}|tháng [0-9]{1,2}|năm [0-9]{4}|Số [0-9]+")
_NO_END: Final = frozenset({Kind.SCRIPT, Kind.PLEDGE})
"""A script is no document, a pledge ends with its signatures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedPaper:
    """A paper to draw. `number` and `dated` are None until the registry gave them; `addressees`: a copy for each, one copy
    with a dotted line where empty. `made_at`: of this version, with its zone, so that the same version gives the same bytes."""

    kind: Kind
    text: Text
    made_at: datetime
    number: str | None = None
    dated: date | None = None
    addressees: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A paper set out. `left` are the bodies (the last one bold), `right` Quốc hiệu and Tiêu ngữ or what stands there."""

    rules: Rules
    left: tuple[str, ...]
    right: tuple[str, ...]
    mark: str
    number: str
    place_date: str
    title: str
    subject: str
    blocks: tuple[Block, ...]
    signers: tuple[Signer, ...]
    distribution: tuple[Recipients, ...]
    distribution_title: str
    copies: tuple[str, ...] = field(default=(DOTS,))


def lay_out(paper: PrintedPaper) -> Sheet:
    """The paper as it is drawn."""
    text, heading = paper.text, paper.text.heading
    made = rules(heading)
    blocks = tuple(replace(block, text=bound(block.text)) for block in text.blocks)
    number = blank_number(heading, paper.kind, GAP) if paper.number is None else _numbered(heading, paper.number)
    return Sheet(
        rules=made,
        left=tuple(line for line in (heading.superior, heading.issuer) if line),
        right=made.right,
        mark=made.mark,
        number=number,
        place_date=_place_date(heading.place, paper),
        title=text.title,
        subject=text.subject,
        blocks=blocks if paper.kind in _NO_END else _ended(blocks),
        signers=text.signers,
        distribution=text.distribution,
        distribution_title=word("paper.distribution"),
        copies=paper.addressees or (DOTS,),
    )


def bound(words: str) -> str:
    """Numbers stay beside what they count: no line ends between `7` and `giờ`."""
    return _COUNTED.sub(lambda found: found[0].replace(" ", NBSP), words)


def dash(line: str) -> str:
    """A line of a list: `- Như trên;`."""
    return line if line.startswith(("-", "–", "+")) else f"- {line}"


def _numbered(heading: Heading, number: str) -> str:
    return f"Số {number}" if heading.family is Family.PARTY else f"Số: {number}"


def _place_date(place: str, paper: PrintedPaper) -> str:
    where = place or "…………"
    if paper.dated is not None:
        return f"{where}, {long_date(paper.dated)}"
    gap = NBSP * 5
    return f"{where}, ngày{gap}tháng{gap}năm {paper.made_at.year}"


def _ended(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The body with its end mark, at the last words; below a table it has a line of its own."""
    last = blocks[-1]
    if last.kind in (BlockKind.TABLE, BlockKind.ADDRESSEE):
        return (*blocks, Block(kind=BlockKind.PARAGRAPH, text=END))
    if last.text.endswith(END):
        return blocks
    bare = last.text.rstrip(" .;")
    return (*blocks[:-1], replace(last, text=f"{bare}{END}"))
