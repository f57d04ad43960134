"""What the product is made of may be given away with it: nothing under the GPL or AGPL."""

import importlib.metadata
import json
import re
from pathlib import Path

import pytest

COPYLEFT = re.compile(r"\bA?GPL\b|Affero|GNU General Public", re.IGNORECASE)
SHIPPED = sorted(re.findall(r"^([A-Za-z0-9_.-]+)==", Path("requirements/run.txt").read_text("utf-8"), re.MULTILINE))
PACKAGES = json.loads(Path("package-lock.json").read_text("utf-8"))["packages"]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_library_of_the_product_is_free_to_pass_on(name):
    about = importlib.metadata.metadata(name)
    named = [about.get("License-Expression") or about.get("License") or ""]
    named += [line for line in about.get_all("Classifier") or [] if line.startswith("License")]
    said = " ".join(line[:200] for line in named)
    assert said.strip(), f"{name} does not say its licence"
    assert not COPYLEFT.search(said.replace("LGPL", "")), f"{name}: {said}"


def test_the_pages_libraries_are_free_to_pass_on():
    shipped = {path: entry for path, entry in PACKAGES.items() if path and not entry.get("dev")}
    assert shipped
    assert {path for path, entry in shipped.items() if COPYLEFT.search(entry.get("license", "GPL?"))} == set()
