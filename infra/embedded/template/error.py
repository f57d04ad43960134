"""The one error of this package: where in which file, and what to do, in Vietnamese and English."""

from __future__ import annotations

from dataclasses import dataclass

from shared.kernel.errors import Fact, Problem
from shared.texts import say


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a file: path relative to serverless.yml, line counted from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class TemplateError(Problem):
    """serverless.yml, or a file that it includes, says something that the embedded engine cannot do.

    `where` is the place; `str()` gives it with the sentence in both languages (shared/texts/template.toml). Facts are
    quoted from the files, which hold no secret: values of that kind stand in the environment.
    """

    def __init__(self, code: str, where: Where, **facts: Fact) -> None:
        super().__init__(code, file=where.file, line=where.line, **facts)
        self.where = where

    def __str__(self) -> str:
        return f"{self.where}: {say(self.code, 'vi', **self.facts)} / {say(self.code, 'en', **self.facts)}"
