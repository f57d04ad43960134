"""Certificates, overlays and slips as printed: every word there, the code readable, nothing cut, nothing executed."""

import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from shared.documents.certificate import Certificate, parse_code
from shared.documents.certificate_pdf import (
    FULL_ART,
    OVERLAY,
    SLIP,
    page_fields,
    render_certificate,
    render_verification_slip,
)
from shared.documents.certificate_png import render_certificate_png
from shared.documents.compose import compose, load_layout
from shared.kernel.errors import Invalid
from tests.unit.documents.papers import (
    CERTIFICATE,
    CODE,
    DOCUMENT_ID,
    HOSTILE,
    STACKED,
    code_of,
    fonts_of,
    picture_of,
    text_of,
)

COLLECTIVE = replace(
    CERTIFICATE,
    honorific="",
    office="",
    unit="",
    recipient_name="Tập thể Ban Xây dựng tổ chức, Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh và các tổ chức trực thuộc",
    locality="Xã biên giới",
    citation=(f"Có nhiều đóng góp cho phong trào “Chung sức xây dựng nông thôn mới” {STACKED} và " * 5)[:400],
    capacity="KT. GIÁM ĐỐC",
    signer_office="PHÓ GIÁM ĐỐC THƯỜNG TRỰC",
)
HOUSEHOLD = replace(CERTIFICATE, honorific="Hộ gia đình", recipient_name="ông Bùi Xuân Vỹ", office="", unit="")


@pytest.mark.parametrize("certificate", [CERTIFICATE, COLLECTIVE, HOUSEHOLD], ids=["person", "collective", "household"])
@pytest.mark.parametrize("layout_id", [FULL_ART, OVERLAY, SLIP])
def test_every_word_is_on_the_page(certificate: Certificate, layout_id: str) -> None:
    text = text_of(render_certificate(certificate, layout_id))
    for words in (
        certificate.recipient_name,
        certificate.citation,
        certificate.decision_number,
        certificate.signer_name,
    ):
        assert " ".join(words.split()) in text
    assert "thidua.tinhmau.gov.vn" in text
    assert DOCUMENT_ID in text.replace(" ", "")
    assert ("GIẤY KHEN" in text) == (layout_id == FULL_ART)


def test_the_full_page_has_what_the_form_asks_for() -> None:
    text = text_of(render_certificate(CERTIFICATE))
    for words in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "GIÁM ĐỐC SỞ NỘI VỤ TỈNH",
        "Tặng",
        "Ông Đoàn Hoàng Khoa",
        "Trưởng phòng Tuyên truyền, Ban Tuyên giáo và Dân vận Tỉnh ủy",
        "Quyết định số 128/QĐ-SNV",
        "ngày 27 tháng 01 năm 2027",
        "Số sổ vàng: 412",
        "Tỉnh Mẫu, ngày 27 tháng 01 năm 2027",
    ):
        assert words in text


def test_each_family_has_its_heading() -> None:
    party = text_of(render_certificate(replace(CERTIFICATE, family="PARTY")))
    assert "ĐẢNG CỘNG SẢN VIỆT NAM" in party
    assert "CỘNG HÒA" not in party
    own = replace(CERTIFICATE, family="MASS_ORG", heading_lines=("ĐOÀN TNCS HỒ CHÍ MINH", "BAN CHẤP HÀNH TỈNH MẪU"))
    assert "ĐOÀN TNCS HỒ CHÍ MINH BAN CHẤP HÀNH TỈNH MẪU" in text_of(render_certificate(own))
    with pytest.raises(Invalid) as refused:
        render_certificate(replace(CERTIFICATE, family="MASS_ORG"))
    assert refused.value.code == "document.no_heading"


@pytest.mark.parametrize("dpi", [100, 150, 300])
@pytest.mark.parametrize("layout_id", [FULL_ART, SLIP])
def test_the_code_is_read_from_the_printed_page(layout_id: str, dpi: int) -> None:
    assert code_of(picture_of(render_certificate(CERTIFICATE, layout_id), dpi)) == CODE


def test_the_code_is_read_from_the_picture_for_phones() -> None:
    picture = Image.open(io.BytesIO(render_certificate_png(CERTIFICATE)))
    assert abs(picture.width - 1754) <= 1
    assert code_of(picture) == CODE


def test_fonts_are_embedded_with_their_unicode_text(tmp_path: Path) -> None:
    for pdf in (render_certificate(COLLECTIVE), render_verification_slip(CERTIFICATE)):
        rows = fonts_of(pdf, tmp_path)
        assert rows
        assert all(row[1:] == ["yes", "yes", "yes"] for row in rows)
        assert b"<pdfaid:part>2</pdfaid:part>" in pdf
        assert b"<pdfaid:conformance>A</pdfaid:conformance>" in pdf


def test_the_slip_says_that_it_replaces_nothing() -> None:
    text = text_of(render_verification_slip(CERTIFICATE))
    assert "PHIẾU XÁC THỰC KHEN THƯỞNG" in text
    assert "không thay thế bản chính" in text
    assert "CỘNG HÒA" not in text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_printed_letter_by_letter(text: str) -> None:
    hostile = replace(CERTIFICATE, recipient_name=text, citation=text, place=text, issuer_name=text)
    for layout_id in (FULL_ART, SLIP):
        printed = text_of(render_certificate(hostile, layout_id))
        assert text.replace(" ", "") in printed.replace(" ", "")
        assert "root:" not in printed


@pytest.mark.parametrize("field", ["recipient_name", "citation", "granting_office", "signer_name"])
def test_a_text_too_long_for_its_place_is_refused_by_name(field: str) -> None:
    with pytest.raises(Invalid) as refused:
        render_certificate(replace(CERTIFICATE, **{field: "Ủy ban nhân dân xã " * 60}))
    assert refused.value.code == "document.does_not_fit"
    assert refused.value.facts["field"] in (field, "recipient", "citation")
    with pytest.raises(Invalid):
        render_certificate(replace(CERTIFICATE, **{field: "Ẵ" * 200}))


def test_a_letter_without_a_drawing_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        render_certificate(replace(CERTIFICATE, citation="Có thành tích 優"))
    assert refused.value.facts["field"] == "citation"
    assert refused.value.facts["letter"] == "優"


def test_nothing_stands_outside_the_page_or_on_its_neighbour() -> None:
    for certificate in (CERTIFICATE, COLLECTIVE, HOUSEHOLD):
        for layout_id in (FULL_ART, OVERLAY, SLIP):
            layout = load_layout(layout_id)
            page = compose(page_fields(certificate, layout_id), layout)
            for line in page.lines:
                assert line.x - 0.01 <= line.left
                assert line.left + line.width <= line.x + line.w + 0.01
            for before, after in zip(page.lines, page.lines[1:], strict=False):
                if before.x == after.x:
                    assert after.baseline - before.baseline > 0.4 * after.size * 0.3528


def test_the_same_certificate_gives_the_same_bytes() -> None:
    assert render_certificate(CERTIFICATE) == render_certificate(CERTIFICATE)


def test_an_offset_moves_the_print_on_a_blank() -> None:
    plain, moved = (
        picture_of(render_certificate(CERTIFICATE, OVERLAY, offset_mm=by), 50) for by in ((0, 0), (5.08, 0))
    )
    ink = [Image.eval(picture.convert("L"), lambda v: 255 - v).getbbox() for picture in (plain, moved)]
    assert ink[1][0] - ink[0][0] == 10
    assert ink[1][1] == ink[0][1]


def test_the_sample_is_marked_and_a_foreign_text_refused() -> None:
    sample = replace(CERTIFICATE, code_text=CODE.replace("https://thidua.tinhmau.gov.vn", "http://localhost:8000"))
    assert "MẪU - không có giá trị" in text_of(render_certificate(sample))
    assert "MẪU - không có giá trị" not in text_of(render_certificate(CERTIFICATE))
    for text in ("", "https://h.vn/t#12", CODE[:-1] + "x", CODE.split("#", maxsplit=1)[0], CODE + "٣"):
        with pytest.raises(Invalid):
            parse_code(text)


def test_a_code_too_dense_for_the_layout_is_refused() -> None:
    dense = replace(CERTIFICATE, code_text=CODE + "7" * 1000)
    with pytest.raises(Invalid) as refused:
        render_certificate(dense)
    assert refused.value.code in ("document.code_too_small", "qr.too_long")


def test_dates_are_written_as_papers_write_them() -> None:
    text = text_of(render_certificate(replace(CERTIFICATE, decision_date=date(2027, 11, 5))))
    assert "ngày 05 tháng 11 năm 2027" in text
