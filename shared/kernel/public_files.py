"""How long anybody may keep a public file (Cache-Control), by its key in the public bucket; the same on both engines.

Called by the embedded engine (infra/embedded/static_files.py), by the adapter that writes the public bucket on AWS
(shared/aws/world.py), and by the deployment, which copies the pages' own files there (infra/build/publish_static.py).
"""

from __future__ import annotations

from typing import Final

CHECKPOINT: Final = "log/checkpoint"
TRUST: Final = frozenset({".well-known/giaouoc/keys.json", ".well-known/giaouoc/keys.sig"})
"""The trust list and its signature (shared/edge/trust_files.py): each is worth nothing beside another's half."""
FOR_EVER: Final = "public, max-age=31536000, immutable"


def caching(key: str) -> str:
    """Tiles and entries of the log never change (C2SP tlog-tiles), its checkpoint does. The trust list and its signature
    change together: kept apart, an old one would stand beside a new one. Status lists change within a minute, scripts and
    styles with the next version: their names carry no hash."""
    if key == CHECKPOINT or key in TRUST:
        return "no-cache"
    if key.startswith("log/"):
        return FOR_EVER
    return "public, max-age=300" if key.startswith("static/") else "public, max-age=60"
