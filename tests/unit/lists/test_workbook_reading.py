"""An uploaded file becomes rows of text, or a refusal that says what to do."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from shared.documents import workbook
from shared.documents.workbook import read_workbook
from shared.kernel.errors import Invalid
from shared.texts import catalogue

SAMPLE = Path(__file__).parents[3] / "samples" / "khoi-thi-dua-2"


def code_of(data: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        read_workbook(data)
    assert refused.value.facts["field"] == "file"
    assert refused.value.code in catalogue()
    return refused.value.code


def xlsx(*sheets: list[list[object]], hidden: int | None = None) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for index, rows in enumerate(sheets):
            sheet = book.add_worksheet()
            if index == hidden:
                sheet.hide()
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
    return out.getvalue()


def zipped(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return out.getvalue()


def test_numbers_and_dates_read_as_a_person_sees_them() -> None:
    sheet = read_workbook(xlsx([["a", 952430309, 1.5, True, None, "0951234567"]]))[0]
    assert sheet.rows == (("a", "952430309", "1.5", "TRUE", "", "0951234567"),)


def test_rows_keep_their_place_and_hidden_sheets_are_known() -> None:
    sheets = read_workbook(xlsx([[], [], ["x"]], [["y"]], hidden=1))
    assert sheets[0].rows[2] == ("x",)
    assert [sheet.hidden for sheet in sheets] == [False, True]


def test_the_sample_list_reads_whole() -> None:
    sheets = read_workbook((SAMPLE / "delegates.xlsx").read_bytes())
    assert [sheet.name for sheet in sheets] == ["DS đại biểu", "Ghi chú"]
    assert len(sheets[0].rows) == 192
    assert sheets[0].rows[32][4] == "952430309"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_text_lists_in_every_usual_form(separator: str, encoding: str) -> None:
    rows = [("STT", "Họ và tên", "Đơn vị"), ("1", "Đặng Thị Thuý", "Sở Nội vụ"), ("2", "Y Phôn Ksor", "Tỉnh đoàn")]
    text = "\r\n".join(separator.join(row) for row in rows)
    assert read_workbook(text.encode(encoding))[0].rows == tuple(rows)


def test_windows_1258_is_composed_and_tcvn3_is_refused() -> None:
    # Windows-1258 keeps tone marks apart: "ễ" is "ê" followed by a combining tilde.
    data = "Ho\u0323 và tên;Đơn vi\u0323\nNguyê\u0303n Thi\u0323 Huô\u0300ng;Sơ\u0309\n"
    rows = read_workbook(data.encode("cp1258"))[0].rows
    assert rows == (("Họ và tên", "Đơn vị"), ("Nguyễn Thị Huồng", "Sở"))
    tcvn3 = b"Ho va ten;Don vi\nNguy\xd4n V\xa8n \xae\xf8c;S\xea N\xe9i v\xf4\n"
    assert code_of(tcvn3) == "list.legacy_encoding"


def test_excels_own_separator_line_and_quoted_cells() -> None:
    rows = read_workbook('sep=;\r\nTên;Đơn vị\r\n"Báo; Đài";"hai\r\ndòng"\r\n'.encode())[0].rows
    assert rows == (("Tên", "Đơn vị"), ("Báo; Đài", "hai\r\ndòng"))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "list.empty"),
        (b"  \r\n\t ", "list.empty"),
        (b"%PDF-1.7\n...", "list.is_pdf"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 40, "list.is_picture"),
        (b"\xff\xd8\xff\xe0" + b"0" * 40, "list.is_picture"),
        (b"\x00\x00\x00\x18ftypheic" + b"0" * 40, "list.is_picture"),
        (b"<html><table><tr><td>STT", "list.is_web_page"),
        (b"{\\rtf1 abc", "list.wrong_type"),
        (b"MZ\x90\x00" + b"\x00\x01" * 50, "list.wrong_type"),
        (b"abc,def\x00\x01\x02\nx,y", "list.wrong_type"),
        (b"PK\x03\x04 not a zip at all", "list.unreadable"),
        (b"PK\x05\x06" + b"\x00" * 18, "list.wrong_type"),
        (zipped(a_dot_txt=b"hello"), "list.wrong_type"),
        (zipped(word__document_dot_xml=b"<w/>"), "list.is_document"),
        (zipped(xl__workbook_dot_xml=b"<broken"), "list.unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "list.password"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "list.is_document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le") + b"0" * 600, "list.unreadable"),
    ],
)
def test_what_is_no_list_is_refused_by_its_content(data: bytes, code: str) -> None:
    assert code_of(data) == code


def test_a_file_cut_short_is_unreadable() -> None:
    whole = (SAMPLE / "delegates.xlsx").read_bytes()
    assert code_of(whole[: len(whole) // 2]) == "list.unreadable"


def test_an_encrypted_open_document_is_told() -> None:
    data = zipped(
        mimetype=b"application/vnd.oasis.opendocument.spreadsheet",
        **{"META-INF__manifest_dot_xml": b"<manifest:encryption-data/>", "content_dot_xml": b"x"},
    )
    assert code_of(data) == "list.password"


def test_a_zip_bomb_is_refused_before_it_is_opened() -> None:
    assert code_of(zipped(xl__workbook_dot_xml=b"0" * (30 * 1024 * 1024))) == "list.zip_bomb"


def test_too_large_a_file_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_BYTES", 10)
    assert code_of(b"12345678901") == "list.too_large"


def test_a_cell_far_away_does_not_exhaust_the_machine() -> None:
    """The reader keeps a dense grid: one cell in the last corner would be 17 thousand million cells."""
    assert code_of(xlsx([["STT"]] + [[]] * 60_000 + [["x"]])) == "list.too_many_rows"
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1_048_575, 16_383, "b")
    assert code_of(out.getvalue()) in {"list.too_many_cells", "list.too_many_rows"}


def test_too_many_columns_and_too_long_cells() -> None:
    assert code_of(xlsx([["a"] * 300])) == "list.too_many_columns"
    assert code_of(xlsx([["a" * 9_000]])) == "list.cell_too_long"
    assert code_of(b'a,b\n"' + b"x" * 200_000) == "list.cell_too_long"


def test_a_declared_size_that_lies_is_survived() -> None:
    data = bytearray(zipped(xl__workbook_dot_xml=b"0" * 1000))
    central = data.rfind(b"PK\x01\x02")
    struct.pack_into("<L", data, central + 24, 10)  # claims 10 bytes
    assert code_of(bytes(data)) == "list.unreadable"


def ods(table: str) -> bytes:
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="DS">{table}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    return zipped(
        mimetype=b"application/vnd.oasis.opendocument.spreadsheet",
        **{"META-INF__manifest_dot_xml": b"<manifest/>", "content_dot_xml": content.encode()},
    )


def test_an_open_document_reads_and_one_that_repeats_a_cell_without_end_does_not_kill() -> None:
    cell = '<table:table-cell {} office:value-type="string"><text:p>Thuý</text:p></table:table-cell>'
    plain = f"<table:table-row>{cell.format('')}</table:table-row>"
    assert read_workbook(ods(plain))[0].rows == (("Thuý",),)
    repeats = cell.format('table:number-columns-repeated="16384"')
    endless = f'<table:table-row table:number-rows-repeated="1048576">{repeats}</table:table-row>'
    assert code_of(ods(endless)) in {"list.too_many_cells", "list.too_many_rows", "list.unreadable"}
