"""Lambda's runtime interface on this machine: its emulator and its client, fetched once by hash into .build/tools/.

Called by runtime_interface.py. Both come from the package index by name: the emulator is one binary inside a wheel whose
other contents nobody needs, the client is installed into a folder that no environment of the product sees.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / ".build" / "tools"
_EMULATOR_LOCK: Final = ROOT / "requirements" / "runtime-emulator.txt"
_CLIENT_LOCK: Final = ROOT / "requirements" / "runtime.txt"
_BINARIES: Final = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
_PIP: Final = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
_WHEELS: Final = ("--no-deps", "--only-binary=:all:", "--require-hashes")


class ToolsError(Exception):
    """The runtime interface could not be fetched; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """`emulator`: the program that plays the Lambda service; `client`: the folder that awslambdaric is in."""

    emulator: Path
    client: Path


def tools() -> Tools:
    """Fetches what is not there yet, or was fetched by another lock file. Raises ToolsError."""
    return Tools(
        emulator=_fetched("emulator", _EMULATOR_LOCK, _fetch_emulator) / "aws-lambda-rie",
        client=_fetched("client", _CLIENT_LOCK, _fetch_client),
    )


def _fetched(name: str, lock: Path, fetch: Callable[[Path, Path], None]) -> Path:
    """The folder of a tool, named after its pins and this Python: another lock, another folder."""
    version = f"{sys.version_info.major}{sys.version_info.minor}"
    place = FOLDER / f"{name}-{version}-{sha256(lock.read_bytes()).hexdigest()[:12]}"
    if not place.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=FOLDER) as made:
            fetch(lock, Path(made))
            shutil.copytree(made, place)
    return place


def _fetch_emulator(lock: Path, folder: Path) -> None:
    machine = platform.machine()
    if machine not in _BINARIES:
        raise ToolsError(f"the runtime interface emulator does not exist for {machine}")
    wheels = folder / "wheels"
    _run([*_PIP, "download", *_WHEELS, "-r", str(lock), "-d", str(wheels)])
    (wheel,) = wheels.iterdir()
    with zipfile.ZipFile(wheel) as archive:
        binary = folder / "aws-lambda-rie"
        binary.write_bytes(archive.read(f"samcli/local/rapid/aws-lambda-rie-{_BINARIES[machine]}"))
    binary.chmod(0o755)
    shutil.rmtree(wheels)


def _fetch_client(lock: Path, folder: Path) -> None:
    _run([*_PIP, "install", *_WHEELS, "-r", str(lock), "--target", str(folder)])


def _run(command: list[str]) -> None:
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise ToolsError(f"{' '.join(command[2:])} failed:\n{ran.stderr.strip()}")
