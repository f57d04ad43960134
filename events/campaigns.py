"""Facts of the context campaigns."""

from __future__ import annotations

EVENTS: dict[tuple[str, int], type] = {}
