"""Where signing keys are made and kept: what a key session asks of a folder of key files or of a KMS.

Implemented by shared/embedded/keyfiles.py and shared/aws/key_store.py, called by infra/commands/key_session.py alone:
functions never make keys, they sign with what a `Keyring` (kernel/ports.py) finds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from shared.kernel.ports import Signer

YEARLY: Final = ("ticket", "document", "credential", "seal")
"""Purposes whose keys are made anew each year (FORMATS 2)."""

MakeCertificate = Callable[[Signer, datetime, datetime], bytes]
"""(signer of the new key, valid from, valid until) -> DER of its X.509 certificate (shared/documents/seal_certificate)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInfo:
    """What is public about a key; `certificate` (DER) of a seal only.

    `long`: a key kept for what is too long for the usual key of that purpose (decision 14).
    """

    kid: bytes
    issuer: str
    purpose: str
    alg: str
    public_key: bytes
    valid_from: datetime
    valid_until: datetime
    certificate: bytes | None = None
    long: bool = False


class KeyStore(Protocol):
    """Keys by issuer and purpose, each with its period."""

    @property
    def long_purposes(self) -> tuple[str, ...]:
        """Purposes that need a second key here for long data."""
        ...

    def keys(self) -> tuple[KeyInfo, ...]:
        """All keys ever made here, by issuer, purpose and start of validity."""
        ...

    def create_key(
        self,
        issuer: str,
        purpose: str,
        valid_from: datetime,
        valid_until: datetime,
        make_certificate: MakeCertificate | None = None,
        *,
        long: bool = False,
    ) -> KeyInfo:
        """Make a key and keep it; whole seconds. A seal key needs `make_certificate`.

        A key that an interrupted session left half made is finished instead of making a second one.
        Raises ValueError for a bad issuer, purpose or validity.
        """
        ...
