"""Which of our own files a package holds: the code of the functions with its texts, templates and tables of data.

Called by package.py. Left out: the embedded engine, schemas and samples of events (the tests' matter), and pages' files
that the buckets serve.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from infra.build.targets import ROOT

PACKAGES: Final = ("events", "functions", "shared")
LEFT_OUT: Final = ("events/samples/", "events/schemas/", "shared/embedded/")
_STATIC: Final = "shared/web/static/"
_STATIC_KEPT: Final = frozenset({"shared/web/static/sw.js"})
"""The service worker is answered by a function, because its scope is the whole site."""
_SUFFIXES: Final = frozenset({".py", ".toml", ".typ", ".html", ".json", ".js", ".svg"})


def packed() -> tuple[str, ...]:
    """Paths relative to the repository's root, in order."""
    found = (
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix in _SUFFIXES and "__pycache__" not in path.parts
    )
    return tuple(sorted(name for name in found if is_packed(name)))


def is_packed(name: str) -> bool:
    """Whether a file of our packages belongs into the archives."""
    return not name.startswith(LEFT_OUT) and (not name.startswith(_STATIC) or name in _STATIC_KEPT)


def copy(tree: Path) -> frozenset[str]:
    """Copies them below `tree`; returns their paths."""
    names = packed()
    for name in names:
        place = tree / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, place)
    return frozenset(names)
