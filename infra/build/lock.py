"""Pins what the packages hold (`make lock`, needs uv): requirements/<target>-<group>.txt, in the versions that are tested.

For `host` every wheel of a version is allowed, because the next machine may be another one. For `lambda` there is one
machine, so each line allows one file: the very wheel that goes into the archive.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Final

from infra.build import wheels
from infra.build.errors import BuildError
from infra.build.targets import GROUPS, ROOT, Group, Target, target_named

_TESTED: Final = "requirements/run.txt"
_UV: Final = ("uv", "pip", "compile", "--quiet", "--generate-hashes", "--no-emit-index-url", "--no-header")


def lock(group: Group, target: Target) -> None:
    """Writes one lock file. Raises BuildError when uv is missing or finds no such versions."""
    place = group.lock(target)
    version = ".".join(map(str, target.python))
    command = [*_UV, "--python-version", version, "-c", _TESTED, f"requirements/{group.name}.in", "-o", str(place)]
    if target.name == "lambda":
        command += ["--python-platform", "aarch64-manylinux_2_28"]
    try:
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise BuildError("uv is missing: install it to make locks") from None
    if ran.returncode != 0:
        raise BuildError(ran.stderr)
    if target.name == "lambda":
        _allow_only_what_is_packed(place, target)


def _allow_only_what_is_packed(place: Path, target: Target) -> None:
    with tempfile.TemporaryDirectory() as folder:
        fetched = wheels.fetch(target, place, Path(folder) / "wheels")
        lines = [f"{each.name}=={each.version} \\\n    --hash=sha256:{each.digest}\n" for each in fetched]
    place.write_text("".join(lines), "utf-8")


def main() -> None:
    """All targets and groups."""
    for name in ("host", "lambda"):
        for group in GROUPS:
            lock(group, target_named(name))
            print(group.lock(target_named(name)).relative_to(ROOT))


if __name__ == "__main__":
    main()
