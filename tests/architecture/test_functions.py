"""serverless.yml and the code name the same functions, and these need only what is packaged with them."""

import importlib
import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest

from events.catalogue import BY_CLASS
from infra.embedded.template import load

SERVICE = load("serverless.yml")
HANDLERS = {function.handler for function in SERVICE.functions}


@pytest.mark.parametrize("handler", sorted(HANDLERS))
def test_every_function_of_the_description_exists(handler):
    module, _, name = handler.rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))


def test_every_handler_of_the_code_is_described():
    written = {
        ".".join((*path.with_suffix("").parts, "handler"))
        for path in Path("functions").rglob("*.py")
        if re.search(r"^def handler\(", path.read_text("utf-8"), re.MULTILINE)
    }
    assert written - HANDLERS == set(), "in no infra/functions/*.yml"


def _distributions(requirements: str) -> set[str]:
    text = Path(requirements).read_text("utf-8")
    return {_plain(name) for name in re.findall(r"^([A-Za-z0-9_.-]+)==", text, re.MULTILINE)}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


BLOCKED = """
import sys, importlib.abc
class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in BANNED:
            raise ImportError(f'{name} is not in requirements/run.txt')
BANNED = set(%r)
sys.meta_path.insert(0, Blocker())
import importlib
for module in %r:
    importlib.import_module(module)
"""


def test_functions_import_only_what_production_has():
    """As in an environment that holds requirements/run.txt and nothing else: test tools are out of reach."""
    allowed = _distributions("requirements/run.txt")
    banned = [
        name
        for name, owners in importlib.metadata.packages_distributions().items()
        if not {_plain(owner) for owner in owners} & allowed
    ]
    assert "moto" in banned
    modules = sorted({handler.rpartition(".")[0] for handler in HANDLERS})
    modules += ["infra.commands.__main__", "infra.embedded.process", "shared.aws.relay"]
    run = subprocess.run(
        [sys.executable, "-c", BLOCKED % (banned, modules)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


def test_rules_wait_for_facts_that_are_published() -> None:
    """A rule for a misspelt fact waits for ever, and nobody hears of it."""
    published = {(source, kind) for kind, _, source in BY_CLASS.values()}
    awaited = {(one.source, one.detail_type) for one in SERVICE.subscriptions}
    assert awaited - published == set(), "in no events/*.py; see infra/bus.yml"
