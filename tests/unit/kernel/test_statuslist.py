"""Status lists: vectors of both standards, signatures, and what is refused."""

from __future__ import annotations

import contextlib
import gzip
import zlib
from dataclasses import replace
from typing import Any

import cbor2
import pytest
from cwt import COSE, COSEKey
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel import base64url
from shared.kernel.malformed import Malformed
from shared.kernel.statuslist import (
    LIST_BITS,
    LIST_BYTES,
    VALID_FOR,
    BadStatusList,
    StatusList,
    StatusPurpose,
    decode_bitstring,
    empty_bits,
    encode_bitstring,
    is_set,
    keeps_all,
    list_name,
    parse_list_name,
    place,
    sign_status_list,
    verify_status_list,
    with_bits,
)
from shared.kernel.trust import Revocation
from tests.unit.kernel.crafted import ISSUED_AT, SIGNER, assemble, dumps
from tests.unit.kernel.trusting import DOCUMENT_KEY, HOST, KEYS, TICKET_SIGNER, TRUST

PLACES = st.sets(st.integers(min_value=0, max_value=LIST_BITS - 1), max_size=20)
LIST = StatusList(
    origin=f"https://{HOST}",
    issuer="UBND-HD",
    purpose=StatusPurpose.REVOCATION,
    index=0,
    issued_at=ISSUED_AT,
    expires_at=ISSUED_AT + VALID_FOR,
    bits=with_bits(empty_bits(), [0, 77_123]),
)


def test_the_empty_list_of_the_w3c_text() -> None:
    example = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"
    assert decode_bitstring(example) == empty_bits()


def test_bit_0_is_the_first_of_the_first_byte_in_the_bit_string() -> None:
    assert with_bits(empty_bits(), [0, 9])[:2] == b"\x80\x40"


def test_bit_0_is_the_last_of_the_first_byte_in_the_cwt() -> None:
    # The example of the IETF Token Status List: these sixteen statuses are the bytes b9 a3.
    statuses = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
    bits = with_bits(empty_bits(), [place for place, status in enumerate(statuses) if status])
    token = sign_status_list(replace(LIST, bits=bits), lambda _: SIGNER)
    payload = cbor2.loads(cbor2.loads(token).value[2])
    assert zlib.decompress(payload[65533]["lst"])[:2] == b"\xb9\xa3"


def test_where_a_number_stands() -> None:
    assert place(0) == (0, 0)
    assert place(131_071) == (0, 131_071)
    assert place(131_072) == (1, 0)
    for number in (-1, 2**53):
        with pytest.raises(BadStatusList, match="number"):
            place(number)


@given(PLACES)
def test_bits_and_both_encodings_round_trip(places: set[int]) -> None:
    bits = with_bits(empty_bits(), places)
    assert len(bits) == LIST_BYTES
    assert all(is_set(bits, bit) for bit in places)
    assert int.from_bytes(bits, "big").bit_count() == len(places)
    assert decode_bitstring(encode_bitstring(bits)) == bits
    made = replace(LIST, bits=bits)
    assert verify_status_list(sign_status_list(made, lambda _: SIGNER), TRUST) == made


@given(PLACES, PLACES)
def test_a_revocation_is_never_taken_back(before: set[int], after: set[int]) -> None:
    old, new = with_bits(empty_bits(), before), with_bits(empty_bits(), after)
    assert keeps_all(old, with_bits(old, after))
    assert keeps_all(old, new) == (before <= after)


@pytest.mark.parametrize("bit", [-1, LIST_BITS])
def test_no_bit_outside(bit: int) -> None:
    with pytest.raises(BadStatusList, match="number"):
        is_set(empty_bits(), bit)
    with pytest.raises(BadStatusList, match="number"):
        with_bits(empty_bits(), [bit])


def test_names() -> None:
    name = list_name("UBND-HD", StatusPurpose.SUSPENSION, 12)
    assert name == "UBND-HD-s12"
    assert parse_list_name(name) == ("UBND-HD", StatusPurpose.SUSPENSION, 12)
    for other in ("UBND-HD", "UBND-x0", "UBND-r00", "ubnd-r0", "UBND-r٠", "UBND-r0\n", "-r0", "A" * 13 + "-r0"):
        with pytest.raises(BadStatusList, match="name"):
            parse_list_name(other)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "multibase"),
        ("zAAAA", "multibase"),
        ("uAAAA=", "multibase"),
        ("uAAAA", "compression"),
        ("u" + base64url.encode(gzip.compress(bytes(LIST_BYTES - 1), mtime=0)), "length"),
        ("u" + base64url.encode(gzip.compress(bytes(LIST_BYTES + 1), mtime=0)), "length"),
        ("u" + base64url.encode(gzip.compress(bytes(50_000_000), mtime=0)), "length"),
        ("u" + base64url.encode(gzip.compress(bytes(LIST_BYTES), mtime=0)[:-1]), "compression"),
        ("u" + base64url.encode(gzip.compress(bytes(LIST_BYTES), mtime=0) + b"x"), "compression"),
        ("u" + base64url.encode(zlib.compress(bytes(LIST_BYTES))), "compression"),
    ],
)
def test_refused_bit_strings(text: str, reason: str) -> None:
    with pytest.raises(BadStatusList) as refusal:
        decode_bitstring(text)
    assert refusal.value.reason == reason


def test_a_library_of_others_verifies_the_cwt() -> None:
    key = COSEKey.new({1: 1, -1: 6, -2: SIGNER.public_key(), 2: SIGNER.kid, 3: -8})
    claims = cbor2.loads(COSE.new().decode(sign_status_list(LIST, lambda _: SIGNER), key))
    assert claims[2] == f"https://{HOST}/status/UBND-HD-r0.cwt"
    assert {claims[1], claims[4] - claims[6]} == {"UBND-HD", VALID_FOR}


def claims() -> dict[Any, Any]:
    return {
        1: "UBND-HD",
        2: f"https://{HOST}/status/UBND-HD-r0.cwt",
        4: ISSUED_AT + VALID_FOR,
        6: ISSUED_AT,
        65533: {"bits": 1, "lst": zlib.compress(bytes(LIST_BYTES))},
    }


REFUSED: dict[str, tuple[dict[Any, Any], str]] = {
    "unknown claim": (claims() | {65534: 300}, "claims"),
    "missing claim": ({key: value for key, value in claims().items() if key != 2}, "claims"),
    "two bits a status": (claims() | {65533: {"bits": 2, "lst": zlib.compress(bytes(LIST_BYTES))}}, "claims"),
    "bits true": (claims() | {65533: {"bits": True, "lst": zlib.compress(bytes(LIST_BYTES))}}, "claims"),
    "list as text": (claims() | {65533: {"bits": 1, "lst": "x"}}, "claims"),
    "too short": (claims() | {65533: {"bits": 1, "lst": zlib.compress(b"")}}, "length"),
    "too long": (claims() | {65533: {"bits": 1, "lst": zlib.compress(bytes(10**7))}}, "length"),
    "not packed": (claims() | {65533: {"bits": 1, "lst": bytes(100)}}, "compression"),
    "another issuer's address": (claims() | {2: f"https://{HOST}/status/THPT-r0.cwt"}, "issuer"),
    "another host": (claims() | {2: "https://x.vn/status/UBND-HD-r0.cwt"}, "wrong_host"),
    "http": (claims() | {2: f"http://{HOST}/status/UBND-HD-r0.cwt"}, "origin"),
    "no such name": (claims() | {2: f"https://{HOST}/status/UBND-HD-x0.cwt"}, "name"),
    "no ending": (claims() | {2: f"https://{HOST}/status/UBND-HD-r0"}, "name"),
    "longer than a day": (claims() | {4: ISSUED_AT + VALID_FOR + 1}, "period"),
    "over before it begins": (claims() | {4: ISSUED_AT}, "period"),
    "time below zero": (claims() | {6: -1}, "time"),
    "time as text": (claims() | {6: "now"}, "time"),
    "before the key": (claims() | {6: 5, 4: 10}, "key_not_yet_valid"),
    "another issuer's list": (claims() | {1: "THPT", 2: f"https://{HOST}/status/THPT-r0.cwt"}, "wrong_issuer"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_lists(name: str) -> None:
    made, reason = REFUSED[name]
    with pytest.raises(Malformed) as refusal:
        verify_status_list(assemble(dumps(made)), TRUST)
    assert refusal.value.reason == reason


def test_only_the_document_key_signs_lists() -> None:
    with pytest.raises(BadStatusList, match="unknown_key"):
        verify_status_list(sign_status_list(LIST, lambda _: TICKET_SIGNER), TRUST)
    compromised = replace(DOCUMENT_KEY, revoked_at=ISSUED_AT + 1, revoked_for=Revocation.COMPROMISED)
    with pytest.raises(Malformed, match="key_compromised"):
        verify_status_list(sign_status_list(LIST, lambda _: SIGNER), replace(TRUST, keys=(compromised, *KEYS[1:])))


def test_freshness_and_what_a_list_says() -> None:
    assert LIST.is_fresh(ISSUED_AT - 300)
    assert not LIST.is_fresh(ISSUED_AT - 301)
    assert LIST.is_fresh(ISSUED_AT + VALID_FOR - 1)
    assert not LIST.is_fresh(ISSUED_AT + VALID_FOR)
    assert LIST.says("UBND-HD", 77_123) is True
    assert LIST.says("UBND-HD", 1) is False
    assert LIST.says("UBND-HD", LIST_BITS) is None
    assert LIST.says("THPT", 77_123) is None


@given(st.binary(max_size=80))
def test_strangers_bytes(data: bytes) -> None:
    for token in (data, assemble(data)):
        with contextlib.suppress(Malformed):
            verify_status_list(token, TRUST)
            raise AssertionError("accepted")
    with contextlib.suppress(Malformed):
        decode_bitstring("u" + base64url.encode(data))
