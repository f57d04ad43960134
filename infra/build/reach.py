"""What a function can come to import, read from the sources without running them: at the top, inside functions, everywhere.

A library that only one branch imports is missed by every test of another branch, and then missed on Lambda. Called by
package.py, which looks for each of these modules in the archive, and by tests/architecture.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from infra.build.targets import ROOT

OURS: Final = ("events", "functions", "shared")
OTHER_ENGINE: Final = "shared.embedded"
"""Never reached on Lambda: shared/edge/wiring.py alone imports it, for processes that open a store of their own."""
ONLY_IMPORTER_OF_THE_OTHER_ENGINE: Final = "shared.edge.wiring"
READ_BY_NAME: Final = frozenset({"font_source_serif_pro", "font_source_sans_pro"})
"""Packages that hold data: the sources name them in a text, `importlib.resources` opens them."""
STARTED_BY_PATH: Final = {"shared.documents.workbook": "shared.documents.spreadsheet_process"}
"""Modules whose file another one starts as a process of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """`ours`: modules of this repository; `libraries`: top-level names of others that are not the standard library's.

    Each with the module that leads there first, for the sentence of an error.
    """

    ours: dict[str, str]
    libraries: dict[str, str]


def reach(module: str, root: Path = ROOT) -> Reach:
    """From a handler's module on. Raises FileNotFoundError for a module of ours that does not exist."""
    ours: dict[str, str] = {module: module}
    libraries: dict[str, str] = {}
    todo = [module]
    while todo:
        current = todo.pop()
        for name in _imports(current, root):
            top = name.partition(".")[0]
            if top in OURS:
                if name.startswith(OTHER_ENGINE) and current == ONLY_IMPORTER_OF_THE_OTHER_ENGINE:
                    continue
                if name not in ours:
                    ours[name] = current
                    todo.append(name)
            elif top not in sys.stdlib_module_names:
                libraries.setdefault(top, current)
    return Reach(ours=ours, libraries=libraries)


@cache
def _imports(module: str, root: Path) -> tuple[str, ...]:
    """Every module that one may import, packages above included."""
    file = _file_of(module, root)
    if file is None:
        raise FileNotFoundError(f"{module} is imported and does not exist")
    found = {module.rpartition(".")[0], STARTED_BY_PATH.get(module, "")}
    for node in _running(ast.parse(file.read_text("utf-8"))):
        found.update(_named(node, root))
    return tuple(sorted(found - {"", "__future__"}))


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those under `if TYPE_CHECKING:`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            for other in child.orelse:
                yield other
                yield from _running(other)
            continue
        yield child
        yield from _running(child)


def _named(node: ast.AST, root: Path) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module
        for alias in node.names:
            if node.module.partition(".")[0] in OURS and _file_of(f"{node.module}.{alias.name}", root):
                yield f"{node.module}.{alias.name}"
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_module_text(node.value, root):
        yield node.value


def _is_module_text(text: str, root: Path) -> bool:
    """A text that is a module's name: data packages, and what `import_module` and its like are given."""
    if text in READ_BY_NAME:
        return True
    return text.startswith(tuple(f"{name}." for name in OURS)) and text.isascii() and _file_of(text, root) is not None


def _file_of(module: str, root: Path) -> Path | None:
    place = root.joinpath(*module.split("."))
    for file in (place.with_suffix(".py"), place / "__init__.py"):
        if file.is_file():
            return file
    return None
