"""The papers of a pledge, composed from its text and signatures at the time: the pledge itself, minutes, report.

Called by shared/edge/paper_facts.py with a snapshot. Pure. The words of the pledge are taken over letter by letter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from shared.kernel.errors import Invalid
from shared.papers.compose import (
    heading_block,
    item,
    minutes_signers,
    paragraph,
    table,
    text,
    to_superiors,
)
from shared.papers.model import Block, BlockKind, Heading, Kind, Recipients, Signer, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyFacts:
    """A party; `result` is how it stands (`Đã ký lúc ...`), worded."""

    unit: str
    name: str
    office: str
    capacity: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentFacts:
    """A content; `indicator` is empty where it has no target. Numbers are worded (`12.000`)."""

    text: str
    indicator: str = ""
    unit: str = ""
    planned: str = ""
    share: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeFacts:
    """A pledge as its papers tell it; `opened` tells whether signing has begun."""

    title: str
    slogan: str
    first: str
    last: str
    legal_bases: tuple[str, ...]
    contents: tuple[ContentFacts, ...]
    parties: tuple[PartyFacts, ...]
    opened: bool
    signed: int
    deferred: int
    as_of: str


def of_pledge(kind: Kind, facts: PledgeFacts, heading: Heading, signer: Signer) -> Text:
    """The paper's first version. Raises Invalid(`paper.kind_wrong`): a pledge has no such paper."""
    compose = _COMPOSERS.get(kind)
    if compose is None:
        raise Invalid("paper.kind_wrong", field="kind", kind=kind.value)
    return compose(facts, heading, signer)


def _pledge(facts: PledgeFacts, heading: Heading, _: Signer) -> Text:
    blocks = (
        *(paragraph("pledge_basis", basis=_basis(basis)) for basis in facts.legal_bases),
        paragraph("pledge_parties"),
        *(
            paragraph("pledge_party", no=no, unit=party.unit, person=_person(party))
            for no, party in enumerate(facts.parties, 1)
        ),
        paragraph("pledge_agree"),
        *(paragraph("pledge_content", no=no, text=content.text) for no, content in enumerate(facts.contents, 1)),
        *_targets(facts),
        paragraph("pledge_period", first=facts.first, last=facts.last),
        paragraph("pledge_undertake"),
        *((Block(kind=BlockKind.CENTRED, text=text("pledge_slogan", slogan=facts.slogan)),) if facts.slogan else ()),
    )
    signers = tuple(
        Signer(unit=party.unit, capacity=party.capacity, office=party.office, name=party.name)
        for party in facts.parties
    )
    return Text(
        title=text("title_pledge"), subject=_of_whom(facts.title), heading=heading, blocks=blocks, signers=signers
    )


def _minutes(facts: PledgeFacts, heading: Heading, _: Signer) -> Text:
    blocks = (
        paragraph("minutes_begin", starts="…………"),
        paragraph("place", place="…………"),
        paragraph("minutes_chair"),
        paragraph("minutes_secretary"),
        paragraph("minutes_content"),
        *_standing(facts),
        paragraph("minutes_end", day="ngày …… tháng …… năm ……"),
    )
    return Text(
        title=text("title_minutes"),
        subject=text("subject_minutes_pledge", title=facts.title),
        heading=heading,
        blocks=blocks,
        signers=minutes_signers(),
        distribution=(Recipients(lines=(text("members"), text("file_copy"))),),
    )


def _report(facts: PledgeFacts, heading: Heading, signer: Signer) -> Text:
    blocks = (
        heading_block(text("report_organised")),
        paragraph(
            "report_pledge",
            title=facts.title,
            first=facts.first,
            last=facts.last,
            contents=len(facts.contents),
            parties=len(facts.parties),
        ),
        heading_block(text("report_results")),
        *_standing(facts),
        *_targets(facts),
        heading_block(text("report_remarks")),
        paragraph("report_blank"),
    )
    return Text(
        title=text("title_report"),
        subject=text("subject_report", title=facts.title),
        heading=heading,
        blocks=blocks,
        signers=(signer,),
        distribution=to_superiors(),
    )


def _standing(facts: PledgeFacts) -> tuple[Block, ...]:
    """Who has signed; of a draft, that it is one."""
    if not facts.opened:
        return (item(text("report_not_opened")),)
    parties = len(facts.parties)
    rows = [
        (str(no), party.unit, f"{party.office} {party.name}".strip(), party.result)
        for no, party in enumerate(facts.parties, 1)
    ]
    return (
        paragraph(
            "report_signed",
            as_of=facts.as_of,
            signed=facts.signed,
            parties=parties,
            deferred=facts.deferred,
            waiting=parties - facts.signed - facts.deferred,
        ),
        table(("no", "unit", "representative", "state"), rows),
    )


def _targets(facts: PledgeFacts) -> tuple[Block, ...]:
    rows = [
        (str(no), content.indicator, _planned(content))
        for no, content in enumerate((each for each in facts.contents if each.indicator), 1)
    ]
    return (paragraph("pledge_targets"), table(("no", "target", "planned"), rows)) if rows else ()


def _planned(content: ContentFacts) -> str:
    if content.share:
        return text("pledge_share", planned=content.planned, unit=content.unit, share=content.share)
    return text("pledge_plain", planned=content.planned, unit=content.unit)


def _basis(text: str) -> str:
    """Without what the sentence around it brings: some write `Căn cứ` and the semicolon themselves."""
    bare = text.strip(" ;.")
    return bare[len("căn cứ ") :] if bare.lower().startswith("căn cứ ") else bare


def _of_whom(title: str) -> str:
    """The line below GIAO ƯỚC THI ĐUA does not say it again: `Năm 2027 của Khối thi đua 2`."""
    kind = text("title_pledge").lower()
    rest = title[len(kind) :].strip(" :-") if title.lower().startswith(kind) else title
    return f"{rest[:1].upper()}{rest[1:]}" if rest else title


def _person(party: PartyFacts) -> str:
    return f"{party.name}, {party.office}" if party.office else party.name


_COMPOSERS: Final[dict[Kind, Callable[[PledgeFacts, Heading, Signer], Text]]] = {
    Kind.PLEDGE: _pledge,
    Kind.MINUTES: _minutes,
    Kind.REPORT: _report,
}
OF_PLEDGES: Final = tuple(_COMPOSERS)
