"""Certificates in bulk: the page that typst gives, sealed, each file valid by itself."""

import io
from dataclasses import replace
from datetime import UTC, timedelta
from functools import cache
from pathlib import Path

import pytest
from PIL import ImageChops, ImageStat
from pyhanko.pdf_utils.generic import Reference
from pyhanko.pdf_utils.reader import PdfFileReader

from shared.documents.bulk import LETTERS, BulkCertificates, CertificatePress, letters_needed
from shared.documents.certificate import Certificate
from shared.documents.certificate_pdf import FULL_ART, OVERLAY, SLIP, sealed_certificate
from shared.documents.compose import load_layout
from shared.documents.seal import Sealer
from shared.kernel.errors import Invalid
from tests.unit.documents.papers import (
    CERTIFICATE,
    CODE,
    DOCUMENT_ID,
    HOSTILE,
    MADE_AT,
    STACKED,
    code_of,
    fonts_of,
    pdfsig,
    picture_of,
    text_of,
)
from tests.unit.documents.test_pdf_seal import KEY, certificate, judged

LIST = [
    replace(
        CERTIFICATE,
        honorific=honorific,
        recipient_name=name,
        office=office,
        citation=citation,
        golden_book=book,
        code_text=CODE[:-3] + f"{n:03d}",
    )
    for n, (honorific, name, office, citation, book) in enumerate(
        [
            ("Ông", "Đoàn Hoàng Khoa", "Trưởng phòng Tuyên truyền", CERTIFICATE.citation, "412"),
            ("Bà", "H'Len Niê", "Chuyên viên", "Hoàn thành xuất sắc nhiệm vụ công tác năm 2026", ""),
            ("", f"Tập thể Phòng Hành chính, Văn phòng Tỉnh ủy AVATAR {STACKED}", "", "Có nhiều đóng góp. " * 20, "9"),
        ]
    )
]


@cache
def writer(layout_id: str = FULL_ART) -> BulkCertificates:
    sealer = Sealer(KEY, certificate())
    return BulkCertificates(CERTIFICATE, sealer, layout_id=layout_id, letters=letters_needed(LIST, layout_id))


def by_typst(one: Certificate, layout_id: str = FULL_ART) -> bytes:
    return sealed_certificate(one, Sealer(KEY, certificate()), layout_id)


@pytest.mark.parametrize("layout_id", [FULL_ART, OVERLAY])
@pytest.mark.parametrize("number", range(3))
def test_both_ways_print_the_same_text_and_the_same_picture(number: int, layout_id: str) -> None:
    one = LIST[number]
    bulk, slow = writer(layout_id).write(one), by_typst(one, layout_id)
    assert b"<pdfaid:conformance>U" in bulk  # really written in bulk
    assert sorted(text_of(bulk).split()) == sorted(text_of(slow).split())
    pictures = [picture_of(pdf, 150).convert("L") for pdf in (bulk, slow)]
    x, y, side = (value * 150 / 25.4 for value in load_layout(layout_id).code)
    for picture in pictures:  # the codes are compared by reading: their edges are drawn in two ways
        assert code_of(picture) == one.code_text
        picture.paste(255, (round(x) - 2, round(y) - 2, round(x + side) + 2, round(y + side) + 2))
    difference = ImageChops.difference(*pictures)
    assert ImageStat.Stat(difference).mean[0] < 0.1
    assert sum(difference.histogram()[128:]) < 40


@pytest.mark.parametrize("number", range(3))
def test_each_file_is_sealed_whole(number: int, tmp_path: Path) -> None:
    pdf = writer().write(LIST[number])
    said = pdfsig(pdf, tmp_path)
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert judged(pdf).bottom_line
    assert all(row[1:] == ["yes", "yes", "yes"] for row in fonts_of(pdf, tmp_path))


def test_a_changed_byte_is_seen(tmp_path: Path) -> None:
    pdf = bytearray(writer().write(LIST[0]))
    for place in (700, len(writer()._prefix.data) + 900, pdf.rindex(b"trailer") + 12):
        changed = bytearray(pdf)
        changed[place] ^= 4
        assert "Signature is Valid" not in pdfsig(bytes(changed), tmp_path)


@pytest.mark.parametrize("dpi", [100, 150, 300])
def test_the_code_is_read_from_the_printed_page(dpi: int) -> None:
    assert code_of(picture_of(writer().write(LIST[0]), dpi)) == LIST[0].code_text


def test_the_file_names_itself_pdf_a_and_every_object_is_where_the_table_says() -> None:
    pdf = writer().write(LIST[0])
    reader = PdfFileReader(io.BytesIO(pdf))
    metadata = reader.root["/Metadata"]
    assert b"<pdfaid:part>2</pdfaid:part>" in metadata.data
    assert "/Filter" not in metadata
    assert reader.root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert len(reader.root["/Pages"]["/Kids"]) == 1
    for number in range(1, reader.trailer["/Size"]):
        assert reader.get_object(Reference(number, 0, reader)) is not None
    assert bytes(reader.trailer["/ID"][0]).hex() == f"{int(DOCUMENT_ID):032x}"


def test_a_letter_outside_the_prepared_ones_is_written_all_the_same(tmp_path: Path) -> None:
    one = replace(LIST[0], recipient_name="Żółć Ďábel")
    pdf = writer().write(one)
    assert "Żółć Ďábel" in text_of(pdf)
    assert "Signature is Valid" in pdfsig(pdf, tmp_path)
    with pytest.raises(Invalid):
        writer().write(replace(LIST[0], recipient_name="優"))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_printed_letter_by_letter(text: str) -> None:
    full = BulkCertificates(CERTIFICATE, Sealer(KEY, certificate()))
    pdf = full.write(replace(CERTIFICATE, recipient_name=text, citation=text))
    assert b"<pdfaid:conformance>U" in pdf
    assert text_of(pdf).replace(" ", "").count(text.replace(" ", "")) == 2


def test_every_vietnamese_letter_is_prepared_without_a_list() -> None:
    assert set(STACKED) <= set(LETTERS)
    full = BulkCertificates(CERTIFICATE, Sealer(KEY, certificate()))
    for start in range(0, len(LETTERS), 60):
        some = " ".join(LETTERS[start : start + 60].replace(" ", ""))
        assert some in text_of(full.write(replace(CERTIFICATE, citation=some)))


def test_a_certificate_of_another_decision_is_not_written() -> None:
    for odd in (replace(LIST[0], decision_number="129/QĐ-SNV"), replace(LIST[0], signer_name="Ai Đó")):
        with pytest.raises(ValueError, match="not of this writer's decision"):
            writer().write(odd)
    with pytest.raises(Invalid) as refused:
        writer().write(replace(LIST[0], citation="Có thành tích " * 200))
    assert refused.value.code == "document.does_not_fit"


def test_slips_can_be_written_in_bulk_where_only_these_fields_differ() -> None:
    pdf = writer(SLIP).write(LIST[0])
    assert "PHIẾU XÁC THỰC KHEN THƯỞNG" in text_of(pdf)
    assert code_of(picture_of(pdf, 150)) == LIST[0].code_text


def test_the_press_keeps_a_writer_for_each_decision_and_dates_each_file(tmp_path: Path) -> None:
    press = CertificatePress(Sealer(KEY, certificate()), kept=2)
    other = replace(LIST[1], decision_number="129/QĐ-SNV")
    later = replace(LIST[1], made_at=MADE_AT + timedelta(minutes=1, microseconds=5))
    for one in (LIST[0], other, later, replace(other, signer_name="Ẩn Danh"), LIST[2]):
        pdf = press.sealed(one)
        said = pdfsig(pdf, tmp_path)
        assert "Signature is Valid" in said
        assert f"Quyết định số {one.decision_number}" in text_of(pdf)
        assert one.signer_name in text_of(pdf)
        assert f"{one.made_at.astimezone(UTC):%b %d %Y %H:%M:%S}" in said
    assert len(press._writers) == 2
