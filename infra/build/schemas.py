"""JSON Schemas of all events, made from their classes (`make schemas`), and what a change of one would break.

Within a version an event may only gain optional fields (DESIGN 4). `breaking_changes` names everything else, so that a
test fails with the field and the remedy: a new version of the event.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from events.catalogue import CATALOGUE

FOLDER: Final = Path(__file__).parents[2] / "events" / "schemas"


def schema_of(kind: str, version: int) -> dict[str, Any]:
    """The JSON Schema of the `data` of an event."""
    cls = CATALOGUE[(kind, version)]
    schema = TypeAdapter(cls).json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{kind}.v{version}",
        "description": " ".join((cls.__doc__ or "").split()),
        **{key: value for key, value in schema.items() if key not in ("title", "description")},
    }


def file_of(kind: str, version: int) -> Path:
    """Where the schema is kept."""
    return FOLDER / f"{kind}.v{version}.json"


def breaking_changes(old: Mapping[str, Any], new: Mapping[str, Any], path: str = "data") -> list[str]:
    """What a consumer of the old schema would trip over: fields gone, fields newly required, types changed."""
    found = []
    before, after = old.get("properties", {}), new.get("properties", {})
    for name in before:
        where = f"{path}.{name}"
        if name not in after:
            found.append(f"{where}: removed")
        elif _kind(before[name]) != _kind(after[name]):
            found.append(f"{where}: type changed from {_kind(before[name])} to {_kind(after[name])}")
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        found.append(f"{path}.{name}: newly required")
    for name, inner in old.get("$defs", {}).items():
        found += breaking_changes(inner, new.get("$defs", {}).get(name, {}), f"{path}<{name}>")
    return found


def _kind(schema: Mapping[str, Any]) -> str:
    plain = {key: value for key, value in schema.items() if key not in ("title", "description", "default")}
    return json.dumps(plain, sort_keys=True)


def text_of(schema: Mapping[str, Any]) -> str:
    """As it stands in the file."""
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Writes every schema; removes none, since published versions stay."""
    FOLDER.mkdir(exist_ok=True)
    for kind, version in CATALOGUE:
        file_of(kind, version).write_text(text_of(schema_of(kind, version)), "utf-8")
    print(f"{len(CATALOGUE)} schemas in events/schemas")


if __name__ == "__main__":
    main()
