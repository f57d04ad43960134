"""The arrows between packages hold, and breaking one on purpose is noticed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LINT = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
PACKAGES = ("functions", "shared", "events", "infra")


def test_the_arrows_hold():
    run = subprocess.run(LINT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("shared/kernel/ids.py", "import shared.ceremonies", "The arrows"),
        ("shared/ceremonies/__init__.py", "import shared.pledges", "The arrows"),
        ("shared/embedded/__init__.py", "import shared.edge.http", "The arrows"),
        ("shared/pledges/__init__.py", "import pydantic", "The core is pure"),
        ("events/envelope.py", "import boto3", "The core is pure"),
        ("shared/edge/http.py", "import boto3", "Only shared.aws"),
        ("functions/__init__.py", "import infra.embedded", "The product does not know"),
    ],
)
def test_a_broken_arrow_is_named(tmp_path, module, line, contract):
    ignore = shutil.ignore_patterns("__pycache__", "*.toml", "*.json", "static", "typst")
    for package in PACKAGES:
        shutil.copytree(package, tmp_path / package, ignore=ignore)
    shutil.copy("pyproject.toml", tmp_path)
    path = tmp_path / module
    path.write_text(f"{path.read_text('utf-8')}\n{line}\n", "utf-8")
    run = subprocess.run(LINT, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run.returncode != 0
    broken = run.stdout.partition("Broken contracts")[2]
    assert contract in broken, run.stdout
