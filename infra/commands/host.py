"""HOST: the name that stands in printed codes and passkeys for good. Called by `giaouoc run` and `giaouoc keys`."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from infra.embedded.errors import EngineError

_LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME: Final = re.compile(rf"({_LABEL}\.)+{_LABEL}")
_NOBODYS: Final = ("localhost", "invalid")
"""Ends of names that no office owns; the second stands where a deployment was given no name."""


def check_host(host: str) -> None:
    """Raises EngineError unless it is a name with a domain, in lower case (RFC 1123): no IP address, no localhost.

    Where people type a port with it (`thidua.tinh.vn:8443`), the caller takes that off first.
    """
    try:
        ipaddress.ip_address(host)
        numeric = True
    except ValueError:
        numeric = False
    if numeric or len(host) > 253 or not _NAME.fullmatch(host) or host.rpartition(".")[2] in _NOBODYS:
        raise EngineError("engine.ip_host", host=host)
