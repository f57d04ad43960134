"""What everybody who holds a pledge's public id may see of it (FORMATS 7). Called by functions/public/verify.py.

Apart from reading.py, so that the public page loads the record and none of what signing and sealing need.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from shared.kernel.ports import Table
from shared.pledges.items import load
from shared.pledges.model import PUBLIC_ID

_PUBLIC_ID = re.compile(r"[0-9]{39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicRecord:
    """What the page of a pledge may say without its code (FORMATS 7): never the reason of a withdrawal, no person's name.

    `published` once sealed. `status`: valid, suspended or revoked (with number and date of the decision, if there is one).
    """

    public_id: str
    issuer: str
    title: str
    published: bool
    status: str
    version: int
    period: tuple[date, date]
    parties: int
    text_sha256: str
    sealed_at: datetime | None
    status_number: int | None
    pdf_key: str | None
    withdrawn_on: date | None
    decision_number: str | None


class FindPublicRecord:
    """What is on record under a public id."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, public_id: str) -> PublicRecord | None:
        """None where no pledge has that id."""
        item = self._table.get(f"public#{public_id}", "pledge") if _PUBLIC_ID.fullmatch(public_id) else None
        if item is None:
            return None
        pledge = load(self._table, PUBLIC_ID.read(item.body).pledge).pledge
        seal, withdrawal = pledge.seal, pledge.withdrawal
        return PublicRecord(
            public_id=public_id,
            issuer=pledge.issuer,
            title=pledge.title,
            published=seal is not None and seal.sealed_at is not None,
            status="revoked" if withdrawal else "suspended" if pledge.disputed else "valid",
            version=pledge.version,
            period=pledge.period,
            parties=len(pledge.parties),
            text_sha256=pledge.text_sha256,
            sealed_at=seal.sealed_at if seal else None,
            status_number=seal.status_number if seal else None,
            pdf_key=seal.pdf_key if seal else None,
            withdrawn_on=(withdrawal.decided_on or withdrawal.at.date()) if withdrawal else None,
            decision_number=withdrawal.decision_number if withdrawal else None,
        )
