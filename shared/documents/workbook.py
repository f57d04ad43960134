"""Reads an uploaded list into sheets of text cells, whatever program wrote it: xlsx, xlsb, xls, ods, csv, tsv.

Called by the functions that import lists; the table inside is found by shared/kernel/lists.py. The type is told by the
content, never by the file's name. Size and zip expansion are checked before anything is parsed; workbooks are then parsed
in a process of their own with limits of memory and time, since a small file can claim a sheet of 17 thousand million cells.
Sentences of the refusals: shared/texts/lists.toml. Raises Invalid with field "file".
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Literal

from shared.documents import delimited
from shared.documents.spreadsheet_process import LIMITS
from shared.kernel.errors import Invalid, Unavailable
from shared.kernel.lists import Sheet

MAX_BYTES = 20 * 1024 * 1024
MAX_ENTRIES = 2_000
MAX_UNZIPPED = 200 * 1024 * 1024
MAX_RATIO = 150
_RATIO_MATTERS_ABOVE = 20 * 1024 * 1024
_WALL_SECONDS = 60

Kind = Literal["spreadsheet", "text"]

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")


def read_workbook(data: bytes) -> tuple[Sheet, ...]:
    """The sheets of a list.

    Refuses with Invalid: `list.too_large`, `list.empty`, `list.is_pdf`, `list.is_picture`, `list.is_document`,
    `list.is_web_page`, `list.wrong_type`, `list.password`, `list.zip_bomb`, `list.unreadable`, `list.too_many_rows`,
    `list.too_many_columns`, `list.cell_too_long`, `list.legacy_encoding`.
    """
    if len(data) > MAX_BYTES:
        raise Invalid("list.too_large", field="file", size=len(data) // 1024 // 1024, limit=MAX_BYTES // 1024 // 1024)
    if not data.strip(b"\x00 \t\r\n"):
        raise Invalid("list.empty", field="file")
    if _kind(data) == "spreadsheet":
        return _parsed_apart(data)
    return (delimited.read_text(data, LIMITS),)


def _kind(data: bytes) -> Kind:
    """Told by the first bytes and, for containers, by what they hold."""
    if data.startswith(_ZIP):
        _check_zip(data)
        return "spreadsheet"
    if data.startswith(_OLE):
        _check_ole(data)
        return "spreadsheet"
    if data.lstrip()[:5] == b"%PDF-":
        raise Invalid("list.is_pdf", field="file")
    if data.startswith(_PICTURES) or data[:4] + data[8:12] == b"RIFFWEBP" or data[4:8] == b"ftyp":
        raise Invalid("list.is_picture", field="file")
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<?xml", b"mime-version:")):
        raise Invalid("list.is_web_page", field="file")
    if start.startswith((b"{\\rtf", b"\x7felf", b"mz", b"rar!", b"7z\xbc\xaf", b"\x1f\x8b")):
        raise Invalid("list.wrong_type", field="file")
    return "text"


def _check_zip(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_expansion(entries)
            if any(entry.flag_bits & 1 for entry in entries):
                raise Invalid("list.password", field="file")
            names = {entry.filename for entry in entries}
            if "META-INF/manifest.xml" in names and b"encryption-data" in _beginning(archive, "META-INF/manifest.xml"):
                raise Invalid("list.password", field="file")
            kind = _beginning(archive, "mimetype") if "mimetype" in names else b""
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError, ValueError):
        raise Invalid("list.unreadable", field="file") from None
    if any(name.startswith("xl/workbook.") for name in names) or b"opendocument.spreadsheet" in kind:
        return
    if any(name.startswith(("word/", "ppt/")) for name in names) or b"opendocument" in kind:
        raise Invalid("list.is_document", field="file")
    raise Invalid("list.wrong_type", field="file")


def _check_expansion(entries: list[zipfile.ZipInfo]) -> None:
    unzipped = sum(entry.file_size for entry in entries)
    zipped = max(1, sum(entry.compress_size for entry in entries))
    steep = unzipped > _RATIO_MATTERS_ABOVE and unzipped > MAX_RATIO * zipped
    if len(entries) > MAX_ENTRIES or unzipped > MAX_UNZIPPED or steep:
        raise Invalid("list.zip_bomb", field="file", size=unzipped // 1024 // 1024)


def _beginning(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as entry:
        return entry.read(1024 * 1024)


def _check_ole(data: bytes) -> None:
    """Stream names of a compound file are UTF-16 in its directory: enough to tell what program wrote it."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise Invalid("list.password", field="file")
    if not any(name.encode("utf-16-le") in data for name in ("Workbook", "Book")):
        raise Invalid("list.is_document", field="file")


def _parsed_apart(data: bytes) -> tuple[Sheet, ...]:
    """Parses in a child process; whatever kills the child is the file's fault, and is told as such."""
    script = Path(__file__).with_name("spreadsheet_process.py")
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        done = subprocess.run(
            [sys.executable, str(script)], input=data, capture_output=True, timeout=_WALL_SECONDS, env=environment,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Invalid("list.unreadable", field="file") from None
    except OSError:
        raise Unavailable("list.no_process") from None
    if done.returncode < 0:  # by a signal: out of its memory or its processor time
        raise Invalid("list.too_many_cells", field="file")
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise Invalid("list.unreadable", field="file") from None
    if "refused" in answer:
        raise Invalid(answer["refused"], field="file", **answer["facts"])
    return tuple(
        Sheet(name=sheet["name"], hidden=sheet["hidden"], rows=tuple(tuple(row) for row in sheet["rows"]))
        for sheet in answer["sheets"]
    )
