"""Work that could not be done on the embedded engine: the dead letters of the queues on the store (kernel/operations.py)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from shared.embedded.queues import DeadLetter, Queues
from shared.embedded.store import Store
from shared.kernel.errors import NotFound
from shared.kernel.operations import MOST_AT_ONCE, FailedItem, Retried, Work, told_of

_WAITING = "SELECT queue, count(*), min(sent_at) FROM messages GROUP BY queue"
_FAILED = "SELECT queue, count(*) FROM dead_letters GROUP BY queue"
_DROP = "DELETE FROM dead_letters WHERE queue = ? AND id = ?"
_STANDING = "SELECT id FROM dead_letters WHERE queue = ? ORDER BY id LIMIT ?"


class EmbeddedFailedWork:
    """`names`: of the service's queues, as people know them. A queue that holds something is shown whatever its name."""

    def __init__(self, store: Store, names: Sequence[str]) -> None:
        self._store = store
        self._queues = Queues(store)
        self._names = names

    def works(self) -> tuple[Work, ...]:
        with self._store.reading() as connection:
            waiting = {name: (count, oldest) for name, count, oldest in connection.execute(_WAITING).fetchall()}
            failed = dict(connection.execute(_FAILED).fetchall())
        return tuple(
            Work(
                name=name,
                waiting=waiting[name][0] if name in waiting else 0,
                oldest=_moment(waiting[name][1]) if name in waiting else None,
                failed=failed.get(name, 0),
            )
            for name in sorted({*self._names, *waiting, *failed})
        )

    def look(self, work: str, limit: int = 50) -> tuple[FailedItem, ...]:
        self._check(work)
        return tuple(_item(letter) for letter in self._queues.dead_letters(work, limit))

    def retry(self, work: str, ids: Collection[str] | None = None) -> Retried:
        self._check(work)
        if ids is None:
            with self._store.reading() as connection:
                wanted = [int(row[0]) for row in connection.execute(_STANDING, (work, MOST_AT_ONCE)).fetchall()]
            count = self._queues.redrive(work, wanted) if wanted else 0
            return Retried(count=count, left=self._queues.depth(work).dead)
        numbers = {int(each) for each in ids if each.isascii() and each.isdigit() and len(each) < 19}
        count = self._queues.redrive(work, sorted(numbers)) if numbers else 0
        return Retried(count=count, left=len(set(ids)) - count)

    def drop(self, work: str, id: str) -> bool:  # noqa: A002
        self._check(work)
        if not (id.isascii() and id.isdigit() and len(id) < 19):
            return False
        return self._store.transact(lambda db: db.execute(_DROP, (work, int(id))).rowcount > 0)

    def _check(self, work: str) -> None:
        if work not in self._names and not any(each.name == work for each in self.works()):
            raise NotFound("operations.no_work", work=work[:60])


def _item(letter: DeadLetter) -> FailedItem:
    told = told_of(letter.body)
    return FailedItem(
        id=str(letter.id),
        fact=told.fact,
        correlation_id=told.correlation_id,
        since=_moment(letter.died_at),
        reason=letter.reason,
        attempts=letter.attempts,
        things=told.things,
    )


def _moment(wall_ms: int) -> datetime:
    return datetime.fromtimestamp(wall_ms / 1000, UTC)
