"""An official paper as PDF/A, for reading and sending; the Word document is the one to edit. Called by functions/papers.

The places are those of paper.lay_out, set in the typefaces that are ours to embed, since Times New Roman is not. It bears no
seal: a number and a signature come from the office itself.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from shared.documents.fonts import SANS_ITALIC, SERIF, SERIF_BOLD, check_letters
from shared.documents.paper import PrintedPaper, lay_out
from shared.documents.typesetting import date_data, typeset_pdf

FACES: Final = (SERIF, SERIF_BOLD, SANS_ITALIC)


def render_paper_pdf(paper: PrintedPaper) -> bytes:
    """The PDF: a copy for each addressee. Raises Invalid for a letter that no typeface holds."""
    sheet = lay_out(paper)
    data: dict[str, Any] = {
        **asdict(sheet),
        "author": paper.text.heading.issuer,
        "made_at": date_data(paper.made_at),
    }
    for number, block in enumerate(sheet.blocks, 1):
        for words in (block.text, *(cell for row in block.rows for cell in row)):
            check_letters({f"blocks.{number}": words}, FACES)
    lines = (sheet.title, sheet.subject, sheet.number, sheet.place_date, *sheet.left, *sheet.right, *sheet.copies)
    people = (words for signer in sheet.signers for words in (signer.unit, signer.capacity, signer.office, signer.name))
    groups = (words for group in sheet.distribution for words in (group.label, *group.lines))
    for words in (*lines, *people, *groups):
        check_letters({"paper": words}, FACES)
    return typeset_pdf("paper.typ", data, paper.made_at)
