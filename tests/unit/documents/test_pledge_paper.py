"""The pledge's paper: all that was agreed and how each party confirmed it, over as many pages as that takes."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from PIL import ImageOps

from shared.documents.pledge import PledgeContent, PledgePaper, PledgeSignature, PledgeTarget
from shared.documents.pledge_pdf import PLEDGE_SEAL_FIELD, render_pledge
from shared.documents.seal import Sealer
from shared.documents.seal_certificate import make_seal_certificate
from shared.documents.wording import word
from shared.kernel.errors import Invalid
from tests.unit.documents.papers import (
    CODE,
    DOCUMENT_ID,
    HANOI,
    HOSTILE,
    MADE_AT,
    STACKED,
    SealKey,
    code_of,
    fonts_of,
    pdfsig,
    picture_of,
    run,
    text_of,
)

MEANS = ("LINK", "PASSKEY", "DEVICE", "PAPER", "OFFICIAL")


def signature(number: int) -> PledgeSignature:
    return PledgeSignature(
        unit=f"Ủy ban Mặt trận Tổ quốc Việt Nam xã số {number}",
        name=f"Nguyễn Thị Ẩn {number}",
        office="Phó Chủ tịch Thường trực",
        capacity="KT. CHỦ TỊCH",
        role="Khối trưởng" if number == 0 else "",
        means=MEANS[number % 5],
        signed_at=datetime(2027, 2, 12, 9, 10, number, tzinfo=HANOI),
        statement_sha256=f"{number:064x}"[::-1],
        late=number == 3,
    )


PLEDGE = PledgePaper(
    code_text=CODE,
    family="STATE",
    title="Giao ước thi đua năm 2027 của Khối thi đua 2",
    issuer_name="Ban Thường vụ Tỉnh đoàn",
    block="Khối thi đua 2",
    place="Tỉnh Mẫu",
    period=(date(2027, 1, 1), date(2027, 12, 31)),
    slogan="Đoàn kết - Sáng tạo - Hiệu quả",
    legal_bases=("Luật Thi đua, khen thưởng ngày 15 tháng 6 năm 2022", "Quy chế hoạt động của Khối thi đua 2"),
    contents=(
        PledgeContent(no=1, text=f"Tham mưu cho Tỉnh ủy về chủ trương, chính sách {STACKED}."),
        PledgeContent(
            no=2,
            text="Chung sức xây dựng nông thôn mới.",
            target=PledgeTarget(indicator="Hộ nghèo được giúp đỡ", unit="hộ", planned=12000, per_party=3),
        ),
    ),
    signatures=tuple(signature(n) for n in range(5)),
    text_sha256="ab12" * 16,
    made_at=MADE_AT,
)


def pages_of(pdf: bytes) -> int:
    return run("pdftotext", "-", "-", data=pdf).count(b"\f")


def test_all_that_was_agreed_is_on_the_paper() -> None:
    text = text_of(render_pledge(PLEDGE))
    for words in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "BAN THƯỜNG VỤ TỈNH ĐOÀN",
        "GIAO ƯỚC THI ĐUA NĂM 2027 CỦA KHỐI THI ĐUA 2",
        "từ ngày 01/01/2027 đến ngày 31/12/2027",
        "Căn cứ Quy chế hoạt động của Khối thi đua 2",
        f"chính sách {STACKED}.",
        "Chỉ tiêu: Hộ nghèo được giúp đỡ: 12.000 hộ, mỗi đơn vị 3 hộ",
        "“Đoàn kết - Sáng tạo - Hiệu quả”",
        "thidua.tinhmau.gov.vn",
        "ab12ab12 ab12ab12",
        "Bản chính là xác nhận của các đơn vị trong hệ thống",
        "Trang 1/",
    ):
        assert words in text
    assert DOCUMENT_ID in text.replace(" ", "")


def test_each_means_is_named_for_what_it_is_with_its_time_and_zone() -> None:
    text = text_of(render_pledge(PLEDGE))
    for means in MEANS:
        assert word(f"pledge_paper.means_{means.lower()}") in text
    assert "09:10:00 12/02/2027 (+07:00)" in text
    assert "Xác nhận sau buổi lễ" in text
    assert "(*) Chỉ do cơ quan cấp xác nhận" in text
    assert "chữ ký số" not in text.replace(word("document.seal"), "")
    only_passkeys = replace(PLEDGE, signatures=(replace(signature(1), means="PASSKEY"),))
    assert "(*)" not in text_of(render_pledge(only_passkeys))


def test_who_has_not_confirmed_is_shown_as_such() -> None:
    waiting = replace(PLEDGE, signatures=(signature(0), replace(signature(1), signed_at=None)))
    text = text_of(render_pledge(waiting))
    assert text.count("Chưa xác nhận") == 1
    assert word("pledge_paper.means_passkey") not in text


def test_many_pages_keep_every_party_and_every_content() -> None:
    long = replace(
        PLEDGE,
        contents=tuple(
            PledgeContent(no=n, text=f"Nội dung thứ {n}: " + "phấn đấu hoàn thành " * 20) for n in range(1, 31)
        ),
        signatures=tuple(signature(n) for n in range(40)),
    )
    pdf = render_pledge(long)
    pages = pages_of(pdf)
    text = text_of(pdf)
    assert pages > 6
    assert f"Trang {pages}/{pages}" in text
    assert all(f"Nguyễn Thị Ẩn {n}" in text and f"Nội dung thứ {n % 30 + 1}:" in text for n in range(40))
    assert text.count(word("document.seal")) == pages - 1  # the last page's is the seal's own


def test_the_sealed_paper_is_valid_and_its_code_is_read(tmp_path: Path) -> None:
    key = SealKey()
    certificate = make_seal_certificate(
        key, issuer_name="Ban Thường vụ Tỉnh đoàn", valid_from=MADE_AT, valid_until=MADE_AT
    )
    pdf = Sealer(key, certificate).seal(render_pledge(PLEDGE), PLEDGE_SEAL_FIELD, MADE_AT)
    assert "Signature is Valid" in pdfsig(pdf, tmp_path)
    pages = pages_of(pdf)
    assert text_of(pdf).count(word("document.seal")) == pages
    assert all(row[1:] == ["yes", "yes", "yes"] for row in fonts_of(pdf, tmp_path))
    for dpi in (100, 150, 300):
        assert code_of(picture_of(pdf, dpi, pages)) == CODE


def test_families_and_originals() -> None:
    party = text_of(render_pledge(replace(PLEDGE, family="PARTY", original="PAPER", slogan="", legal_bases=())))
    assert "ĐẢNG CỘNG SẢN VIỆT NAM" in party
    assert "CỘNG HÒA" not in party
    assert "Bản chính là bản giấy" in party
    front = replace(
        PLEDGE, family="MASS_ORG", heading_lines=("MẶT TRẬN TỔ QUỐC VIỆT NAM", "TỈNH MẪU"), original="OFFICIAL"
    )
    assert "MẶT TRẬN TỔ QUỐC VIỆT NAM TỈNH MẪU" in text_of(render_pledge(front))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_printed_letter_by_letter(text: str) -> None:
    hostile = replace(
        PLEDGE,
        title=text,
        slogan=text,
        legal_bases=(text,),
        contents=(PledgeContent(no=1, text=text),),
        signatures=(replace(signature(0), unit=text, name=text, office=text),),
    )
    printed = text_of(render_pledge(hostile)).replace(" ", "")
    assert printed.count(text.replace(" ", "")) >= 4
    assert "root:" not in printed


def test_what_cannot_be_printed_is_refused_by_name() -> None:
    with pytest.raises(Invalid) as refused:
        render_pledge(replace(PLEDGE, slogan="Đoàn kết 團結"))
    assert refused.value.facts["field"] == "slogan"


def test_a_word_without_blanks_breaks_rather_than_runs_off_the_page() -> None:
    wide = "W" * 90 + "Ẵ" * 30
    pdf = render_pledge(replace(PLEDGE, slogan=wide, signatures=(replace(signature(0), name=wide, unit=wide),)))
    assert text_of(pdf).replace(" ", "").count(wide) == 4
    for page in range(1, pages_of(pdf) + 1):
        left, _, right, _ = ImageOps.invert(picture_of(pdf, 50, page).convert("L")).getbbox()
        assert left >= 28 * 50 / 25.4
        assert right <= 193.5 * 50 / 25.4
