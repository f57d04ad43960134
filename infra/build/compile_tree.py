"""Compiles every .py file below a folder to bytecode that is never checked against its source, always to the same bytes.

Runs by itself in the interpreter whose bytecode is wanted (`python3.13 -I compile_tree.py FOLDER`, or CPython 3.13 as
WebAssembly, see compile.mjs), so it imports nothing but the standard library. Started by bytecode.py.

/var/task is read-only and its files bear the date 1980: without bytecode a function would compile its libraries at every
cold start, and bytecode with a date in it would not be believed. Hence `unchecked-hash` (PEP 552).
"""

import importlib.util
import marshal
import os
import sys
import warnings
from importlib._bootstrap_external import _code_to_hash_pyc  # type: ignore[import-not-found]

INSTALLED = "/var/task/"
"""Where Lambda unpacks a package: the path that tracebacks show."""


def bytecode(source: bytes, name: str) -> bytes:
    """The bytes of a .pyc file: unchecked hash, the path within the package as the file's name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a library's own matter
        code = compile(source, INSTALLED + name, "exec", dont_inherit=True, optimize=0)
    # Marshal notes which objects are shared, by counts that depend on what else the process holds. Written without
    # references (format 2) and read again, nothing is shared but what the language itself shares: interned names.
    code = marshal.loads(marshal.dumps(code, 2))
    return bytes(_code_to_hash_pyc(code, importlib.util.source_hash(source), checked=False))


def compile_below(folder: str) -> tuple[int, list[str]]:
    """Writes __pycache__ beside every source; returns (files compiled, paths that this Python cannot compile)."""
    done = 0
    failed: list[str] = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            if not name.endswith(".py"):
                continue
            path = os.path.join(place, name)
            with open(path, "rb") as file:
                source = file.read()
            inside = os.path.relpath(path, folder).replace(os.sep, "/")
            try:
                made = bytecode(source, inside)
            except SyntaxError:
                failed.append(inside)
                continue
            target = os.path.join(place, "__pycache__", f"{name[:-3]}.{sys.implementation.cache_tag}.pyc")
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as file:
                file.write(made)
            done += 1
    return done, failed


def main(folder: str) -> None:
    """Says what was done on one line of JSON-like text that bytecode.py reads."""
    done, failed = compile_below(folder)
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"{version} {done} {' '.join(failed)}".rstrip())


if __name__ == "__main__":
    main(sys.argv[1])
