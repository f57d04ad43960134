"""Makes the public files of the log from its head: tiles, bundles, and last of all the signed checkpoint.

Everything here can be made again: the checkpoint that stands says from where to go on, and without one it goes on from the
first entry. Called by shared/edge/transparency.py after entries were appended, and by the schedule. Step 3 of this
package's docstring.

A log must never sign two heads of which one does not continue the other. Hence nothing is signed that does not continue the
checkpoint in public: after a restore from an older backup the writer stops here (`log.behind`) until people have looked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shared.kernel.errors import NotFound, Unavailable
from shared.kernel.notes import BadNote, Vkey, open_note, sign_note
from shared.kernel.ports import Objects, Signer, Table
from shared.kernel.tlog import BadProof, Checkpoint, parse_checkpoint
from shared.transparency.model import BATCH, batch_sort, read_head
from shared.transparency.tiles import PREFIX, TileReader, TileWriter, decode_bundle
from shared.transparency.tree import Frontier, root_at

CHECKPOINT_KEY: Final = f"{PREFIX}checkpoint"
TEXT: Final = "text/plain; charset=utf-8"
ROUNDS: Final = 10


class PublishLog:
    """Publishes the log as far as its head says."""

    def __init__(self, table: Table, objects: Objects, public: Objects, signer: Signer, origin: str) -> None:
        """`signer` is the log's checkpoint key, `origin` the log's name, `HOST/log`."""
        self._table = table
        self._objects = objects
        self._public = public
        self._signer = signer
        self._origin = origin

    def __call__(self) -> Checkpoint | None:
        """The checkpoint in public, which is the head's; None for a log without entries.

        Raises Unavailable: `log.behind` (the public checkpoint is ahead of the head), `log.fork` (they differ), `log.foreign`
        (its signature is not this log's), `log.busy` (others append faster than this publishes).
        """
        for _ in range(ROUNDS):
            # The checkpoint first: the head only grows, so one read later is never behind.
            published = self._published()
            standing = read_head(self._table)
            head = standing[0].tree if standing is not None else Frontier()
            if published.size > head.size:
                raise Unavailable("log.behind", published=published.size, size=head.size)
            if published.size == head.size:
                if published.root != head.root:
                    raise Unavailable("log.fork", size=head.size)
                return published if standing is not None else None
            # A slower writer may put its older checkpoint over a newer one: it comes back here and puts it right.
            self._extend(published, head)
        raise Unavailable("log.busy")

    def _published(self) -> Checkpoint:
        try:
            data = self._public.get(CHECKPOINT_KEY)
        except NotFound:
            return Checkpoint(self._origin, 0, Frontier().root)
        try:
            checkpoint = parse_checkpoint(open_note(data, [Vkey(self._origin, self._signer.public_key())]))
        except (BadNote, BadProof):
            raise Unavailable("log.foreign") from None
        if checkpoint.origin != self._origin:
            raise Unavailable("log.foreign")
        return checkpoint

    def _extend(self, published: Checkpoint, head: Frontier) -> None:
        writer = self._writer(published.size)
        for entry in self._entries(writer.size, head.size):
            writer.add(entry)
        writer.finish()
        tiles = TileReader(self._public, head.size)
        continued = root_at(published.size, tiles.node) == published.root
        if not continued or tiles.frontier().root != head.root:
            raise Unavailable("log.fork", size=published.size)
        text = Checkpoint(self._origin, head.size, head.root).text
        self._public.replace(CHECKPOINT_KEY, sign_note(text, self._origin, self._signer), TEXT)

    def _writer(self, size: int) -> TileWriter:
        """Goes on from the tiles of that size; if some are gone, from the first entry, and makes all again."""
        try:
            return TileWriter(self._public, TileReader(self._public, size))
        except NotFound:
            return TileWriter(self._public, TileReader(self._public, 0))

    def _entries(self, start: int, end: int) -> Iterator[bytes]:
        """The entries [start, end) from the batch objects; both are bounds of batches. Raises Unavailable(log.fork)."""
        while start < end:
            between = (batch_sort(start), batch_sort(end - 1))
            page = self._table.query("batches", between=between, limit=200)
            for item in page.items:
                batch = BATCH.read(item.body)
                entries = tuple(decode_bundle(self._objects.get(batch.key)))
                if (batch.first, batch.count) != (start, len(entries)):
                    raise Unavailable("log.fork", size=start)
                yield from entries
                start += batch.count
            if not page.items:
                raise Unavailable("log.fork", size=start)
