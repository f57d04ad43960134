"""The template that is rehearsed: packaged for this machine and for an office that does not exist. Called by the tests.

The archives are those of `make package` for the target `host`; the parameters are what an office gives (docs/operations.md).
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from infra.build import template
from infra.build.errors import BuildError
from infra.build.targets import host_target
from infra.rehearsal.emulator import ROOT

FOLDER: Final = ROOT / ".build" / "rehearsal"
OFFICE: Final = {
    "host": "thi-dua.example",
    "issuer": "TDOAN",
    "mailFrom": "Thi đua Khối 2 <thi-dua@thi-dua.example>",
    "mailDomain": "thi-dua.example",
    "smsSender": "THIDUA",
    "frontOnly": "yes",
}


@contextmanager
def own_folder() -> Iterator[Path]:
    """.build/rehearsal, empty, for one rehearsal at a time. Raises BuildError while another one runs in this checkout."""
    FOLDER.parent.mkdir(exist_ok=True)
    with FOLDER.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BuildError("another rehearsal is running in this folder") from None
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir()
        yield FOLDER


def package() -> Path:
    """The template in .build/rehearsal/service/. Raises BuildError."""
    return template.package(host_target(), OFFICE, FOLDER / "service")


def archives() -> Path:
    """Where the archives lie."""
    return host_target().folder
