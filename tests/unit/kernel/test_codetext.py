"""The texts of codes: made, taken apart, and refused where one sign is not as it must be."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.codetext import (
    BadCode,
    Code,
    CodeKind,
    document_code,
    id_bytes,
    id_digits,
    id_from_digits,
    parse_code,
    ticket_code,
)

ORIGIN = "https://giaouoc.example.vn"
TOKENS = st.binary(min_size=1, max_size=393)
IDS = st.integers(min_value=0, max_value=2**128 - 1)
ID = "340282366920938463463374607431768211455"


def test_a_document() -> None:
    text = document_code(ORIGIN, 5, b"\x00\xff")
    assert text == f"{ORIGIN}/v/{'5':0>39}#{0x0100FF}"
    code = parse_code(text)
    assert code == Code(CodeKind.DOCUMENT, "https", "giaouoc.example.vn", None, 5, b"\x00\xff")
    assert not code.sample
    assert code.authority == "giaouoc.example.vn"


def test_a_ticket_hides_its_token() -> None:
    code = parse_code(ticket_code(ORIGIN, b"secret"))
    assert (code.kind, code.id, code.token) == (CodeKind.TICKET, None, b"secret")
    assert "secret" not in repr(code)


def test_the_sample_alone_has_http() -> None:
    code = parse_code(ticket_code("http://localhost:8000", b"T"))
    assert code.sample
    assert (code.host, code.port, code.authority) == ("localhost", 8000, "localhost:8000")
    assert not parse_code(ticket_code("https://localhost:8443", b"T")).sample


@given(IDS, TOKENS)
def test_round_trip(id_: int, token: bytes) -> None:
    document = parse_code(document_code(ORIGIN, id_, token))
    assert (document.id, document.token) == (id_, token)
    assert parse_code(ticket_code(ORIGIN, token)).token == token
    assert id_from_digits(id_digits(id_)) == id_ == int.from_bytes(id_bytes(id_), "big")


@given(st.text(max_size=60) | st.from_regex(r"https?://[a-z.]{1,9}(/v/\d{39}|/t)#\d{1,30}\n?"))
def test_any_text_is_a_code_or_refused_and_a_code_has_one_spelling(text: str) -> None:
    with contextlib.suppress(BadCode):
        code = parse_code(text)
        origin = f"{code.scheme}://{code.authority}"
        again = ticket_code(origin, code.token) if code.id is None else document_code(origin, code.id, code.token)
        assert again == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not_a_code"),
        (f"{ORIGIN}/t#0{0x0100FF}", "not_a_code"),
        (f"{ORIGIN}/t#+66047", "not_a_code"),
        (f"{ORIGIN}/t#-66047", "not_a_code"),
        (f"{ORIGIN}/t#66_047", "not_a_code"),
        (f"{ORIGIN}/t# 66047", "not_a_code"),
        (f"{ORIGIN}/t#66047 ", "not_a_code"),
        (f"{ORIGIN}/t#66047\n", "not_a_code"),
        (f" {ORIGIN}/t#66047", "not_a_code"),
        (f"{ORIGIN}/t#0x100ff", "not_a_code"),
        (f"{ORIGIN}/t#٦٦٠٤٧", "not_a_code"),
        (f"{ORIGIN}/t#६६०४७", "not_a_code"),
        (f"{ORIGIN}/t#66047n", "not_a_code"),
        (f"{ORIGIN}/t#1e5", "not_a_code"),
        (f"{ORIGIN}/t/#66047", "not_a_code"),
        (f"{ORIGIN}/t?a=1#66047", "not_a_code"),
        (f"{ORIGIN}/t%23#66047", "not_a_code"),
        (f"{ORIGIN}/T#66047", "not_a_code"),
        (f"{ORIGIN}//t#66047", "not_a_code"),
        (f"{ORIGIN}/v/{'5':0>38}#66047", "not_a_code"),
        (f"{ORIGIN}/v/{'5':0>40}#66047", "not_a_code"),
        (f"{ORIGIN}/v/{'٥':0>39}#66047", "not_a_code"),
        (f"{ORIGIN}/v/{'5':0>39}/#66047", "not_a_code"),
        (f"{ORIGIN}/c/{'5':0>39}#66047", "not_a_code"),
        ("HTTPS://giaouoc.example.vn/t#66047", "not_a_code"),
        ("https://Giaouoc.example.vn/t#66047", "not_a_code"),
        ("https://user@giaouoc.example.vn/t#66047", "not_a_code"),
        ("https://giaouoc.example.vn./t#66047", "not_a_code"),
        ("https://-a.vn/t#66047", "not_a_code"),
        ("https://giao-ước.vn/t#66047", "not_a_code"),
        ("https://[::1]/t#66047", "not_a_code"),
        ("https://giaouoc.example.vn:/t#66047", "not_a_code"),
        ("https://giaouoc.example.vn:08/t#66047", "not_a_code"),
        ("ftp://giaouoc.example.vn/t#66047", "not_a_code"),
        ("javascript://giaouoc.example.vn/t#66047", "not_a_code"),
        (f"{ORIGIN}/t#1" + "0" * 2000, "not_a_code"),
        ("x" * 100_000, "not_a_code"),
        (f"{ORIGIN}/t", "no_token"),
        (f"{ORIGIN}/t#", "no_token"),
        (f"{ORIGIN}/v/{'5':0>39}", "no_token"),
        ("http://giaouoc.example.vn/t#66047", "http"),
        ("http://127.0.0.1:8000/t#66047", "http"),
        ("http://localhost.example.vn/t#66047", "http"),
        ("https://giaouoc.example.vn:443/t#66047", "port"),
        ("https://giaouoc.example.vn:65536/t#66047", "port"),
        ("http://localhost:80/t#66047", "port"),
        (f"{ORIGIN}/v/340282366920938463463374607431768211456#66047", "id_range"),
        (f"{ORIGIN}/v/{'9' * 39}#66047", "id_range"),
        (f"{ORIGIN}/t#{0x0200FF}", "token_prefix"),
        (f"{ORIGIN}/t#{0xFF}", "token_prefix"),
    ],
)
def test_refused(text: str, reason: str) -> None:
    with pytest.raises(BadCode) as refusal:
        parse_code(text)
    assert refusal.value.reason == reason


def test_the_longest_of_everything_is_taken() -> None:
    assert parse_code(f"{ORIGIN}/v/{ID}#66047").id == 2**128 - 1
    longest = ticket_code(ORIGIN, b"\xff" * 829)
    assert parse_code(longest).token == b"\xff" * 829
    with pytest.raises(BadCode, match="too_long"):
        ticket_code(ORIGIN, b"\xff" * 831)
    with pytest.raises(BadCode, match="too_long"):
        ticket_code(ORIGIN, b"\xff" * 10**6)


@pytest.mark.parametrize(
    ("origin", "reason"),
    [
        ("https://giaouoc.example.vn/", "origin"),
        ("https://Giaouoc.vn", "origin"),
        ("giaouoc.vn", "origin"),
        ("http://giaouoc.vn", "http"),
        ("http://127.0.0.1", "http"),
        ("https://giaouoc.vn:443", "port"),
    ],
)
def test_no_code_is_made_that_would_be_refused(origin: str, reason: str) -> None:
    for make in (lambda: document_code(origin, 1, b"T"), lambda: ticket_code(origin, b"T")):
        with pytest.raises(BadCode) as refusal:
            make()
        assert refusal.value.reason == reason


@pytest.mark.parametrize("id_", [-1, 2**128])
def test_ids_out_of_range(id_: int) -> None:
    for use in (id_digits, id_bytes):
        with pytest.raises(BadCode, match="id_range"):
            use(id_)


@pytest.mark.parametrize("digits", ["", "5", "+" + "0" * 38, "٠" * 39, "0" * 39 + "\n"])
def test_typed_ids_are_39_ascii_digits(digits: str) -> None:
    with pytest.raises(BadCode, match="id_digits"):
        id_from_digits(digits)
