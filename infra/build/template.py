"""The packaged CloudFormation template of a target, made by osls without credentials and read by cfn-lint.

Called by package.py; the architecture tests package the template alone. What the target decides (archives, runtime,
architecture) goes into serverless.yml as parameters.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from infra.build.errors import BuildError
from infra.build.targets import ROOT, Target

FILE: Final = "cloudformation-template-update-stack.json"
_OSLS: Final = ROOT / "node_modules" / ".bin" / "osls"
_REDUNDANT_DEPENDS_ON: Final = "W3005"
"""osls writes DependsOn beside the references that imply them."""
_SETTLED_CONDITION: Final = "W8003"
"""A parameter of ours is a word by then, so that a condition on it compares two words."""


def parameters(target: Target) -> dict[str, str]:
    """What serverless.yml is told with --param."""
    return {"target": target.name, "runtime": target.runtime, "architecture": target.architecture}


def package(target: Target, office: Mapping[str, str] | None = None, folder: Path | None = None) -> Path:
    """Writes .build/<target>/service/, or `folder`, and returns the template in it; `office` are further parameters (host,
    issuer, ...). Raises BuildError with the tool's own words."""
    folder = folder or target.folder / "service"
    shutil.rmtree(folder, ignore_errors=True)
    words = [f"--param={name}={value}" for name, value in {**parameters(target), **(office or {})}.items()]
    with tempfile.TemporaryDirectory() as home:  # neither credentials nor settings of whoever builds
        environment = {"PATH": os.environ["PATH"], "HOME": home, "LANG": "C.UTF-8"}
        _run([_OSLS, "package", "--package", folder, *words], environment)
    linter = Path(sys.executable).with_name("cfn-lint")
    _run([linter, "--ignore-checks", _REDUNDANT_DEPENDS_ON, _SETTLED_CONDITION, "--", folder / FILE], dict(os.environ))
    return folder / FILE


def _run(command: list[str | Path], environment: dict[str, str]) -> None:
    try:
        ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise BuildError(f"{command[0]} is missing: `make package` installs it") from None
    if ran.returncode != 0:
        raise BuildError(f"{Path(command[0]).name} refused:\n{ran.stdout.strip()}\n{ran.stderr.strip()}")
