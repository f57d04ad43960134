"""Identifiers: random ones for public documents, derived ones where a repeat must meet the first (called everywhere).

Public document ids are 128 random bits (FORMATS 1); they are drawn once, in the commit that decides the document.
Everything else that a message may ask for twice has an id derived from its business key.
"""

from __future__ import annotations

import hashlib
import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u to misread


def _spell(number: int, length: int) -> str:
    letters = []
    for _ in range(length):
        letters.append(_ALPHABET[number & 31])
        number >>= 5
    return "".join(reversed(letters))


def random_id() -> str:
    """A fresh id of 26 letters and digits (128 random bits, base 32)."""
    return _spell(secrets.randbits(128), 26)


def derived_id(kind: str, *parts: str | int) -> str:
    """The id of the thing that these business keys name: the same parts give the same id, for ever.

    Parts are length-prefixed, so that ("ab", "c") and ("a", "bc") differ.
    """
    digest = hashlib.sha256(kind.encode())
    for part in parts:
        data = str(part).encode()
        digest.update(len(data).to_bytes(4, "big") + data)
    return _spell(int.from_bytes(digest.digest()[:16], "big"), 26)


def document_id() -> int:
    """128 random bits: the public id of a certificate, a pledge or a ticket (FORMATS 1)."""
    return secrets.randbits(128)
