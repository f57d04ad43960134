"""`make package`: the archives that Lambda gets, for `lambda` and for this machine, and the template that names them.

    python -m infra.build.package [lambda] [host]

Each target's folder, .build/<target>/, holds afterwards: edge.zip, render.zip, manifest.json (what is inside, from which
wheels, compiled by what), service/ (the packaged CloudFormation template). Anything that must not be deployed stops
it with a sentence.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from infra.build import archive, bytecode, checks, sources, template, templates, wheels
from infra.build.errors import BuildError
from infra.build.targets import GROUPS, ROOT, WIDEST, Group, Target, target_named
from infra.embedded.template import TemplateError, load
from shared.aws.clients import SERVICES
from shared.texts import LOCALES, say

TARGETS: Final = ("lambda", "host")


def build(target: Target) -> dict[str, archive.Written]:
    """Makes a target's archives and manifest; returns what was written by group. Raises BuildError."""
    with _alone(target):
        return _build(target)


def _build(target: Target) -> dict[str, archive.Written]:
    tree = target.folder / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    fetched = wheels.fetch(target, WIDEST.lock(target), target.folder / "wheels")
    if bad := [sentence for wheel in fetched if (sentence := wheels.refused(wheel, target))]:
        raise BuildError("\n".join(bad))
    ours = sources.copy(tree) | templates.compile_into(tree)
    from_wheels = {wheel.name: wheels.unpack(wheel, tree, SERVICES) for wheel in fetched}
    compiler = bytecode.compile_tree(tree, bytecode.compiler_for(target))

    written, faults = {}, []
    for group in GROUPS:
        names = _of_group(group, target)
        paths = set(ours).union(*(from_wheels[name] for name in names))
        paths |= {compiled for path in paths if (compiled := _compiled(path, target))}
        written[group.name] = archive.write(group.archive(target), tree, paths)
        faults += checks.faults(group.archive(target), group, target)
        faults += checks.missing(group.archive(target), _modules(group, target), target)
    shutil.rmtree(tree)
    if faults:
        raise BuildError("\n".join(faults))
    _write_manifest(target, compiler, fetched, written)
    return written


def _modules(group: Group, target: Target) -> list[str]:
    """The modules of the functions that get this archive, as serverless.yml says."""
    service = load(ROOT / "serverless.yml", parameters=template.parameters(target))
    archive = group.archive(target).relative_to(ROOT).as_posix()
    return [function.module for function in service.functions if function.archive == archive]


def _of_group(group: Group, target: Target) -> frozenset[str]:
    """The distributions of a group. Raises BuildError when its pins are not those of the widest group."""
    own, all_pins = wheels.pins(group.lock(target)), wheels.pins(WIDEST.lock(target))
    if not own.items() <= all_pins.items():
        raise BuildError(
            f"{group.lock(target).name} and {WIDEST.lock(target).name} pin different things: run `make lock`"
        )
    return frozenset(own)


def _compiled(path: str, target: Target) -> str | None:
    """Where the bytecode of a source lies; None for what is no source."""
    if not path.endswith(".py"):
        return None
    folder, _, name = path.rpartition("/")
    return f"{folder}{'/' if folder else ''}__pycache__/{name[:-3]}.{target.cache_tag}.pyc"


def _write_manifest(
    target: Target, compiler: str, fetched: tuple[wheels.Wheel, ...], written: dict[str, archive.Written]
) -> None:
    content: dict[str, Any] = {
        "target": target.name,
        "runtime": target.runtime,
        "architecture": target.architecture,
        "bytecode": compiler,
        "services": sorted(SERVICES),
        "groups": {
            group.name: {**asdict(written[group.name]), "distributions": sorted(_of_group(group, target))}
            for group in GROUPS
        },
        "wheels": [
            {"name": wheel.name, "version": wheel.version, "file": wheel.file.name, "sha256": wheel.digest}
            for wheel in fetched
        ],
    }
    (target.folder / "manifest.json").write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def main(names: list[str]) -> int:
    """Both targets unless `names` says which; 1 when something must not be deployed."""
    if wrong := [name for name in names if name not in TARGETS]:
        for locale in LOCALES:
            print(say("deploy.no_target", locale, given=" ".join(wrong)), file=sys.stderr)
        return 1
    try:
        for name in names or TARGETS:
            _make(target_named(name))
    except (BuildError, TemplateError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _make(target: Target) -> None:
    for group, result in build(target).items():
        print(
            f"{_shown(target.folder / group)}.zip: {result.zipped / 1e6:.1f} MB, "
            f"{result.unzipped / 1e6:.1f} MB unzipped, {result.files} files, sha256 {result.digest[:16]}"
        )
    with _alone(target):
        print(f"{_shown(template.package(target))}: lints")


@contextmanager
def _alone(target: Target) -> Iterator[None]:
    """Waits while another process makes the same target: both would write into one folder."""
    target.folder.mkdir(parents=True, exist_ok=True)
    with (target.folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _shown(path: Path) -> str:
    return "/".join(path.parts[-3:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
