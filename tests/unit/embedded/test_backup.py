"""Backups: consistent while in use, verified, without keys; and the drill of getting everything back."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.embedded.backup import BackupError, backup, restore, verify
from shared.embedded.layout import DataFolder
from shared.embedded.objects import FolderObjects
from shared.embedded.queues import Queues
from shared.embedded.schedules import EmbeddedSchedules
from shared.embedded.store import Store
from shared.kernel.clock import SystemClock
from shared.kernel.ports import ABSENT, Put
from shared.texts import catalogue
from tests.contract.key_folders import key_folder
from tests.contract.test_schedules_contract import envelope


class Office:
    """A data folder in use."""

    def __init__(self, root: Path) -> None:
        self.layout = DataFolder(root)
        root.mkdir(exist_ok=True)
        self.store = Store(self.layout.store)
        self.objects = self._objects(self.layout.objects)
        self.public = self._objects(self.layout.public)

    def _objects(self, folder: Path) -> FolderObjects:
        return FolderObjects(
            folder, origin="https://x.example", clock=SystemClock(), secret_file=self.layout.link_secret
        )

    def issue(self, number: int) -> None:
        """As certificates are issued: the document first, then the item that names it."""
        key = f"certificates/{number}.pdf"
        self.objects.put_new(key, b"%%PDF %d" % number, "application/pdf")
        self.store.table("certificates").commit(
            [Put(partition="c", sort=f"{number:05}", body={"key": key}, expect=ABSENT)]
        )


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path / "data")
    key_folder(made.layout.root)
    made.objects.put_new("lists/1.ics", b"odd", "text/x-odd")
    made.public.replace("status/TDKT-r0", b"{}", "application/json")
    Queues(made.store).send("q", ["message"])
    EmbeddedSchedules(made.store).put("m1", at=datetime(2027, 1, 1, tzinfo=UTC), queue="q", envelope=envelope("e1"))
    for number in range(20):
        made.issue(number)
    return made


def refused(attempt: object, *arguments: Path) -> str:
    with pytest.raises(BackupError) as caught:
        attempt(*arguments)  # type: ignore[operator]
    assert caught.value.code in catalogue()
    return caught.value.code


def test_the_drill(office: Office, tmp_path: Path) -> None:
    made = backup(office.layout.root, tmp_path / "backup")
    office.store.close()
    shutil.rmtree(office.layout.root)
    assert restore(tmp_path / "backup", tmp_path / "data").files == made.files
    again = Office(tmp_path / "data")
    items = again.store.table("certificates").query("c", limit=1000).items
    assert len(items) == 20
    for item in items:
        assert again.objects.get(item.body["key"]).startswith(b"%PDF")
    assert again.objects.content_type("lists/1.ics") == "text/x-odd"
    assert again.public.get("status/TDKT-r0") == b"{}"
    assert [each.body for each in Queues(again.store).lease("q", 10, 30)] == ["message"]
    assert EmbeddedSchedules(again.store).fire_due(datetime(2027, 1, 2, tzinfo=UTC)) == 1
    again.issue(99)
    assert verify(tmp_path / "backup").files == made.files, "the office's later work does not reach the backup"


def test_what_a_worker_had_in_hand_is_due_again_after_a_restore(office: Office, tmp_path: Path) -> None:
    """Its worker is gone with the machine, and nobody else would give the message back for minutes."""
    assert [each.body for each in Queues(office.store).lease("q", 10, 600)] == ["message"]
    backup(office.layout.root, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again")
    again = Office(tmp_path / "again")
    assert [each.body for each in Queues(again.store).lease("q", 10, 30)] == ["message"]


def test_a_backup_holds_no_key_and_no_secret(office: Office, tmp_path: Path) -> None:
    secret = office.layout.link_secret.read_bytes()
    backup(office.layout.root, tmp_path / "backup")
    for path in (tmp_path / "backup").rglob("*"):
        assert "key" not in path.name
        assert "secret" not in path.name
        if path.is_file():
            assert secret not in path.read_bytes()
            assert b'"sealed"' not in path.read_bytes()


def test_a_backup_while_the_office_works_is_consistent(office: Office, tmp_path: Path) -> None:
    stop = threading.Event()

    def work() -> None:
        number = 100
        while not stop.is_set():
            office.issue(number)
            number += 1

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for place in range(3):
            backup(office.layout.root, tmp_path / f"backup{place}")
    finally:
        stop.set()
        thread.join()
    for place in range(3):
        restore(tmp_path / f"backup{place}", tmp_path / f"restored{place}")
        restored = Office(tmp_path / f"restored{place}")
        items = restored.store.table("certificates").query("c", limit=1000).items
        assert len(items) >= 20
        for item in items:
            assert restored.objects.size(item.body["key"])
        restored.store.close()


def test_the_copied_store_is_one_sound_file_for_any_sqlite(office: Office, tmp_path: Path) -> None:
    backup(office.layout.root, tmp_path / "backup")
    assert {path.name for path in (tmp_path / "backup").iterdir()} == {"store.db", "objects", "public", "manifest.json"}
    connection = sqlite3.connect(f"file:{tmp_path / 'backup' / 'store.db'}?mode=ro", uri=True)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT count(*) FROM items").fetchone() == (20,)
    connection.close()


def test_whatever_is_wrong_with_a_backup_is_found_before_anything_is_restored(office: Office, tmp_path: Path) -> None:
    whole = tmp_path / "backup"
    backup(office.layout.root, whole)
    target = tmp_path / "restored"

    def damaged(name: str) -> Path:
        copy = tmp_path / "copies" / name
        shutil.copytree(whole, copy)
        return copy

    copy = damaged("bit")
    path = copy / "objects" / "data" / "certificates" / "7.pdf"
    path.write_bytes(b"%PDF 8")
    assert refused(restore, copy, target) == "backup.damaged"

    copy = damaged("lost")
    (copy / "objects" / "data" / "certificates" / "7.pdf").unlink()
    assert refused(restore, copy, target) == "backup.missing"

    copy = damaged("more")
    (copy / "objects" / "data" / "more").write_bytes(b"x")
    assert refused(restore, copy, target) == "backup.unexpected"

    copy = damaged("link")
    (copy / "objects" / "data" / "link").symlink_to("/etc/passwd")
    assert refused(restore, copy, target) == "backup.unexpected"

    copy = damaged("store")
    with (copy / "store.db").open("r+b") as file:
        file.seek(5000)
        file.write(b"\xff" * 3000)
    assert refused(restore, copy, target) == "backup.damaged"

    for name in ("../../escaped", "/etc/passwd", "keys/x", "objects/data/../../x"):
        copy = damaged(name.replace("/", "_"))
        manifest = json.loads((copy / "manifest.json").read_bytes())
        manifest["files"][name] = {"sha256": "0" * 64, "size": 1}
        (copy / "manifest.json").write_text(json.dumps(manifest))
        assert refused(restore, copy, target) == "backup.not_a_backup"

    (damaged("headless") / "manifest.json").unlink()
    assert refused(restore, tmp_path / "copies" / "headless", target) == "backup.not_a_backup"
    assert refused(restore, tmp_path / "none", target) == "backup.not_a_backup"
    assert not target.exists()


def test_nothing_is_overwritten(office: Office, tmp_path: Path) -> None:
    backup(office.layout.root, tmp_path / "backup")
    assert refused(backup, office.layout.root, tmp_path / "backup") == "backup.target_exists"
    assert refused(restore, tmp_path / "backup", office.layout.root) == "backup.data_not_empty"
    assert refused(backup, tmp_path / "nothing", tmp_path / "b2") == "backup.no_store"
    (tmp_path / "empty").mkdir()
    restore(tmp_path / "backup", tmp_path / "empty")
    assert DataFolder(tmp_path / "empty").store.is_file()


def test_what_a_killed_backup_left_is_no_backup_and_does_not_hinder_the_next(office: Office, tmp_path: Path) -> None:
    partial = tmp_path / "backup.partial"
    partial.mkdir()
    (partial / "store.db").write_bytes(b"half")
    backup(office.layout.root, tmp_path / "backup")
    assert not partial.exists()
    verify(tmp_path / "backup")
