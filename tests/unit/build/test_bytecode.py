"""Bytecode that is believed without a look at its source, and comes out the same in every process."""

import importlib.util
import marshal
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.build import bytecode, compile_tree
from infra.build.errors import BuildError
from infra.build.targets import ROOT, Target, host_target, lambda_target

SOURCE = b"""
'''Doc.'''
from __future__ import annotations
import os
NUMBERS = frozenset({3, 1, 2, 'x', 'a b', b'bytes', (1, 2), 1.5, 2**70})
def f(a: int = 1, *b, c='same', **d) -> str:
    def inner():
        return a, c, 'same', 'n\xc3\xa9', '\xe1\xba\xa1', (1, 2), 1e300, ..., None
    return inner if a in {'p', 'q', 'r', 's', 't'} else f'{a!r:>{c}}'
class K:
    x: int
    def m(self): return __class__, self.x, lambda: self
"""
NODE = shutil.which("node")


def tree(folder: Path) -> Path:
    for name in ("shared/__init__.py", "shared/a.py", "b.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(SOURCE + name.encode().replace(b"/", b"_").replace(b".", b"_") + b" = 1\n")
    return folder


def compiled(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.pyc"))}


def test_every_process_makes_the_same_bytes(tmp_path: Path) -> None:
    results = []
    for seed in ("0", "1", "77"):
        folder = tree(tmp_path / seed)
        subprocess.run(
            [sys.executable, compile_tree.__file__, str(folder)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        )
        results.append(compiled(folder))
    assert results[0] == results[1] == results[2]
    # and so does this one, which holds half the world's constants
    assert compile_tree.compile_below(str(tree(tmp_path / "here"))) == (3, [])
    assert compiled(tmp_path / "here") == results[0]


def test_flags_say_unchecked_and_the_place_is_lambdas(tmp_path: Path) -> None:
    data = compile_tree.bytecode(SOURCE, "shared/a.py")
    assert data[:4] == importlib.util.MAGIC_NUMBER
    flags = int.from_bytes(data[4:8], "little")
    assert (flags & 1, flags & 2) == (1, 0), "by hash (1), not compared with the source (2): PEP 552"
    assert data[8:16] == importlib.util.source_hash(SOURCE)
    assert marshal.loads(data[16:]).co_filename == "/var/task/shared/a.py"


def test_the_interpreter_takes_it_without_reading_the_source(tmp_path: Path) -> None:
    (tmp_path / "told.py").write_text("SAID = 'compiled'\n")
    bytecode.compile_tree(tmp_path, bytecode.compiler_for(host_target()))
    (tmp_path / "told.py").write_text("SAID = 'a source of another day'\n")
    said = subprocess.check_output(
        [
            sys.executable,
            "-I",
            "-c",
            f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import told; print(told.SAID)",
        ],
        text=True,
    )
    assert said == "compiled\n"


def test_a_source_that_this_python_cannot_read_stops_the_build(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def (:\n")
    with pytest.raises(BuildError, match=r"broken\.py"):
        bytecode.compile_tree(tmp_path, bytecode.compiler_for(host_target()))


def test_webassembly_makes_the_bytecode_of_lambdas_python(tmp_path: Path) -> None:
    assert NODE, "node is not installed"
    if not (ROOT / "node_modules" / "pyodide").is_dir():
        pytest.fail("node_modules is absent: `make test` installs it (or run `npm ci`)")
    one, two = tree(tmp_path / "one"), tree(tmp_path / "two")
    compiler = bytecode.Compiler(kind="pyodide", command=(NODE, str(ROOT / "infra" / "build" / "compile.mjs")))
    assert bytecode.compile_tree(one, compiler).startswith("pyodide 3.13.")
    bytecode.compile_tree(two, compiler)
    made = compiled(one)
    assert made == compiled(two)
    assert set(made) == {
        "__pycache__/b.cpython-313.pyc",
        "shared/__pycache__/__init__.cpython-313.pyc",
        "shared/__pycache__/a.cpython-313.pyc",
    }
    head = bytecode.magic_of(lambda_target()) + (1).to_bytes(4, "little")
    assert {data[:8] for data in made.values()} == {head}


def test_a_command_that_only_looks_like_python_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Version managers leave a python3.13 that says it is not installed."""
    shim = tmp_path / "python3.13"
    shim.write_text("#!/bin/sh\necho 'python3.13: command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{Path(NODE).parent}" if NODE else str(tmp_path))
    if host_target().python == (3, 13):
        pytest.skip("this Python is the runtime's own")
    if NODE:
        assert bytecode.compiler_for(lambda_target()).kind == "pyodide"
    other = Target(name="lambda", python=(3, 14), machine="aarch64", platforms=())
    with pytest.raises(BuildError, match=r"python3\.14"):
        bytecode.compiler_for(other)
