"""The sample's pledge on the embedded store in memory, and the facts that were published."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from events.catalogue import BY_CLASS
from shared.embedded.store import Store
from shared.pledges.model import Pledge
from shared.pledges.usecases import DraftPledge, OpenPledge
from tests.unit.pledges.parties import DocumentKeys, Hall, act, sample_draft


@pytest.fixture
def store() -> Iterator[Store]:
    subscriptions = {(source, kind): ("all",) for kind, _version, source in BY_CLASS.values()}
    with Store(":memory:", subscriptions) as opened:
        yield opened


@pytest.fixture
def table(store: Store) -> Any:
    return store.table("pledges")


@pytest.fixture
def keys() -> DocumentKeys:
    return DocumentKeys()


@pytest.fixture
def drafted(table: Any) -> Pledge:
    return DraftPledge(table)(act(), issuer="TDOAN", draft=sample_draft())


@pytest.fixture
def hall(table: Any, keys: DocumentKeys, drafted: Pledge) -> Hall:
    return Hall(table, keys, OpenPledge(table)(act(), drafted.id))


@pytest.fixture
def facts(store: Store) -> Callable[..., list[Any]]:
    """The published facts in order, of one type or of all."""

    def read(kind: str | None = None) -> list[Any]:
        with store.reading() as connection:
            rows = connection.execute("SELECT body FROM messages ORDER BY id").fetchall()
        details = [json.loads(body)["detail"] for (body,) in rows]
        found = [SimpleNamespace(type=each["type"], sequence=each["sequence"], **each["data"]) for each in details]
        return [fact for fact in found if kind in (None, fact.type)]

    return read
