"""What packages are made for: the machine and the Python that a target runs on, the groups of functions and their budgets.

Called by every step of `make package` and by the rehearsal, which deploys the target `host`.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from packaging import tags

ROOT: Final = Path(__file__).parents[2]
BUILD: Final = ROOT / ".build"
_MEGABYTE: Final = 1_000_000

Name = Literal["lambda", "host"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A machine to run on. `machine` is the kernel's word for its processor (aarch64, x86_64)."""

    name: Name
    python: tuple[int, int]
    machine: str
    platforms: tuple[str, ...]
    """Platform tags of wheels that it can load (PEP 600), the best first."""
    glibc: tuple[int, int] | None = None
    """The C library there, when it is not this machine's."""

    @property
    def runtime(self) -> str:
        """As Lambda names it: python3.13."""
        return f"python{self.python[0]}.{self.python[1]}"

    @property
    def architecture(self) -> str:
        """As Lambda names it: arm64, x86_64."""
        return "arm64" if self.machine == "aarch64" else self.machine

    @property
    def cache_tag(self) -> str:
        """The middle of a bytecode file's name: cpython-313."""
        return f"cpython-{self.python[0]}{self.python[1]}"

    @property
    def folder(self) -> Path:
        """Where everything of this target is made: .build/lambda, .build/host."""
        return BUILD / self.name

    def accepts(self) -> frozenset[tags.Tag]:
        """Every wheel tag that loads there: cp313, abi3, none, on the platforms."""
        native = tags.cpython_tags(self.python, platforms=self.platforms)
        pure = tags.compatible_tags(self.python, f"cp{self.python[0]}{self.python[1]}", [*self.platforms, "any"])
        return frozenset((*native, *pure))


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Functions that share one archive. Limits in bytes; unzipped, Lambda's own is 250 MB with all layers."""

    name: str
    most_zipped: int
    most_unzipped: int

    def lock(self, target: Target) -> Path:
        """The pins with hashes of what is packed."""
        return ROOT / "requirements" / f"{target.name}-{self.name}.txt"

    def archive(self, target: Target) -> Path:
        """The file that Lambda gets."""
        return target.folder / f"{self.name}.zip"


GROUPS: Final = (
    Group(name="edge", most_zipped=18 * _MEGABYTE, most_unzipped=80 * _MEGABYTE),
    Group(name="render", most_zipped=80 * _MEGABYTE, most_unzipped=220 * _MEGABYTE),
)
"""`edge` answers and carries on; `render` draws documents and pictures, with typst and the fonts."""

WIDEST: Final = GROUPS[1]
"""Holds whatever another group holds: one tree is made, and every archive is a part of it."""

_LAMBDA_GLIBC: Final = (2, 34)
"""Of the runtimes on Amazon Linux 2023, python3.12 and later (Lambda developer guide, "Lambda runtimes")."""


def lambda_target() -> Target:
    """python3.13 on arm64, as serverless.yml says."""
    platforms = tuple(_manylinux("aarch64"))
    return Target(name="lambda", python=(3, 13), machine="aarch64", platforms=platforms, glibc=_LAMBDA_GLIBC)


def host_target() -> Target:
    """This machine and the Python that runs now: what is rehearsed here."""
    return Target(
        name="host",
        python=sys.version_info[:2],
        machine=platform.machine(),
        platforms=tuple(tags.platform_tags()),
    )


def target_named(name: str) -> Target:
    """Raises KeyError."""
    return {"lambda": lambda_target, "host": host_target}[name]()


def _manylinux(machine: str) -> Iterator[str]:
    major, minor = _LAMBDA_GLIBC
    for older in range(minor, 16, -1):
        yield f"manylinux_{major}_{older}_{machine}"
        if older == 17:
            yield f"manylinux2014_{machine}"
    yield f"linux_{machine}"
