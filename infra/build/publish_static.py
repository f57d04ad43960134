"""Copies the pages' own files (scripts, styles, fonts, pictures) into the public bucket, under static/, where the
distribution reads them. Called by deploy.py after the functions are in place.

The same files, types and lives as the embedded engine serves (infra/embedded/static_files.py). Only what changed is sent:
an object carries its digest. What is no longer among the files stays: a page opened before may still ask for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.embedded.errors import EngineError
from infra.embedded.static_files import PACKAGES, STATIC, VENDOR, content_type
from shared.aws.published import send_if_changed
from shared.kernel.public_files import caching

PREFIX: Final = "static/"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """A file, the key it gets, and what it is served with."""

    key: str
    path: Path
    content_type: str
    caching: str


def static_files(static: Path = STATIC, vendor: Path = VENDOR, packages: Path = PACKAGES) -> Iterator[StaticFile]:
    """All files in the order of their keys. Raises EngineError for one of an npm package that is not installed."""
    named = {path.relative_to(static).as_posix(): path for path in static.rglob("*") if path.is_file()}
    listed: dict[str, str] = json.loads(vendor.read_text("utf-8"))
    named |= {f"vendor/{name}": packages / place for name, place in listed.items()}
    for name in sorted(named):
        if not named[name].is_file():
            raise EngineError("deploy.no_file", path=str(named[name].name))
        key = PREFIX + name
        yield StaticFile(key=key, path=named[name], content_type=content_type(f"/{key}"), caching=caching(key))


def publish(s3: Any, bucket: str) -> tuple[str, ...]:
    """Sends what the bucket does not hold yet; the keys that were sent. Raises the SDK's errors, EngineError."""
    return tuple(one.key for one in static_files() if _send(s3, bucket, one))


def _send(s3: Any, bucket: str, file: StaticFile) -> bool:
    data = file.path.read_bytes()
    return send_if_changed(s3, bucket, file.key, data, content_type=file.content_type, caching=file.caching)
