"""The errors that the core raises; their class decides a request's or message's fate (edge/http.py, edge/queue.py).

Problem
├── Refused      a rule says no; a retry cannot help          HTTP 409 (or 422 for bad input), message acknowledged
│   └── Invalid  the input itself is wrong: names the field    HTTP 422
├── NotFound     may arrive early, may not exist               HTTP 404, message redelivered
├── Conflict     somebody else was faster: read again          HTTP 409 after re-reading, message redelivered
└── Unavailable  a neighbour or a disk does not answer now     HTTP 503, message redelivered

Anything else is a fault of ours: HTTP 500 without internals, message redelivered and in the end dead-lettered.
The sentence a person reads is looked up by `code` in shared/texts/*.toml, in Vietnamese and English, at the edge.
"""

from __future__ import annotations

Fact = str | int | None


class Problem(Exception):
    """A problem with a stable machine `code` (`ticket.already_admitted`) and the `facts` its sentence is made of."""

    def __init__(self, code: str, **facts: Fact) -> None:
        super().__init__(code)
        self.code = code
        self.facts: dict[str, Fact] = facts

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code!r}, {sorted(self.facts)})"  # facts may be personal: names only


class Refused(Problem):
    """A rule of the domain says no. The same request would be refused again."""


class Invalid(Refused):
    """The input is wrong in itself; `field` names what to correct."""

    def __init__(self, code: str, *, field: str, **facts: Fact) -> None:
        super().__init__(code, field=field, **facts)


class Forbidden(Refused):
    """The caller's rights do not reach this. Says nothing about whether the thing exists."""


class NotFound(Problem):
    """Nothing is stored under that id (yet)."""


class Conflict(Problem):
    """An expectation of a commit failed: `write` is its place in the list, `key` what it was about."""

    def __init__(self, code: str = "store.conflict", *, write: int = -1, key: str = "") -> None:
        super().__init__(code, write=write, key=key)
        self.write = write
        self.key = key


class Unavailable(Problem):
    """A neighbour (store, disk, mail server) cannot answer now; trying later may help."""


def machine_code(error: BaseException) -> str | None:
    """A problem's own code; of an error of AWS's SDK the request and the service's code, `SendEmail AccessDeniedException`.
    Never the sentence, which may quote what a person typed, or an address."""
    operation = getattr(error, "operation_name", None)
    if isinstance(operation, str):
        return f"{operation} {getattr(error, 'response', {}).get('Error', {}).get('Code', '')}".rstrip()
    code = getattr(error, "code", None)
    return code if isinstance(code, str) else None


def reason_of(error: BaseException) -> str:
    """`Conflict store.conflict`, `KeyError`: what may be kept of an error beside a dead letter."""
    code = machine_code(error)
    return type(error).__name__ if code is None else f"{type(error).__name__} {code}"
