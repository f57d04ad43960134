"""What a row of an award list must be to become an award: all problems of all rows at once, good rows kept. Pure.

Called by CheckAwards (lists.py) with the table that shared/kernel/lists.py found in the office's file.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from shared.certificates.catalogue import Catalogue, Form
from shared.certificates.model import Award, AwardDecision, Recipient, RecipientType
from shared.kernel.contacts import email_address
from shared.kernel.errors import Fact
from shared.kernel.ids import derived_id
from shared.kernel.lists import NUMBER, Column, Findings, ListReport, ListRow, ReadList
from shared.kernel.text import fold, nfc, removed_by_nfc

MAX_ROWS: Final = 5000
MAX_TOKEN_TEXT_BYTES: Final = 420
"""Recipient, title, decision number and occasion together, UTF-8: what a v21-M code still carries with a long host."""
MAX_FIELD_CHARACTERS: Final = 500

COLUMNS: Final = (
    Column(field=NUMBER, names=("STT", "TT", "Số TT", "Số thứ tự")),
    Column(field="salutation", names=("Danh xưng", "Ông/Bà")),
    Column(
        field="name",
        names=(
            "Họ tên / Tên tập thể",
            "Họ và tên",
            "Họ tên",
            "Tên tập thể",
            "Tên tập thể, cá nhân",
            "Tên tập thể, hộ gia đình",
        ),
        required=True,
    ),
    Column(field="position", names=("Chức vụ", "Chức vụ, nghề nghiệp", "Chức danh")),
    Column(field="type", names=("Loại", "Loại đối tượng", "Đối tượng"), required=True),
    Column(field="unit", names=("Đơn vị", "Đơn vị công tác", "Cơ quan, đơn vị")),
    Column(field="area", names=("Địa bàn",)),
    Column(field="form", names=("Hình thức", "Hình thức khen thưởng", "Danh hiệu"), required=True),
    Column(field="citation", names=("Thành tích", "Tóm tắt thành tích", "Nội dung khen thưởng"), required=True),
    Column(field="direct_worker", names=("Lao động trực tiếp", "LĐ trực tiếp")),
    Column(field="email", names=("Email", "E-mail", "Thư điện tử")),
)
"""The columns of an award list, by the headings that offices write."""

_TYPES: Final = MappingProxyType(
    {
        "ca nhan": RecipientType.INDIVIDUAL,
        "tap the": RecipientType.COLLECTIVE,
        "ho gia dinh": RecipientType.HOUSEHOLD,
        "gia dinh": RecipientType.HOUSEHOLD,
        "doanh nghiep": RecipientType.ENTERPRISE,
        "hop tac xa": RecipientType.ENTERPRISE,
    }
)
_YES: Final = frozenset({"x", "co", "1", "yes", "v"})
_NO: Final = frozenset({"", "khong", "0", "no"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedList:
    """What a list came to: the awards in its order, what was found, and the sources that nobody has verified."""

    awards: tuple[Award, ...]
    report: ListReport
    unverified: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unprintable:
    """Why no paper can be drawn of an award: the `field` of the list, the code of the finding, its facts."""

    field: str
    code: str
    facts: dict[str, Fact]


Printable = Callable[[Award], Unprintable | None]
"""Tries an award on paper (shared/edge/papers.py)."""


def token_title(form_name: str, citation: str) -> str:
    """Claim 3 of the token: what is granted and for what, since both are compared with the paper word by word."""
    return f"{form_name}: {citation}"


def check_rows(
    decision: AwardDecision,
    list_id: str,
    read: ReadList,
    catalogue: Catalogue,
    taken: frozenset[str],
    printable: Printable | None = None,
) -> CheckedList:
    """Checks every row of a list. `taken` are the ids of awards that other lists of this decision already brought."""
    awards: dict[str, Award] = {}
    findings = Findings(read)
    unverified: dict[str, None] = {}
    for row in read.rows:
        reading = _Reading(decision, list_id, row, catalogue, findings)
        award = reading.award()
        if award is not None:
            reading.compare(awards.get(award.id), award.id in taken)
            reading.try_on_paper(award, printable)
        if award is not None and not findings.is_bad(row):
            awards[award.id] = award
            unverified.update(dict.fromkeys(reading.unverified))
    return CheckedList(awards=tuple(awards.values()), report=findings.report(), unverified=tuple(unverified))


def award_id(decision: str, recipient: Recipient, citation: str) -> str:
    """One recipient and one achievement in one decision are one award, whatever the form (Luật 06/2022/QH15, Điều 5)."""
    parts = (recipient.name, recipient.position, recipient.unit, citation)
    return derived_id("award", decision, recipient.type, *(part.casefold() for part in parts))


class _Reading:
    """Reads one row, gathering findings instead of stopping at the first."""

    def __init__(
        self, decision: AwardDecision, list_id: str, row: ListRow, catalogue: Catalogue, findings: Findings
    ) -> None:
        self.decision = decision
        self.list_id = list_id
        self.row = row
        self.catalogue = catalogue
        self.findings = findings
        self.unverified: tuple[str, ...] = ()

    def award(self) -> Award | None:
        """The award, or None if a finding keeps the row out."""
        name = self.text("name")
        if not name:
            self.reject("name", "award.no_recipient")
        citation = self.text("citation")
        if not citation:
            self.reject("citation", "award.no_citation")
        kind = self.type()
        form = self.form()
        if form is not None and kind is not None:
            self.judge(form, kind)
        if self.findings.is_bad(self.row) or form is None or kind is None:
            return None
        recipient = Recipient(
            type=kind,
            name=name,
            salutation=self.text("salutation"),
            position=self.text("position"),
            unit=self.text("unit"),
            area=self.text("area"),
            is_direct_worker=self.is_direct_worker(),
            email=self.email(),
        )
        self.measure(name, form.name, citation)
        return Award(
            id=award_id(self.decision.id, recipient, citation),
            decision=self.decision.id,
            list_id=self.list_id,
            row=self.row.row,
            form=form.code,
            form_name=form.name,
            recipient=recipient,
            citation=citation,
        )

    def text(self, name: str) -> str:
        """The cleaned text of a field; what cleaning changed beyond blanks is noted."""
        raw = self.row.cells.get(name, "")
        clean = nfc(raw)
        if removed := removed_by_nfc(raw):
            self.note(name, "award.invisible_removed", signs=" ".join(dict.fromkeys(removed)))
        elif not unicodedata.is_normalized("NFC", raw):
            self.note(name, "award.nfd_fixed", text=clean[:80])
        if len(clean) > MAX_FIELD_CHARACTERS:
            self.reject(name, "award.field_too_long", most=MAX_FIELD_CHARACTERS, length=len(clean))
        return clean

    def type(self) -> RecipientType | None:
        given = self.text("type")
        kind = _TYPES.get(fold(given))
        if kind is None:
            self.reject("type", "award.unknown_type" if given else "award.no_type", given=given[:80])
        return kind

    def form(self) -> Form | None:
        given = self.text("form")
        form = self.catalogue.find(given) if given else None
        if form is None:
            self.reject("form", "award.unknown_form" if given else "award.no_form", given=given[:80])
        return form

    def judge(self, form: Form, kind: RecipientType) -> None:
        verdict = self.catalogue.judge(form, self.decision.authority.level, kind, self.decision.date)
        if verdict.refusal:
            self.reject("form", verdict.refusal, form=form.name, source=verdict.source)
        elif verdict.silent:
            self.note("form", "award.catalogue_silent", form=form.name, year=self.decision.date.year)
        self.unverified = verdict.unverified

    def is_direct_worker(self) -> bool:
        given = fold(self.text("direct_worker"))
        if given not in _YES and given not in _NO:
            self.note("direct_worker", "award.direct_worker_unclear", given=given[:40])
        return given in _YES

    def email(self) -> str:
        given = self.text("email")
        address = email_address(given)
        if given and address is None:
            self.note("email", "award.bad_email")
        return address or ""

    def measure(self, name: str, form_name: str, citation: str) -> None:
        texts = (name, token_title(form_name, citation), self.decision.number, self.decision.occasion)
        size = sum(len(text.encode()) for text in texts)
        if size > MAX_TOKEN_TEXT_BYTES:
            self.reject("citation", "award.text_too_long", over=size - MAX_TOKEN_TEXT_BYTES)

    def compare(self, twin: Award | None, is_taken: bool) -> None:
        """Keeps the row out if the same award stands in a row above or came with another list."""
        if twin is not None:
            self.reject("name", "award.twice", first_row=twin.row)
        elif is_taken:
            self.reject("name", "award.already_granted")

    def try_on_paper(self, award: Award, printable: Printable | None) -> None:
        """Better here, with row and remedy, than when the certificate is drawn."""
        found = printable(award) if printable is not None and not self.findings.is_bad(self.row) else None
        if found is not None:
            self.reject(found.field, found.code, **found.facts)

    def reject(self, name: str, code: str, **facts: Fact) -> None:
        self.findings.problem(self.row, name, code, **facts)

    def note(self, name: str, code: str, **facts: str | int) -> None:
        self.findings.note(self.row, name, code, **facts)
