"""Sample papers of these tests, and the outside tools that look at PDFs (poppler, zxing-cpp)."""

import io
import re
import subprocess
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import zxingcpp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from PIL import Image

from shared.documents.certificate import Certificate
from tests.hostile import CLEANED, HOSTILE_NAMES, LONG, MARKS

HANOI = timezone(timedelta(hours=7))
MADE_AT = datetime(2027, 2, 12, 10, 15, tzinfo=HANOI)
DOCUMENT_ID = "003402823669209384634633746074317682114"
DIGITS = str(int.from_bytes(b"\x01" + bytes((7 * n) % 251 for n in range(300)), "big"))
CODE = f"https://thidua.tinhmau.gov.vn/v/{DOCUMENT_ID}#{DIGITS}"
HOSTILE = tuple(CLEANED.get(name, name) for name in HOSTILE_NAMES if name not in (LONG, MARKS))  # as imports keep them
STACKED = "Ẵ Ẩ Ữ Ợ Ỡ Ẫ Ẳ ễ ộ ữ ậ"

CERTIFICATE = Certificate(
    code_text=CODE,
    family="STATE",
    granting_office="Giám đốc Sở Nội vụ tỉnh",
    award_form="Giấy khen",
    honorific="Ông",
    recipient_name="Đoàn Hoàng Khoa",
    office="Trưởng phòng Tuyên truyền",
    unit="Ban Tuyên giáo và Dân vận Tỉnh ủy",
    citation="Có thành tích xuất sắc trong đợt thi đua cao điểm chào mừng kỷ niệm 80 năm Ngày Toàn quốc kháng chiến",
    decision_number="128/QĐ-SNV",
    decision_date=date(2027, 1, 27),
    golden_book="412",
    place="Tỉnh Mẫu",
    signer_office="GIÁM ĐỐC",
    signer_name="Trần Ngọc Hường",
    issuer_name="Sở Nội vụ tỉnh",
    made_at=MADE_AT,
)


def run(*command: str, data: bytes | None = None) -> bytes:
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def text_of(pdf: bytes) -> str:
    """The words of a PDF, parted by single blanks."""
    return " ".join(run("pdftotext", "-raw", "-", "-", data=pdf).decode().split())


def picture_of(pdf: bytes, dpi: int, page: int = 1) -> Image.Image:
    drawn = run("pdftoppm", "-r", str(dpi), "-f", str(page), "-l", str(page), "-singlefile", "-png", "-", data=pdf)
    return Image.open(io.BytesIO(drawn))


def code_of(picture: Image.Image) -> str:
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return found[0].text if found else ""


def fonts_of(pdf: bytes, folder: Path) -> list[list[str]]:
    """Rows of pdffonts: name and the columns emb, sub, uni."""
    path = folder / "fonts.pdf"
    path.write_bytes(pdf)
    rows = run("pdffonts", str(path)).decode().splitlines()[2:]
    return [[row.split()[0], *re.findall(r"\b(yes|no)\b", row)[:3]] for row in rows]


class SealKey:
    """A P-256 signer held in memory."""

    alg = "ES256"
    kid = b"seal-key"

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    def public_key(self) -> bytes:
        return self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


def pdfsig(pdf: bytes, folder: Path) -> str:
    path = folder / "sealed.pdf"
    path.write_bytes(pdf)
    return subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, check=False).stdout.decode()
