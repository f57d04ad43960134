"""What recipients ask for: to be found by their mail address, to hide all but the status, to be erased.

Called by shared/edge/holdings.py and carrying_out.py. Erasing takes names, citation, token and papers; the number in the
status lists stays and is never given to another, and what was handed out remains (FORMATS 4). The lists of the decision that
were read are emptied whole (retention.py): the same person stands in them, and perhaps in a row that was not taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from events.envelope import Act
from shared.certificates.model import Certificate, Recipient
from shared.certificates.retention import GONE, EmptyAwardLists
from shared.certificates.store import (
    AWARD,
    CERTIFICATE,
    put_award,
    put_certificate,
    read_certificate,
)
from shared.kernel.conflicts import decide_again
from shared.kernel.contacts import holder_digest
from shared.kernel.errors import Refused
from shared.kernel.ports import Item, Objects, Table, Write


class IssuedTo:
    """The certificates that bear a mail address. An index read."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, address: str) -> tuple[Certificate, ...]:
        found = (CERTIFICATE.read(item.body) for item in self._indexed(address))
        return tuple(each for each in found if each.recipient.email.casefold() == address.casefold())

    def is_any(self, address: str) -> bool:
        """Whether there is one."""
        return next(self._indexed(address), None) is not None

    def _indexed(self, address: str) -> Iterator[Item]:
        page = self._table.query(f"holder#{holder_digest(address)}", prefix="certificate#", limit=500, index=2)
        yield from page.items


class HideCertificate:
    """The public page shows nothing but the status from now on. A repeat changes nothing."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, certificate: str) -> Certificate:  # noqa: ARG002  (every use case knows its act)
        """Raises NotFound."""
        return decide_again(partial(self._hide, certificate))

    def _hide(self, certificate: str) -> Certificate:
        standing, version = read_certificate(self._table, certificate)
        if standing.hidden or standing.erased_at is not None:
            return standing
        hidden = replace(standing, hidden=True)
        self._table.commit([put_certificate(hidden, version)])
        return hidden


class EraseCertificate:
    """Takes the recipient out of a certificate, its award and its papers. A repeat changes nothing."""

    def __init__(self, table: Table, objects: Objects) -> None:
        self._table = table
        self._objects = objects

    def __call__(self, act: Act, certificate: str) -> Certificate:
        """Raises NotFound, Refused(`certificate.being_made`) while its papers are not finished."""
        standing, _ = read_certificate(self._table, certificate)
        if standing.erased_at is None and standing.documents is None and not standing.fault:
            raise Refused("certificate.being_made")
        if standing.documents is not None:  # first: what a crash leaves is erased by the repeat
            for key in (standing.documents.pdf_key, standing.documents.png_key):
                self._objects.replace(key, GONE, "text/plain")
        EmptyAwardLists(self._table, self._objects).of_decision(act, standing.decision)
        return decide_again(partial(self._erase, act, certificate))

    def _erase(self, act: Act, certificate: str) -> Certificate:
        standing, version = read_certificate(self._table, certificate)
        if standing.erased_at is not None:
            return standing
        nobody = Recipient(type=standing.recipient.type, name="")
        erased = replace(
            standing, recipient=nobody, citation="", token="", documents=None, hidden=True, erased_at=act.at
        )
        writes: list[Write] = [put_certificate(erased, version)]
        item = self._table.get(f"decision#{standing.decision}", f"award#{standing.award}")
        if item is not None:
            award = replace(AWARD.read(item.body), recipient=nobody, citation="")
            writes.append(put_award(award, item.version))
        self._table.commit(writes)
        return erased
