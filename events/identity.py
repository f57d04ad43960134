"""Facts of the context identity."""

from __future__ import annotations

EVENTS: dict[tuple[str, int], type] = {}
