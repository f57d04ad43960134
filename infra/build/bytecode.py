"""Bytecode of a tree for the Python of its target: finds a compiler of that very version and has it do the work.

This Python when it is the target's; else a `python3.13` that really runs; else CPython 3.13 as WebAssembly, from the npm
package pyodide under Node. Called by package.py. The work itself: compile_tree.py.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.build.errors import BuildError
from infra.build.targets import ROOT, Target

_SCRIPT: Final = Path(__file__).with_name("compile_tree.py")
_WEBASSEMBLY: Final = Path(__file__).with_name("compile.mjs")
_PATIENCE_S: Final = 600
MAGIC_OF_3_13: Final = (3571).to_bytes(2, "little") + b"\r\n"
"""The first bytes of bytecode of every released CPython 3.13 (Lib/importlib/_bootstrap_external.py there)."""
UNCHECKED_HASH: Final = 1
"""The flags word of bytecode that names its source by hash and is not compared with it (PEP 552)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiler:
    """`kind` for the manifest ("cpython", "pyodide"); `command` gets a folder as its last word."""

    kind: str
    command: tuple[str, ...]


def compiler_for(target: Target) -> Compiler:
    """The best one that this machine has. Raises BuildError naming what to install."""
    if target.python == sys.version_info[:2]:
        return Compiler(kind="cpython", command=(sys.executable, "-I", str(_SCRIPT)))
    found = shutil.which(target.runtime)
    if found and _is(found, target.python):
        return Compiler(kind="cpython", command=(found, "-I", str(_SCRIPT)))
    node = shutil.which("node")
    if node and target.python == (3, 13) and (ROOT / "node_modules" / "pyodide").is_dir():
        return Compiler(kind="pyodide", command=(node, str(_WEBASSEMBLY)))
    raise BuildError(f"no compiler for {target.runtime}: install it, or run `npm ci` (pyodide under Node)")


def compile_tree(tree: Path, compiler: Compiler) -> str:
    """Writes __pycache__ beside every source below `tree`; returns "cpython 3.13.0". Raises BuildError."""
    ran = subprocess.run(
        [*compiler.command, str(tree)], capture_output=True, text=True, timeout=_PATIENCE_S, check=False, cwd=ROOT
    )
    if ran.returncode != 0:
        raise BuildError(f"{' '.join(compiler.command)} failed:\n{ran.stderr.strip()[-2000:]}")
    version, _, *failed = ran.stdout.split()
    if failed:
        raise BuildError(f"Python {version} cannot compile {', '.join(failed)}")
    return f"{compiler.kind} {version}"


def magic_of(target: Target) -> bytes:
    """The first four bytes of the target's bytecode. Raises BuildError for a version that nobody asked for."""
    if target.python == sys.version_info[:2]:
        return importlib.util.MAGIC_NUMBER
    if target.python == (3, 13):
        return MAGIC_OF_3_13
    raise BuildError(f"{target.runtime}: its bytecode's magic number is not known here")


def _is(command: str, version: tuple[int, int]) -> bool:
    """Whether a command of that name really starts such a Python: version managers leave names that do not."""
    try:
        ran = subprocess.run(
            [command, "-I", "-c", "import sys; print(*sys.version_info[:2])"],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ran.returncode == 0 and ran.stdout.split() == [str(part) for part in version]
