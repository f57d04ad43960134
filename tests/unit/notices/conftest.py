"""A table of the embedded engine in memory, and the events that its commits published."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from events.catalogue import BY_CLASS
from shared.embedded.store import Store


@pytest.fixture
def store() -> Iterator[Store]:
    subscriptions = {(source, kind): ("all",) for kind, _version, source in BY_CLASS.values()}
    with Store(":memory:", subscriptions) as opened:
        yield opened


@pytest.fixture
def table(store: Store) -> Any:
    return store.table("notices")


@pytest.fixture
def events_of(store: Store) -> Callable[[Any], list[Any]]:
    """The published events in order, as objects with `type` and `data`."""

    def read(_: Any) -> list[Any]:
        with store.reading() as connection:
            rows = connection.execute("SELECT body FROM messages ORDER BY id").fetchall()
        details = [json.loads(body)["detail"] for (body,) in rows]
        return [SimpleNamespace(type=detail["type"], data=detail["data"]) for detail in details]

    return read
