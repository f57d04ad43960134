"""Work that could not be done on AWS: the queues of dead letters of a stage (kernel/operations.py, dead_letters.py).

Called with a function's own rights, inside one request: counts are SQS's approximate ones, messages go back one by one and at
most MOST_AT_ONCE in a call. What the relay gave up (`outbox`) needs the stream and the outbox: the command brings that back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from shared.aws.dead_letters import DeadLetter, DeadLetters, DeadQueue, target_queue
from shared.aws.faults import unavailable_when_later
from shared.kernel.errors import NotFound, Refused
from shared.kernel.operations import MOST_AT_ONCE, FailedItem, Retried, Work

BUS: Final = "bus"
OUTBOX: Final = "outbox"
ROUNDS: Final = 40
"""How often SQS is asked for up to ten messages while one is looked for: what lies deeper is for the command."""


class AwsFailedWork:
    """`names`: of the stage's queues of work; the bus's and the outbox's dead letters stand beside them."""

    def __init__(self, sqs: Any, prefix: str, names: Sequence[str], *, poll_s: int = 1) -> None:
        self._sqs = sqs
        self._prefix = prefix
        self._names = names
        self._letters = DeadLetters(sqs, prefix, [*names, BUS, OUTBOX], poll_s=poll_s, rounds=ROUNDS)

    def works(self) -> tuple[Work, ...]:
        with unavailable_when_later("operations.queues_later"):
            return tuple(self._work(name) for name in sorted([*self._names, BUS, OUTBOX]))

    def look(self, work: str, limit: int = 50) -> tuple[FailedItem, ...]:
        with unavailable_when_later("operations.queues_later"):
            return tuple(_item(letter) for letter in self._letters.look(self._dead(work), limit))

    def retry(self, work: str, ids: Collection[str] | None = None) -> Retried:
        if work == OUTBOX:
            raise Refused("operations.by_command", work=work)
        route = self._route if work == BUS else None
        with unavailable_when_later("operations.queues_later"):
            queue = self._dead(work)
            moved = self._letters.move(queue, ids, route=route, most=MOST_AT_ONCE)
        left = queue.count - moved.count if ids is None else len(set(ids)) - moved.count
        return Retried(count=moved.count, left=max(left, moved.stuck))

    def drop(self, work: str, id: str) -> bool:  # noqa: A002
        with unavailable_when_later("operations.queues_later"):
            return self._letters.take(self._dead(work), lambda _: True, {id}).count > 0

    def _work(self, name: str) -> Work:
        waiting = 0
        if name in self._names:
            url = self._letters.url(name)
            found = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(_COUNTS))["Attributes"]
            waiting = sum(int(found[each]) for each in _COUNTS)
        return Work(name=name, waiting=waiting, failed=self._dead(name).count, by_command=name == OUTBOX)

    def _dead(self, work: str) -> DeadQueue:
        if work not in (*self._names, BUS, OUTBOX):
            raise NotFound("operations.no_work", work=work[:60])
        return self._letters.queue(work)

    def _route(self, message: Mapping[str, Any]) -> str | None:
        """Where the bus says that it was to go; what does not say it stays for the command, which knows the rules."""
        return target_queue(message, self._prefix)


_COUNTS: Final = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


def _item(letter: DeadLetter) -> FailedItem:
    return FailedItem(
        id=letter.id,
        fact=letter.fact,
        correlation_id=letter.correlation_id,
        since=letter.since,
        reason=letter.reason,
        things=letter.things,
    )
