"""How a model is kept in an item's body: a shape number, and upcasts from older shapes (DESIGN 3). Used by use cases.

REGISTRATION = Shape(Registration, 2, {1: lambda body: {**body, "seat": None}})
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from events.plain import Plain, from_plain, to_plain

T = TypeVar("T")
Upcast = Callable[[dict[str, Plain]], dict[str, Plain]]


class UnknownShape(ValueError):
    """The item was written by a newer release than this one; it is left alone."""


class Shape(Generic[T]):
    """Writes `cls` as shape `number`; reads that shape and every older one for which an upcast to the next is given."""

    def __init__(self, cls: type[T], number: int, upcasts: Mapping[int, Upcast] | None = None) -> None:
        self.cls = cls
        self.number = number
        self.upcasts = dict(upcasts or {})

    def body(self, value: T) -> dict[str, Plain]:
        """The item body of a value."""
        return {"shape": self.number, **to_plain(value)}

    def read(self, body: Mapping[str, Any]) -> T:
        """The value in a body, brought up to this shape. Raises UnknownShape, PlainError."""
        plain = dict(body)
        shape = plain.pop("shape", None)
        while shape != self.number:
            if not isinstance(shape, int) or shape not in self.upcasts:
                raise UnknownShape(f"{self.cls.__name__} shape {shape}, this release knows {self.number}")
            plain = self.upcasts[shape](plain)
            shape += 1
        return from_plain(self.cls, plain)
