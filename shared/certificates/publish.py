"""Makes results public: when the presentation begins, or when an organiser releases them; never before.

Called by publish_results.py (PresentationBegan), publish_certificates.py (ResultsPublished) and http.py (release).
A certificate whose documents are finished only after the publication is published by its own issue (issue.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from events.certificates import CertificatePublished, ResultsPublished
from events.envelope import Act, Envelope, wrap
from shared.certificates.model import AwardDecision, Certificate, CertificateState
from shared.certificates.store import (
    BEGAN,
    decision_key,
    put_certificate,
    put_decision,
    read_certificate,
    read_decision,
)
from shared.kernel.clock import rfc3339
from shared.kernel.conflicts import decide_again
from shared.kernel.ports import ANY, Put, Table

CHUNK: Final = 40


class PublishResults:
    """Publishes all decisions that are announced at a ceremony, at the moment its presentation begins."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, *, ceremony: str, began_at: datetime) -> tuple[str, ...]:
        """Ids of the decisions that are public now; those that were public before stay as they are."""
        began = {"began_at": rfc3339(began_at)}
        self._table.commit([Put(partition=f"ceremony#{ceremony}", sort=BEGAN, body=began, expect=ANY)])
        page = self._table.query(f"ceremony#{ceremony}", prefix="decision#", limit=1000)
        decisions = tuple(str(item.body["decision"]) for item in page.items)
        for decision in decisions:
            _publish_decision(self._table, act, decision, began_at)
        return decisions


class ReleaseResults:
    """Publishes one decision because an organiser releases it: results without a ceremony, or after a delay."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, *, decision: str) -> AwardDecision:
        """The decision, published now or before. Raises NotFound."""
        return _publish_decision(self._table, act, decision, act.at)


class PublishCertificates:
    """Publishes every finished certificate of a published decision, in chunks; a repeat goes on where it stopped."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, *, decision: str) -> int:
        """How many this call published. Raises NotFound; 0 for a decision that is not published."""
        standing, _ = read_decision(self._table, decision)
        if standing.published_at is None:
            return 0
        count = 0
        cursor: str | None = None
        while True:
            page = self._table.query(decision_key(decision), prefix="issued#", limit=CHUNK, cursor=cursor)
            ids = [str(item.body["certificate"]) for item in page.items]
            count += self._chunk(act, ids, standing.published_at)
            cursor = page.cursor
            if cursor is None:
                return count

    def _chunk(self, act: Act, ids: Sequence[str], at: datetime) -> int:
        def attempt() -> int:
            writes, facts, count = [], [], 0
            for each in ids:
                certificate, version = read_certificate(self._table, each)
                if certificate.documents is None or certificate.published_at is not None:
                    continue
                write, fact = _published(act, certificate, version, at)
                writes.append(write)
                facts += fact
                count += 1
            if writes:
                self._table.commit(writes, facts)
            return count

        return decide_again(attempt)


def publish_certificate(table: Table, act: Act, certificate: str, at: datetime) -> Certificate:
    """Publishes one finished certificate unless it is public. Raises NotFound."""

    def attempt() -> Certificate:
        standing, version = read_certificate(table, certificate)
        if standing.documents is None or standing.published_at is not None:
            return standing
        write, facts = _published(act, standing, version, at)
        table.commit([write], facts)
        return replace(standing, published_at=at)

    return decide_again(attempt)


def _published(act: Act, certificate: Certificate, version: int, at: datetime) -> tuple[Put, list[Envelope]]:
    """A certificate that was ended before its publication becomes visible as ended, and nobody is congratulated."""
    write = put_certificate(replace(certificate, published_at=at), version)
    if certificate.state is not CertificateState.VALID:
        return write, []
    fact = CertificatePublished(certificate=certificate.id, decision=certificate.decision)
    return write, [wrap(fact, act, subject=certificate.id, version=version + 1)]


def _publish_decision(table: Table, act: Act, decision: str, at: datetime) -> AwardDecision:
    def attempt() -> AwardDecision:
        standing, version = read_decision(table, decision)
        if standing.published_at is not None:
            return standing
        published = replace(standing, published_at=at)
        fact = ResultsPublished(decision=decision, published_at=at)
        table.commit([put_decision(published, version)], [wrap(fact, act, subject=decision, version=version + 1)])
        return published

    return decide_again(attempt)
