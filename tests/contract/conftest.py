"""The adapters that each contract suite runs on.

To add an adapter, add one entry to the mapping of its port: a name and a function that takes pytest's request (for
`tmp_path`, `monkeypatch` and finalizers) and gives what the suite's fixture gives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Maker = Callable[[pytest.FixtureRequest], Any]


def _sqlite_memory(request: pytest.FixtureRequest) -> Any:
    from shared.embedded.store import Store

    store = Store(":memory:")
    request.addfinalizer(store.close)
    return store.table


def _sqlite_file(request: pytest.FixtureRequest) -> Any:
    from shared.embedded.store import Store

    store = Store(request.getfixturevalue("tmp_path") / "store.db")
    request.addfinalizer(store.close)
    return store.table


def _dynamodb(request: pytest.FixtureRequest) -> Any:
    from tests.support_aws import dynamo_tables

    return dynamo_tables(request)


TABLES: dict[str, Maker] = {"sqlite-memory": _sqlite_memory, "sqlite-file": _sqlite_file, "dynamodb-moto": _dynamodb}
"""name -> maker of a function `make(context) -> Table` on an empty store."""


def adapters(makers: dict[str, Maker]) -> list[Any]:
    return [pytest.param(maker, id=name) for name, maker in makers.items()]


@pytest.fixture(params=adapters(TABLES))
def make_table(request: pytest.FixtureRequest) -> Any:
    """`make_table("ceremonies")` is the Table of that context."""
    return request.param(request)
