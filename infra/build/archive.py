"""Archives that come out the same each time: names in order, one date, one set of permissions, one way to compress.

Called by package.py. The bytes also depend on the zlib in use; on one machine two builds are identical.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest that the format knows: the date says nothing, and changes nothing."""
_LEVEL: Final = 6
"""A higher one takes twice the time for 2 % less."""
_UNIX: Final = 3
_READABLE_FILE: Final = 0o100644 << 16
"""Lambda runs as a user who does not own the files: everybody must be able to read them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What an archive weighs, in bytes, and its SHA-256 in hexadecimal."""

    files: int
    zipped: int
    unzipped: int
    digest: str


def write(archive: Path, tree: Path, paths: Iterable[str]) -> Written:
    """Packs the files `paths` (relative to `tree`, each once) into `archive`."""
    files, unzipped = 0, 0
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(set(paths)):
            entry = zipfile.ZipInfo(path, _DATE)
            entry.create_system = _UNIX
            entry.external_attr = _READABLE_FILE
            entry.compress_type = zipfile.ZIP_DEFLATED
            data = (tree / path).read_bytes()
            packed.writestr(entry, data, compresslevel=_LEVEL)
            files += 1
            unzipped += len(data)
    data = archive.read_bytes()
    return Written(files=files, zipped=len(data), unzipped=unzipped, digest=sha256(data).hexdigest())
