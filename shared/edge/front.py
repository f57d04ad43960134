"""Did a request come through the office's own name, and from where? Called by shared/edge/http.py for every request.

On AWS the name is a distribution in front of the API, and the API has an address of its own that AWS chose. The
distribution adds a header whose value only it and the functions know (serverless.yml: GIAOUOC_FRONT). With it, the last
hop that the distribution noted is the caller, and the address that the API saw is the distribution's; without it, the
API saw the caller itself. On the embedded engine there is nothing in front, and headers say nothing about addresses.
Decision 0013 says why the header is enough.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, Final

from shared.edge.settings import Settings
from shared.kernel.errors import Forbidden

HEADER: Final = "x-giaouoc-front"


def came_through(headers: Mapping[str, str], settings: Settings) -> bool:
    """Whether the distribution vouches for the request."""
    given = headers.get(HEADER)
    if not settings.front or given is None:
        return False
    # In a time that does not tell how much of it was right; bytes, as a header may hold what is no ASCII.
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), settings.front.encode())


def check(headers: Mapping[str, str], settings: Settings) -> None:
    """Raises Forbidden where only what comes through the name is answered."""
    if settings.front_only and not came_through(headers, settings):
        raise Forbidden("http.by_its_name", host=settings.host)


def caller(event: Mapping[str, Any], headers: Mapping[str, str], settings: Settings) -> str:
    """The caller's network address, for the audit trail."""
    seen: str = event["requestContext"]["http"].get("sourceIp", "")
    if not came_through(headers, settings):
        return seen
    # What the caller wrote itself stands further left; the API may have added the distribution's own address at the end.
    hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",")]
    return next((hop for hop in reversed(hops) if hop and hop != seen), seen)
