"""Deterministic CBOR (RFC 8949 section 4.2.1): one byte string for each value. Called by cose, tokens and statuslist.

Values: int below 2**64, bytes, text, bool, None, lists, and maps with int or text keys. No floats, no tags, no indefinite
lengths. Writing goes through cbor2. Reading does not: cbor2 builds dates, regular expressions and big numbers for the tags
that it meets, which is no place for what strangers send; and a reader that knows one form only says at once where the bytes
leave it, so that "decode, encode again, compare" holds by construction (the tests hold it against cbor2).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import cbor2

from shared.kernel.malformed import Malformed

MAX_DEPTH = 8
_SIMPLE = {20: False, 21: True, 22: None}


class BadCbor(Malformed):
    """Bytes or a value outside deterministic CBOR as this module knows it."""


def encode(value: object) -> bytes:
    """The deterministic bytes of `value`. Raises BadCbor: `type`, `float`, `integer_range`, `key`, `not_unicode`, `depth`."""
    try:
        return cbor2.dumps(_ordered(value, 0))
    except UnicodeEncodeError:
        raise BadCbor("not_unicode") from None


def decode(data: bytes) -> Any:
    """The one value that `data` is. Raises BadCbor:

    `truncated`, `trailing_bytes`, `long_integer` (a head longer than needed), `indefinite`, `tag`, `float`, `simple`,
    `key` (neither integer nor text), `duplicate_key`, `key_order`, `not_utf8`, `depth`.
    """
    value, end = _item(data, 0, 0)
    if end != len(data):
        raise BadCbor("trailing_bytes")
    return value


def _ordered(value: object, depth: int) -> object:
    kind = type(value)  # exact types: cbor2 has its own way with subclasses (enums, dates)
    if kind is int:
        if not -(2**64) <= value < 2**64:  # type: ignore[operator]
            raise BadCbor("integer_range")
        return value
    if kind in (str, bytes, bool) or value is None:
        return value
    if depth >= MAX_DEPTH:
        raise BadCbor("depth")
    if isinstance(value, (list, tuple)):
        return [_ordered(inner, depth + 1) for inner in value]
    if isinstance(value, Mapping):
        return _ordered_map(value, depth)
    raise BadCbor("float" if kind is float else "type")


def _ordered_map(value: Mapping[Any, object], depth: int) -> dict[Any, object]:
    if not all(type(key) in (int, str) for key in value):
        raise BadCbor("key")
    # By the bytes of the encoded key. cbor2's own canonical order is the older one, shorter keys first (RFC 7049).
    keys = sorted(value, key=_key_bytes)
    return {key: _ordered(value[key], depth + 1) for key in keys}


@lru_cache(maxsize=256, typed=True)  # a handful of claim keys, met in every token
def _key_bytes(key: int | str) -> bytes:
    return cbor2.dumps(_ordered(key, 0))


def _item(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    try:
        head = data[at]
    except IndexError:
        raise BadCbor("truncated") from None
    major = head >> 5
    argument = head & 0x1F
    at += 1
    if major == 7:
        return _simple(argument), at
    if argument > 23:
        argument, at = _long_argument(data, at, argument)
    if major == 0:
        return argument, at
    if major == 1:
        return -1 - argument, at
    if major <= 3:
        end = at + argument
        if end > len(data):
            raise BadCbor("truncated")
        return (data[at:end] if major == 2 else _text(data[at:end])), end
    if major == 6:
        raise BadCbor("tag")
    if depth >= MAX_DEPTH:
        raise BadCbor("depth")
    return _array(data, at, argument, depth) if major == 4 else _map(data, at, argument, depth)


def _long_argument(data: bytes, at: int, info: int) -> tuple[int, int]:
    if info > 27:
        raise BadCbor("indefinite")
    size = 1 << (info - 24)
    end = at + size
    if end > len(data):
        raise BadCbor("truncated")
    argument = int.from_bytes(data[at:end], "big")
    if argument < (24 if size == 1 else 1 << (4 * size)):
        raise BadCbor("long_integer")
    return argument, end


def _simple(info: int) -> bool | None:
    if info in _SIMPLE:
        return _SIMPLE[info]
    raise BadCbor("float" if 25 <= info <= 27 else "indefinite" if info == 31 else "simple")


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadCbor("not_utf8") from None


def _array(data: bytes, at: int, count: int, depth: int) -> tuple[list[Any], int]:
    found = []
    for _ in range(count):
        value, at = _item(data, at, depth + 1)
        found.append(value)
    return found, at


def _map(data: bytes, at: int, count: int, depth: int) -> tuple[dict[Any, Any], int]:
    found: dict[Any, Any] = {}
    previous = b""
    for _ in range(count):
        key, end = _item(data, at, depth + 1)
        if type(key) is not int and type(key) is not str:
            raise BadCbor("key")
        spelled = data[at:end]
        if spelled <= previous:
            raise BadCbor("duplicate_key" if spelled == previous else "key_order")
        previous = spelled
        found[key], at = _item(data, end, depth + 1)
    return found, at
