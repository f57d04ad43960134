"""The text of a QR code (FORMATS 1): made from a token, and taken apart again. Called wherever a code is drawn or scanned.

Document (certificate, pledge): `https://HOST/v/<id as 39 digits>#<digits>`; ticket: `https://HOST/t#<digits>`; `<digits>` is
the decimal form of the big-endian integer 0x01 || token. Digits cost least in a QR code and survive every scanner.
The patterns are looked at before any number is read: `int()` takes blanks, underscores and other scripts' digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from shared.kernel.malformed import Malformed

MAX_DIGITS = 2000
MAX_TEXT = 2400
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ORIGIN = rf"(https?)://({_LABEL}(?:\.{_LABEL})*)(?::([1-9][0-9]{{0,4}}))?"
_ORIGIN_PATTERN = re.compile(_ORIGIN)
_CODE_PATTERN = re.compile(_ORIGIN + r"/(?:v/([0-9]{39})|t)#([1-9][0-9]{0,1999})")
_ADDRESS_PATTERN = re.compile(_ORIGIN + r"/(?:v/[0-9]{39}|t)#?")
_DEFAULT_PORTS = {"https": 443, "http": 80}


class BadCode(Malformed):
    """The text is not one of our codes."""


class CodeKind(StrEnum):
    DOCUMENT = "document"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True)
class Code:
    """A code text taken apart, nothing verified. `token` of a ticket is a bearer secret, so it is not shown in repr.

    `port` is None for the scheme's own port; `id` (0 .. 2**128 - 1) is None for a ticket.
    """

    kind: CodeKind
    scheme: str
    host: str
    port: int | None
    id: int | None
    token: bytes = field(repr=False)

    @property
    def sample(self) -> bool:
        """Whether this is the sample's code (http on localhost): verifiers show "MẪU"."""
        return self.scheme == "http"

    @property
    def authority(self) -> str:
        """`host` or `host:port`."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"


def document_code(origin: str, id: int, token: bytes) -> str:  # noqa: A002  (the field's own name)
    """The code text of a document; `origin` is `https://HOST`. Raises BadCode: `origin`, `http`, `id_range`, `too_long`."""
    return f"{check_origin(origin)}/v/{id_digits(id)}#{_digits(token)}"


def ticket_code(origin: str, token: bytes) -> str:
    """The code text of a ticket: a secret of its bearer. Raises BadCode: `origin`, `http`, `too_long`."""
    return f"{check_origin(origin)}/t#{_digits(token)}"


def parse_code(text: str) -> Code:
    """Takes a scanned text apart. It is taken to the letter: nothing is stripped or lowered.

    Raises BadCode: `no_token` (our address without the digits), `not_a_code`, `http` (only localhost may), `port`,
    `id_range`, `token_prefix` (the number does not begin with the byte 0x01).
    """
    found = _CODE_PATTERN.fullmatch(text) if len(text) <= MAX_TEXT else None
    if found is None:
        raise BadCode("no_token" if len(text) <= MAX_TEXT and _ADDRESS_PATTERN.fullmatch(text) else "not_a_code")
    scheme, host, port_digits, id_text, digits = found.groups()
    port = _checked_port(scheme, host, port_digits)
    number = int(digits)
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    if data[0] != 1:
        raise BadCode("token_prefix")
    if id_text is None:
        return Code(CodeKind.TICKET, scheme, host, port, None, data[1:])
    return Code(CodeKind.DOCUMENT, scheme, host, port, id_from_digits(id_text), data[1:])


def id_digits(id: int) -> str:  # noqa: A002
    """The 39 digits of a document id. Raises BadCode(`id_range`)."""
    if not 0 <= id < 2**128:
        raise BadCode("id_range")
    return f"{id:039d}"


def id_bytes(id: int) -> bytes:  # noqa: A002
    """The 16 bytes of an id, as claim 7 carries them. Raises BadCode(`id_range`)."""
    if not 0 <= id < 2**128:
        raise BadCode("id_range")
    return id.to_bytes(16, "big")


def id_from_digits(digits: str) -> int:
    """The id of 39 ASCII digits. Raises BadCode: `id_digits`, `id_range` (2**128 and above)."""
    if not re.fullmatch("[0-9]{39}", digits):
        raise BadCode("id_digits")
    number = int(digits)
    if number >= 2**128:
        raise BadCode("id_range")
    return number


def check_authority(authority: str) -> None:
    """Raises BadCode (`origin`, `port`) unless `authority` is a `host` or `host:port` that a code text may bear."""
    check_origin(f"https://{authority}")


def _digits(token: bytes) -> str:
    digits = str(int.from_bytes(b"\x01" + token, "big")) if len(token) <= MAX_DIGITS // 2 else ""
    if not 0 < len(digits) <= MAX_DIGITS:
        raise BadCode("too_long")
    return digits


def check_origin(origin: str) -> str:
    """`origin` itself, if a code text may begin with it. Raises BadCode: `origin`, `http`, `port`."""
    found = _ORIGIN_PATTERN.fullmatch(origin)
    if found is None:
        raise BadCode("origin")
    _checked_port(*found.groups())
    return origin


def _checked_port(scheme: str, host: str, digits: str | None) -> int | None:
    if scheme == "http" and host != "localhost":
        raise BadCode("http")
    if digits is None:
        return None
    port = int(digits)
    if port > 65535 or port == _DEFAULT_PORTS[scheme]:
        raise BadCode("port")
    return port
