"""Request bodies and answers of the paper routes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from shared.papers.model import Block, BlockKind, Heading, Kind, Recipients, Signer, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPaperBody:
    """A paper of a ceremony or of a pledge: one of the two. `key` tells two of one kind apart."""

    kind: Kind
    ceremony: str | None = None
    pledge: str | None = None
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockBody:
    """`rows` of a TABLE begin with its head; a form sends them as `text` instead: a line for each row, cells parted by `|`."""

    kind: BlockKind
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperTextBody:
    """The whole text; `version` is the one that was edited, so that two officers never overwrite each other unseen."""

    version: int
    title: str
    subject: str
    heading: Heading
    blocks: tuple[BlockBody, ...]
    signers: tuple[Signer, ...] = ()
    distribution: tuple[Recipients, ...] = ()

    def text(self) -> Text:
        return Text(
            title=self.title,
            subject=self.subject,
            heading=self.heading,
            blocks=tuple(map(_block, self.blocks)),
            signers=self.signers,
            distribution=self.distribution,
        )


def _block(body: BlockBody) -> Block:
    if body.kind is not BlockKind.TABLE or body.rows:
        return Block(kind=body.kind, text=body.text, rows=body.rows)
    rows = [tuple(cell.strip() for cell in line.split("|")) for line in body.text.splitlines() if line.strip()]
    width = max((len(row) for row in rows), default=0)
    return Block(kind=body.kind, rows=tuple((*row, *("",) * (width - len(row))) for row in rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class CirculateBody:
    """Units by their codes, delegates by their registrations: each gets a link of its own."""

    units: tuple[str, ...] = ()
    registrations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberBody:
    """What the registry gave: `12/GM-SNV`, `41-CT/TU`. `reason` corrects; `despite`: meant although in use."""

    number: str
    dated: date
    reason: str = ""
    despite: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLinkBody:
    """`id`: of the address, `secret`: what follows its `#`."""

    id: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemindedView:
    """How many get another letter."""

    reminded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperForReader:
    """What a link shows: the words as they will be printed, and to whom they are addressed."""

    kind: str
    state: str
    version: int
    addressee: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    number: str
    place_date: str
    title: str
    subject: str
    blocks: tuple[Block, ...]
    signers: tuple[Signer, ...]
    distribution: tuple[Recipients, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningView:
    """When the opening was recorded, and the first one."""

    first_opened_at: datetime
    last_opened_at: datetime
