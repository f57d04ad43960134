"""Papers as values: the text with its heading and signers, the number once the registry gave it, and who has opened it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from shared.kernel.shapes import Shape


class Kind(StrEnum):
    """What sort of paper. Invitation, programme, minutes and report are among the 29 kinds of Nghị định 30/2020/NĐ-CP;
    a script and a pledge are not, and take the same layout."""

    INVITATION = "INVITATION"
    PROGRAMME = "PROGRAMME"
    SCRIPT = "SCRIPT"
    PLEDGE = "PLEDGE"
    MINUTES = "MINUTES"
    REPORT = "REPORT"


class Family(StrEnum):
    """Whose heading stands above: of the State, of the Party, or of the Front and mass organisations."""

    STATE = "STATE"
    PARTY = "PARTY"
    MASS_ORG = "MASS_ORG"


class About(StrEnum):
    """What a paper is made for."""

    CEREMONY = "CEREMONY"
    PLEDGE = "PLEDGE"


class State(StrEnum):
    """DRAFT -> CIRCULATED (somebody was asked to read it) -> NUMBERED (issued) -> FILED. Steps may be left out, none undone."""

    DRAFT = "DRAFT"
    CIRCULATED = "CIRCULATED"
    NUMBERED = "NUMBERED"
    FILED = "FILED"


class BlockKind(StrEnum):
    """How a piece of the body is set. ADDRESSEE is where the name of whoever is invited stands."""

    PARAGRAPH = "PARAGRAPH"
    HEADING = "HEADING"
    ITEM = "ITEM"
    CENTRED = "CENTRED"
    ADDRESSEE = "ADDRESSEE"
    TABLE = "TABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One piece of the body; `rows` of a TABLE begin with its head."""

    kind: BlockKind
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The lines at the top: the body above (cơ quan chủ quản, may be empty), the issuing body, its abbreviation for the
    number's pattern, the place (địa danh); `own_line` is what a mass organisation writes in the place of Quốc hiệu."""

    family: Family
    issuer: str
    superior: str = ""
    own_line: str = ""
    symbol: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs: capacity (`TM. BAN THƯỜNG VỤ`, `KT. CHỦ TỊCH`, `T/M`), office, name; `unit` where several sign."""

    capacity: str = ""
    office: str = ""
    name: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipients:
    """A group of the distribution list (nơi nhận); `label` as `Để báo cáo`, or empty."""

    lines: tuple[str, ...]
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One version of a paper's words: `title` the kind as printed (`GIẤY MỜI`), `subject` the trích yếu."""

    title: str
    subject: str
    heading: Heading
    blocks: tuple[Block, ...]
    signers: tuple[Signer, ...] = ()
    distribution: tuple[Recipients, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """A number entered (or corrected, with its reason) after the registry gave it. `year`: of the number's own series."""

    number: str
    dated: date
    entered_at: datetime
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """The paper but for its words. `about_id` is the ceremony's or pledge's; `issuer` the issuing unit's code.

    `version` is the text's, from 1; `circulated` the version that readers see (0: none), `round` counts the letters that
    went out. `numberings`: the last one stands.
    """

    id: str
    kind: Kind
    about: About
    about_id: str
    about_title: str
    issuer: str
    title: str
    subject: str
    drafted_at: datetime
    changed_at: datetime
    version: int = 1
    circulated: int = 0
    round: int = 0
    readers: int = 0
    recalled_at: datetime | None = None
    numberings: tuple[Numbering, ...] = ()
    filed_at: datetime | None = None

    @property
    def numbering(self) -> Numbering | None:
        return self.numberings[-1] if self.numberings else None

    @property
    def state(self) -> State:
        if self.filed_at is not None:
            return State.FILED
        if self.numberings:
            return State.NUMBERED
        return State.CIRCULATED if self.circulated else State.DRAFT


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who was asked to read: `ref` says who, `name` how the paper addresses them.

    `version` is the one last sent, `opened_version` the latest one seen. First and last opening and their number; no
    network address, no program.
    """

    ref: str
    name: str
    version: int
    asked_at: datetime
    sent_at: datetime | None = None
    first_opened_at: datetime | None = None
    last_opened_at: datetime | None = None
    openings: int = 0
    opened_version: int = 0

    @property
    def has_opened(self) -> bool:
        """Whether the version that was last sent has been seen."""
        return self.opened_version >= self.version


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretOwner:
    """Whose link a secret opens."""

    paper: str
    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberUse:
    """A number of an issuer and year that stands on a paper."""

    paper: str
    title: str
    subject: str


PAPER = Shape(Paper, 1)
TEXT = Shape(Text, 1)
READER = Shape(Reader, 1)
SECRET_OWNER = Shape(SecretOwner, 1)
NUMBER_USE = Shape(NumberUse, 1)
