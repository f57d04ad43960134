"""What a shared library needs: its processor, from the ELF header (System V ABI, "ELF Header"), and its C library, from the
names of symbol versions that it was linked with. Called by checks.py."""

from __future__ import annotations

import re
import struct
from typing import Final

MAGIC: Final = b"\x7fELF"
_GLIBC: Final = re.compile(rb"\0GLIBC_([0-9]{1,2})\.([0-9]{1,3})(?=[.\0])")
_MACHINES: Final = {0x03: "i386", 0x28: "arm", 0x3E: "x86_64", 0xB7: "aarch64", 0xF3: "riscv64"}


def machine_of(data: bytes) -> str | None:
    """`aarch64`, `x86_64`... of an ELF file that begins with `data` (20 bytes are enough); None when it is no ELF file.

    A machine that is not known here is given as `machine 0x..`.
    """
    if data[:4] != MAGIC or len(data) < 20:
        return None
    order = "<" if data[5] == 1 else ">"  # EI_DATA
    (machine,) = struct.unpack_from(f"{order}H", data, 18)  # e_machine
    return _MACHINES.get(machine, f"machine {machine:#x}")


def glibc_of(data: bytes) -> tuple[int, int] | None:
    """The newest version of the C library that an ELF file asks for, as its table of names says; None when it asks for none."""
    return max(((int(major), int(minor)) for major, minor in _GLIBC.findall(data)), default=None)
