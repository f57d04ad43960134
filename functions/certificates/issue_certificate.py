"""Queue issue-certificate <- AwardGranted, CertificateReplaced: the certificate with its documents."""

from __future__ import annotations

from typing import Any

from events.certificates import AwardGranted, CertificateReplaced
from events.envelope import Act
from shared.certificates.issue import IssueCertificate
from shared.edge import queue, wiring
from shared.edge.papers import certificate_papers


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """Queue issue-certificate <- AwardGranted, CertificateReplaced."""
    ports = wiring.ports()
    issue = IssueCertificate(
        ports.table("certificates"), ports.objects, ports.keyring, ports.settings.origin, certificate_papers(ports)
    )

    def one(act: Act, fact: AwardGranted | CertificateReplaced, _: object) -> None:
        issue(act, decision=fact.decision, award=fact.award)

    return queue.consume(message, context, {AwardGranted: one, CertificateReplaced: one})
