"""The outbox relay: records of the outbox table's stream go to the bus. Called by functions/outbox/relay.py.

Nothing is lost: the answer names the first record that is not on the bus yet, and the stream delivers from there again.
Order is kept as far as it can be: requests go one after the other, and none is sent behind one that failed. What was
sent behind a failure in the same request comes twice; consumers know a fact by its id. A record that can never pass is
named like any other; halving the batch and the on-failure queue (infra/functions/outbox.yml) get it out of the way.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from shared.aws.bus import entry, entry_size
from shared.aws.faults import NETWORK, code_of

MAX_ENTRIES: Final = 10
MAX_REQUEST_BYTES: Final = 256 * 1024
"""The service takes 1 MB by now; older regions and emulators do not."""

Record = Mapping[str, Any]
Numbered = tuple[str, dict[str, Any]]
"""A record's sequence number and its entry."""

_log = logging.getLogger("giaouoc.relay")


class Relay:
    """Carries records to one bus."""

    def __init__(self, client: Any, bus: str) -> None:
        self._client = client
        self._bus = bus

    def carry(self, records: Sequence[Record]) -> str | None:
        """The sequence number of the first record that is not on the bus; None if all are."""
        numbered: list[Numbered] = []
        stuck: str | None = None
        for record in records:
            if not _is_new_fact(record):
                continue
            number = record["dynamodb"]["SequenceNumber"]
            try:
                numbered.append((number, entry(self._bus, record["dynamodb"]["NewImage"]["envelope"]["S"])))
            except (ValueError, KeyError, TypeError) as error:
                _log.error("no envelope in record %s: %s", number, type(error).__name__)
                stuck = number
                break  # what stands before it goes out; what follows waits for it, to keep the order
        for batch in batches(numbered):
            failed = self._put(batch)
            if failed is not None:
                return failed
        return stuck

    def _put(self, batch: Sequence[Numbered]) -> str | None:
        """Sends one request. The sequence number of its first entry that was not taken."""
        try:
            answer = self._client.put_events(Entries=[each for _, each in batch])
        except (ClientError, *NETWORK) as error:
            code = code_of(error) if isinstance(error, ClientError) else type(error).__name__
            _log.error("%d facts not taken: %s", len(batch), code)
            return batch[0][0]
        if not answer.get("FailedEntryCount"):
            return None
        for (number, _), result in zip(batch, answer["Entries"], strict=True):  # in the order of the request
            if result.get("ErrorCode"):
                _log.error("%d facts not taken: %s", answer["FailedEntryCount"], result["ErrorCode"])
                return number
        return batch[0][0]


def batches(numbered: Iterable[Numbered]) -> Iterator[list[Numbered]]:
    """Runs of at most MAX_ENTRIES entries and MAX_REQUEST_BYTES; one that is too large alone goes alone."""
    batch: list[Numbered] = []
    size = 0
    for each in numbered:
        more = entry_size(each[1])
        if batch and (len(batch) == MAX_ENTRIES or size + more > MAX_REQUEST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += more
    if batch:
        yield batch


def _is_new_fact(record: Record) -> bool:
    """Not a deletion by ttl, not a repeated commit (MODIFY)."""
    return record.get("eventName") == "INSERT" and "NewImage" in record["dynamodb"]
