"""How a page of the console stands in the route table. Called by the modules of this folder, one for each area."""

from __future__ import annotations

from typing import Any

from shared.edge.http import Route


def page(path: str, scope: str, run: Any, summary: str, **declared: Any) -> Route:
    """A page at `path` for whoever holds `scope`; further fields as Route has them."""
    return Route(method="GET", path=path, scope=scope, run=run, summary=summary, **declared)
