"""The ticket picture: its code is read by zxing-cpp, long texts make it grow, bad letters are named."""

import io
import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
import zxingcpp
from fontTools.ttLib import TTFont
from PIL import Image

from shared.documents.fonts import FACES, check_letters, letters_of, metrics_of
from shared.documents.palette_drawing import font_of
from shared.documents.ticket_png import WIDTH, TicketPicture, _wrap, render_ticket
from shared.kernel.errors import Invalid

HANOI = timezone(timedelta(hours=7))
CODE = "https://thidua.tinhmau.gov.vn/t#" + str(int.from_bytes(b"\x01" + bytes(range(3, 148)), "big"))
TICKET = TicketPicture(
    code_text=CODE,
    ceremony_title="Họp mặt đầu xuân, ký kết giao ước thi đua năm 2027 - Khối thi đua 2",
    starts=datetime(2027, 2, 12, 7, 30, tzinfo=HANOI),
    doors_open=datetime(2027, 2, 12, 7, 0, tzinfo=HANOI),
    place="Hội trường lớn, Trường Chính trị tỉnh",
    holder_name="Nguyễn Thị Ẩn",
    unit="Ban Tuyên giáo và Dân vận Tỉnh ủy",
    category="Đại biểu chính thức",
    seat="B12",
    door="Cổng A",
)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_the_code_reads_back_from_the_picture_and_from_a_small_copy() -> None:
    picture = opened(render_ticket(TICKET))
    assert (picture.mode, picture.width) == ("P", WIDTH)
    assert picture.height < 2000
    assert zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)[0].text == CODE
    small = picture.convert("L").resize((360, picture.height // 3), Image.Resampling.BILINEAR)
    assert zxingcpp.read_barcodes(small, formats=zxingcpp.BarcodeFormat.QRCode)[0].text == CODE


def test_a_ticket_is_small_enough_to_mail_by_the_thousand() -> None:
    assert len(render_ticket(TICKET)) < 90_000


def test_long_names_make_the_picture_grow_and_nothing_is_cut() -> None:
    plain = opened(render_ticket(TICKET))
    long = replace(TICKET, holder_name="Công Tằng Tôn Nữ Hoàng Ngọc Phương " * 3, unit="Ủy ban Mặt trận Tổ quốc " * 8)
    grown = opened(render_ticket(long))
    assert grown.height > plain.height + 300
    unbroken = replace(TICKET, holder_name="Ẵ" * 90)
    assert opened(render_ticket(unbroken)).height > plain.height


def test_wrapping_keeps_every_letter() -> None:
    font = font_of(FACES[2], 60)
    text = "Huỳnh Thị " + "Ữ" * 70 + " và tập thể Phòng Hành chính"
    lines = _wrap(text, font, 500)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(font.getlength(line) <= 500 for line in lines)


def test_names_typed_in_two_parts_are_drawn_as_one() -> None:
    decomposed = replace(TICKET, holder_name=unicodedata.normalize("NFD", TICKET.holder_name))
    assert render_ticket(decomposed) == render_ticket(TICKET)


@pytest.mark.parametrize("letter", ["王", "\u202e", "\u200b", "\x07", "\u00ad", "😀"])
def test_a_letter_without_a_drawing_is_named(letter: str) -> None:
    with pytest.raises(Invalid) as refused:
        render_ticket(replace(TICKET, holder_name=f"Nguyễn {letter} Ẩn"))
    assert refused.value.code == "document.letter_not_in_font"
    assert refused.value.facts["field"] == "holder_name"
    assert refused.value.facts["codepoint"] == f"U+{ord(letter):04X}"


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)>", '#read("/etc/passwd")', "=cmd|' /C calc'!A0", "*bold*"]
)
def test_hostile_texts_are_only_drawn(text: str) -> None:
    assert (
        zxingcpp.read_barcodes(
            opened(render_ticket(replace(TICKET, holder_name=text))), formats=zxingcpp.BarcodeFormat.QRCode
        )[0].text
        == CODE
    )


def test_every_vietnamese_letter_is_in_every_face() -> None:
    vowels = "aăâeêioôơuưy"
    tones = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]

    letters = [unicodedata.normalize("NFC", v + t) for v in vowels + vowels.upper() for t in tones] + ["đ", "Đ"]
    assert len(letters) == 146
    check_letters({"letters": "".join(letters) + "₫“”–·…"}, FACES)


def test_the_own_reading_of_the_character_map_is_that_of_fonttools() -> None:

    for face in FACES:
        with TTFont(face.path, lazy=True) as font:
            assert letters_of(face) == set(font.getBestCmap())


def test_pairs_close_up_as_fonttools_reads_them() -> None:
    for face in FACES:
        with TTFont(face.path, lazy=True) as font:
            order = font.getReverseGlyphMap()
            characters, pair_lookup = (
                font.getBestCmap(),
                next(lookup for lookup in font["GPOS"].table.LookupList.Lookup if lookup.LookupType == 2),
            )
            for left, right in ["Tư", "Vă", "To", "AV", "ph", "Ly", "P.", "“T", "19", "Tậ", "ắc", "ưở"]:
                expected = 0
                for pairs in pair_lookup.SubTable:
                    first, second = characters[ord(left)], characters[ord(right)]
                    if first not in pairs.Coverage.glyphs:
                        continue
                    if pairs.Format == 1:
                        records = pairs.PairSet[pairs.Coverage.glyphs.index(first)].PairValueRecord
                        found = [record.Value1.XAdvance for record in records if record.SecondGlyph == second]
                        if not found:
                            continue
                        expected = found[0]
                    else:
                        row = pairs.Class1Record[pairs.ClassDef1.classDefs.get(first, 0)]
                        value = row.Class2Record[pairs.ClassDef2.classDefs.get(second, 0)].Value1
                        expected = value.XAdvance if value else 0
                    break
                assert metrics_of(face).kern(left, right) == expected
                assert order[characters[ord(left)]] == metrics_of(face).glyphs[left]
