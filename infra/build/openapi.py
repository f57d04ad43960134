"""The OpenAPI 3.1 document of all route tables (`make schemas`): shared/web/openapi.json, served at /api/v1/openapi.json.

What a route declares is what the document says; there is no second description to keep true. A test compares the file with
the tables, another sends what the document allows to the running handlers and holds the answers against it.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import TypeAdapter

import functions
from shared.edge.decode import adapter
from shared.edge.http import SAFE, Route, Routes

FILE: Final = Path(__file__).parents[2] / "shared" / "web" / "openapi.json"
_REFS: Final = "#/components/schemas/{model}"
_Mode = Literal["validation", "serialization"]
_ABOUT: Final = (
    "Thi đua, khen thưởng: đợt thi đua, buổi lễ, giao ước, giấy khen. Lists are read in pages: send an answer's `cursor` again "
    "until it is null. Who may call what stands in docs/roles.md."
)
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Sent again with the same key, the call is answered again and not done again (24 h).",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{8,128}$"},
}
_PROBLEM: Final = {
    "type": "object",
    "description": "RFC 9457. `title` is the sentence in Vietnamese, `detail` the same in English.",
    "required": ["type", "title", "detail", "status", "code", "instance", "facts"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable, for programs"},
        "instance": {"type": "string"},
        "facts": {"type": "object", "description": "What the sentence was made of; `field` names the field at fault"},
    },
}
_REFUSALS: Final = {
    "400": "Not readable as a request",
    "401": "Nobody is signed in, or the caller must prove again who they are",
    "403": "The caller's rights do not reach this, or another site's page made the call",
    "404": "Nothing is there under that id",
    "409": "A rule says no, or somebody else was faster",
    "413": "The body is too large",
    "422": "The input is wrong; `facts.field` names the field",
    "429": "Asked too often; `facts.minutes` says when to try again",
    "503": "A neighbour does not answer now; try again later",
}


def route_tables() -> tuple[Routes, ...]:
    """Every route table of functions/, in the order of their modules."""
    found: dict[int, Routes] = {}
    for module in pkgutil.walk_packages(functions.__path__, "functions."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Routes):
                found.setdefault(id(value), value)
    return tuple(found.values())


def document(tables: Iterable[Routes], version: str) -> dict[str, Any]:
    """The document of the addresses under /api/ in these tables."""
    routes = [(table, route) for table in tables for route in table.routes if route.path.startswith("/api/")]
    shapes = _Shapes(route for _, route in routes)
    paths: dict[str, dict[str, Any]] = {}
    for table, route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(table, route, shapes)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Giao Ước",
            "version": version,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted({"Problem": _PROBLEM, **shapes.definitions}.items())),
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-giaouoc"},
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
    }


class _Shapes:
    """The JSON Schemas of all bodies and answers, made together: classes of one name get names of their own."""

    def __init__(self, routes: Iterable[Route]) -> None:
        wanted: dict[tuple[type, _Mode], Any] = {}
        for route in routes:
            if route.body is not None:
                wanted[route.body, "validation"] = adapter(route.body)
            if route.answer is not None:
                wanted[route.answer, "serialization"] = adapter(route.answer)
        inputs = [((cls, mode), mode, made) for (cls, mode), made in wanted.items()]
        self._schemas, made = TypeAdapter.json_schemas(inputs, ref_template=_REFS)
        self.definitions: dict[str, Any] = made.get("$defs", {})

    def of(self, cls: type, mode: _Mode) -> dict[str, Any]:
        found: dict[str, Any] = self._schemas[(cls, mode), mode]
        return found


def _operation(table: Routes, route: Route, shapes: _Shapes) -> dict[str, Any]:
    says = " ".join((route.run.__doc__ or "").split())
    operation: dict[str, Any] = {
        "tags": [table.name],
        "summary": route.summary or route.run.__name__.replace("_", " "),
        "operationId": "_".join((table.name, *_area(route), route.run.__name__)),
        **({"description": says} if says else {}),
        **_rights(route),
        "parameters": _parameters(route),
        "responses": _responses(route, shapes),
    }
    if not operation["parameters"]:
        del operation["parameters"]
    if route.body is not None:
        content = {"application/json": {"schema": shapes.of(route.body, "validation")}}
        operation["requestBody"] = {"required": True, "content": content}
    elif route.file:
        content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        operation["requestBody"] = {"required": True, "description": route.file, "content": content}
    return operation


def _area(route: Route) -> tuple[str, ...]:
    """The module of a route whose function is spread over several: two of them may have a `show`."""
    module = route.run.__module__.rpartition(".")[2]
    return () if module == "http" else (module,)


def _rights(route: Route) -> dict[str, Any]:
    if route.scope == "public":
        return {"security": []}
    said: dict[str, Any] = {"x-scope": route.scope, "x-reach": route.reach.value}
    if route.fresh:
        said["x-proved-again"] = True
    if route.four_eyes:
        said["x-second-officer"] = route.four_eyes
    return {"security": [{"session": []}, {"token": []}], **said}


def _parameters(route: Route) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"\{([a-z_]+)\}", route.path)
    ]
    found += [
        {"name": one.name, "in": "query", "required": False, "description": one.text, "schema": dict(one.form)}
        for one in route.query
    ]
    return [*found, _KEY] if route.method not in SAFE and route.scope != "public" else found


def _responses(route: Route, shapes: _Shapes) -> dict[str, Any]:
    answered: dict[str, Any] = {"description": "Done"}
    if route.answer is not None:
        answered["content"] = {"application/json": {"schema": shapes.of(route.answer, "serialization")}}
    elif route.media:
        answered["content"] = {kind: {} for kind in route.media}
    responses = {str(route.ok): answered}
    if route.four_eyes:
        responses["202"] = {"description": "Kept until a second officer has agreed"}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses |= {code: {"description": _REFUSALS[code], "content": problem} for code in _refusals(route)}
    return dict(sorted(responses.items()))


def _refusals(route: Route) -> list[str]:
    """Which problems a caller must expect, by what the route declares."""
    codes = ["404", "409", "422", "503"]
    if route.method not in SAFE:
        codes += ["403", "413"]
    if route.scope != "public":
        codes += ["401", "403"]
    if route.path.startswith("/api/v1/sessions") and route.method not in SAFE:
        codes.append("429")  # signing in is counted (shared/identity/limits.py)
    return sorted(set(codes))


def version() -> str:
    """The product's version, as package.json says it."""
    said: str = json.loads((FILE.parents[2] / "package.json").read_text("utf-8"))["version"]
    return said


def text() -> str:
    """The document as it stands in the file."""
    return json.dumps(document(route_tables(), version()), ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Writes the file."""
    FILE.write_text(text(), "utf-8")
    routes = sum(route.path.startswith("/api/") for table in route_tables() for route in table.routes)
    print(f"{routes} routes in {FILE.relative_to(FILE.parents[2])}")


if __name__ == "__main__":
    main()
