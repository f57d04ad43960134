"""Files that CloudFront serves on AWS, served here from the same folders under the same paths with the same headers.

/static/*  scripts, styles, fonts and pictures of the pages     shared/web/static
/static/vendor/*  files of npm packages that pages load          node_modules, only those listed in shared/web/vendor.json
/.well-known/*, /i/*, /status/*, /log/*   what the public objects hold (trust list, did document, status lists)
Called by the HTTP server before any function is asked.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.edge.answers import FILES
from shared.kernel.errors import Problem
from shared.kernel.ports import Objects
from shared.kernel.public_files import caching

ROOT: Final = Path(__file__).parents[2]
STATIC: Final = ROOT / "shared" / "web" / "static"
VENDOR: Final = ROOT / "shared" / "web" / "vendor.json"
PACKAGES: Final = ROOT / "node_modules"
PUBLIC_PREFIXES: Final = ("/.well-known/", "/i/", "/status/", "/log/")
KEPT_BYTES: Final = 64 * 1024
"""Larger files are read again each time."""
_TYPES: Final[Mapping[str, str]] = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".sig": "text/plain; charset=utf-8",
    ".cwt": "application/cwt",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file as it goes out: status 200, or 304 with an empty body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class StaticFiles:
    """Files of the two folders, with ETags; small ones of /static are kept in memory until they change."""

    def __init__(self, public: Objects, folder: Path = STATIC) -> None:
        self._public = public
        self._folder = folder.resolve()
        self._vendor: Mapping[str, str] = json.loads(VENDOR.read_text("utf-8"))
        self._kept: dict[str, tuple[float, bytes, str]] = {}

    def find(self, path: str, if_none_match: str | None) -> File | None:
        """The file under a path, or None if the path is not a file's."""
        if path.startswith("/static/"):
            found = self._static(path.removeprefix("/static/"))
        elif path.startswith(PUBLIC_PREFIXES):
            found = self._public_object(path.removeprefix("/"))
        else:
            return None
        if found is None:
            return File(404, {"content-type": "text/plain; charset=utf-8"}, b"404")
        body, etag = found
        headers = {
            "content-type": content_type(path),
            "etag": etag,
            "cache-control": caching(path.removeprefix("/")),
            **FILES,
        }
        if path.startswith(PUBLIC_PREFIXES):
            headers["access-control-allow-origin"] = "*"  # anybody's verifier may read them
        return File(304, headers, b"") if _has(if_none_match, etag) else File(200, headers, body)

    def _static(self, name: str) -> tuple[bytes, str] | None:
        try:
            path = self._path(name)
            if path is None or not path.is_file():
                return None
            changed = path.stat().st_mtime
            kept = self._kept.get(name)
            if kept is not None and kept[0] == changed:
                return kept[1], kept[2]
            body = path.read_bytes()
        except (OSError, ValueError, RuntimeError):  # a name that no file can have
            return None
        if len(body) <= KEPT_BYTES:
            self._kept[name] = (changed, body, _etag(body))
        return body, _etag(body)

    def _path(self, name: str) -> Path | None:
        if name.startswith("vendor/"):
            listed = self._vendor.get(name.removeprefix("vendor/"))
            return None if listed is None else PACKAGES / listed
        path = (self._folder / name).resolve()
        return path if path.is_relative_to(self._folder) else None

    def _public_object(self, key: str) -> tuple[bytes, str] | None:
        try:
            body = self._public.get(key)
        except (Problem, OSError, ValueError):
            return None
        return body, _etag(body)


def _has(if_none_match: str | None, etag: str) -> bool:
    """Whether the caller has these bytes already (RFC 9110, 13.1.2: a list, weak comparison)."""
    given = [each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")]
    return etag in given or "*" in given


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def content_type(path: str) -> str:
    """By ending; what has none (status lists are JSON documents) is JSON."""
    if path.startswith("/log/"):
        return "text/plain; charset=utf-8" if path == "/log/checkpoint" else "application/octet-stream"
    ending = Path(path).suffix
    if path.endswith("/did.json"):
        return "application/did+json"
    if not ending:
        return "application/json"
    return _TYPES.get(ending) or mimetypes.types_map.get(ending, "application/octet-stream")
