"""Draws the ids and status numbers of certificates. Called by issue.py and replace.py, inside the commit that decides.

A status number is random among the issuer's unused ones, so that neighbours in the list say nothing about neighbours in a
decision. Each block of 131072 numbers is one status list (FORMATS 3). Certificates draw from the lower half of a block
(n mod 131072 < 65536), pledges from the upper half: the two contexts keep separate tables, and so never meet.
"""

from __future__ import annotations

import secrets
from typing import Final

from shared.kernel.ports import ABSENT, Put, Table

BLOCK: Final = 131072
"""Numbers of one status list (FORMATS 3)."""
HALF: Final = 65536
_DRAWS: Final = 16


def draw_status_number(table: Table, issuer: str) -> int:
    """A number that is unused at this moment; the commit's ABSENT decides. Moves on to the next block as one fills up.

    With half of a block taken, 16 draws all fail once in 65536 times; then the next block opens a little early.
    """
    block = 0
    while True:
        for _ in range(_DRAWS):
            number = block * BLOCK + secrets.randbelow(HALF)
            if table.get(number_partition(issuer), number_sort(number)) is None:
                return number
        block += 1


def claim_status_number(table: Table, issuer: str, number: int, certificate: str) -> list[Put]:
    """The writes that take the number, and enter the issuer's list among those to sign when it is the list's first."""
    taken = Put(
        partition=number_partition(issuer),
        sort=number_sort(number),
        body={"certificate": certificate},
        expect=ABSENT,
    )
    block = number // BLOCK
    if table.get("issuers", list_sort(issuer, block)) is not None:
        return [taken]
    opened = Put(
        partition="issuers",
        sort=list_sort(issuer, block),
        body={"issuer": issuer, "block": block},
        expect=ABSENT,
    )
    return [taken, opened]


def number_partition(issuer: str) -> str:
    return f"number#{issuer}"


def number_sort(number: int) -> str:
    return f"{number:010d}"


def list_sort(issuer: str, block: int) -> str:
    return f"{issuer}#{block:06d}"
