"""Certificates and awards written by earlier releases come under the addresses that they bear. Called once a day by
shared/edge/retention.py."""

from __future__ import annotations

from shared.certificates.store import AWARD, CERTIFICATE, put_award, put_certificate
from shared.kernel.errors import Conflict
from shared.kernel.ports import Put, Table


class IndexRecipients:
    """Adds what is missing in the index of addresses (erasing.py). New certificates bring it along."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, *, most: int) -> int:
        """How many were added, at most about `most`."""
        count, cursor = 0, None
        while count < most:
            page = self._table.query("decisions", limit=100, cursor=cursor, index=1)
            for item in page.items:
                count += self._decision(item.partition)
            cursor = page.cursor
            if cursor is None:
                break
        return count

    def _decision(self, partition: str) -> int:
        count, cursor = 0, None
        while True:
            page = self._table.query(partition, limit=200, cursor=cursor)
            for item in page.items:
                if item.sort.startswith("award#"):
                    count += self._add(put_award(AWARD.read(item.body), item.version), item.index2)
                elif item.sort.startswith("issued#"):
                    count += self._certificate(str(item.body["certificate"]))
            cursor = page.cursor
            if cursor is None:
                return count

    def _certificate(self, certificate: str) -> int:
        item = self._table.get(f"certificate#{certificate}", "certificate")
        if item is None:
            return 0
        return self._add(put_certificate(CERTIFICATE.read(item.body), item.version), item.index2)

    def _add(self, put: Put, standing: tuple[str, str] | None) -> int:
        if put.index2 == standing:
            return 0
        try:
            self._table.commit([put])
        except Conflict:
            return 0
        return 1
