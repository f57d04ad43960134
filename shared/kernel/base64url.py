"""base64url without padding (RFC 4648 section 5), strict: one text for each byte string. Called by keys, trust list, lists."""

from __future__ import annotations

import base64
import re

from shared.kernel.malformed import Malformed

_PATTERN = re.compile(r"[A-Za-z0-9_-]*")


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Raises Malformed(`base64url`) for padding, blanks, other alphabets and stray bits at the end."""
    if not _PATTERN.fullmatch(text) or len(text) % 4 == 1:
        raise Malformed("base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(data) != text:
        raise Malformed("base64url")
    return data
