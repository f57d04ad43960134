"""Links to the local objects, signed like a presigned URL: what they allow stands in them and cannot be altered.

Made and checked by objects.py. HMAC-SHA256 over method, key, content type, size, file name and expiry, with a secret
that never leaves the data folder; a link that is lost grants that one thing until it expires.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from shared.embedded.files import disk_errors, make_folder, name_once, put_aside
from shared.embedded.sqlite_errors import StoreError
from shared.kernel.errors import Forbidden, Refused

PATH: Final = "/objects/"
SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a link allows: PUT up to `max_bytes` of `content_type` under `key`, or GET it as `filename`.

    `until` is UNIX time in seconds.
    """

    method: str
    key: str
    until: int
    content_type: str = ""
    max_bytes: int = 0
    filename: str = ""


class UrlSigner:
    """Signs and checks links with the secret in `secret_file` (mode 0600, made at the first use)."""

    def __init__(self, secret_file: Path) -> None:
        """Raises StoreError for a damaged file, Unavailable for the disk."""
        with disk_errors():
            if not secret_file.exists():
                make_folder(secret_file.parent)
                name_once(put_aside(secret_file.parent, secrets.token_bytes(SECRET_BYTES)), secret_file)
            self._secret = secret_file.read_bytes()
        if len(self._secret) != SECRET_BYTES:
            raise StoreError("engine.links_secret", path=str(secret_file))

    def link(self, grant: Grant) -> str:
        """Path and query of the link."""
        values = {"until": str(grant.until)}
        if grant.method == "PUT":
            values |= {"type": grant.content_type, "max": str(grant.max_bytes)}
        else:
            values |= {"name": grant.filename}
        return f"{PATH}{grant.key}?{urlencode(values, quote_via=quote)}&sig={self._mac(grant)}"

    def check(self, method: str, path_and_query: str, now: datetime) -> Grant:
        """The grant of a link. Raises Forbidden(objects.bad_link) and Refused(objects.link_expired)."""
        try:
            grant, mac = _read("GET" if method == "HEAD" else method, path_and_query)
        except (ValueError, KeyError):
            raise Forbidden("objects.bad_link") from None
        if not hmac.compare_digest(mac.encode(), self._mac(grant).encode()):
            raise Forbidden("objects.bad_link")
        if now.timestamp() >= grant.until:
            raise Refused("objects.link_expired")
        return grant

    def _mac(self, grant: Grant) -> str:
        parts = [grant.method, grant.key, grant.until, grant.content_type, grant.max_bytes, grant.filename]
        return hmac.new(
            self._secret, b"giaouoc/object-link/1\0" + json.dumps(parts).encode(), hashlib.sha256
        ).hexdigest()


def content_disposition(filename: str) -> str:
    """The header that saves a download under `filename` (RFC 6266, RFC 8187), whatever the name holds."""
    clean = "".join(letter for letter in filename if letter.isprintable() and letter not in '/\\"')[:150] or "file"
    plain = "".join(letter if letter.isascii() else "_" for letter in clean)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(clean, safe='')}"


def _read(method: str, path_and_query: str) -> tuple[Grant, str]:
    parts = urlsplit(path_and_query)
    if not parts.path.startswith(PATH) or method not in ("GET", "PUT"):
        raise ValueError(method)
    pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True, max_num_fields=4)
    values = dict(pairs)
    expected = ["until", "type", "max", "sig"] if method == "PUT" else ["until", "name", "sig"]
    if [name for name, _ in pairs] != expected:
        raise ValueError(parts.query)
    grant = Grant(
        method=method,
        key=parts.path.removeprefix(PATH),
        until=_number(values["until"]),
        content_type=values.get("type", ""),
        max_bytes=_number(values.get("max", "0")),
        filename=values.get("name", ""),
    )
    return grant, values["sig"]


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 15:
        raise ValueError(text)
    return int(text)
