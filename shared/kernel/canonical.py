"""RFC 8785 (JSON Canonicalization Scheme): the one byte form of a JSON value, and its SHA-256.

Called wherever JSON is signed, hashed or logged: trust list, log entries, frozen texts of pledges, statements, snapshots.
Floats are refused although RFC 8785 can spell them: nothing that we sign needs one, and few implementations of other
people spell all of them alike. Texts are taken as they are; that they are NFC is decided by shared.kernel.text.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import rfc8785

from shared.kernel.malformed import Malformed

MAX_INTEGER = 2**53 - 1
"""The greatest integer that every JSON reader keeps exactly (RFC 7493)."""
MAX_DEPTH = 32


class BadJson(Malformed):
    """A value that has no canonical form here, or bytes that are not such a value."""


def canonical(value: object) -> bytes:
    """The RFC 8785 bytes of a JSON value (dict, list or tuple, str, int, bool, None).

    Raises BadJson: `float`, `integer_range`, `key` (not a text), `type`, `not_unicode` (lone surrogate), `depth`.
    """
    _check(value, 0)
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]  # its type leaves out Mapping values of our own
    except UnicodeEncodeError:  # a lone surrogate in a key
        raise BadJson("not_unicode") from None
    except rfc8785.CanonicalizationError:  # the rest was checked: a lone surrogate in a text
        raise BadJson("not_unicode") from None


def digest(value: object) -> bytes:
    """SHA-256 of the canonical bytes: 32 bytes. Raises BadJson like `canonical`."""
    return hashlib.sha256(canonical(value)).digest()


def parse(data: bytes, *, max_bytes: int = 1 << 20) -> Any:
    """A JSON text as values that have a canonical form; the text itself may be spaced and ordered freely.

    Raises BadJson: `too_large`, `not_utf8`, `not_json`, `duplicate_key`, `float`, `integer_range`, `depth`, `not_unicode`.
    """
    if len(data) > max_bytes:
        raise BadJson("too_large")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadJson("not_utf8") from None
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_float=_no_float, parse_constant=_no_float, parse_int=_integer
        )
    except BadJson:
        raise
    except RecursionError:
        raise BadJson("depth") from None
    except ValueError:
        raise BadJson("not_json") from None
    _check(value, 0)
    return value


def parse_canonical(data: bytes, *, max_bytes: int = 1 << 20) -> Any:
    """Like `parse`, and the bytes are the canonical ones. Raises BadJson also with `not_canonical`."""
    value = parse(data, max_bytes=max_bytes)
    if canonical(value) != data:
        raise BadJson("not_canonical")
    return value


def _check(value: object, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise BadJson("depth")
    if value is None or isinstance(value, (str, bool)):
        return
    if isinstance(value, int):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise BadJson("integer_range")
    elif isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise BadJson("key")
            _check(inner, depth + 1)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _check(inner, depth + 1)
    else:
        raise BadJson("float" if isinstance(value, float) else "type")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadJson("duplicate_key")
    return found


def _no_float(_: str) -> Any:
    raise BadJson("float")


def _integer(digits: str) -> int:
    # "-0" is an integer to Python and a float to RFC 8785; more than 16 digits never fit 2^53 - 1.
    if digits == "-0":
        raise BadJson("float")
    if len(digits) > 17:
        raise BadJson("integer_range")
    return int(digits)
