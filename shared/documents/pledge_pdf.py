"""The pledge's paper as PDF/A-2a, A4 portrait, as many pages as it needs: the text that was signed, and how each party
confirmed it, with a different mark for each means (equal icons for unequal means are never drawn; FORMATS 7).

typst breaks lines and pages here; texts reach it as strings only. The last page's foot has the room in which the seal shows.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

from shared.documents.certificate import heading_fields, parse_code
from shared.documents.dates import long_date, short_date, zoned_time
from shared.documents.fonts import check_letters
from shared.documents.pledge import PLEDGE_FACES, PledgePaper, PledgeSignature, PledgeTarget
from shared.documents.qr import qr_matrix, qr_path
from shared.documents.seal import SealField
from shared.documents.typesetting import date_data, typeset_pdf
from shared.documents.wording import word, words

PLEDGE_SEAL_FIELD = SealField(x=30, y=274, w=92, h=9)
_MODULE_MM = 0.45
_ATTESTED_BY_ISSUER_ONLY = ("LINK", "DEVICE", "PAPER")


def render_pledge(paper: PledgePaper) -> bytes:
    """The PDF, not sealed yet: seal it at PLEDGE_SEAL_FIELD. Raises Invalid for a letter that no typeface holds and for
    a code text that is none."""
    data = _data(paper)
    for field, text in _texts(data):
        check_letters({field: text}, PLEDGE_FACES)
    matrix = qr_matrix(parse_code(paper.code_text).text)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {matrix.size} {matrix.size}">'
        f'<path d="{qr_path(matrix)}"/></svg>'
    )
    data["code"] |= {"svg": svg, "side": matrix.size * _MODULE_MM}
    return typeset_pdf("pledge.typ", data, paper.made_at)


def _texts(value: Any, field: str = "pledge") -> Iterator[tuple[str, str]]:
    """All strings of nested data with the name they stand under."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, key)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner, field)


def _nfc(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _data(paper: PledgePaper) -> dict[str, Any]:
    code = parse_code(paper.code_text)
    heading = heading_fields(paper.family, paper.heading_lines)
    first, last = paper.period
    return {
        "family": paper.family,
        "heading": heading["heading"].split("\n"),
        "motto": heading["motto"],
        "issuer": _nfc(paper.issuer_name),
        "block": _nfc(paper.block),
        "place_date": f"{_nfc(paper.place)}, {long_date(paper.made_at)}" if paper.place else long_date(paper.made_at),
        "title": _nfc(paper.title),
        "period": word("pledge_paper.period").format(first=short_date(first), last=short_date(last)),
        "legal_bases": [_nfc(basis) for basis in paper.legal_bases],
        "parties": [{"unit": _nfc(one.unit), "role": _nfc(one.role)} for one in paper.signatures],
        "contents": [
            {"no": one.no, "text": _nfc(one.text), "target": _target(one.target) if one.target else ""}
            for one in paper.contents
        ],
        "slogan": _nfc(paper.slogan),
        "signatures": [_signature(one) for one in paper.signatures],
        "original": word(f"pledge_paper.original_{paper.original.lower()}"),
        "attested": any(one.means in _ATTESTED_BY_ISSUER_ONLY and one.signed_at for one in paper.signatures),
        "text_sha256": _grouped(paper.text_sha256, 8),
        "checkpoint": _nfc(paper.checkpoint),
        "code": {"host": code.host, "groups": code.groups, "sample": word("document.sample") if code.sample else ""},
        "w": words("pledge_paper"),
        "seal": word("document.seal"),
        "caption": word("document.code_caption"),
        "made_at": date_data(paper.made_at),
    }


def _target(target: PledgeTarget) -> str:
    line = word("pledge_paper.target").format(
        indicator=_nfc(target.indicator), planned=_number(target.planned), unit=_nfc(target.unit)
    )
    if target.per_party is not None:
        line += word("pledge_paper.per_party").format(share=_number(target.per_party), unit=_nfc(target.unit))
    return line


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _grouped(digest: str, size: int) -> str:
    return " ".join(digest[i : i + size] for i in range(0, len(digest), size))


def _signature(one: PledgeSignature) -> dict[str, Any]:
    notes = [
        note
        for note, holds in (
            (word("pledge_paper.late"), one.late),
            (word("pledge_paper.mandate"), one.mandate),
            (word("pledge_paper.disputed"), one.disputed),
        )
        if holds
    ]
    signed = one.signed_at is not None
    return {
        "unit": _nfc(one.unit),
        "capacity": _nfc(one.capacity),
        "office": _nfc(one.office),
        "name": _nfc(one.name),
        "means": one.means if signed else "",
        "how": word(f"pledge_paper.means_{one.means.lower()}") if signed else word("pledge_paper.unsigned"),
        "binding": _nfc(one.binding) if signed else "",
        "at": zoned_time(one.signed_at) if one.signed_at else "",
        "digest": _grouped(one.statement_sha256[:16], 4) if signed else "",
        "notes": " · ".join(notes),
    }
