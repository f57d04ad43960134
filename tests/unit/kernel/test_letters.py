"""What arrives is what was written: headers of letters read back by the rules of RFC 2047, not by the library that wrote."""

from __future__ import annotations

import base64
import quopri
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.letters import MAX_NAME, Sender, message_of
from shared.kernel.ports import Letter
from shared.kernel.text import nfc
from tests.hostile import HOSTILE_NAMES

SENDER = Sender(address="thidua@tinh.example", name="Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh Mẫu, Văn phòng")
_WORD = re.compile(r"=\?utf-8\?([bq])\?([^?]*)\?=", re.IGNORECASE)
WORDS = st.lists(st.sampled_from(["Văn", "phòng", "2027", "của", "Khối", "thi", "đua", "A", "ký", "ỡ" * 30, "x" * 40]))


def headers_of(name: str, subject: str, to: str = "a@b.vn") -> dict[str, str]:
    letter = Letter(id="1", to=to, to_name=name, subject=subject, text="x")
    raw = message_of(letter, SENDER, datetime(2027, 2, 12, tzinfo=UTC)).as_bytes()
    head = raw.split(b"\r\n\r\n")[0].decode("ascii")
    assert all(len(line) <= 78 for line in head.split("\r\n"))
    unfolded = re.sub(r"\r\n(?=[ \t])", "", head)
    return dict(line.split(": ", 1) for line in unfolded.split("\r\n"))


def read(value: str) -> str:
    """RFC 2047, 6.2: blanks between adjacent encoded words do not count, all others do."""
    joined = re.sub(r"\?=\s+=\?", "?==?", value)
    return _WORD.sub(lambda found: _decoded(found[1], found[2]), joined)


def _decoded(kind: str, text: str) -> str:
    data = base64.b64decode(text) if kind.lower() == "b" else quopri.decodestring(text.replace("_", " ").encode())
    return data.decode()


@given(WORDS)
def test_no_blank_is_lost_in_a_subject(words: list[str]) -> None:
    subject = " ".join(["Đã ghi nhận xác nhận ký của", *words])[:180].strip()
    assert read(headers_of("A", subject)["Subject"]) == subject


@given(WORDS)
def test_no_blank_is_lost_in_a_name(words: list[str]) -> None:
    name = " ".join(["Đơn vị", *words])[:MAX_NAME].strip()
    found = headers_of(name, "x")
    assert read(found["To"]) == f"{name} <a@b.vn>"
    assert read(found["From"]) == f"{SENDER.name} <{SENDER.address}>"


@pytest.mark.parametrize("hostile", HOSTILE_NAMES)
def test_a_hostile_name_makes_no_header_of_its_own(hostile: str) -> None:
    found = headers_of(hostile, hostile)
    assert set(found) == {
        "Message-ID", "Date", "From", "To", "Subject", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding",
        "MIME-Version",
    }  # fmt: skip
    assert found["To"].endswith("a@b.vn>") or found["To"] == "a@b.vn"
    if not hostile.isascii():
        assert read(found["Subject"]) == nfc(hostile)[:200]


def test_plain_names_are_quoted_where_they_must_be() -> None:
    assert headers_of("Le, Van A", "Plain")["To"] == '"Le, Van A" <a@b.vn>'
