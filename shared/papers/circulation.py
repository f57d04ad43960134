"""Who was asked to read a paper, by which links, and who has opened it ("đã mở").

Called by functions/papers/http.py (circulate, remind, recall, read, opened) and by the sender of the letters (MakePaperLink).

Every letter has a link of its own: 256 random bits behind the `#`, kept as SHA-256 alone. A link is not spent by reading and a
later letter leaves the earlier one good: it opens one paper, for one reader. Opening is what the reader's page says after it
has shown the words (a POST), so that a mail filter which follows addresses opens nothing.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Final

from events.envelope import Act, Envelope, wrap
from events.papers import PaperCirculated
from shared.kernel.base64url import encode
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Invalid, NotFound, Refused
from shared.kernel.ports import ABSENT, Put, Table
from shared.kernel.text import nfc
from shared.papers.items import load, load_reader, load_text, put, put_reader, refuse_when_filed
from shared.papers.model import READER, SECRET_OWNER, Paper, Reader, SecretOwner, Text

MAX_ASKED: Final = 60
"""Readers of one call: each is an item of one commit, which holds 100."""
MAX_READERS: Final = 600
CHUNK: Final = 40
SAME_OPENING: Final = timedelta(minutes=1)
"""A page loaded again within this time is the same opening."""
_REF = re.compile(r"(?:unit|registration):[A-Za-z0-9._-]{1,64}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """Somebody to ask: `ref` as `unit:SNV` or `registration:<id>`, `name` as the paper addresses them."""

    ref: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLink:
    """A link as its letter needs it; the secret is stored nowhere."""

    paper: Paper
    reader: Reader
    secret: str = field(repr=False)

    def address(self, origin: str) -> str:
        return f"{origin}/papers/{self.paper.id}#{self.secret}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a link shows: the version that was circulated, addressed to its reader."""

    paper: Paper
    text: Text
    reader: Reader


class CirculatePaper:
    """Asks these to read the paper as it stands now; each gets a letter. Whoever was asked before is asked for this version."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, paper: str, whom: Sequence[Whom]) -> Paper:
        """Raises NotFound; Invalid: `paper.nobody`, `paper.too_many`, `paper.reader_wrong`."""
        asked = {each.ref: replace(each, name=nfc(each.name)[:200]) for each in whom}
        if not asked:
            raise Invalid("paper.nobody", field="readers")
        if len(asked) > MAX_ASKED:
            raise Invalid("paper.too_many", field="readers", most=MAX_ASKED)
        if not all(_REF.fullmatch(ref) for ref in asked):
            raise Invalid("paper.reader_wrong", field="readers")
        return decide_again(partial(self._circulate, act, paper, tuple(asked.values())))

    def _circulate(self, act: Act, paper: str, asked: Sequence[Whom]) -> Paper:
        standing, expect = load(self._table, paper)
        found = [self._table.get(f"paper#{paper}", f"reader#{each.ref}") for each in asked]
        readers = standing.readers + sum(item is None for item in found)
        if readers > MAX_READERS:
            raise Invalid("paper.too_many", field="readers", most=MAX_READERS)
        changed = replace(
            standing,
            circulated=standing.version,
            round=standing.round + 1,
            readers=readers,
            recalled_at=None,
            changed_at=act.at,
        )
        writes = [put(changed, expect)]
        for each, item in zip(asked, found, strict=True):
            new = Reader(ref=each.ref, name=each.name, version=changed.version, asked_at=act.at)
            if item is not None:
                new = replace(READER.read(item.body), name=each.name, version=changed.version, asked_at=act.at)
            writes.append(put_reader(paper, new, ABSENT if item is None else item.version))
        self._table.commit(writes, _facts(act, changed, [each.ref for each in asked], expect + 1, again=False))
        return changed


class RemindReaders:
    """Another letter to those who have not opened what was circulated."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, paper: str) -> int:
        """How many are reminded. Raises NotFound, Refused: `paper.not_circulated`, `paper.all_have_opened`."""
        return decide_again(partial(self._remind, act, paper))

    def _remind(self, act: Act, paper: str) -> int:
        standing, expect = load(self._table, paper)
        if not standing.circulated or standing.recalled_at is not None:
            raise Refused("paper.not_circulated")
        late = [reader.ref for reader in readers_of(self._table, paper) if not reader.has_opened]
        if not late:
            raise Refused("paper.all_have_opened")
        changed = replace(standing, round=standing.round + 1, changed_at=act.at)
        self._table.commit([put(changed, expect)], _facts(act, changed, late, expect + 1, again=True))
        return len(late)


class RecallPaper:
    """The links open nothing any more, until the paper is circulated again. A second time changes nothing."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, paper: str) -> Paper:
        """Raises NotFound, Refused: `paper.not_circulated`, `paper.filed`."""
        return decide_again(partial(self._recall, act, paper))

    def _recall(self, act: Act, paper: str) -> Paper:
        standing, expect = load(self._table, paper)
        refuse_when_filed(standing)
        if not standing.circulated:
            raise Refused("paper.not_circulated")
        if standing.recalled_at is not None:
            return standing
        recalled = replace(standing, recalled_at=act.at, changed_at=act.at)
        self._table.commit([put(recalled, expect)])
        return recalled


class MakePaperLink:
    """A fresh link of a reader, made at the moment its letter is sent."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, paper: str, ref: str) -> PaperLink:
        """Raises NotFound, Refused(`paper.recalled`)."""
        return decide_again(partial(self._make, act, paper, ref))

    def _make(self, act: Act, paper: str, ref: str) -> PaperLink:
        standing, _ = load(self._table, paper)
        if standing.recalled_at is not None:
            raise Refused("paper.recalled")
        reader, expect = load_reader(self._table, paper, ref)
        sent = replace(reader, sent_at=act.at)
        secret = encode(secrets.token_bytes(32))
        owner = Put(
            partition=f"secret#{_digest(secret)}",
            sort="owner",
            body=SECRET_OWNER.body(SecretOwner(paper=paper, ref=ref)),
            expect=ABSENT,
        )
        self._table.commit([owner, put_reader(paper, sent, expect)])
        return PaperLink(paper=standing, reader=sent, secret=secret)


class ReadByLink:
    """The circulated version for whoever holds a link. Reading alone records nothing."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, paper: str, secret: str) -> Reading:
        """Raises Refused: `paper.unknown_link`, `paper.recalled`."""
        standing, reader, _ = _by_link(self._table, paper, secret)
        return Reading(paper=standing, text=load_text(self._table, paper, standing.circulated), reader=reader)


class RecordOpening:
    """The reader's page has shown the words: first and last time, and how often."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, paper: str, secret: str) -> Reader:
        """Loaded again within a minute it is the same opening. Raises as ReadByLink."""
        return decide_again(partial(self._record, act, paper, secret))

    def _record(self, act: Act, paper: str, secret: str) -> Reader:
        standing, reader, expect = _by_link(self._table, paper, secret)
        last = reader.last_opened_at
        if reader.has_opened and last is not None and act.at - last < SAME_OPENING:
            return reader
        opened = replace(
            reader,
            first_opened_at=reader.first_opened_at or act.at,
            last_opened_at=act.at,
            openings=reader.openings + 1,
            opened_version=max(reader.opened_version, standing.circulated),
        )
        self._table.commit([put_reader(paper, opened, expect)])
        return opened


def readers_of(table: Table, paper: str) -> tuple[Reader, ...]:
    """All who were asked, at most MAX_READERS. A consistent read."""
    page = table.query(f"paper#{paper}", prefix="reader#", limit=1000)
    return tuple(READER.read(item.body) for item in page.items)


def _by_link(table: Table, paper: str, secret: str) -> tuple[Paper, Reader, int]:
    if not _SECRET.fullmatch(secret):
        raise Refused("paper.unknown_link")
    item = table.get(f"secret#{_digest(secret)}", "owner")
    owner = SECRET_OWNER.read(item.body) if item else None
    if owner is None or owner.paper != paper:
        raise Refused("paper.unknown_link")
    try:
        standing, _ = load(table, paper)
        reader, expect = load_reader(table, paper, owner.ref)
    except NotFound:
        raise Refused("paper.unknown_link") from None
    if standing.recalled_at is not None:
        raise Refused("paper.recalled")
    return standing, reader, expect


def _facts(act: Act, paper: Paper, refs: Sequence[str], version: int, *, again: bool) -> list[Envelope]:
    return [
        wrap(
            PaperCirculated(
                paper=paper.id,
                version=paper.circulated,
                round=paper.round,
                readers=tuple(refs[start : start + CHUNK]),
                again=again,
            ),
            act,
            subject=paper.id,
            version=version,
            place=place,
        )
        for place, start in enumerate(range(0, len(refs), CHUNK))
    ]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
