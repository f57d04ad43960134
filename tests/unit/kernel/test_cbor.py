"""Deterministic CBOR: RFC 8949's examples, every other spelling refused, and agreement with cbor2."""

from __future__ import annotations

import contextlib
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.cbor import BadCbor, decode, encode

INTEGERS = st.integers(min_value=-(2**64), max_value=2**64 - 1)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.text(max_size=30) | st.binary(max_size=300),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(INTEGERS | st.text(max_size=3), inner, max_size=5),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("value", "data"),
    [  # RFC 8949, appendix A
        (0, "00"),
        (23, "17"),
        (24, "1818"),
        (255, "18ff"),
        (256, "190100"),
        (1000000000000, "1b000000e8d4a51000"),
        (2**64 - 1, "1bffffffffffffffff"),
        (-1, "20"),
        (-1000, "3903e7"),
        (-(2**64), "3bffffffffffffffff"),
        (False, "f4"),
        (None, "f6"),
        (b"\x01\x02", "420102"),
        ("\u00fc", "62c3bc"),
        ("\U00010151", "64f0908591"),
        ([1, [2, 3]], "8201820203"),
        ({}, "a0"),
        ({1: 2, 3: 4}, "a201020304"),
    ],
)
def test_examples_of_the_rfc(value: object, data: str) -> None:
    assert encode(value).hex() == data
    assert decode(bytes.fromhex(data)) == value


def test_keys_are_ordered_by_their_bytes_not_by_their_length() -> None:
    # RFC 8949 4.2.1 gives this very list; the older order of RFC 7049 puts -1 before 100.
    value = {"aa": 5, -1: 2, "z": 4, 100: 1, 10: 0}
    assert list(decode(encode(value))) == [10, 100, -1, "z", "aa"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "truncated"),
        ("18", "truncated"),
        ("42ff", "truncated"),
        ("8201", "truncated"),
        ("9bffffffffffffffff", "truncated"),
        ("5bffffffffffffffff00", "truncated"),
        ("0000", "trailing_bytes"),
        ("1817", "long_integer"),
        ("1900ff", "long_integer"),
        ("1a0000ffff", "long_integer"),
        ("1b00000000ffffffff", "long_integer"),
        ("3817", "long_integer"),
        ("580101", "long_integer"),
        ("5f4101ff", "indefinite"),
        ("7f6161ff", "indefinite"),
        ("9f01ff", "indefinite"),
        ("bf0102ff", "indefinite"),
        ("1c", "indefinite"),
        ("ff", "indefinite"),
        ("c11a514b67b0", "tag"),
        ("c249010000000000000000", "tag"),
        ("d8235f", "tag"),
        ("f90000", "float"),
        ("fa47c35000", "float"),
        ("fb3ff199999999999a", "float"),
        ("f7", "simple"),
        ("f820", "simple"),
        ("e0", "simple"),
        ("a20101", "truncated"),
        ("a201010102", "duplicate_key"),
        ("a203000100", "key_order"),
        ("a1410100", "key"),
        ("a1f500", "key"),
        ("a18000", "key"),
        ("62c328", "not_utf8"),
        ("63eda080", "not_utf8"),
        ("61ff", "not_utf8"),
        ("81" * 9 + "00", "depth"),
        ("81" * 5000, "depth"),
    ],
)
def test_every_other_spelling_is_refused(data: str, reason: str) -> None:
    with pytest.raises(BadCbor) as refusal:
        decode(bytes.fromhex(data))
    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (1.0, "float"),
        (2**64, "integer_range"),
        (-(2**64) - 1, "integer_range"),
        ({b"a": 1}, "key"),
        ({True: 1}, "key"),
        ({2**64: 1}, "integer_range"),
        ({1, 2}, "type"),
        ("\ud800", "not_unicode"),
        ([[[[[[[[[1]]]]]]]]], "depth"),
    ],
)
def test_nothing_else_is_written(value: object, reason: str) -> None:
    with pytest.raises(BadCbor) as refusal:
        encode(value)
    assert refusal.value.reason == reason


@given(VALUES)
def test_round_trip_and_agreement_with_cbor2(value: object) -> None:
    with contextlib.suppress(BadCbor):  # too deep
        data = encode(value)
        assert decode(data) == value
        assert cbor2.loads(data) == value


@given(st.binary(max_size=40) | VALUES.map(lambda value: cbor2.dumps(value)))
def test_what_is_read_is_what_would_be_written(data: bytes) -> None:
    with contextlib.suppress(BadCbor):
        assert encode(decode(data)) == data


@given(VALUES, st.data())
def test_one_changed_byte_is_refused_or_means_something_else(value: object, data: st.DataObject) -> None:
    with contextlib.suppress(BadCbor):
        spelled = bytearray(encode(value))
        place = data.draw(st.integers(min_value=0, max_value=len(spelled) - 1))
        spelled[place] ^= data.draw(st.integers(min_value=1, max_value=255))
        changed = decode(bytes(spelled))
        assert encode(changed) == bytes(spelled)
        assert encode(changed) != encode(value)
