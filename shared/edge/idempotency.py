"""A call that is sent again is not done again: the header `Idempotency-Key` (IETF draft-ietf-httpapi-idempotency-key-header).

A phone whose answer was lost, or a program that retries, sends the same call with the same key. The record of a key rides in
the call's first commit to the table of its own context, so there is no change without its record and no record without its
change; the answer is added when the route has given it. Called by shared/edge/http.py for signed-in callers alone: what the
public may do by a secret of its own is made to be repeated anyway.

    idempotency#<sha256 of caller and key>    call    route, digest of the body, and the answer; kept for a day

- same caller, key, route and body: the first answer again, with `idempotency-replayed: true`
- the same key for another call: 422 `http.key_used_otherwise`
- done, but the answer was lost with the process, holds a secret, or the caller's rights are others now: 409
  `http.call_done_before`
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from events.envelope import Act, Envelope
from events.plain import to_plain
from shared.edge.answers import Answer
from shared.edge.read_through import ReadThrough
from shared.kernel.errors import Conflict, Invalid, Refused
from shared.kernel.ports import ABSENT, Check, Put, Table, Write

REPLAYED: Final = "idempotency-replayed"
KEPT: Final = timedelta(hours=24)
MAX_ANSWER: Final = 100_000
"""Bytes of an answer that are kept; a longer one is read again by its address."""
_FORM: Final = re.compile(r'"?([A-Za-z0-9._:-]{8,128})"?')
_SORT: Final = "call"


class DoneMeanwhile(Exception):
    """The same call was carried out by another process between our look and our commit."""


@dataclass(slots=True)
class OneCall:
    """One call under one key. `table` gives the route its tables; `earlier` is asked before it runs, `keep` after."""

    tables: Callable[[str], Table]
    home: str
    act: Act
    partition: str
    digest: str
    rights: str = ""
    expect: int = ABSENT
    started: bool = False

    def earlier(self) -> Answer | None:
        """The first answer, where this call was made before. Raises Invalid, Refused as the module says."""
        item = self.tables(self.home).get(self.partition, _SORT)
        if item is None:
            return None
        if self.act.at.isoformat() >= item.body["until"]:  # the stores remove what has expired when they like
            self.expect = item.version
            return None
        if item.body["digest"] != self.digest:
            raise Invalid("http.key_used_otherwise", field="Idempotency-Key")
        kept = item.body["answer"]
        if kept is None or item.body["rights"] != self.rights:  # who may do less now may also see less
            raise Refused("http.call_done_before")
        headers = {**kept["headers"], REPLAYED: "true"}
        return Answer(kept["body"], status=kept["status"], headers=headers, content_type=kept["content_type"])

    def table(self, context: str) -> Table:
        """The tables of the route; the home table marks the first commit."""
        found = self.tables(context)
        return _Marking(found, self) if context == self.home else found

    def record(self, answer: dict[str, Any] | None, expect: int | None) -> Put:
        until = self.act.at + KEPT
        body = {"shape": 1, "digest": self.digest, "until": until.isoformat(), "rights": self.rights, "answer": answer}
        return Put(partition=self.partition, sort=_SORT, body=body, expect=expect, expires_at=until)

    def keep(self, answer: Answer) -> None:
        """Keeps the answer of a call that changed something. Nothing here may fail the call: it is done."""
        plain = None if isinstance(answer.body, bytes) or answer.cookies else _plain(answer)
        if not self.started or plain is None:
            return
        self.tables(self.home).commit([self.record(plain, expect=None)])


def one_call(
    key: str, *, tables: Callable[[str], Table], home: str, act: Act, method: str, path: str, raw: bytes, rights: object
) -> OneCall:
    """The call under its key; `rights` are those that the caller holds now.

    Raises Invalid(`http.key_bad`) unless the key has 8 to 128 letters, digits or . _ : -
    """
    found = _FORM.fullmatch(key)
    if found is None:
        raise Invalid("http.key_bad", field="Idempotency-Key")
    caller = json.dumps([act.actor.kind, act.actor.id, found[1]])
    partition = f"idempotency#{hashlib.sha256(caller.encode()).hexdigest()}"
    digest = hashlib.sha256(f"{method} {path}\n".encode() + raw).hexdigest()
    held = hashlib.sha256(repr(rights).encode()).hexdigest()[:16]
    return OneCall(tables, home, act, partition, digest, held)


def _plain(answer: Answer) -> dict[str, Any] | None:
    kept = {
        "status": answer.status,
        "headers": dict(answer.headers),
        "content_type": answer.content_type,
        "body": to_plain(answer.body),
    }
    return kept if len(json.dumps(kept, ensure_ascii=False).encode()) <= MAX_ANSWER else None


@dataclass(frozen=True, slots=True)
class _Marking(ReadThrough):
    """The home table: the first commit carries the key's record."""

    call: OneCall

    def commit(self, writes: Sequence[Write], events: Sequence[Envelope] = ()) -> None:
        if self.call.started or all(isinstance(write, Check) for write in writes):
            self.table.commit(writes, events)
            return
        try:
            self.table.commit([*writes, self.call.record(None, self.call.expect)], events)
        except Conflict as conflict:
            if conflict.write == len(writes):
                raise DoneMeanwhile from None
            raise
        self.call.started = True
