"""What a route answers, and how it becomes an API Gateway v2 response. Called by edge/http.py."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Final

from events.plain import to_plain

FILES: Final[Mapping[str, str]] = {
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
"""Headers of every answer and every file. Over plain http browsers pass over the first (RFC 6797, 8.1): the sample's."""
SECURITY: Final[Mapping[str, str]] = {**FILES, "x-frame-options": "DENY"}
"""Headers of every answer of a function."""
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""The content policy of every page: nothing inline, nobody else's."""
OPEN_DATA: Final[Mapping[str, str]] = {"access-control-allow-origin": "*", "x-robots-tag": "noindex, nofollow"}
"""Headers of what every site may read and no search engine shall keep."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`body`: a dataclass or dict (JSON), str (HTML), bytes (with `content_type`), or None (204).

    `count`: of how many people an answer of a route with `reads` tells, where its body does not show it.
    """

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str | None = None
    cookies: tuple[str, ...] = ()
    count: int | None = None

    @property
    def counted(self) -> int | None:
        """`count`, or how many entries the first list of the body has."""
        if self.count is not None or not is_dataclass(self.body) or isinstance(self.body, type):
            return self.count
        values = (getattr(self.body, each.name) for each in fields(self.body))
        return next((len(value) for value in values if isinstance(value, tuple)), None)


def response_of(result: Answer) -> dict[str, Any]:
    """The API Gateway v2 response."""
    headers = {"cache-control": "no-store", **SECURITY, **result.headers}
    response: dict[str, Any] = {"statusCode": result.status, "headers": headers, "isBase64Encoded": False}
    body = result.body
    if body is None:
        response["body"] = ""
        response["statusCode"] = 204 if result.status == 200 else result.status
    elif isinstance(body, bytes):
        headers["content-type"] = result.content_type or "application/octet-stream"
        response["body"] = base64.b64encode(body).decode()
        response["isBase64Encoded"] = True
    elif isinstance(body, str):
        headers["content-type"] = result.content_type or "text/html; charset=utf-8"
        response["body"] = body
    else:
        headers["content-type"] = result.content_type or "application/json"
        response["body"] = json.dumps(to_plain(body), ensure_ascii=False, separators=(",", ":"))
    if result.cookies:
        response["cookies"] = list(result.cookies)
    return response
