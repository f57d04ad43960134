"""The rules of the house: sizes, names, the generic-name trap, nothing of any machine in the repository."""

import ast
import importlib.metadata
import re
import subprocess
from pathlib import Path

import pytest

OURS = ("functions", "shared", "events", "infra")
FILES = [
    Path(name)
    for name in subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard"], text=True).split("\n")
    if name
]
SOURCES = [path for path in FILES if path.suffix == ".py" and path.parts[0] in OURS and path.exists()]
LONGEST_FILE = 350
LONGEST_HANDLER = 40
BINARY = {".png", ".jpg", ".pdf", ".xlsx", ".xls", ".ods", ".db", ".woff2", ".wasm", ".ttf", ".otf", ".zip", ".icc"}


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_no_file_is_longer_than_one_can_read(path):
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parts[0] == "functions"], ids=str)
def test_functions_of_handlers_stay_short(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            assert lines <= LONGEST_HANDLER, f"{path}: {node.name} has {lines} lines"


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_every_module_says_what_it_decides(path):
    tree = ast.parse(path.read_text("utf-8"))
    assert not tree.body or ast.get_docstring(tree), f"{path}: no module docstring"


def test_no_drawer_is_called_utils():
    drawers = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "base"}
    assert [path for path in SOURCES if path.stem in drawers or drawers & set(path.parts)] == []


def test_our_generic_names_belong_to_us():
    """`events`, `shared`... are names that another package might bring; then an import would find the wrong one."""
    for name in OURS:
        assert Path(name, "__init__.py").exists(), f"{name}/__init__.py: without it an installed {name} would win"
    installed = importlib.metadata.packages_distributions()
    assert {name: installed[name] for name in OURS if name in installed} == {}


def test_no_package_hides_under_tests():
    """tests/x/__init__.py would shadow our packages in pytest's import modes."""
    assert [path for path in FILES if path.parts[0] == "tests" and path.name == "__init__.py"] == []


def test_nothing_names_an_index_an_address_or_a_machine():
    index = re.compile(
        r'"resolved": *"http|registry *= *"?http|--(?:extra-)?index-url|https?://[^" ]+\.(?:whl|tar\.gz|tgz)\b'
    )
    machine = re.compile(r"(?:^|[^A-Za-z0-9_.-])/(?:wor" + r"k|roo" + r"t|home)/[A-Za-z.]")
    found = []
    for path in FILES:
        if path.suffix not in BINARY and path.exists() and path.name != "test_house.py":
            text = path.read_text("utf-8", "replace")
            found += [f"{path}: {match.group()}" for match in (*index.finditer(text), *machine.finditer(text))]
    assert found == []


def test_locked_dependencies_have_hashes():
    for lock in ("requirements/run.txt", "requirements/test.txt"):
        text = Path(lock).read_text("utf-8")
        pins = re.findall(r"^[A-Za-z0-9_.-]+==", text, re.MULTILINE)
        assert pins
        assert len(re.findall(r"^[A-Za-z0-9_.-]+==\S+ \\\n +--hash=sha256:", text, re.MULTILINE)) == len(pins)


def test_every_section_that_code_cites_is_in_the_documents():
    sections = {
        name: set(re.findall(r"^## ([0-9]+)\.", Path(f"docs/{name.lower()}.md").read_text("utf-8"), re.MULTILINE))
        for name in ("FORMATS", "DESIGN")
    }
    for path in FILES:
        if path.suffix in {".py", ".js", ".mjs", ".yml", ".md", ".html", ".toml"} and path.exists():
            for name, number in re.findall(r"\b(FORMATS|DESIGN) ([0-9]+)", path.read_text("utf-8")):
                assert number in sections[name], f"{path}: {name} {number}"
