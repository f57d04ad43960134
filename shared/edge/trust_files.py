"""Where the trust list and its root key lie. Apart from trust.py, which verifies: who only shows the root's public key, as every
page does that pins it, loads no signature library for that.
"""

from __future__ import annotations

from typing import Final

from shared.edge.wiring import Ports

LIST_KEY: Final = ".well-known/giaouoc/keys.json"
SIGNATURE_KEY: Final = ".well-known/giaouoc/keys.sig"
ROOT_KEY: Final = "trust/root.vkey"


def root_vkey(ports: Ports) -> str:
    """The root key as pages and archives pin it. Raises NotFound before the first key session."""
    return ports.objects.get(ROOT_KEY).decode("ascii").strip()


def past_list_key(seq: int) -> str:
    """Where the list of that number stays for good."""
    return f".well-known/giaouoc/lists/{seq}.json"
