"""Opening store files: new, of every earlier release, newer, foreign, damaged; and what a full disk does."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.embedded import schema
from shared.embedded.queues import Queues
from shared.embedded.schedules import EmbeddedSchedules
from shared.embedded.sqlite_errors import StoreError
from shared.embedded.store import Store
from shared.kernel.errors import Unavailable
from shared.kernel.ports import ABSENT, ANY, Put
from shared.texts import catalogue

RELEASES = Path(__file__).parent / "releases"
ROOT = Path(__file__).parents[3]
NOW = datetime(2027, 2, 12, 0, 30, tzinfo=UTC)


def of_release(path: Path, number: int) -> Path:
    connection = sqlite3.connect(path)
    connection.executescript((RELEASES / f"schema_{number}.sql").read_text("utf-8"))
    connection.close()
    return path


def refused(path: Path) -> str:
    with pytest.raises(StoreError) as caught:
        Store(path)
    assert caught.value.code in catalogue()
    return caught.value.code


def test_every_schema_has_its_release_file() -> None:
    assert sorted(path.name for path in RELEASES.iterdir()) == [
        f"schema_{number}.sql" for number in range(1, schema.SCHEMA + 1)
    ]


@pytest.mark.parametrize("number", range(1, schema.SCHEMA + 1))
def test_a_store_of_every_release_opens_with_all_that_is_in_it(tmp_path: Path, number: int) -> None:
    with Store(of_release(tmp_path / "store.db", number)) as store:
        item = store.table("ceremonies").get("ticket#1", "ticket")
        assert item is not None
        assert (item.version, item.body["name"], item.index1) == (3, "Nguyễn Thị Thuý", ("c1#0", "Thuý"))
        assert [each.sort for each in store.table("ceremonies").query("c1#0", index=1).items] == ["ticket"]
        assert store.sweep(datetime(2027, 1, 16, tzinfo=UTC)) == 1
        queues = Queues(store)
        [leased] = queues.lease("issue-ticket", 10, 30)  # the lease of another boot means nothing
        assert (leased.body, leased.attempts) == ('{"id":"e1"}', 3)
        assert [dead.reason for dead in queues.dead_letters("issue-ticket")] == ["KeyError"]
        assert EmbeddedSchedules(store).fire_due(datetime(2028, 1, 1, tzinfo=UTC)) == 1
        assert [each.body for each in queues.lease("notify", 10, 30)] == ['{"id":"e2"}']


def test_a_new_file_has_the_tables_of_the_release_file(tmp_path: Path) -> None:
    def shape(path: Path) -> list[tuple[str, str]]:
        connection = sqlite3.connect(path)
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
        connection.close()
        return rows

    Store(tmp_path / "new.db").close()
    assert shape(tmp_path / "new.db") == shape(of_release(tmp_path / "release.db", schema.SCHEMA))


def test_an_older_file_is_backed_up_and_migrated(tmp_path: Path) -> None:
    path = of_release(tmp_path / "store.db", 1)
    number = schema.SCHEMA + 1
    migrations = {n: lambda db: db.execute("CREATE TABLE IF NOT EXISTS later (x)") for n in range(1, number)}
    schema.prepare(path, schema=number, migrations=migrations)
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (number,)
    assert connection.execute("SELECT count(*) FROM later").fetchone() == (0,)
    assert connection.execute("SELECT count(*) FROM items").fetchone() == (2,)
    connection.close()
    assert refused(path) == "store.newer_schema"
    with Store(tmp_path / f"store.db.before-{number}") as before:
        assert before.table("ceremonies").get("ticket#1", "ticket") is not None


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = of_release(tmp_path / "store.db", schema.SCHEMA)

    def fails(db: sqlite3.Connection) -> None:
        db.execute("DROP TABLE items")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        schema.prepare(path, schema=schema.SCHEMA + 1, migrations={schema.SCHEMA: fails})
    with pytest.raises(StoreError) as caught:
        schema.prepare(path, schema=schema.SCHEMA + 1, migrations={})
    assert caught.value.code == "store.no_migration"
    with Store(path) as store:
        assert store.table("ceremonies").get("ticket#1", "ticket") is not None


OPENS_AND_WRITES = """
import sys
from shared.embedded.store import Store
from shared.kernel.ports import ABSENT, Put
with Store(sys.argv[1]) as store:
    store.table("c").commit([Put(partition="p", sort="from the other process", body={}, expect=ABSENT)])
"""


def test_a_store_opened_again_still_shares_its_file_with_other_processes(tmp_path: Path) -> None:
    """Whatever else in a process touches the file, SQLite's locks on it must stay: else two logs, and lost commits."""
    path = tmp_path / "store.db"
    with Store(path) as store, Store(path):
        subprocess.run([sys.executable, "-c", OPENS_AND_WRITES, str(path)], cwd=ROOT, check=True, timeout=60)
        assert store.table("c").get("p", "from the other process") is not None


def test_files_that_are_no_store_are_refused_and_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "text.db"
    text.write_bytes(b"this is a letter, not a database\n" * 100)
    assert refused(text) == "store.corrupt"
    assert text.read_bytes().startswith(b"this is a letter")

    foreign = tmp_path / "foreign.db"
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TABLE books (title)")
    connection.close()
    before = foreign.read_bytes()
    assert refused(foreign) == "store.not_ours"
    assert foreign.read_bytes() == before

    folder = tmp_path / "folder.db"
    folder.mkdir()
    assert refused(folder) == "store.cannot_open"
    assert refused(tmp_path / "no" / "such" / "store.db") == "store.cannot_open"


def test_a_damaged_page_is_found_at_opening(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store:
        for number in range(30):
            store.table("c").commit([Put(partition="p", sort=f"{number}", body={"x": "y" * 3000}, expect=ABSENT)])
    with path.open("r+b") as file:
        file.seek(5 * 4096)
        file.write(b"\xa5" * 4096 * 8)
    assert refused(path) == "store.corrupt"


def test_a_full_disk_is_unavailable_and_passes(tmp_path: Path) -> None:
    with Store(tmp_path / "store.db") as store:
        table = store.table("c")
        table.commit([Put(partition="p", sort="before", body={}, expect=ABSENT)])
        pages = store.transact(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
        store.transact(lambda db: db.execute(f"PRAGMA max_page_count={pages + 2}").fetchone())
        with pytest.raises(Unavailable) as caught:
            table.commit([Put(partition="p", sort="large", body={"x": "y" * 50_000}, expect=ABSENT)])
        assert caught.value.code == "store.disk_full"
        assert table.get("p", "large") is None
        assert table.get("p", "before") is not None
        store.transact(lambda db: db.execute("PRAGMA max_page_count=1000000").fetchone())
        table.commit([Put(partition="p", sort="large", body={"x": "y" * 50_000}, expect=ABSENT)])
        assert table.get("p", "large") is not None


FILLS_ITS_DISK = """
import resource, signal, sys
from shared.embedded.store import Store
from shared.kernel.errors import Unavailable
from shared.kernel.ports import ANY, Put
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
done = 0
try:
    while True:
        store.table("c").commit([Put(partition="p", sort=str(done), body={"x": "y" * 9000}, expect=ANY)])
        done += 1
except Unavailable as error:
    print(error.code, done)
"""


def test_what_was_answered_is_there_although_the_disk_filled_up(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    Store(path).close()
    run = subprocess.run(
        [sys.executable, "-c", FILLS_ITS_DISK, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    code, done = run.stdout.split()
    assert code in ("store.disk_full", "store.io")
    assert int(done) > 5
    with Store(path) as store:
        found = {item.sort for item in store.table("c").query("p", limit=1000).items}
        assert found >= {str(number) for number in range(int(done))}
        store.table("c").commit([Put(partition="p", sort="after", body={}, expect=ANY)])
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_the_files_are_for_their_owner_only(tmp_path: Path) -> None:
    with Store(tmp_path / "store.db") as store:
        store.table("c").commit([Put(partition="p", sort="s", body={}, expect=ANY)])
        for path in tmp_path.iterdir():
            assert path.stat().st_mode & 0o077 == 0, path.name


def test_a_closed_store_is_unavailable(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.db")
    table = store.table("c")
    store.close()
    store.close()
    with pytest.raises(Unavailable):
        table.get("p", "s")
    with pytest.raises(Unavailable):
        table.commit([Put(partition="p", sort="s", body={}, expect=ANY)])


def test_a_memory_store_leaves_nothing_behind() -> None:
    store = Store(":memory:")
    folder = store.path.parent
    assert folder.is_dir()
    store.close()
    del store
    assert not folder.exists()
