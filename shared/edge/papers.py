"""The papers of a certificate, drawn from its record: sealed PDF, picture, and the slip that goes out by mail.

Called by functions/certificates/issue_certificate.py and functions/notices/send_certificate.py, and by check_awards.py, which
tries every row on paper before it is taken. The record decides every
word and time on a paper, so that a paper drawn again says the same (its seal alone differs).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo

from shared.certificates.issue import Draw, Drawn, code_text, new_certificate
from shared.certificates.model import Award, AwardDecision, Certificate
from shared.certificates.rules import Unprintable
from shared.documents import certificate as paper
from shared.documents.bulk import CertificatePress
from shared.documents.certificate_pdf import FULL_ART, SLIP, page_fields, render_verification_slip
from shared.documents.certificate_png import render_certificate_png
from shared.documents.compose import compose, load_layout
from shared.documents.seal import Sealer, SealField
from shared.edge.wiring import Ports
from shared.kernel.errors import Invalid

ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
"""Papers of a province carry its time."""
_COLUMNS: Final = {"position": "position", "citation": "citation", "award_form": "form"}
"""Fields of the layout and the columns of the list that they come from; whatever else is wrong is told at the name."""
_FAMILIES: Final[dict[str, paper.Family]] = {"PARTY": "PARTY", "MASS_ORG": "MASS_ORG"}
_FOR_THE_HEAD: Final = ("KT.", "TL.", "TUQ.", "Q.", "K/T", "T/L")


def printable(ports: Ports) -> Callable[[AwardDecision, Award], Unprintable | None]:
    """Sets the texts of an award as its certificate would, draws nothing: what does not fit, or no typeface holds."""

    def attempt(decision: AwardDecision, award: Award) -> Unprintable | None:
        certificate = new_certificate(ports.clock.now(), decision, award, 0)
        page = _page(certificate, f"{ports.settings.origin}/v/{certificate.id}#1")
        try:
            compose(page_fields(page, FULL_ART), load_layout(FULL_ART))
        except Invalid as invalid:
            return _finding(invalid)
        return None

    return attempt


def _finding(invalid: Invalid) -> Unprintable:
    facts = dict(invalid.facts)
    field = _COLUMNS.get(str(facts.pop("field")), "name")
    return Unprintable(field=field, code=f"award.{invalid.code.removeprefix('document.')}", facts=facts)


def certificate_papers(ports: Ports) -> Draw:
    """What draws a certificate's PDF and PNG. Raises, when called, Refused for texts that fit no layout, Unavailable
    for a missing seal key."""

    def draw(certificate: Certificate, code: str) -> Drawn:
        return Drawn(
            pdf=certificate_pdf(ports, certificate, code), png=render_certificate_png(_page(certificate, code))
        )

    return draw


def certificate_pdf(ports: Ports, certificate: Certificate, code: str) -> bytes:
    """The sealed PDF alone. Raises as `certificate_papers`."""
    return _press(ports, certificate.issuer.code).sealed(_page(certificate, code))


_presses: dict[bytes, CertificatePress] = {}


def _press(ports: Ports, issuer: str) -> CertificatePress:
    """The press of an issuer's seal: what the papers of one decision share is set once in a process."""
    certificate = ports.keyring.certificate(issuer)
    kept = _presses.get(certificate)
    if kept is None:
        kept = _presses[certificate] = CertificatePress(Sealer(ports.keyring.signer(issuer, "seal"), certificate))
    return kept


def slip(ports: Ports, certificate: Certificate) -> bytes:
    """The sealed verification slip ("không thay thế bản chính"). Raises as `certificate_papers`."""
    page = _page(certificate, code_text(ports.settings.origin, certificate))
    return _sealed(ports, certificate, render_verification_slip(page), SLIP)


def granting_office(certificate: Certificate) -> str:
    """Who grants: `Giám đốc Sở Nội vụ`; a deputy signs for the head (KT. GIÁM ĐỐC), who is then named."""
    authority = certificate.authority
    mark = next((mark for mark in _FOR_THE_HEAD if authority.capacity.upper().startswith(mark)), None)
    office = (authority.capacity[len(mark) :].strip() if mark else "") or authority.office
    return f"{office.capitalize() if office.isupper() else office} {certificate.issuer.name}"


def _page(certificate: Certificate, code: str) -> paper.Certificate:
    issuer, recipient = certificate.issuer, certificate.recipient
    family = _FAMILIES.get(issuer.kind, "STATE")
    lines = issuer.heading_lines or ((issuer.name.upper(),) if family == "MASS_ORG" else ())
    return paper.Certificate(
        code_text=code,
        family=family,
        granting_office=granting_office(certificate),
        award_form=certificate.form_name,
        honorific=recipient.salutation,
        recipient_name=recipient.name,
        office=recipient.position,
        unit="" if recipient.unit and recipient.unit in recipient.name else recipient.unit,
        citation=certificate.citation,
        decision_number=certificate.decision_number,
        decision_date=certificate.decision_date,
        place=issuer.place,
        capacity=certificate.authority.capacity,
        signer_office=certificate.authority.office,
        signer_name=certificate.authority.signer,
        heading_lines=lines,
        issuer_name=issuer.name,
        made_at=certificate.issued_at.astimezone(ZONE),
    )


def _sealed(ports: Ports, certificate: Certificate, pdf: bytes, layout: str) -> bytes:
    code = certificate.issuer.code
    sealer = Sealer(ports.keyring.signer(code, "seal"), ports.keyring.certificate(code))
    x, y, w, h = load_layout(layout).seal
    return sealer.seal(pdf, SealField(x, y, w, h), certificate.issued_at.astimezone(ZONE))
