"""Page templates as Python modules: made when a package is built, so that no cold process reads and compiles them again.

Called by package.py before the bytecode is made. In the packages shared/edge/pages.py takes these; everywhere else, the files
themselves. The result is the same from build to build.
"""

from __future__ import annotations

from pathlib import Path

from infra.build.targets import ROOT
from shared.edge import pages


def compile_into(tree: Path) -> frozenset[str]:
    """Writes a module for each template below `tree`; returns their paths."""
    folder = pages.COMPILED.relative_to(ROOT)
    pages.environment().compile_templates(tree / folder, zip=None, log_function=lambda _: None)
    return frozenset((folder / made.name).as_posix() for made in (tree / folder).iterdir())
