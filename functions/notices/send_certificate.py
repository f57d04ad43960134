"""Queue send-certificate <- CertificatePublished: the slip (Phiếu xác thực khen thưởng), where there is an address."""

from __future__ import annotations

from typing import Any

from events.certificates import CertificatePublished
from events.envelope import Act
from shared.certificates.model import CertificateState
from shared.certificates.records import ShowCertificate
from shared.edge import queue, wiring
from shared.edge.papers import slip
from shared.edge.wiring import Ports
from shared.kernel.errors import Refused
from shared.kernel.ids import derived_id
from shared.kernel.ports import Attachment, Letter
from shared.notices.letters import write_letter
from shared.notices.model import Notice
from shared.notices.usecases import SendNotice


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """Queue send-certificate <- CertificatePublished."""
    ports = wiring.ports()
    return queue.consume(message, context, {CertificatePublished: lambda act, fact, _: send(ports, act, fact)})


def send(ports: Ports, act: Act, fact: CertificatePublished) -> None:
    """One letter per certificate; what was ended before it went out is not congratulated."""
    certificate = ShowCertificate(ports.table("certificates"))(fact.certificate)
    notice = Notice(
        id=derived_id("notice", "certificate", certificate.id),
        kind="certificate",
        recipient=f"award:{certificate.award}",
        address=certificate.recipient.email or None,
        address_name=certificate.recipient.name,
        subject_ref=f"certificate:{certificate.id}",
    )

    def compose(_attempt: int) -> Letter:
        if certificate.state is not CertificateState.VALID or certificate.published_at is None:
            raise Refused("certificate.no_letter")
        facts = {
            "title": certificate.form_name,
            "unit": certificate.recipient.unit or certificate.issuer.name,
            "decision": certificate.decision_number,
            "verify_url": f"{ports.settings.origin}/v/{certificate.id}",
        }
        paper = Attachment(filename="phieu-xac-thuc.pdf", content_type="application/pdf", data=slip(ports, certificate))
        return write_letter(notice, facts, attachments=(paper,))

    SendNotice(ports.table("notices"), ports.mail)(act, notice, compose)
