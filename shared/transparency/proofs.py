"""Proofs made from the public tiles: that a document stands in the log, and that one checkpoint continues another.

Called by functions/public/proof.py (`/v/<id>.tlog-proof`). Reads only; what it reads is public but for salt and subject.
"""

from __future__ import annotations

from shared.kernel.errors import NotFound
from shared.kernel.notes import parse_note
from shared.kernel.ports import Objects, Table
from shared.kernel.tlog import Proof, parse_checkpoint
from shared.transparency.entries import document_entry_id
from shared.transparency.model import read_entry
from shared.transparency.publish import CHECKPOINT_KEY
from shared.transparency.tiles import TileReader
from shared.transparency.tree import consistency_path, inclusion_path


class ShowProof:
    """The proof of one document, against the checkpoint that is public now (C2SP tlog-proof)."""

    def __init__(self, table: Table, public: Objects) -> None:
        self._table = table
        self._public = public

    def __call__(self, document: str) -> bytes:
        """The proof of the document of these 39 digits; whoever gets it learns its digests, and no name.

        Raises NotFound: `log.no_entry`, `log.not_yet` (noted, and public in a moment), `log.erased` (answered as 410).
        """
        entry, _ = read_entry(self._table, document_entry_id(document))
        if entry.erased_at is not None:
            raise NotFound("log.erased")
        if entry.index is None:
            raise NotFound("log.not_yet")
        try:
            note = self._public.get(CHECKPOINT_KEY)
        except NotFound:
            raise NotFound("log.not_yet") from None
        size = parse_checkpoint(parse_note(note).text).size
        if entry.index >= size:
            raise NotFound("log.not_yet")
        path = inclusion_path(entry.index, size, TileReader(self._public, size).node)
        return Proof(entry.disclosure.extra, entry.index, path, note).text.encode()


class ShowConsistency:
    """The path from an earlier size of the log to the present one, for witnesses and auditors."""

    def __init__(self, public: Objects) -> None:
        self._public = public

    def __call__(self, old_size: int) -> tuple[bytes, tuple[bytes, ...]]:
        """(the present checkpoint as a signed note, hashes of the path). Raises NotFound before the first checkpoint, and
        ValueError for a size above the present one."""
        note = self._public.get(CHECKPOINT_KEY)
        size = parse_checkpoint(parse_note(note).text).size
        return note, consistency_path(old_size, size, TileReader(self._public, size).node)
