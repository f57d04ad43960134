"""Distinguished Encoding Rules (ITU-T X.690), as much as a signature and its certificate need. Writing only, but for the
three fields that a signer must quote from its certificate. Called by seal_certificate.py and seal.py."""

from __future__ import annotations

from datetime import UTC, datetime

INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x02, 0x03, 0x04, 0x05, 0x06
UTF8_STRING, PRINTABLE_STRING, UTC_TIME, GENERALIZED_TIME = 0x0C, 0x13, 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31


def tlv(tag: int, *contents: bytes) -> bytes:
    """Tag, length, value."""
    value = b"".join(contents)
    size = len(value)
    if size < 0x80:
        return bytes((tag, size)) + value
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + value


def sequence(*items: bytes) -> bytes:
    return tlv(SEQUENCE, *items)


def set_of(*items: bytes) -> bytes:
    """SET OF: DER wants its members in the order of their encodings."""
    return tlv(SET, *sorted(items))


def integer(value: int) -> bytes:
    """A non-negative INTEGER."""
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octet_string(value: bytes) -> bytes:
    return tlv(OCTET_STRING, value)


def bit_string(value: bytes, unused: int = 0) -> bytes:
    return tlv(BIT_STRING, bytes((unused,)), value)


def utf8_string(text: str) -> bytes:
    return tlv(UTF8_STRING, text.encode())


def explicit(number: int, *contents: bytes) -> bytes:
    """[number] EXPLICIT, or IMPLICIT over something constructed."""
    return tlv(0xA0 | number, *contents)


def oid(dotted: str) -> bytes:
    first, second, *rest = (int(part) for part in dotted.split("."))
    out = bytearray()
    for part in (first * 40 + second, *rest):
        digits = [part & 0x7F]
        while part := part >> 7:
            digits.append(0x80 | (part & 0x7F))
        out += bytes(reversed(digits))
    return tlv(OID, bytes(out))


def time(moment: datetime) -> bytes:
    """Time of RFC 5280: UTCTime until 2049, GeneralizedTime after."""
    moment = moment.astimezone(UTC)
    if moment.year < 2050:
        return tlv(UTC_TIME, moment.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(GENERALIZED_TIME, moment.strftime("%Y%m%d%H%M%SZ").encode())


def children(encoded: bytes) -> list[bytes]:
    """The encodings inside a constructed value. Raises ValueError where lengths do not agree."""
    start, end = _content(encoded, 0)
    if end != len(encoded):
        raise ValueError("bytes after a DER value")
    found = []
    while start < end:
        _, stop = _content(encoded, start)
        found.append(encoded[start:stop])
        start = stop
    if start != end:
        raise ValueError("a DER value overruns its parent")
    return found


def content(encoded: bytes) -> bytes:
    """The value of one encoding."""
    start, end = _content(encoded, 0)
    return encoded[start:end]


def _content(encoded: bytes, at: int) -> tuple[int, int]:
    """Start and end of the value whose tag stands at `at`."""
    if len(encoded) < at + 2:
        raise ValueError("a DER value is cut short")
    length, start = encoded[at + 1], at + 2
    if length & 0x80:
        octets = length & 0x7F
        length, start = int.from_bytes(encoded[start : start + octets], "big"), start + octets
    return start, start + length
