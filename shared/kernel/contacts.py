"""Telephone numbers and mail addresses as people write them in lists. Called by every import that holds contacts.

Spreadsheets eat the leading zero of a number and people add country codes, blanks and dots; the stored form is E.164
(`+84951234567`). Numbering: Circular 22/2014/TT-BTTTT as amended (mobile 0 + 9 digits, fixed lines 02 + 9 digits).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from shared.kernel.text import nfc

_SEPARATORS = re.compile(r"[\s.\-()\u2010-\u2013\u00b7]")
_SEVERAL = re.compile(r"[;,/\n]|\s-\s|hoặc|và")
_MOBILE = re.compile(r"[35789][0-9]{8}")
_FIXED = re.compile(r"2[0-9]{9}")
_INTERNATIONAL = re.compile(r"\+[1-9][0-9]{7,14}")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_MAX_ADDRESS = 254  # RFC 5321 4.5.3.1.3, less the angle brackets


@dataclass(frozen=True, slots=True)
class Phone:
    """`number` in E.164; what had to be mended: the zero that a spreadsheet ate, further numbers left out."""

    number: str
    zero_restored: bool = False
    others_left_out: bool = False


def phone_number(text: str) -> Phone | None:
    """The (first) number in a cell, or None if it is none. `0951234567`, `951234567`, `+84 951 234 567`, `0084...`."""
    first, *others = [part for part in _SEVERAL.split(nfc(text)) if part.strip()] or [""]
    several = any(char.isdigit() for other in others for char in other)
    digits = _SEPARATORS.sub("", first.strip().removesuffix(".0"))  # a spreadsheet's number, exported as one
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if digits.startswith("+84"):
        digits = digits[3:].removeprefix("0")
    elif digits.startswith("+"):
        return Phone(digits, others_left_out=several) if _INTERNATIONAL.fullmatch(digits) else None
    elif digits.startswith("84") and _is_national(digits[2:]):
        digits = digits[2:]
    elif digits.startswith("0"):
        digits = digits[1:]
    elif _is_national(digits):
        return Phone("+84" + digits, zero_restored=True, others_left_out=several)
    return Phone("+84" + digits, others_left_out=several) if _is_national(digits) else None


def shown_phone(number: str) -> str:
    """A stored number as Vietnamese readers expect it: `0951 234 567`; foreign ones as stored."""
    if not number.startswith("+84"):
        return number
    digits = "0" + number[3:]
    return f"{digits[:4]} {digits[4:7]} {digits[7:]}"


def email_address(text: str) -> str | None:
    """The address in a cell, its domain in lower case, or None if mail could not reach it.

    The dot-atom form of RFC 5322 with a host name of two labels or more; no comments, quotes or address literals, which
    a list never means.
    """
    address = nfc(text).removeprefix("mailto:").strip("<>;, ")
    local, at, domain = address.rpartition("@")
    if not at or len(address) > _MAX_ADDRESS or len(local) > 64 or not _LOCAL.fullmatch(local):
        return None
    labels = domain.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        return None
    return f"{local}@{domain.lower()}"


def _is_national(digits: str) -> bool:
    return bool(_MOBILE.fullmatch(digits) or _FIXED.fullmatch(digits))


def holder_digest(address: str) -> str:
    """What stands for a mail address in the indexes by which a person's records are found: 32 hex digits, the same for
    capitals and small letters. Who reads these tables reads the addresses too; the digest keeps them out of keys and logs."""
    return hashlib.sha256(b"giaouoc/holder/1\0" + address.strip().casefold().encode()).hexdigest()[:32]
