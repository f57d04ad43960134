"""The typst compiler, kept open in the process and closed in: templates of this package in, PDF/A or PNG out.

Data reach a template as one JSON string only (`sys.inputs.data`); strings shown by typst code are text, never markup, so
nothing in a name can be executed. The compiler's root is the folder of our templates, it sees no system fonts, and its
package folders are empty ones of its own: no file outside and no network. Called by certificate_pdf.py, pledge_pdf.py and
the seal's stamp.
"""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
import threading
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

from shared.documents.fonts import Face, font_folder

TEMPLATES = Path(__file__).parent / "typst"
PDF_STANDARD: typst.PDFStandard = "a-2a"
"""PDF/A-2, level A: tagged, Unicode text, fonts embedded (ISO 19005-2)."""

_LOCK = threading.Lock()  # a compiler holds its inputs while it works


@lru_cache(maxsize=8)
def _compiler(template: str) -> typst.Compiler:
    empty = Path(tempfile.mkdtemp(prefix="giaouoc-typst-"))
    atexit.register(shutil.rmtree, empty, ignore_errors=True)
    faces = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(font_folder())])
    return typst.Compiler(
        str(TEMPLATES / template),
        root=str(TEMPLATES),
        font_paths=faces,
        package_path=str(empty),
        package_cache_path=str(empty),
    )


def typeset_pdf(
    template: str, data: dict[str, Any], made_at: datetime, standard: typst.PDFStandard = PDF_STANDARD
) -> bytes:
    """A PDF of `templates/<template>` with `data`; the same data and `made_at` (with its zone) give the same bytes."""
    with _LOCK:
        result = _compiler(template).compile(
            format="pdf",
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            pdf_standards=[standard],
            timestamp=made_at.replace(microsecond=0, tzinfo=timezone(made_at.utcoffset() or timedelta())),
        )
    return _one(result)


def typeset_png(template: str, data: dict[str, Any], pixels_per_inch: float) -> bytes:
    with _LOCK:
        result = _compiler(template).compile(
            format="png", sys_inputs={"data": json.dumps(data, ensure_ascii=False)}, ppi=pixels_per_inch
        )
    return _one(result)


def _one(result: Any) -> bytes:
    if not isinstance(result, bytes):
        raise TypeError("typst gave several files for one document")
    return result


def face_data(face: Face) -> tuple[str, int, str]:
    """Family, weight and style by which typst finds a face."""
    family = "Source Serif Pro" if "Serif" in face.file else "Source Sans Pro"
    weight = 700 if "Bold" in face.file else 600 if "Semibold" in face.file else 400
    return family, weight, "italic" if face.file.endswith("-It.otf") else "normal"


def date_data(moment: datetime) -> list[int]:
    """Year to second in UTC, as typst writes document dates."""
    moment = moment.astimezone(UTC)
    return [moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second]
