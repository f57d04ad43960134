"""What is on record: for the public page, for organisers' lists, for downloads. Reads only.

Called by functions/public/verify.py, functions/certificates/http.py and functions/notices/send_certificate.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.certificates.model import Certificate, CertificateState, PublicRecord
from shared.certificates.store import CERTIFICATE, certificate_key, read_certificate
from shared.kernel.errors import Invalid, NotFound
from shared.kernel.ports import Objects, Table

_ENDED = frozenset({CertificateState.REVOKED, CertificateState.REPLACED, CertificateState.SUSPENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatePage:
    """Certificates of a decision by the recipient's name, and the cursor of the next page."""

    certificates: tuple[Certificate, ...]
    cursor: str | None = None


class FindPublicRecord:
    """The record of a certificate as everybody who holds its id may see it (FORMATS 7)."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, certificate: str) -> PublicRecord | None:
        """None for an unknown id. Before the publication nothing but that it is not published."""
        item = self._table.get(certificate_key(certificate), "certificate")
        return public_record(CERTIFICATE.read(item.body)) if item else None


class ShowCertificate:
    """One certificate whole, for its issuer."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, certificate: str) -> Certificate:
        """Raises NotFound."""
        return read_certificate(self._table, certificate)[0]


class ListCertificates:
    """The certificates of a decision, sorted the Vietnamese way; from an index, so that the newest may be late."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, *, decision: str, limit: int = 100, cursor: str | None = None) -> CertificatePage:
        """`limit` 1 to 200. Raises Invalid for another limit or a cursor that is not from this list."""
        if not 1 <= limit <= 200:
            raise Invalid("list.bad_limit", field="limit", most=200)
        try:
            page = self._table.query(f"issued#{decision}", limit=limit, cursor=cursor, index=1)
        except ValueError:
            raise Invalid("list.bad_cursor", field="cursor") from None
        return CertificatePage(
            certificates=tuple(CERTIFICATE.read(item.body) for item in page.items), cursor=page.cursor
        )


class DownloadCertificate:
    """A short-lived link to the PDF or the PNG."""

    def __init__(self, table: Table, objects: Objects) -> None:
        self._table = table
        self._objects = objects

    def __call__(self, *, certificate: str, kind: str) -> str:
        """`kind` is `pdf` or `png`. Raises NotFound while the documents are not finished, Invalid for another kind."""
        if kind not in ("pdf", "png"):
            raise Invalid("certificate.document_kind", field="kind")
        found, _ = read_certificate(self._table, certificate)
        if found.documents is None:
            raise NotFound("certificate.not_finished", certificate=certificate)
        key = found.documents.pdf_key if kind == "pdf" else found.documents.png_key
        return self._objects.download_url(key, filename=f"giay-khen-{certificate}.{kind}")


def public_record(certificate: Certificate) -> PublicRecord:
    """What the public may see of it: kind of document, decision, authority as named then, status."""
    if certificate.published_at is None:
        return PublicRecord(id=certificate.id, published=False)
    if certificate.erased_at is not None:
        return PublicRecord(id=certificate.id, published=True, state=certificate.state, erased=True)
    if certificate.hidden:
        return PublicRecord(id=certificate.id, published=True, state=certificate.state, hidden=True)
    ended = certificate.cancellation if certificate.state in _ENDED else None
    return PublicRecord(
        id=certificate.id,
        published=True,
        state=certificate.state,
        title=certificate.form_name,
        issuer_code=certificate.issuer.code,
        issuer_name=certificate.issuer.name,
        decision_number=certificate.decision_number,
        decision_date=certificate.decision_date,
        cancelled_by_number=ended.number if ended else "",
        cancelled_by_date=ended.date if ended else None,
        replaced_by=certificate.replaced_by,
    )
