"""Telephone numbers, mail addresses and names of units as offices write them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.kernel.contacts import Phone, email_address, phone_number, shown_phone
from shared.kernel.unit_names import NamedUnit, NoUnit, UnitMatch, UnitNames


@pytest.mark.parametrize(
    "text",
    ["0951234567", " 0951 234 567", "0951.234.567", "0951-234-567", "+84 951 234 567", "(+84) 0951234567", "84951234567",
     "0084951234567", "0951\u00a0234\u2011567"],
)  # fmt: skip
def test_the_usual_spellings_are_one_number(text: str) -> None:
    assert phone_number(text) == Phone("+84951234567")


@pytest.mark.parametrize("text", ["951234567", "951 234 567", "951234567.0"])
def test_the_zero_that_a_spreadsheet_ate_is_put_back(text: str) -> None:
    assert phone_number(text) == Phone("+84951234567", zero_restored=True)


def test_fixed_lines_foreign_numbers_and_several_numbers() -> None:
    assert phone_number("02383844444") == Phone("+842383844444")
    assert phone_number("+1 212 555 0100") == Phone("+12125550100")
    assert phone_number("0951234567 / 0962345678") == Phone("+84951234567", others_left_out=True)


@pytest.mark.parametrize(
    "text", ["", "12", "không có", "09512345678", "0151234567", "٠٩٥١٢٣٤٥٦٧", "=1+1", "0951234567x"]
)
def test_what_is_no_number(text: str) -> None:
    assert phone_number(text) is None


@settings(deadline=None)
@given(st.from_regex(r"0[35789][0-9]{8}", fullmatch=True))
def test_what_is_shown_reads_back(number: str) -> None:
    phone = phone_number(number)
    assert phone is not None
    assert phone_number(shown_phone(phone.number)) == phone


@pytest.mark.parametrize("text", ["a@b.vn", " mailto:a@B.VN ", "<a@b.vn>;", "A.b+c@so-noi-vu.gov.vn"])
def test_good_addresses(text: str) -> None:
    address = email_address(text)
    assert address is not None
    assert address.endswith(".vn")


@pytest.mark.parametrize(
    "text",
    ["khong-phai-email", "a@b", "a..b@c.vn", ".a@c.vn", "a b@c.vn", "a@b@c.vn", "a@1.2.3.4", "nguyễn@x.vn", "a@-b.vn",
     "a@b.vn, c@d.vn", "@b.vn", "a@", "a\r\nBcc: x@y.vn", "a@" + "b." * 130 + "vn"],
)  # fmt: skip
def test_bad_addresses(text: str) -> None:
    assert email_address(text) is None


UNITS = (
    NamedUnit(code="BDV", name="Ban Dân vận Tỉnh ủy", valid_to=date(2025, 2, 28)),
    NamedUnit(code="BTG", name="Ban Tuyên giáo Tỉnh ủy", valid_to=date(2025, 2, 28)),
    NamedUnit(
        code="BTGDV",
        name="Ban Tuyên giáo và Dân vận Tỉnh ủy",
        valid_from=date(2025, 3, 1),
        predecessors=("BDV", "BTG"),
    ),
    NamedUnit(code="TDOAN", name="Ban Thường vụ Tỉnh đoàn"),
    NamedUnit(code="LDLD", name="Liên đoàn Lao động tỉnh"),
    NamedUnit(code="MTTQ", name="Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh"),
    NamedUnit(code="VPTU", name="Văn phòng Tỉnh ủy"),
    NamedUnit(code="BTC", name="Ban Tổ chức Tỉnh ủy"),
    NamedUnit(code="VPHDND", name="Văn phòng Đoàn đại biểu Quốc hội và Hội đồng nhân dân tỉnh"),
    NamedUnit(code="VPUB", name="Văn phòng Ủy ban nhân dân tỉnh"),
    NamedUnit(code="SNV", name="Sở Nội vụ"),
    NamedUnit(code="OLD", name="Sở Cũ", valid_to=date(2020, 1, 1)),
    NamedUnit(code="SPLIT", name="Sở Chia", valid_to=date(2020, 1, 1)),
    NamedUnit(code="S1", name="Sở Một", predecessors=("SPLIT",)),
    NamedUnit(code="S2", name="Sở Hai", predecessors=("SPLIT",)),
    NamedUnit(code="X1", name="Xã Tân Thủy"),
    NamedUnit(code="X2", name="Xã Tân Thụy"),
)
NAMES = UnitNames(UNITS, date(2027, 2, 12))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Sở Nội vụ", "SNV"),
        ("  SỞ  NỘI VỤ ", "SNV"),
        ("So noi vu", "SNV"),
        ("SNV", "SNV"),
        ("Văn phòng UBND tỉnh", "VPUB"),
        ("VP UBND tỉnh", "VPUB"),
        ("UBMTTQ Việt Nam tỉnh", "MTTQ"),
        ("Ủy ban MTTQ VN tỉnh", "MTTQ"),
        ("LĐLĐ tỉnh", "LDLD"),
        ("Văn phòng Đoàn ĐBQH và HĐND tỉnh", "VPHDND"),
        ("VP Đoàn ĐBQH & HĐND tỉnh", "VPHDND"),
        ("Ban Tuyên giáo và Dân vận Tỉnh uỷ", "BTGDV"),
        ("Xã Tân Thụy", "X2"),
        ("Văn phòng Tỉnh ủy", "VPTU"),
    ],
)
def test_units_are_found_as_offices_write_them(text: str, code: str) -> None:
    found = NAMES.find(text)
    assert isinstance(found, UnitMatch), found
    assert (found.unit.code, found.former, found.loosely) == (code, None, False)


@pytest.mark.parametrize(
    ("text", "code"),
    [("Tỉnh đoàn", "TDOAN"), ("Liên đoàn Lao động", "LDLD"), ("Liên đoàn Lao động tỉnh Nghệ An", "LDLD")],
)
def test_a_word_more_or_less_is_noted(text: str, code: str) -> None:
    found = NAMES.find(text)
    assert isinstance(found, UnitMatch), found
    assert (found.unit.code, found.loosely) == (code, True)


def test_a_merged_unit_leads_to_its_successor() -> None:
    found = NAMES.find("Ban Dân vận Tỉnh ủy")
    assert isinstance(found, UnitMatch)
    assert found.unit.code == "BTGDV"
    assert found.former is not None
    assert found.former.code == "BDV"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Sở Không Có Trong Danh Sách", "list.unit_unknown"),
        ("", "list.unit_unknown"),
        ("Sở Nội vụụ", "list.unit_unknown_near"),
        ("Xã Tân Thuy", "list.unit_ambiguous"),
        ("Sở Chia", "list.unit_split"),
        ("Sở Cũ", "list.unit_ended"),
        ("Tỉnh ủy", "list.unit_unknown"),
    ],
)
def test_nothing_is_guessed(text: str, code: str) -> None:
    found = NAMES.find(text)
    assert isinstance(found, NoUnit), found
    assert found.code == code
