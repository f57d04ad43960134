"""The settings of a process, read once from its environment. Missing or wrong ones are named all at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ENGINES: Final = ("embedded", "aws")
_ORIGIN = re.compile(r"(https://[a-z0-9.-]+(:[0-9]{1,5})?|http://localhost:[0-9]{1,5})")
_ISSUER = re.compile(r"[A-Z0-9][A-Z0-9-]{0,11}")


class SettingsError(ValueError):
    """One line per missing or wrong variable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`origin` is scheme and HOST as printed in codes; `issuer` the host's first issuer code (FORMATS 1)."""

    engine: str
    origin: str
    issuer: str
    data: Path | None = None
    stage: str = "dev"

    @property
    def host(self) -> str:
        """HOST with its port if it has one: `tdkt.tinh.gov.vn`, `localhost:8000`."""
        return self.origin.split("://", 1)[1]

    @property
    def secure(self) -> bool:
        """Served over HTTPS: everything but the sample on localhost."""
        return self.origin.startswith("https://")


def load(environment: Mapping[str, str]) -> Settings:
    """Raises SettingsError naming every variable at fault."""
    faults = []
    engine = environment.get("GIAOUOC_ENGINE", "embedded")
    origin = environment.get("GIAOUOC_ORIGIN", "")
    issuer = environment.get("GIAOUOC_ISSUER", "")
    data = environment.get("GIAOUOC_DATA")
    if engine not in ENGINES:
        faults.append(f"GIAOUOC_ENGINE={engine}: embedded / aws")
    if not _ORIGIN.fullmatch(origin):
        faults.append(
            f"GIAOUOC_ORIGIN={origin}: https://HOST (http://localhost:PORT: chỉ cho dữ liệu mẫu / sample only)"
        )
    if not _ISSUER.fullmatch(issuer):
        faults.append(f"GIAOUOC_ISSUER={issuer}: [A-Z0-9][A-Z0-9-]{{0,11}}")
    if engine == "embedded" and not data:
        faults.append("GIAOUOC_DATA: thiếu / missing")
    if faults:
        raise SettingsError("\n".join(faults))
    return Settings(
        engine=engine,
        origin=origin,
        issuer=issuer,
        data=Path(data) if data else None,
        stage=environment.get("GIAOUOC_STAGE", "dev"),
    )
