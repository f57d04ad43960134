"""The office's own certificate, looked at before the engine starts: what would fail in every browser is said at once.

Called by prepare.py. A certificate that has run out, or is for another name, is reported and used all the same: the
office may be about to replace it, and a hall's own devices may trust it.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from infra.embedded.errors import EngineError


def check(certificate: Path, key: Path) -> None:
    """Raises EngineError if the two files cannot serve TLS together."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=lambda: b"")
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        reason = getattr(error, "reason", None) or type(error).__name__
        raise EngineError("engine.tls_unusable", certificate=certificate, key=key, reason=reason) from error


def warnings(certificate: Path, host: str) -> Iterator[EngineError]:
    """What people should know about a certificate that works."""
    try:
        leaf = x509.load_pem_x509_certificates(certificate.read_bytes())[0]
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(
            x509.DNSName
        )
    except (OSError, ValueError, IndexError, x509.ExtensionNotFound):
        names = []
    else:
        if leaf.not_valid_after_utc < datetime.now(UTC):
            yield EngineError(
                "engine.tls_expired", certificate=certificate, date=f"{leaf.not_valid_after_utc:%d/%m/%Y}"
            )
    if host not in names and "*." + host.partition(".")[2] not in names:
        yield EngineError("engine.tls_other_name", certificate=certificate, host=host)
