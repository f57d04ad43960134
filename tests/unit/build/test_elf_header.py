"""Processors of shared libraries, compared with what `file`'s fields mean in the System V ABI."""

import importlib.util
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.build import elf
from infra.build.targets import host_target


def header(machine: int, *, big: bool = False) -> bytes:
    return b"\x7fELF" + bytes([2, 2 if big else 1, 1]) + bytes(9) + struct.pack(">HH" if big else "<HH", 3, machine)


@pytest.mark.parametrize(("machine", "name"), [(183, "aarch64"), (62, "x86_64"), (40, "arm"), (3, "i386")])
@pytest.mark.parametrize("big", [False, True])
def test_machines(machine: int, name: str, big: bool) -> None:
    assert elf.machine_of(header(machine, big=big)) == name


def test_an_unknown_machine_is_told_not_passed_over() -> None:
    assert elf.machine_of(header(0x1234)) == "machine 0x1234"


def test_this_python_is_of_this_machine() -> None:
    assert elf.machine_of(Path(sys.executable).resolve().read_bytes()[:20]) == host_target().machine


@given(st.binary(max_size=40))
def test_anything_else_is_no_library(data: bytes) -> None:
    if not data.startswith(b"\x7fELF") or len(data) < 20:
        assert elf.machine_of(data) is None
    else:
        assert elf.machine_of(data)


def test_the_newest_c_library_that_is_asked_for() -> None:
    names = b"\0GLIBC_2.9\0memcpy\0GLIBC_2.17\0GLIBC_2.2.5\0GLIBC_PRIVATE\0GLIBC_ABI_DT_RELR\0"
    assert elf.glibc_of(header(183) + names) == (2, 17), "17 is newer than 9"
    assert elf.glibc_of(header(183)) is None
    listed = subprocess.run(["ldd", "--version"], capture_output=True, text=True, check=True).stdout
    this_machine = tuple(int(part) for part in re.findall(r"(\d+)\.(\d+)", listed)[0])
    asked = elf.glibc_of(Path(importlib.util.find_spec("_cffi_backend").origin).read_bytes())  # type: ignore[union-attr, arg-type]
    assert asked
    assert (2, 2) <= asked <= this_machine
