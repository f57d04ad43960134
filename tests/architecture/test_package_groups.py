"""Each function's archive holds whatever the function can come to import, also in branches that no test takes."""

import importlib.metadata
import re
from collections import defaultdict
from pathlib import Path, PurePosixPath

import pytest
from packaging.utils import canonicalize_name

from infra.build import reach, sources, wheels
from infra.build.targets import GROUPS, host_target, lambda_target
from infra.embedded.template import Function, load

FUNCTIONS = load("serverless.yml").functions
TARGETS = (lambda_target(), host_target())
PINS = {group.name: wheels.pins(group.lock(lambda_target())) for group in GROUPS}
OWNERS = {
    module: {canonicalize_name(owner) for owner in owners}
    for module, owners in importlib.metadata.packages_distributions().items()
}
NEVER_IMPORTED = {"tzdata"}  # zoneinfo opens it where the system has no time zones


def group_of(function: Function) -> str:
    return PurePosixPath(function.archive).stem


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_function_finds_its_libraries_in_its_archive(function: Function) -> None:
    missing = {
        f"{library}, imported by {module}"
        for library, module in reach.reach(function.module).libraries.items()
        if not OWNERS.get(library, set()) & PINS[group_of(function)].keys()
    }
    assert missing == set(), f"{function.name} gets {function.archive}"


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_function_finds_our_own_modules_in_its_archive(function: Function) -> None:
    packed = set(sources.packed())
    for module, importer in reach.reach(function.module).ours.items():
        file = module.replace(".", "/")
        assert {f"{file}.py", f"{file}/__init__.py"} & packed, f"{module}, imported by {importer}"


def test_only_the_composition_root_knows_the_other_engine() -> None:
    """What is left out of the archives is never reached on Lambda: wiring imports it in its `embedded` functions alone."""
    importers = {
        path.with_suffix("").as_posix().replace("/", ".")
        for folder in sources.PACKAGES
        for path in Path(folder).rglob("*.py")
        if re.search(r"^\s+from shared\.embedded|^from shared\.embedded", path.read_text("utf-8"), re.MULTILINE)
    }
    outside = {name for name in importers if not name.startswith(reach.OTHER_ENGINE)}
    assert outside == {reach.ONLY_IMPORTER_OF_THE_OTHER_ENGINE}


def test_nobody_carries_typst_and_the_fonts_in_vain() -> None:
    heavy = PINS["render"].keys() - PINS["edge"].keys()
    for function in FUNCTIONS:
        needs = {
            owner for library in reach.reach(function.module).libraries for owner in OWNERS.get(library, ())
        } & heavy
        assert bool(needs) == (group_of(function) == "render"), f"{function.name}: {function.archive}, needs {needs}"


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_what_is_asked_for_is_imported_by_somebody(group) -> None:
    reached = defaultdict(set)
    for function in FUNCTIONS:
        for library in reach.reach(function.module).libraries:
            reached[group_of(function)] |= OWNERS.get(library, set())
    asked = re.findall(r"^([a-z][a-z0-9-]+)", Path(f"requirements/{group.name}.in").read_text("utf-8"), re.MULTILINE)
    assert set(asked) - reached[group.name] - NEVER_IMPORTED == set()


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_packages_hold_the_versions_that_are_tested(target) -> None:
    tested = wheels.pins(Path("requirements/run.txt"))
    edge, render = (wheels.pins(group.lock(target)) for group in GROUPS)
    assert edge
    assert edge.items() <= render.items() <= tested.items()
    assert PINS["render"] == render


@pytest.mark.parametrize(
    "name", ["runtime", "runtime-emulator", *(f"{t.name}-{g.name}" for t in TARGETS for g in GROUPS)]
)
def test_every_pin_has_its_hash(name: str) -> None:
    text = Path(f"requirements/{name}.txt").read_text("utf-8")
    pins = re.findall(r"^[A-Za-z0-9_.-]+==", text, re.MULTILINE)
    assert len(re.findall(r"^[A-Za-z0-9_.-]+==\S+ \\\n +--hash=sha256:", text, re.MULTILINE)) == len(pins) > 0
