"""Certificates as PDF, and the verification slip that is mailed in their place.

A full-art or overlay page is for the office's printer: signed and stamped by hand it becomes the original, without that it is
nothing (DESIGN 6). What a recipient gets by mail is the slip: no emblem, no signature or seal picture, and it says that it
does not replace the original.
"""

from __future__ import annotations

import unicodedata
from typing import Any, Final

from shared.documents.certificate import Certificate, parse_code, printed_fields
from shared.documents.compose import COLOURS, Layout, Line, Page, compose, load_layout, module_mm
from shared.documents.dates import short_date
from shared.documents.qr import qr_matrix, qr_path
from shared.documents.seal import Sealer, SealField
from shared.documents.typesetting import date_data, face_data, typeset_pdf
from shared.documents.wording import word

FULL_ART = "giay-khen-a4"
OVERLAY = "giay-khen-a4-overlay"
SLIP = "phieu-xac-thuc-a5"
DIFFERING: Final = frozenset({"recipient", "position", "locality", "citation", "golden_book", "id_groups"})
"""Fields in which the certificates of one decision may differ: all else is prepared once, in bulk and for pictures."""


def render_certificate(
    certificate: Certificate, layout_id: str = FULL_ART, *, offset_mm: tuple[float, float] = (0.0, 0.0)
) -> bytes:
    """PDF/A-2a of one page, not sealed yet. `offset_mm` moves all texts right and down, for a printer that feeds
    pre-printed blanks askew. Raises Invalid naming the field that does not fit or cannot be printed."""
    data = page_data(certificate, layout_id)
    data["offset"] = offset_mm
    return typeset_pdf("page.typ", data, certificate.made_at)


def render_verification_slip(certificate: Certificate) -> bytes:
    """PDF/A-2a, A5 landscape, not sealed yet."""
    return typeset_pdf("page.typ", page_data(certificate, SLIP), certificate.made_at)


def sealed_certificate(certificate: Certificate, sealer: Sealer, layout_id: str = FULL_ART) -> bytes:
    """A page of any layout, the slip's too, sealed in the layout's field at `made_at`."""
    return sealer.seal(render_certificate(certificate, layout_id), seal_field(layout_id), certificate.made_at)


def seal_field(layout_id: str) -> SealField:
    return SealField(*load_layout(layout_id).seal)


def page_fields(certificate: Certificate, layout_id: str) -> dict[str, str]:
    """All texts that `layout_id` may place."""
    fields = printed_fields(certificate)
    if layout_id == SLIP:
        fields |= _slip_fields(certificate, fields)
    return fields


def _slip_fields(certificate: Certificate, fields: dict[str, str]) -> dict[str, str]:
    signer = ", ".join([part for part in (fields["signer_name"], fields["signer_office"]) if part])
    award = unicodedata.normalize("NFC", certificate.award_form).capitalize()
    granting_office = unicodedata.normalize("NFC", certificate.granting_office)
    return {
        "issuer_name": unicodedata.normalize("NFC", certificate.issuer_name) or granting_office,
        "slip_title": word("slip.title"),
        "label_recipient": word("slip.recipient"),
        "label_award": word("slip.award"),
        "award_line": word("slip.award_line").format(
            award=award, office=unicodedata.normalize("NFC", certificate.granting_office)
        ),
        "label_citation": word("slip.citation"),
        "label_decision": word("slip.decision"),
        "decision_line": word("slip.decision_line").format(
            number=fields["decision_number"], date=short_date(certificate.decision_date)
        ),
        "signed_line": word("slip.signed_line").format(signer=signer),
        "not_original": word("slip.not_original"),
    }


def page_data(certificate: Certificate, layout_id: str) -> dict[str, Any]:
    """What page.typ draws."""
    layout = load_layout(layout_id)
    fields = page_fields(certificate, layout_id)
    page = compose(fields, layout)
    code = parse_code(certificate.code_text)
    matrix = qr_matrix(code.text)
    module_mm(matrix, layout)
    x, y, side = layout.code
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {matrix.size} {matrix.size}">'
        f'<path d="{qr_path(matrix)}"/></svg>'
    )
    alt = f"{word('document.code_caption')} {code.host} {' '.join(code.groups)}"
    return {
        **drawing_data(page, layout),
        **document_properties(certificate, layout_id),
        "made_at": date_data(certificate.made_at),
        "code": {"svg": svg, "x": x, "y": y, "side": side, "alt": alt},
    }


def document_properties(certificate: Certificate, layout_id: str) -> dict[str, str]:
    """Title and author in the file's metadata: no name of a recipient."""
    form = word("slip.title") if layout_id == SLIP else certificate.award_form
    decision = word("certificate.decision").format(number=certificate.decision_number)
    author = certificate.issuer_name or certificate.granting_office
    return {
        "title": unicodedata.normalize("NFC", f"{form} - {decision}"),
        "author": unicodedata.normalize("NFC", author),
    }


def drawing_data(page: Page, layout: Layout) -> dict[str, Any]:
    return {
        "page": layout.page,
        "art": layout.art,
        "offset": (0.0, 0.0),
        "carrier": [],
        "lines": [line_data(line) for line in page.lines],
        "rules": [{"x": rule.x, "y": rule.y, "w": rule.w, "c": COLOURS[rule.colour]} for rule in page.rules],
    }


def line_data(line: Line) -> dict[str, Any]:
    return {
        "t": line.text,
        "x": line.x,
        "w": line.w,
        "y": line.baseline,
        "a": line.align,
        "f": face_data(line.face),
        "s": line.size,
        "c": COLOURS[line.colour],
    }
