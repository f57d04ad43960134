"""The store file itself keeps the audit trail: also from whoever opens it with other tools."""

import sqlite3

import pytest

from shared.embedded import schema
from shared.embedded.store import Store
from shared.kernel.ports import ABSENT, Put

LINE = Put(partition="audit#2027-02-12", sort="1", body={"shape": 1}, expect=ABSENT)
OTHER = Put(partition="unit", sort="1", body={"shape": 1}, expect=ABSENT)


@pytest.mark.parametrize(
    "statement", ["UPDATE items SET body = '{}' WHERE pk LIKE ?", "DELETE FROM items WHERE pk LIKE ?"]
)
def test_a_line_is_neither_changed_nor_deleted(tmp_path, statement):
    with Store(tmp_path / "store.db") as store:
        store.table("pledges").commit([LINE, OTHER])
    with sqlite3.connect(tmp_path / "store.db") as connection:
        with pytest.raises(sqlite3.IntegrityError, match="only grows"):
            connection.execute(statement, ("audit#%",))
        assert connection.execute(statement, ("unit%",)).rowcount == 1


def test_a_file_of_before_learns_it(tmp_path):
    path = tmp_path / "store.db"
    with Store(path) as store:
        store.table("pledges").commit([LINE])
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER trail_is_kept_1")
        connection.execute("DROP TRIGGER trail_is_kept_2")
        connection.execute("PRAGMA user_version = 1")
    with Store(path) as store:
        assert store.table("pledges").get(LINE.partition, LINE.sort) is not None
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (schema.SCHEMA,)
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("DELETE FROM items")
