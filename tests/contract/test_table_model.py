"""Table against a dictionary: whatever is done in whatever order, both hold the same (a model-based test)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shared.embedded.store import Store
from shared.kernel.errors import Conflict
from shared.kernel.ports import ABSENT, ANY, Add, Check, Delete, Put, Table, Write

Key = tuple[str, str]
KEYS = st.tuples(st.sampled_from(["p", "q"]), st.sampled_from(["a", "a#1", "a#2", "b", "đ", "\U0001f600"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)
BODIES = st.dictionaries(st.sampled_from(["x", "y"]), VALUES, max_size=2)
INDEXES = st.none() | st.tuples(st.sampled_from(["i", "j"]), st.sampled_from(["1", "12", "2"]))
EXPECTED = st.sampled_from(["right", "right", "any", "wrong"])


class TableAgainstDictionary(RuleBasedStateMachine):
    """`self.model`: key -> (version, body, index1)."""

    def __init__(self) -> None:
        super().__init__()
        self.store = self.make_store()
        self.table: Table = self.store.table("c")
        self.model: dict[Key, tuple[int, dict[str, Any], tuple[str, str] | None]] = {}

    def make_store(self) -> Store:
        return Store(":memory:")

    def teardown(self) -> None:
        self.store.close()

    def version(self, key: Key) -> int:
        return self.model[key][0] if key in self.model else ABSENT

    def write(self, draw: Any, key: Key) -> tuple[Write, bool]:
        """A write to a key, and whether its expectation holds."""
        expected = draw(EXPECTED)
        here = self.version(key)
        expect = {"right": here, "any": ANY, "wrong": here + 1}[expected]
        kind = draw(st.sampled_from(["put", "put", "delete", "check", "add"]))
        if kind == "put":
            body, index = draw(BODIES), draw(INDEXES)
            return Put(partition=key[0], sort=key[1], body=body, expect=expect, index1=index), expected != "wrong"
        if kind == "delete":
            return Delete(partition=key[0], sort=key[1], expect=expect), expected != "wrong"
        if kind == "check" and expect is not None:
            return Check(partition=key[0], sort=key[1], expect=expect), expected != "wrong"
        return Add(partition=key[0], sort=key[1], counter="n", amount=draw(st.integers(-5, 5))), True

    @rule(data=st.data(), keys=st.lists(KEYS, min_size=1, max_size=4, unique=True))
    def commit(self, data: st.DataObject, keys: list[Key]) -> None:
        writes, holds = zip(*(self.write(data.draw, key) for key in keys), strict=True)
        if not all(holds):
            with pytest.raises(Conflict) as caught:
                self.table.commit(writes)
            assert caught.value.write == holds.index(False)
            return
        self.table.commit(writes)
        for key, write in zip(keys, writes, strict=True):
            self.apply(key, write)

    def apply(self, key: Key, write: Write) -> None:
        version, body, index = self.model.get(key, (0, {}, None))
        if isinstance(write, Put):
            self.model[key] = (version + 1, dict(write.body), write.index1)
        elif isinstance(write, Delete):
            self.model.pop(key, None)
        elif isinstance(write, Add):
            self.model[key] = (version + 1, {**body, "n": body.get("n", 0) + write.amount}, index)

    @rule(
        partition=st.sampled_from(["p", "q"]),
        prefix=st.sampled_from(["", "a", "a#", "b", "z"]),
        limit=st.integers(1, 3),
        reverse=st.booleans(),
    )
    def query(self, partition: str, prefix: str, limit: int, reverse: bool) -> None:
        expected = sorted((k for k in self.model if k[0] == partition and k[1].startswith(prefix)), reverse=reverse)
        found: list[Key] = []
        cursor = None
        while True:
            page = self.table.query(partition, prefix=prefix, limit=limit, reverse=reverse, cursor=cursor)
            assert len(page.items) <= limit
            found += [(item.partition, item.sort) for item in page.items]
            cursor = page.cursor
            if cursor is None:
                break
        assert found == expected

    @precondition(lambda self: self.model)
    @rule(partition=st.sampled_from(["i", "j"]), prefix=st.sampled_from(["", "1"]), limit=st.integers(1, 3))
    def query_index(self, partition: str, prefix: str, limit: int) -> None:
        keys = [(ix[1], *key) for key, (_, _, ix) in self.model.items() if ix is not None and ix[0] == partition]
        expected = sorted(key for key in keys if key[0].startswith(prefix))
        found: list[tuple[str, str, str]] = []
        cursor = None
        while True:
            page = self.table.query(partition, index=1, prefix=prefix, limit=limit, cursor=cursor)
            for item in page.items:
                assert item.index1 is not None
                found.append((item.index1[1], item.partition, item.sort))
            cursor = page.cursor
            if cursor is None:
                break
        assert found == expected

    @invariant()
    def every_item_is_as_the_model_has_it(self) -> None:
        for partition in ("p", "q"):
            items = {(i.partition, i.sort): (i.version, i.body, i.index1) for i in self.table.query(partition).items}
            assert items == {key: value for key, value in self.model.items() if key[0] == partition}
        for key, (version, body, _) in self.model.items():
            item = self.table.get(*key)
            assert item is not None
            assert (item.version, item.body) == (version, body)


TestTableAgainstDictionary = TableAgainstDictionary.TestCase
TestTableAgainstDictionary.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
