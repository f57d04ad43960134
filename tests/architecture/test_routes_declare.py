"""Every route says what it needs: a scope that exists, how far a grant must reach, whose the thing is, what it is asked for."""

import ast
import inspect
import textwrap
from pathlib import Path

import pytest

from infra.build.openapi import route_tables
from infra.build.roles import FILE, text
from shared.edge.answers import Answer
from shared.edge.http import Route
from shared.identity.rules import SCOPES, Reach
from shared.texts import catalogue

ROUTES = [(table, route) for table in route_tables() for route in table.routes]
NAMES = [f"{route.method} {route.path}" for _, route in ROUTES]
SETTLES = {"need", "visible", "common", "need_ceremony"}


def faults(route: Route) -> list[str]:
    """What a route fails to declare."""
    found = []
    if route.scope not in SCOPES:
        found.append(f"scope {route.scope!r} is not in identity/rules.py: nobody enters")
    if not isinstance(route.reach, Reach):
        found.append("reach is none")
    if route.reach is not Reach.ALL and route.whose is None and not SETTLES & called_by(route.run):
        found.append(
            "lets grants of one unit in and never asks whose the thing is: whose=, request.need or request.visible"
        )
    if route.path.startswith("/api/") and route.answer is None and not route.media and route.ok not in (202, 204):
        found.append("no answer class")
    if not route.summary:
        found.append("no summary")
    if route.path.startswith("/api/"):
        found += [
            f"?{name} is read and not declared" for name in sorted(asked_by(route.run) - {q.name for q in route.query})
        ]
    return found


def tree_of(function):
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return ast.parse("")


def reached(function, depth=3):
    """The trees of a function and of those of its own module that it calls."""
    trees, seen, ahead = [], set(), [(function, 0)]
    while ahead:
        one, level = ahead.pop()
        one = inspect.unwrap(getattr(one, "func", one))
        if one in seen or not inspect.isfunction(one):
            continue
        seen.add(one)
        tree = tree_of(one)
        trees.append(tree)
        if level < depth:
            ahead += [(other, level + 1) for other in named_in(tree, one.__globals__)]
    return trees


def named_in(tree, scope):
    """The functions of functions/ that a tree calls, by their name or as a module's."""
    for node in (each.func for each in ast.walk(tree) if isinstance(each, ast.Call)):
        other = None
        if isinstance(node, ast.Name):
            other = scope.get(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = scope.get(node.value.id)
            other = getattr(module, node.attr, None) if inspect.ismodule(module) else None
        if inspect.isfunction(other) and other.__module__.startswith(("functions.", __name__)):
            yield other


def called_by(function):
    nodes = (node for tree in reached(function) for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "") for node in nodes}


def asked_by(function):
    """The fields of `request.query` that the route's code reads by name."""
    found = set()
    for tree in reached(function):
        names = {"query"} & {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Subscript) and is_query(node.value, names) and isinstance(node.slice, ast.Constant):
                found.add(node.slice.value)
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "get"
                and is_query(node.func.value, names)
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                found.add(node.args[0].value)
    return found


def is_query(node, names):
    if isinstance(node, ast.Attribute):
        return node.attr == "query" and isinstance(node.value, ast.Name) and node.value.id == "request"
    return isinstance(node, ast.Name) and node.id in names


@pytest.mark.parametrize("route", [route for _, route in ROUTES], ids=NAMES)
def test_a_route_declares_what_it_needs(route):
    assert faults(route) == []


def nothing(_request):
    return Answer(None)


def reads(request):
    return Answer({"q": request.query.get("q"), "year": request.query["year"]})


@pytest.mark.parametrize(
    ("route", "words"),
    [
        (Route(method="GET", path="/x", scope="", run=nothing, summary="x"), "scope"),
        (Route(method="GET", path="/x", scope="ceremony:red", run=nothing, summary="x"), "scope"),
        (Route(method="GET", path="/x", scope="ceremony:read", run=nothing, summary="x", reach=Reach.UNIT), "whose"),
        (Route(method="GET", path="/api/v1/x", scope="ceremony:read", run=nothing, summary="x"), "answer"),
        (Route(method="GET", path="/api/v1/x", scope="ceremony:read", run=reads, answer=int, summary="x"), "?year"),
    ],
)
def test_a_planted_fault_is_named(route, words):
    assert any(words in one for one in faults(route)), faults(route)


def test_a_route_cannot_be_written_without_a_scope():
    with pytest.raises(TypeError):
        Route(method="GET", path="/x", run=nothing)


def test_every_scope_is_told_in_words():
    assert {f"right.{scope}".replace(":", "_") for scope in SCOPES - {"public"}} - set(catalogue()) == set()


def test_rights_are_decided_in_one_place():
    """Nobody outside compares roles to let somebody in or not, but for what a page offers."""
    allowed = {"shared/identity", "functions/identity", "functions/hall", "infra", "shared/edge/access.py"}
    strays = [
        str(path)
        for folder in ("functions", "shared")
        for path in Path(folder).rglob("*.py")
        if "CARRIES[" in path.read_text("utf-8") and not any(str(path).startswith(one) for one in allowed)
    ]
    assert strays == []


def test_the_table_of_roles_is_what_the_routes_say():
    assert FILE.read_text("utf-8") == text(), "run `make roles`"
