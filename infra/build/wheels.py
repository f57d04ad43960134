"""The wheels of a target: fetched by lock file and hash, chosen for its platform, and unpacked without what nobody runs.

Called by package.py. pip fetches; this module decides which files of a wheel go into a package.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final

from packaging.utils import canonicalize_name, parse_wheel_filename

from infra.build.botocore_data import CHANGED, NOTE, condensed
from infra.build.botocore_trim import unneeded
from infra.build.errors import BuildError
from infra.build.targets import Target

_PIN: Final = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;]+)", re.MULTILINE)
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_DROPPED_SUFFIXES: Final = frozenset({".pyc", ".pyi", ".pyx", ".pxd", ".c", ".h", ".a"})
_DROPPED_FOLDERS: Final = frozenset({"__pycache__", "tests", "test"})
_UNUSED: Final = (
    "aws_lambda_powertools/event_handler/",
    "aws_lambda_powertools/utilities/auth_alpha/",
    "aws_lambda_powertools/utilities/circuit_breaker/",
    "aws_lambda_powertools/utilities/data_masking/",
    "aws_lambda_powertools/utilities/feature_flags/",
    "aws_lambda_powertools/utilities/idempotency/",
    "aws_lambda_powertools/utilities/kafka/",
    "aws_lambda_powertools/utilities/metadata/",
    "aws_lambda_powertools/utilities/parameters/",
    "aws_lambda_powertools/utilities/parser/",
    "aws_lambda_powertools/utilities/streaming/",
    "aws_lambda_powertools/utilities/validation/",
    "dateutil/zoneinfo/dateutil-zoneinfo.tar.gz",  # for systems without time zones of their own; tzdata is packed
    "pyasn1_modules/",  # see _USED
    "pydantic/mypy.py",
    "pydantic/v1/",  # the former version, for models that are still written in its way
    "cffi/",  # cryptography loads _cffi_backend alone; these two turn C into bindings, long before
    "pycparser/",
)
"""Parts of libraries that no function imports. The run of every function in the runtime interface holds it to that."""
_USED: Final = frozenset({"pyasn1_modules/__init__.py", "pyasn1_modules/rfc5280.py"})
"""Of those parts what is imported all the same: the form of certificates, by the proofs that passkeys may bring."""
_LICENCE: Final = re.compile(r"licen[cs]e|copying|notice|copyright|authors", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """One distribution as it was fetched. `name` is normalised (PEP 503)."""

    name: str
    version: str
    file: Path

    @property
    def digest(self) -> str:
        """SHA-256 of the file, in hexadecimal."""
        return sha256(self.file.read_bytes()).hexdigest()


def pins(lock: Path) -> dict[str, str]:
    """Version by normalised name. Raises BuildError when there is no such lock."""
    try:
        text = lock.read_text("utf-8")
    except OSError:
        raise BuildError(f"{lock.name} is missing: run `make lock`") from None
    return {canonicalize_name(name): version for name, version in _PIN.findall(text)}


def fetch(target: Target, lock: Path, folder: Path) -> tuple[Wheel, ...]:
    """What `lock` pins, in `folder`, which then holds nothing else; fetched unless it is there. Raises BuildError.

    Every platform that the target accepts is named, because pip takes each word literally: manylinux_2_17 does not
    imply manylinux2014, nor 2_34 all that is older.
    """
    if found := _already_there(target, lock, folder):
        return found
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--require-hashes", "-r", str(lock), "-d", str(folder)]
    if target.name != "host":
        version = ".".join(map(str, target.python))
        command += ["--implementation", "cp", "--python-version", version]
        command += [word for platform in target.platforms for word in ("--platform", platform)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise BuildError(f"wheels of {target.name} ({lock.name}) could not be fetched:\n{ran.stderr.strip()}")
    found = tuple(_wheel(file) for file in sorted(folder.iterdir()))
    if {wheel.name: wheel.version for wheel in found} != pins(lock):
        raise BuildError(f"{lock.name} and the wheels fetched by it differ: delete {folder} and try again")
    return found


def _already_there(target: Target, lock: Path, folder: Path) -> tuple[Wheel, ...]:
    """The wheels of an earlier build, when they are exactly those that the lock allows and of use to this Python."""
    found = tuple(_wheel(file) for file in sorted(folder.glob("*")))
    allowed = set(_HASH.findall(lock.read_text("utf-8"))) if found else set()
    if {wheel.name: wheel.version for wheel in found} != pins(lock):
        return ()
    return found if all(wheel.digest in allowed and refused(wheel, target) is None for wheel in found) else ()


def refused(wheel: Wheel, target: Target) -> str | None:
    """The sentence that says why the target cannot load this wheel; None when it can."""
    try:
        offered = parse_wheel_filename(wheel.file.name)[3]
    except ValueError:
        return f"{wheel.file.name} is no wheel"
    if offered & target.accepts():
        return None
    return f"{wheel.file.name} does not load on {target.runtime}, {target.platforms[0]}"


def unpack(wheel: Wheel, tree: Path, services: frozenset[str]) -> frozenset[str]:
    """Writes what is kept of a wheel below `tree`; returns the paths written. Raises BuildError when two wheels clash.

    `services`: those of AWS whose models are kept.
    """
    written = set()
    with zipfile.ZipFile(wheel.file) as archive:
        for source, path in _kept(archive, services):
            place = tree / path
            if place.exists():
                raise BuildError(f"{wheel.file.name} and another wheel both hold {path}")
            place.parent.mkdir(parents=True, exist_ok=True)
            data = archive.read(source)
            kept = condensed(path, data, services)
            place.write_bytes(kept)
            written.add(path)
            if kept != data:
                (tree / CHANGED).write_text(NOTE, "utf-8")
                written.add(CHANGED)
    return frozenset(written)


def _kept(archive: zipfile.ZipFile, services: frozenset[str]) -> Iterator[tuple[str, str]]:
    """(name in the wheel, path in the package) of each file that is kept."""
    names = [name for name in archive.namelist() if not name.endswith("/")]
    dropped = unneeded(names, services)
    for name in names:
        path = _installed(PurePosixPath(name))
        if path and name not in dropped and _runs(path):
            yield name, str(path)


def _installed(name: PurePosixPath) -> PurePosixPath | None:
    """Where pip would put a file of a wheel; None for scripts, headers and data outside packages (PEP 427)."""
    first, *rest = name.parts
    if not first.endswith(".data"):
        return name
    return PurePosixPath(*rest[1:]) if rest[0] in ("purelib", "platlib") else None


def _runs(path: PurePosixPath) -> bool:
    """Whether a file is of use where the package runs. Licences go along, and METADATA, by which scanners of archives
    know what is inside."""
    if path.parts[0].endswith(".dist-info"):
        return path.name == "METADATA" or bool(_LICENCE.search(path.name)) or "licenses" in path.parts
    if (str(path).startswith(_UNUSED) and str(path) not in _USED) or path.name == "py.typed":
        return False
    return path.suffix not in _DROPPED_SUFFIXES and not _DROPPED_FOLDERS & set(path.parts[:-1])


def _wheel(file: Path) -> Wheel:
    try:
        name, version, _, _ = parse_wheel_filename(file.name)
    except ValueError:
        raise BuildError(f"{file.name}: only wheels can be packed, and this is none") from None
    return Wheel(name=canonicalize_name(name), version=str(version), file=file)
