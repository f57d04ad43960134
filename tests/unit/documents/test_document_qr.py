"""QR codes: equal to the qrcode library's own for every version, read back by zxing-cpp, small enough to print."""

import random

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from qrcode.main import QRCode
from qrcode.util import QRData

from shared.documents import qr
from shared.documents.qr import qr_matrix, qr_svg
from shared.kernel.errors import Invalid

DOCUMENT_ID = "003402823669209384634633746074317682114"
HOST_21 = "thidua.tinhmau.gov.vn"


def token_digits(length: int, seed: int = 7) -> str:
    """Digits of a token of `length` bytes, as FORMATS 1 writes them."""
    return str(int.from_bytes(b"\x01" + random.Random(seed).randbytes(length), "big"))


def read_back(matrix: qr.QrMatrix, scale: int = 4) -> str:
    quiet = qr.QUIET_ZONE
    span = matrix.size + 2 * quiet
    picture = Image.new("L", (span, span), 255)
    for y, row in enumerate(matrix.rows):
        for x, module in enumerate(row):
            picture.putpixel((x + quiet, y + quiet), 0 if module == "1" else 255)
    found = zxingcpp.read_barcodes(picture.resize((span * scale, span * scale), Image.Resampling.NEAREST))
    return found[0].text


def by_library(segments: list[tuple[int, bytes]], version: int) -> tuple[str, ...]:
    code = QRCode(version=version, error_correction=0, mask_pattern=qr.MASK_PATTERN, border=0)
    for mode, data in segments:
        code.add_data(QRData(data, mode=mode, check_data=False), optimize=0)
    code.make(fit=False)
    return tuple("".join("1" if dark else "0" for dark in row) for row in code.modules)


@pytest.mark.parametrize("version", range(1, qr.MAX_VERSION + 1))
def test_every_version_is_the_one_of_the_qrcode_library(version: int) -> None:
    room = 8 * qr._data_words(version) - 60
    digits = token_digits(max(1, room * 3 // 80 * 10 // 13))[: max(1, room * 3 // 20)]
    segments = [(0b0100, b"t#"), (0b0001, digits.encode())]
    assert qr._encode(segments, version).rows == by_library(segments, version)
    full = [(0b0100, bytes(range(256)) * 4)]
    full = [(0b0100, full[0][1][: qr._data_words(version) - 3])]
    assert qr._encode(full, version).rows == by_library(full, version)


@pytest.mark.parametrize(
    ("text", "most"),
    [
        (f"http://localhost:8000/t#{token_digits(145)}", 10),
        (f"https://{HOST_21}/t#{token_digits(145)}", 10),
        (f"http://localhost:8000/v/{DOCUMENT_ID}#{token_digits(300)}", 15),
        (f"https://{HOST_21}/v/{DOCUMENT_ID}#{token_digits(300)}", 15),
        (f"https://{HOST_21}/v/{DOCUMENT_ID}#{token_digits(393)}", 16),
    ],
)
def test_code_texts_stay_within_the_versions_that_print_well(text: str, most: int) -> None:
    matrix = qr_matrix(text)
    assert matrix.version <= most
    assert matrix.size == 17 + 4 * matrix.version == len(matrix.rows) == len(matrix.rows[0])
    assert read_back(matrix) == text


def test_the_smallest_version_is_chosen() -> None:
    text = f"https://{HOST_21}/v/{DOCUMENT_ID}#{token_digits(300)}"
    version = qr_matrix(text).version
    with pytest.raises(Invalid) as refused:
        qr_matrix(text, max_version=version - 1)
    assert refused.value.code == "qr.too_long"


def test_plain_links_are_codes_too() -> None:
    for text in (f"https://{HOST_21}/checkin/khoi-2#59871234.8Zk1xY_-", "http://localhost:8000/gate", "1", "A" * 500):
        assert read_back(qr_matrix(text)) == text


def test_what_is_not_a_code_text_is_refused() -> None:
    for text in ("", "Nguyễn Văn Ẩn", "https://x/t#١٢٣"):
        with pytest.raises(Invalid) as refused:
            qr_matrix(text)
        assert refused.value.code == "qr.not_ascii"
    with pytest.raises(Invalid) as refused:
        qr_matrix(f"https://{HOST_21}/v/{DOCUMENT_ID}#{token_digits(720)}")
    assert refused.value.code == "qr.too_long"


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 600), st.integers(0, 2**32), st.sampled_from(["/t#", f"/v/{DOCUMENT_ID}#"]))
def test_any_code_text_reads_back(length: int, seed: int, path: str) -> None:
    text = f"https://{HOST_21}{path}{token_digits(length, seed)}"
    assert read_back(qr_matrix(text)) == text


def test_the_svg_draws_the_same_modules_and_escapes_its_title() -> None:
    matrix = qr_matrix("https://h.vn/t#1")
    svg = qr_svg(matrix, title='<img src=x onerror="x"> & Ẵ')
    assert "<img" not in svg
    assert f'viewBox="0 0 {matrix.size + 8} {matrix.size + 8}"' in svg
    runs = sum(len(row.replace("0", " ").split()) for row in matrix.rows)
    assert svg.count("v1h-") == runs
