"""What stands on a certificate (giấy khen), a verification slip and their code: plain values that the edge fills.

The words around them (headings, "Tặng", "Quyết định số") are composed here into the named fields that layouts/*.toml place.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Literal

from shared.documents.dates import long_date
from shared.documents.wording import word
from shared.kernel.errors import Invalid

Family = Literal["STATE", "PARTY", "MASS_ORG"]
_CODE = re.compile(r"(https?)://([^/#]+)/v/([0-9]{39})#[1-9][0-9]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One certificate of one decision.

    `family` chooses the heading (STATE: national name and motto; PARTY; MASS_ORG: `heading_lines`, which replaces the
    heading of the other two as well when given). `granting_office` is who grants ("Giám đốc Sở Nội vụ"), `award_form` what
    ("Giấy khen"). `capacity` is "KT. GIÁM ĐỐC" and the like, empty when the head signs. `made_at` (with its zone) is the
    document's date; the same values with the same `made_at` give the same bytes.
    """

    code_text: str
    family: Family
    granting_office: str
    award_form: str
    recipient_name: str
    citation: str
    decision_number: str
    decision_date: date
    place: str
    signer_office: str
    signer_name: str
    made_at: datetime
    honorific: str = ""
    office: str = ""
    unit: str = ""
    locality: str = ""
    capacity: str = ""
    golden_book: str = ""
    issued_on: date | None = None
    heading_lines: tuple[str, ...] = ()
    issuer_name: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """A document's code as printed: where it leads and the id a person can type."""

    text: str
    host: str
    document_id: str
    sample: bool

    @property
    def groups(self) -> tuple[str, str]:
        """The 39 digits in groups of four, on two lines."""
        groups = [self.document_id[i : i + 4] for i in range(0, 39, 4)]
        return " ".join(groups[:5]), " ".join(groups[5:])


def parse_code(text: str) -> Code:
    """Raises Invalid("document.no_code_text") for anything but a document code of FORMATS 1."""
    match = _CODE.fullmatch(text) if text.isascii() else None
    if match is None:
        raise Invalid("document.no_code_text", field="code_text")
    return Code(text, match[2], match[3], match[1] == "http")


def printed_fields(certificate: Certificate) -> dict[str, str]:
    """The texts of a certificate by the names that layouts use; several lines are parted by a line feed."""
    given = normalised(certificate)
    code = parse_code(certificate.code_text)
    position = ", ".join([part for part in (given["office"], given["unit"]) if part])
    issued_on = certificate.issued_on or certificate.decision_date
    number = given["decision_number"]
    return {
        **heading_fields(certificate.family, certificate.heading_lines),
        "granting_office": given["granting_office"].upper(),
        "grants": word("certificate.grants"),
        "award_form": given["award_form"].upper(),
        "recipient": " ".join([part for part in (given["honorific"], given["recipient_name"]) if part]),
        "position": position,
        "locality": given["locality"],
        "citation": given["citation"],
        "decision": word("certificate.decision").format(number=number),
        "decision_date": long_date(certificate.decision_date),
        "decision_number": number,
        "golden_book": word("certificate.golden_book").format(number=given["golden_book"])
        if given["golden_book"]
        else "",
        "place_date": f"{given['place']}, {long_date(issued_on)}"
        if given["place"]
        else long_date(issued_on).capitalize(),
        "capacity": given["capacity"],
        "signer_office": given["signer_office"],
        "signer_name": given["signer_name"],
        **code_fields(code),
    }


def code_fields(code: Code) -> dict[str, str]:
    """The caption beside a code."""
    first, second = code.groups
    return {
        "code_caption": word("document.code_caption"),
        "host": code.host,
        "id_groups": f"{first}\n{second}",
        "sample": word("document.sample") if code.sample else "",
    }


def heading_fields(family: Family, lines: tuple[str, ...]) -> dict[str, str]:
    """The heading by family; `lines` given by the issuer come first."""
    own = "\n".join(unicodedata.normalize("NFC", line) for line in lines)
    if own:
        return {"heading": own, "motto": ""}
    if family == "MASS_ORG":
        raise Invalid("document.no_heading", field="heading_lines")
    motto = word("document.motto_state") if family == "STATE" else ""
    return {"heading": word(f"document.heading_{family.lower()}"), "motto": motto}


def normalised(document: Certificate) -> dict[str, str]:
    """The document's texts in NFC, blanks at the ends and doubled ones gone."""
    texts = {field.name: getattr(document, field.name) for field in fields(document)}
    return {
        name: " ".join(unicodedata.normalize("NFC", text).split()) if isinstance(text, str) else ""
        for name, text in texts.items()
    }
