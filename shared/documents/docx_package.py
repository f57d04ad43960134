"""A Word document as bytes that are the same for the same content: no clock, no thumbnail, fixed order and times in the zip.

Called by docx_paper.py. Fonts are named with what may stand in for them where Times New Roman is not installed.
"""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Final

from docx.document import Document

_TIME: Final = (1980, 1, 1, 0, 0, 0)
_FONTS: Final = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<w:fonts xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    '<w:font w:name="Times New Roman"><w:altName w:val="Liberation Serif"/><w:panose1 w:val="02020603050405020304"/>'
    '<w:charset w:val="00"/><w:family w:val="roman"/><w:pitch w:val="variable"/></w:font></w:fonts>'
)


def describe(document: Document, *, title: str, author: str, made_at: datetime) -> None:
    """The document's own data: title, language, whose it is; times are those of the version."""
    about = document.core_properties
    about.title, about.author, about.language = title[:255], author[:255], "vi-VN"
    about.comments, about.keywords, about.last_modified_by = "", "", author[:255]
    about.created = about.modified = made_at.replace(tzinfo=None, microsecond=0)
    about.revision = 1


def packed(document: Document) -> bytes:
    """The file."""
    raw = io.BytesIO()
    document.save(raw)
    packed = io.BytesIO()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            data = source.read(name)
            if name == "word/fontTable.xml":
                data = _FONTS.encode()
            part = zipfile.ZipInfo(name, _TIME)
            part.compress_type, part.external_attr, part.create_system = zipfile.ZIP_DEFLATED, 0o600 << 16, 3
            target.writestr(part, data, compresslevel=6)
    return packed.getvalue()
