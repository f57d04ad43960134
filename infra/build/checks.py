"""What would go wrong where a package runs, found in the archive itself. Called by package.py for every archive.

Each fault is a sentence that says what is wrong; no fault, no sentence.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from infra.build import elf, sources
from infra.build.bytecode import UNCHECKED_HASH, magic_of
from infra.build.reach import reach
from infra.build.targets import Group, Target

_BANNED_SUFFIXES: Final = frozenset({".pyi", ".c", ".h", ".pyx", ".exe", ".dll", ".dylib", ".db", ".env"})
_BANNED_FOLDERS: Final = frozenset({"infra", "tests", "samples", "node_modules", "uvicorn", "httptools", "pip"})
_NOT_OF_EDGE: Final = frozenset({"typst", "font_source_serif_pro", "font_source_sans_pro"})


def faults(archive: Path, group: Group, target: Target) -> list[str]:
    """Every reason why this archive must not be deployed to this target."""
    where = f"{target.name}/{archive.name}"
    with zipfile.ZipFile(archive) as packed:
        entries = packed.infolist()
        found = [*_sizes(archive, entries, group), *_kinds(entries, group), *_natives(packed, entries, target)]
        found += _bytecode(packed, entries, target)
    return [f"{where}: {sentence}" for sentence in found]


def missing(archive: Path, modules: Iterable[str], target: Target) -> list[str]:
    """What functions starting at `modules` can come to import and would not find in their archive."""
    with zipfile.ZipFile(archive) as packed:
        names = packed.namelist()
    held = set(names)
    tops = {name.partition("/")[0].partition(".")[0] for name in names}
    found = set()
    for module in modules:
        reached = reach(module)
        for name, importer in reached.ours.items():
            file = name.replace(".", "/")
            if not {f"{file}.py", f"{file}/__init__.py"} & held:
                found.add(f"{name} is missing, {importer} imports it")
        found |= {f"{name} is missing, {by} imports it" for name, by in reached.libraries.items() if name not in tops}
    return [f"{target.name}/{archive.name}: {sentence}" for sentence in sorted(found)]


def _sizes(archive: Path, entries: list[zipfile.ZipInfo], group: Group) -> Iterator[str]:
    zipped, unzipped = archive.stat().st_size, sum(entry.file_size for entry in entries)
    if zipped > group.most_zipped:
        yield f"{zipped} bytes zipped, {group.most_zipped} are allowed"
    if unzipped > group.most_unzipped:
        yield f"{unzipped} bytes unzipped, {group.most_unzipped} are allowed"


def _kinds(entries: list[zipfile.ZipInfo], group: Group) -> Iterator[str]:
    """Files that have no business in a package: other parts of the repository, other groups' libraries, leftovers."""
    for entry in entries:
        path = PurePosixPath(entry.filename)
        if path.is_absolute() or ".." in path.parts:
            yield f"{entry.filename} leaves the package"
        ours = path.parts[0] in sources.PACKAGES
        if ours and not entry.filename.endswith(".pyc") and not sources.is_packed(entry.filename):
            yield f"{entry.filename} is not for packages"
        if path.suffix in _BANNED_SUFFIXES or path.parts[0] in _BANNED_FOLDERS:
            yield f"{entry.filename} is of a kind that no function needs"
        if group.name == "edge" and path.parts[0] in _NOT_OF_EDGE:
            yield f"{entry.filename} belongs to the group render"


def _natives(packed: zipfile.ZipFile, entries: list[zipfile.ZipInfo], target: Target) -> Iterator[str]:
    """Shared libraries that would not load: the function would end with an ImportError at its first start."""
    for entry in entries:
        with packed.open(entry) as file:
            machine = elf.machine_of(file.read(20))
        if machine is None:
            continue
        if machine != target.machine:
            yield f"{entry.filename} is for {machine}, {target.name} runs on {target.machine}"
        needed = elf.glibc_of(packed.read(entry))
        if needed and target.glibc and needed > target.glibc:
            yield f"{entry.filename} needs glibc {_dotted(needed)}, {target.name} has {_dotted(target.glibc)}"


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


def _bytecode(packed: zipfile.ZipFile, entries: list[zipfile.ZipInfo], target: Target) -> Iterator[str]:
    """Bytecode that the runtime would not take, and sources that it would compile at every cold start."""
    compiled = set()
    head = magic_of(target) + UNCHECKED_HASH.to_bytes(4, "little")
    for entry in entries:
        if entry.filename.endswith(".pyc"):
            compiled.add(entry.filename)
            with packed.open(entry) as file:
                if file.read(8) != head:
                    yield f"{entry.filename} is not unchecked bytecode of {target.runtime}"
    for entry in entries:
        path = PurePosixPath(entry.filename)
        made = path.parent / "__pycache__" / f"{path.stem}.{target.cache_tag}.pyc"
        if path.suffix == ".py" and str(made) not in compiled:
            yield f"{entry.filename} has no bytecode"
