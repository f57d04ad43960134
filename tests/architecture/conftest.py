"""The packaged template, made once for all tests of a worker."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.packaging import packaged


@pytest.fixture(scope="session")
def template_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The CloudFormation template that the packaging tool writes without an account and without parameters."""
    folder = tmp_path_factory.mktemp("package")
    (folder / "home").mkdir()
    return packaged(folder / "service", folder / "home")


@pytest.fixture(scope="session")
def whole_template(template_file: Path) -> dict[str, Any]:
    """The same, read; not to be changed."""
    found: dict[str, Any] = json.loads(template_file.read_text())
    return found
