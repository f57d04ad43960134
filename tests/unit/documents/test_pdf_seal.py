"""The seal, judged by pdfsig (poppler) and pyHanko: valid over the whole file, broken by any changed byte."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from asn1crypto import core
from asn1crypto import x509 as asn1_x509
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from shared.documents import der
from shared.documents.certificate_pdf import render_certificate, render_verification_slip
from shared.documents.compose import load_layout
from shared.documents.pdf_objects import PdfFile, entries
from shared.documents.seal import Sealer, SealField, pdf_date
from shared.documents.seal_certificate import make_seal_certificate, organization_of
from shared.documents.wording import word
from shared.kernel.errors import Invalid, Unavailable
from tests.unit.documents.papers import CERTIFICATE, MADE_AT, SealKey, code_of, fonts_of, pdfsig, picture_of, text_of

SENTENCE = "Niêm phong hệ thống Giao Ước - không phải chữ ký số của cơ quan"
FIELD = SealField(*load_layout("giay-khen-a4").seal)
KEY = SealKey()


@cache
def certificate() -> bytes:
    year = timedelta(days=365)
    return make_seal_certificate(
        KEY, issuer_name="Sở Nội vụ tỉnh", valid_from=MADE_AT - year, valid_until=MADE_AT + year
    )


@cache
def sealed() -> bytes:
    return Sealer(KEY, certificate()).seal(render_certificate(CERTIFICATE), FIELD, MADE_AT)


def judged(pdf: bytes) -> PdfSignatureStatus:
    context = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(certificate())], allow_fetching=False, moment=MADE_AT
    )
    signatures = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    assert len(signatures) == 1
    with ThreadPoolExecutor(
        1
    ) as thread:  # pyHanko starts an event loop, and a browser's test may have one in this thread
        return thread.submit(validate_pdf_signature, signatures[0], context).result()


def test_pdfsig_calls_the_seal_valid_over_the_total_document(tmp_path: Path) -> None:
    said = pdfsig(sealed(), tmp_path)
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    assert SENTENCE in said
    assert said.count("Signature #") == 1


def test_pyhanko_calls_it_intact_valid_and_whole() -> None:
    status = judged(sealed())
    assert status.intact
    assert status.valid
    assert status.trusted
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    assert status.bottom_line


def test_the_slip_can_be_sealed_too(tmp_path: Path) -> None:
    pdf = Sealer(KEY, certificate()).seal(
        render_verification_slip(CERTIFICATE), SealField(*load_layout("phieu-xac-thuc-a5").seal), MADE_AT
    )
    assert "Signature is Valid" in pdfsig(pdf, tmp_path)
    assert judged(pdf).bottom_line


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_changed_byte_is_seen_by_both(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    pdf = bytearray(sealed())
    hole = pdf.rindex(b"/Contents<") + len(b"/Contents<")
    place = data.draw(st.integers(0, hole - 1))
    pdf[place] ^= data.draw(st.integers(1, 255))
    assert "Signature is Valid" not in pdfsig(bytes(pdf), tmp_path_factory.getbasetemp())
    try:
        status = judged(bytes(pdf))
    except Exception:
        return
    assert not (status.intact and status.valid)


def test_a_changed_digest_or_signature_is_seen(tmp_path: Path) -> None:
    pdf = sealed()
    start = pdf.rindex(b"/Contents<") + len(b"/Contents<")
    cms = bytearray(bytes.fromhex(pdf[start : pdf.index(b">", start)].decode()))
    signature = len(bytes(cms).rstrip(b"\0")) - 5
    cms[signature] ^= 1
    changed = pdf[:start] + cms.hex().encode() + pdf[start + 2 * len(cms) :]
    assert "Signature is Valid" not in pdfsig(changed, tmp_path)
    assert not judged(changed).valid


def test_the_field_shows_the_sentence_in_embedded_type_neither_red_nor_round(tmp_path: Path) -> None:
    pdf = sealed()
    assert SENTENCE in text_of(pdf)
    assert all(row[1:] == ["yes", "yes", "yes"] for row in fonts_of(pdf, tmp_path))
    picture = picture_of(pdf, 150).convert("RGB")
    scale = 150 / 25.4
    box = (FIELD.x, FIELD.y, FIELD.x + FIELD.w, FIELD.y + FIELD.h)
    field = picture.crop(tuple(round(value * scale) for value in box))
    colours = field.getcolors(100_000)
    assert sum(count for count, _ in colours) > 1000
    assert all(red <= max(green, blue) + 8 for _, (red, green, blue) in colours)
    assert code_of(picture) == CERTIFICATE.code_text


def test_the_update_keeps_to_pdf_a() -> None:
    reader = PdfFileReader(io.BytesIO(sealed()))
    field = reader.root["/AcroForm"]["/Fields"][0]
    assert field["/F"] & 4
    assert not field["/F"] & 0b100011
    assert field["/TU"] == SENTENCE
    assert "/NeedAppearances" not in reader.root["/AcroForm"]
    assert field["/AP"]["/N"]["/Subtype"] == "/Form"
    assert reader.root["/Metadata"] is not None
    assert field["/V"]["/SubFilter"] == "/ETSI.CAdES.detached"
    assert field["/V"]["/M"] == "D:20270212101500+07'00'"


def test_the_original_bytes_come_first_and_a_second_seal_is_refused() -> None:
    assert sealed().startswith(render_certificate(CERTIFICATE))
    with pytest.raises(ValueError):
        Sealer(KEY, certificate()).seal(sealed(), FIELD, MADE_AT)
    for broken in (b"", b"%PDF-1.7 nothing", render_certificate(CERTIFICATE)[:-200]):
        with pytest.raises(ValueError):
            Sealer(KEY, certificate()).seal(broken, FIELD, MADE_AT)


def test_the_certificate_says_what_the_seal_is_not() -> None:
    read = asn1_x509.Certificate.load(certificate())
    assert read.subject.native["common_name"] == SENTENCE == word("document.seal")
    assert len(SENTENCE) <= 64  # ub-common-name counts characters
    assert organization_of(certificate()) == read.subject.native["organization_name"] == "Sở Nội vụ tỉnh"
    assert read.ca is False or read.ca is None
    assert read.key_usage_value.native == {"digital_signature", "non_repudiation"}
    assert read.self_signed == "maybe"


def test_a_name_that_no_certificate_holds_is_refused() -> None:
    for name in ("", "Ủy ban " * 12):
        with pytest.raises(Invalid) as refused:
            make_seal_certificate(KEY, issuer_name=name, valid_from=MADE_AT, valid_until=MADE_AT)
        assert refused.value.code == "seal.issuer_name_length"


def test_an_issuer_with_hostile_letters_is_only_drawn(tmp_path: Path) -> None:
    name = '#read("/etc/passwd") *b* ) Tj <x>'
    der_certificate = make_seal_certificate(
        KEY, issuer_name=name, valid_from=MADE_AT - timedelta(days=1), valid_until=MADE_AT + timedelta(days=1)
    )
    pdf = Sealer(KEY, der_certificate).seal(render_certificate(CERTIFICATE), FIELD, MADE_AT)
    assert name in text_of(pdf)
    assert "Signature is Valid" in pdfsig(pdf, tmp_path)


@given(st.integers(0, 2**300))
def test_der_integers_and_lengths_are_those_of_asn1crypto(value: int) -> None:
    assert der.integer(value) == core.Integer(value).dump()
    assert der.octet_string(bytes(value % 70_000)) == core.OctetString(bytes(value % 70_000)).dump()
    dotted = f"1.2.{value % 2**40}.{value % 300}"
    assert der.oid(dotted) == core.ObjectIdentifier(dotted).dump()
    with pytest.raises(ValueError):
        der.children(der.sequence(der.integer(value))[:-1])


def test_times_of_certificates() -> None:
    assert der.time(datetime(2049, 12, 31, tzinfo=UTC)) == b"\x17\x0d491231000000Z"
    assert der.time(datetime(2050, 1, 1, tzinfo=UTC)) == b"\x18\x0f20500101000000Z"
    with pytest.raises(ValueError):
        pdf_date(datetime(2027, 1, 1))  # noqa: DTZ001


def test_dictionaries_are_read_as_written() -> None:
    text = b"<</A/B/C 1 0 R/D[1 2 0 R<</E(x>>)>>]/F(a\\)b(c)d)/G<41 42>/H -1.5/I<</J/K>> /L true>>"
    assert entries(text) == {
        b"/A": b"/B",
        b"/C": b"1 0 R",
        b"/D": b"[1 2 0 R<</E(x>>)>>]",
        b"/F": b"(a\\)b(c)d)",
        b"/G": b"<41 42>",
        b"/H": b"-1.5",
        b"/I": b"<</J/K>>",
        b"/L": b"true",
    }
    for broken in (b"", b"[1]", b"<</A", b"<</A 1", b"<</A[1"):
        with pytest.raises(ValueError):
            entries(broken)


def test_every_object_of_a_paper_is_read() -> None:
    pdf = PdfFile(render_certificate(CERTIFICATE))
    assert len(pdf.pages()) == 1
    for number in pdf.offsets:
        text, stream = pdf.raw(number)
        assert text
        if stream is not None and b"/FlateDecode" in text:
            assert pdf.stream(number)


def test_a_certificate_of_another_key_seals_nothing() -> None:
    """Keys change at a moment; whoever asked for key and certificate around it must not mix two years."""
    with pytest.raises(Unavailable):
        Sealer(SealKey(), certificate())
