"""Frozen dataclasses to plain JSON values and back: one way for events and stored items (events/, kernel/shapes.py).

Knows str, int, bool, None, datetime (aware, to UTC ISO 8601), date, bytes (hex), enums (their value), tuples, dicts
with text keys, optionals and nested dataclasses. Floats are refused: money and marks are whole numbers of a named unit.
Reading ignores unknown fields, so that a newer writer does not break an older reader; a missing field takes its
default or raises `PlainError` naming the path.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import types
import typing
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeVar, cast

T = TypeVar("T")
Plain = Any  # str | int | bool | None | list[Plain] | dict[str, Plain]


class PlainError(ValueError):
    """A value that does not fit the class: `path` says where."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(f"{path}: {what}")
        self.path = path


def to_plain(value: object) -> Plain:
    """The JSON form of a value. Raises PlainError for floats, naive datetimes and unknown types."""
    if isinstance(value, enum.Enum):
        return to_plain(value.value)
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise PlainError("$", "a datetime without a zone")
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {str(key): to_plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [to_plain(each) for each in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: to_plain(getattr(value, name)) for name in _field_names(type(value))}
    raise PlainError("$", f"{type(value).__name__} has no plain form")


def from_plain(cls: type[T], plain: Plain, path: str = "$") -> T:
    """A `cls` (a dataclass) read from its JSON form. Raises PlainError naming the path of what does not fit."""
    return cast(T, _reader(cast(Any, cls))(plain, path))


@functools.cache
def _field_names(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(cls))


Reader = Callable[[Plain, str], Any]


@functools.cache
def _reader(kind: Any) -> Reader:
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _union_reader(typing.get_args(kind))
    if origin is tuple:
        return _sequence_reader(kind)
    if origin is typing.Literal:
        return _literal_reader(typing.get_args(kind))
    if origin in (dict, Mapping) or kind is dict:
        return _mapping_reader(typing.get_args(kind))
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return _enum_reader(kind)
    if dataclasses.is_dataclass(kind):
        return _dataclass_reader(cast(type, kind))
    raise TypeError(f"no plain form for {kind!r}")


def _exactly(kind: type) -> Reader:
    def read(plain: Plain, path: str) -> Any:
        if type(plain) is not kind:
            raise PlainError(path, f"{kind.__name__} expected")
        return plain

    return read


def _parsed(parse: Callable[[str], Any], what: str) -> Reader:
    def read(plain: Plain, path: str) -> Any:
        if not isinstance(plain, str):
            raise PlainError(path, f"{what} expected")
        try:
            return parse(plain)
        except ValueError as error:
            raise PlainError(path, f"{what} expected") from error

    return read


def _aware(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(text)
    return at.astimezone(UTC)


_SIMPLE: dict[Any, Reader] = {
    str: _exactly(str),
    int: _exactly(int),
    bool: _exactly(bool),
    type(None): _exactly(type(None)),
    datetime: _parsed(_aware, "a time with zone"),
    date: _parsed(date.fromisoformat, "a date"),
    bytes: _parsed(bytes.fromhex, "hex digits"),
    Any: lambda plain, _path: plain,
}


def _union_reader(options: tuple[Any, ...]) -> Reader:
    readers = [_reader(option) for option in options]

    def read(plain: Plain, path: str) -> Any:
        for reader in readers:
            try:
                return reader(plain, path)
            except PlainError:
                continue
        raise PlainError(path, "none of the allowed forms")

    return read


def _sequence_reader(kind: Any) -> Reader:
    args = typing.get_args(kind)
    if len(args) != 2 or args[1] is not Ellipsis:
        readers = [_reader(arg) for arg in args]

        def read_fixed(plain: Plain, path: str) -> Any:
            if not isinstance(plain, list) or len(plain) != len(readers):
                raise PlainError(path, f"a list of {len(readers)} expected")
            return tuple(r(each, f"{path}[{i}]") for i, (r, each) in enumerate(zip(readers, plain, strict=True)))

        return read_fixed
    reader = _reader(args[0])

    def read(plain: Plain, path: str) -> Any:
        if not isinstance(plain, list):
            raise PlainError(path, "a list expected")
        return tuple(reader(each, f"{path}[{place}]") for place, each in enumerate(plain))

    return read


def _literal_reader(options: tuple[Any, ...]) -> Reader:
    def read(plain: Plain, path: str) -> Any:
        if plain not in options:
            raise PlainError(path, "none of the allowed values")
        return plain

    return read


def _mapping_reader(args: tuple[Any, ...]) -> Reader:
    reader = _reader(args[1]) if args else _SIMPLE[Any]

    def read(plain: Plain, path: str) -> Any:
        if not isinstance(plain, dict):
            raise PlainError(path, "an object expected")
        return {key: reader(each, f"{path}.{key}") for key, each in plain.items()}

    return read


def _enum_reader(kind: type[enum.Enum]) -> Reader:
    def read(plain: Plain, path: str) -> Any:
        try:
            return kind(plain)
        except ValueError as error:
            raise PlainError(path, f"not a {kind.__name__}") from error

    return read


def _dataclass_reader(cls: type) -> Reader:
    hints = typing.get_type_hints(cls)
    fields = [
        (field.name, _reader(hints[field.name]), _has_default(field)) for field in dataclasses.fields(cls) if field.init
    ]

    def read(plain: Plain, path: str) -> Any:
        if not isinstance(plain, dict):
            raise PlainError(path, "an object expected")
        values = {}
        for name, reader, optional in fields:
            if name in plain:
                values[name] = reader(plain[name], f"{path}.{name}")
            elif not optional:
                raise PlainError(f"{path}.{name}", "missing")
        return cls(**values)

    return read


def _has_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
