"""The template that is rehearsed: packaged for this machine and for an office that does not exist. Called by the tests.

The archives are those of `make package` for the target `host`; the parameters are what an office gives (docs/operations.md).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from infra.build import template
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


def package() -> Path:
    """The template in .build/rehearsal/service/. Raises BuildError."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    return template.package(host_target(), OFFICE, FOLDER / "service")


def archives() -> Path:
    """Where the archives lie."""
    return host_target().folder
