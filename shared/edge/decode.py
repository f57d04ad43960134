"""Request bodies: pydantic checks them against the route's own dataclass (one cached TypeAdapter per class)."""

from __future__ import annotations

import functools
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shared.kernel.errors import Invalid


@functools.cache
def adapter(cls: type) -> TypeAdapter[Any]:
    """The adapter of a dataclass: validates JSON into it and knows its JSON Schema."""
    return TypeAdapter(cls)


def body(cls: type, raw: bytes) -> Any:
    """The body as `cls`. Raises Invalid naming the first field at fault, its path as the client wrote it."""
    try:
        return adapter(cls).validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise Invalid(f"http.body_{_kind(first['type'])}", field=where) from None


def _kind(pydantic_type: str) -> str:
    if pydantic_type == "missing":
        return "missing"
    if pydantic_type == "json_invalid":
        return "not_json"
    return "wrong"
