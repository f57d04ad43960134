"""Facts of official papers: somebody is asked to read one. Their words, numbers and links are in no fact."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperCirculated:
    """These readers (`unit:<code>`, `registration:<id>`) are to get a letter with their own link to this version.

    `round` counts the letters of one paper; `again` tells a reminder of what was not opened. At most 40 readers in a fact.
    """

    paper: str
    version: int
    round: int
    readers: tuple[str, ...]
    again: bool = False


EVENTS: dict[tuple[str, int], type] = {("PaperCirculated", 1): PaperCirculated}
