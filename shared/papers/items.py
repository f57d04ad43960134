"""How papers are stored and found. Called by the use cases of this context only; keys: `__init__.py`."""

from __future__ import annotations

from shared.kernel.clock import rfc3339
from shared.kernel.errors import NotFound, Refused
from shared.kernel.ports import Item, Put, Table
from shared.papers.model import PAPER, READER, TEXT, Paper, Reader, State, Text


def load(table: Table, paper: str) -> tuple[Paper, int]:
    """The paper and its item's version. Raises NotFound(`paper.unknown`)."""
    item = table.get(f"paper#{paper}", "paper")
    if item is None:
        raise NotFound("paper.unknown", paper=paper[:40])
    return PAPER.read(item.body), item.version


def load_text(table: Table, paper: str, version: int) -> Text:
    """Raises NotFound(`paper.no_version`)."""
    item = table.get(f"paper#{paper}", f"text#{version:04d}")
    if item is None:
        raise NotFound("paper.no_version", version=version)
    return TEXT.read(item.body)


def load_reader(table: Table, paper: str, ref: str) -> tuple[Reader, int]:
    """Raises NotFound(`paper.no_reader`)."""
    item = table.get(f"paper#{paper}", f"reader#{ref}")
    if item is None:
        raise NotFound("paper.no_reader")
    return READER.read(item.body), item.version


def put(paper: Paper, expect: int) -> Put:
    place = f"{rfc3339(paper.drafted_at)}#{paper.id}"
    return Put(
        partition=f"paper#{paper.id}",
        sort="paper",
        body=PAPER.body(paper),
        expect=expect,
        index1=("papers", place),
        index2=(f"about#{paper.about_id}", place),
    )


def put_text(paper: str, version: int, text: Text, expect: int) -> Put:
    return Put(partition=f"paper#{paper}", sort=f"text#{version:04d}", body=TEXT.body(text), expect=expect)


def put_reader(paper: str, reader: Reader, expect: int) -> Put:
    return Put(partition=f"paper#{paper}", sort=f"reader#{reader.ref}", body=READER.body(reader), expect=expect)


def numbers_of(issuer: str, year: int) -> str:
    """The partition of an issuer's numbers of a year."""
    return f"numbers#{issuer}#{year}"


def paper_of(item: Item) -> Paper:
    return PAPER.read(item.body)


def refuse_when_filed(paper: Paper) -> None:
    """Raises Refused(`paper.filed`)."""
    if paper.state is State.FILED:
        raise Refused("paper.filed")
