"""What a route answers, before it becomes an API Gateway v2 response (edge/http.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

SECURITY: Final[Mapping[str, str]] = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
}
"""Headers of every answer."""
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""The content policy of every page: nothing inline, nobody else's."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`body`: a dataclass or dict (JSON), str (HTML), bytes (with `content_type`), or None (204)."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str | None = None
    cookies: tuple[str, ...] = ()
