"""The packaging tool run as on a machine without an account: no credentials, no AWS variable, an empty home."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
OSLS = ROOT / "node_modules" / ".bin" / "osls"


def osls(*arguments: str, folder: Path, home: Path) -> str:
    """What the tool printed; fails the test with its message when it could not do it."""
    if not OSLS.exists():
        pytest.fail("node_modules is absent: `make test` installs it (or run `npm ci`)")
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
    ran = subprocess.run([OSLS, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        pytest.fail(f"osls {' '.join(arguments)}\n{ran.stdout}\n{ran.stderr}")
    return ran.stdout


def packaged(folder: Path, home: Path, *arguments: str) -> Path:
    """The packaged template, given the tool's further words.

    The service is packaged from a copy in `folder`, so nothing is left in the repository.
    """
    folder.mkdir()
    for name in ("serverless.yml", "infra", "functions", "events", "shared"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    for group in ("edge", "render"):  # the tool only asks whether they are there; `make package` makes the real ones
        archive = folder / ".build" / "lambda" / f"{group}.zip"
        archive.parent.mkdir(parents=True, exist_ok=True)
        archive.touch()
    osls("package", "--package", str(folder / "out"), *arguments, folder=folder, home=home)
    return folder / "out" / "cloudformation-template-update-stack.json"


def printed(home: Path, *arguments: str) -> dict[str, Any]:
    """The service as the tool understands it, every variable resolved."""
    result: dict[str, Any] = json.loads(osls("print", "--format", "json", *arguments, folder=ROOT, home=home))
    return result
