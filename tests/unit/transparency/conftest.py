"""A log on the embedded adapters, and ports that fail at a chosen step."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from events.envelope import SYSTEM, Act
from shared.embedded.objects import FolderObjects
from shared.embedded.store import Store
from shared.kernel.clock import FixedClock
from shared.kernel.errors import Unavailable
from shared.kernel.keys import Ed25519Signer
from shared.kernel.notes import Vkey, open_note
from shared.kernel.tlog import Checkpoint, parse_checkpoint
from shared.transparency.append import AppendEntries, NoteEntry, PendingEntries
from shared.transparency.entries import document_entry_id
from shared.transparency.model import ENTRY, LogEntry, NewEntry, entry_key
from shared.transparency.publish import CHECKPOINT_KEY, PublishLog
from shared.transparency.tiles import TileReader, bundle_key, decode_bundle

NOW = datetime(2027, 2, 12, 0, 30, tzinfo=UTC)
ORIGIN = "tdkt.tinh.example/log"
SIGNER = Ed25519Signer.from_seed(b"logs" * 8)
VKEY = Vkey(ORIGIN, SIGNER.public_key())


def act(at: datetime = NOW) -> Act:
    return Act(actor=SYSTEM, at=at, correlation_id="test-correlation")


def document(number: int) -> NewEntry:
    digits = f"{number:039d}"
    subject = {"id": digits, "token_sha256": f"{number:064x}", "pdf_sha256": f"{number + 1:064x}"}
    return NewEntry(id=document_entry_id(digits), type="certificate", subject=subject)


class Failing:
    """A port that raises Unavailable at the step that `steps` counts to zero: before it is done, or just after."""

    def __init__(self, port: Any, steps: Steps) -> None:
        self._port, self._steps = port, steps

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._port, name)
        return lambda *a, **k: self._steps.take(lambda: call(*a, **k))


class Steps:
    """The k-th call of any port fails; `after` says whether its effect stays."""

    def __init__(self, fail_at: int, after: bool) -> None:
        self.left, self.after = fail_at, after

    def take(self, call: Callable[[], Any]) -> Any:
        self.left -= 1
        if self.left == -1 and not self.after:
            raise Unavailable("store.unavailable")
        found = call()
        if self.left == -1:
            raise Unavailable("store.unavailable")
        return found


class Log:
    """Writers on one store and one pair of object folders, and what everybody can read of them."""

    def __init__(self, table: Any, objects: Any, public: Any) -> None:
        self.table, self.objects, self.public = table, objects, public

    def write(self, *numbers: int, at: datetime = NOW, wrap: Callable[[Any], Any] = lambda port: port) -> None:
        """As the queue's consumer does: note, append, publish."""
        table, objects, public = wrap(self.table), wrap(self.objects), wrap(self.public)
        ids = [NoteEntry(table)(act(at), document(number)) for number in numbers]
        AppendEntries(table, objects)(act(at), ids)
        PublishLog(table, objects, public, SIGNER, ORIGIN)()

    def publish(self) -> Checkpoint | None:
        return PublishLog(self.table, self.objects, self.public, SIGNER, ORIGIN)()

    def sweep(self) -> None:
        AppendEntries(self.table, self.objects)(act(), PendingEntries(self.table)())
        self.publish()

    def entry(self, number: int) -> LogEntry:
        item = self.table.get(entry_key(document(number).id), "entry")
        assert item is not None
        return ENTRY.read(item.body)

    @property
    def checkpoint(self) -> Checkpoint:
        return parse_checkpoint(open_note(self.public.get(CHECKPOINT_KEY), [VKEY]))

    def entries(self) -> list[bytes]:
        """All entries as a monitor reads them, from the public bundles."""
        size = self.checkpoint.size
        found: list[bytes] = []
        for number in itertools.count():
            width = min(256, size - number * 256)
            if width <= 0:
                return found
            found += decode_bundle(self.public.get(bundle_key(number, width)))
        return found

    def reader(self) -> TileReader:
        return TileReader(self.public, self.checkpoint.size)

    def files(self) -> dict[str, bytes]:
        folder = self.public._data
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def new_log(tmp_path: Path) -> Iterator[Callable[[], Log]]:
    """Makes logs of their own, as many as a property test tries."""
    stores, count = [], itertools.count()

    def make() -> Log:
        folder = tmp_path / str(next(count))
        stores.append(Store(":memory:", {}))

        def objects(name: str) -> FolderObjects:
            secret = folder / "links.secret"
            return FolderObjects(folder / name, origin="https://x.example", clock=FixedClock(NOW), secret_file=secret)

        return Log(stores[-1].table("transparency"), objects("objects"), objects("public"))

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def log(new_log: Callable[[], Log]) -> Log:
    return new_log()
