"""RFC 8785: its own examples, and what we refuse on top of it."""

from __future__ import annotations

import contextlib
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.canonical import BadJson, canonical, digest, parse, parse_canonical

SAFE = st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1)
VALUES = st.recursive(
    st.none() | st.booleans() | SAFE | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_rfc_8785_sorts_by_utf16_code_units() -> None:
    value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\xf6": 7}
    assert list(json.loads(canonical(value))) == ["\r", "1", "\x80", "\xf6", "\u20ac", "\U0001f600", "\ufb33"]


def test_rfc_8785_spells_strings() -> None:
    assert canonical('\u20ac$\x0f\nA\'B"\\\\"/') == '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'.encode()


def test_vietnamese_is_utf8_and_kept_as_given() -> None:
    assert canonical({"tên": "Thuý", "b": [True, None]}) == '{"b":[true,null],"tên":"Thuý"}'.encode()


def test_digest_is_sha256_of_the_canonical_bytes() -> None:
    assert digest({"b": 1, "a": 2}) == hashlib.sha256(b'{"a":2,"b":1}').digest()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (1.5, "float"),
        (float("nan"), "float"),
        ({"a": [0.0]}, "float"),
        (2**53, "integer_range"),
        (-(2**53), "integer_range"),
        ({1: "a"}, "key"),
        (b"bytes", "type"),
        ({"a", "b"}, "type"),
        ("\ud800", "not_unicode"),
        ({"\udc00": 1}, "not_unicode"),
    ],
)
def test_refuses_what_has_no_one_form(value: object, reason: str) -> None:
    with pytest.raises(BadJson) as refusal:
        canonical(value)
    assert refusal.value.reason == reason


def test_refuses_deep_nesting_on_both_ways() -> None:
    value: object = 1
    for _ in range(40):
        value = [value]
    with pytest.raises(BadJson, match="depth"):
        canonical(value)
    with pytest.raises(BadJson, match="depth"):
        parse(b"[" * 100_000 + b"]" * 100_000)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"a":1,"a":1}', "duplicate_key"),
        (b'{"a":1.0}', "float"),
        (b'{"a":1e3}', "float"),
        (b"NaN", "float"),
        (b"-0", "float"),
        (b"9007199254740992", "integer_range"),
        (b"9" * 5000, "integer_range"),
        (b"\xff", "not_utf8"),
        (b'\xef\xbb\xbf{"a":1}', "not_json"),
        (b"{", "not_json"),
        (b"1 2", "not_json"),
        (b'"\\ud800"', "not_unicode"),
    ],
)
def test_parse_refuses(data: bytes, reason: str) -> None:
    with pytest.raises(BadJson) as refusal:
        canonical(parse(data))
    assert refusal.value.reason == reason


def test_parse_bounds_its_input() -> None:
    with pytest.raises(BadJson, match="too_large"):
        parse(b"[]" + b" " * 100, max_bytes=100)


def test_parse_canonical_refuses_any_other_spelling() -> None:
    assert parse_canonical(b'{"a":1,"b":2}') == {"a": 1, "b": 2}
    for spelling in (b'{"b":2,"a":1}', b'{"a": 1,"b":2}', b'{"a":1,"b":2}\n', b'{"\\u0061":1,"b":2}'):
        with pytest.raises(BadJson, match="not_canonical"):
            parse_canonical(spelling)


@given(VALUES)
def test_round_trip(value: object) -> None:
    data = canonical(value)
    assert parse_canonical(data) == value
    assert canonical(json.loads(data)) == data


@given(st.binary(max_size=60))
def test_parse_never_fails_otherwise(data: bytes) -> None:
    with contextlib.suppress(BadJson):
        parse_canonical(data)
