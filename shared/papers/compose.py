"""The papers of a ceremony, composed from its record at the time: invitation, programme, script, minutes, report.

Called by shared/edge/paper_facts.py with a snapshot; what the record does not know is left as dots for an officer. Pure.
Forms: Nghị định 30/2020/NĐ-CP, Phụ lục III (giấy mời, biên bản); in a script "Kính thưa" names the highest-ranking guest alone
(Nghị định 145/2013/NĐ-CP).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from shared.kernel.errors import Invalid
from shared.papers.model import Block, BlockKind, Heading, Kind, Recipients, Signer, Text
from shared.texts import say

MOST_GUESTS: Final = 100
"""Guests whom a script introduces by name; beyond, nobody would listen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A point of the programme: `kind` as the ceremony has it, `speaker` a person or unit, or empty."""

    kind: str
    title: str
    speaker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCount:
    name: str
    registered: int
    admitted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeCount:
    title: str
    signed: int
    parties: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CeremonyFacts:
    """A ceremony as its papers tell it; days and hours are worded already, in the zone of its place.

    `guests` in the order of protocol, each as introduced (`đồng chí Võ Quốc Hưởng, Phó Bí thư Thường trực Tỉnh ủy`).
    """

    title: str
    host: str
    block: str
    place: str
    day: str
    starts: str
    doors: str
    as_of: str
    agenda: tuple[Point, ...]
    guests: tuple[str, ...]
    units: tuple[UnitCount, ...]
    registered: int
    admitted: int
    pledges: tuple[PledgeCount, ...]
    members: tuple[str, ...]


def of_ceremony(kind: Kind, facts: CeremonyFacts, heading: Heading, signer: Signer) -> Text:
    """The paper's first version. Raises Invalid(`paper.kind_wrong`): a ceremony has no such paper."""
    compose = _COMPOSERS.get(kind)
    if compose is None:
        raise Invalid("paper.kind_wrong", field="kind", kind=kind.value)
    return compose(facts, heading, signer)


def text(code: str, /, **facts: str | int) -> str:
    """A sentence of papers, which are in Vietnamese."""
    return say(f"paper_text.{code}", "vi", **facts)


def paragraph(code: str, /, **facts: str | int) -> Block:
    return Block(kind=BlockKind.PARAGRAPH, text=text(code, **facts))


def item(words: str) -> Block:
    return Block(kind=BlockKind.ITEM, text=words)


def heading_block(words: str) -> Block:
    return Block(kind=BlockKind.HEADING, text=words)


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Block:
    return Block(kind=BlockKind.TABLE, rows=(tuple(text(f"col_{name}") for name in head), *rows))


def _invitation(facts: CeremonyFacts, heading: Heading, signer: Signer) -> Text:
    blocks = (
        paragraph("invite", host=facts.host),
        Block(kind=BlockKind.ADDRESSEE),
        paragraph("invite_to", title=facts.title),
        paragraph("time", starts=facts.starts, doors=facts.doors),
        paragraph("place", place=facts.place),
        _host(facts),
        paragraph("invite_end"),
    )
    return Text(
        title=text("title_invitation"),
        subject=facts.title,
        heading=heading,
        blocks=blocks,
        signers=(signer,),
        distribution=(Recipients(lines=(text("dear"), text("file_copy"))),),
    )


def _programme(facts: CeremonyFacts, heading: Heading, signer: Signer) -> Text:
    rows = [(str(no), point.title, point.speaker) for no, point in enumerate(facts.agenda, 1)]
    blocks = (
        paragraph("time", starts=facts.starts, doors=facts.doors),
        paragraph("place", place=facts.place),
        _host(facts),
        table(("no", "what", "who"), rows),
    )
    return Text(
        title=text("title_programme"),
        subject=facts.title,
        heading=heading,
        blocks=blocks,
        signers=(signer,),
        distribution=_to_members(facts),
    )


def _script(facts: CeremonyFacts, heading: Heading, _: Signer) -> Text:
    blocks: list[Block] = []
    for no, point in enumerate(facts.agenda, 1):
        blocks.append(heading_block(f"{no}. {point.title}"))
        blocks += _opening(facts) if point.kind == "OPENING" else [_led_in(point)]
        if point.speaker:
            blocks.append(paragraph("script_thanks"))
    return Text(title=text("title_script"), subject=facts.title, heading=heading, blocks=tuple(blocks))


def _opening(facts: CeremonyFacts) -> list[Block]:
    named = facts.guests[:MOST_GUESTS]
    opening = [
        *([paragraph("script_greeting_guest", guest=named[0])] if named else []),
        paragraph("script_greeting_all"),
        paragraph("script_opening", day=facts.day, place=facts.place, host=facts.host, title=facts.title),
    ]
    if named:
        opening += [paragraph("script_introduce"), *(item(guest) for guest in named)]
    if facts.units:
        opening.append(paragraph("script_introduce_units", count=facts.registered, units=len(facts.units)))
    return opening


def _led_in(point: Point) -> Block:
    code = {
        "RITUAL": "script_ritual",
        "SIGNING": "script_signing",
        "PRESENTATION": "script_presentation",
        "CLOSING": "script_closing",
    }.get(point.kind)
    if code is None:
        code = "script_speaker" if point.speaker else "script_point"
    return paragraph(code, speaker=point.speaker, title=point.title)


def _minutes(facts: CeremonyFacts, heading: Heading, _: Signer) -> Text:
    points = [
        paragraph(
            "minutes_point_by" if point.speaker else "minutes_point", no=no, title=point.title, speaker=point.speaker
        )
        for no, point in enumerate(facts.agenda, 1)
    ]
    blocks = (
        paragraph("minutes_begin", starts=facts.starts),
        paragraph("place", place=facts.place),
        paragraph("minutes_present", registered=facts.registered, admitted=facts.admitted, as_of=facts.as_of),
        *_counts(facts),
        paragraph("minutes_chair"),
        paragraph("minutes_secretary"),
        paragraph("minutes_content"),
        *points,
        *_pledges(facts),
        paragraph("minutes_end", day=facts.day),
    )
    return Text(
        title=text("title_minutes"),
        subject=facts.title,
        heading=heading,
        blocks=blocks,
        signers=minutes_signers(),
        distribution=_to_members(facts),
    )


def minutes_signers() -> tuple[Signer, ...]:
    """Minutes are signed by who wrote them and who chaired."""
    return tuple(Signer(office=text(code)) for code in ("minutes_secretary_signs", "minutes_chair_signs"))


def _report(facts: CeremonyFacts, heading: Heading, signer: Signer) -> Text:
    blocks = (
        heading_block(text("report_organised")),
        paragraph("report_held", title=facts.title, starts=facts.starts, place=facts.place),
        _host(facts),
        heading_block(text("report_results")),
        paragraph("report_present", registered=facts.registered, admitted=facts.admitted, as_of=facts.as_of),
        *_counts(facts),
        *_pledges(facts),
        *((paragraph("report_points"),) if facts.agenda else ()),
        *(item(point.title) for point in facts.agenda),
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


def _host(facts: CeremonyFacts) -> Block:
    if facts.block:
        return paragraph("host_of_block", host=facts.host, block=facts.block)
    return paragraph("host", host=facts.host)


def _counts(facts: CeremonyFacts) -> tuple[Block, ...]:
    if not facts.units:
        return ()
    rows = [(str(no), unit.name, str(unit.registered), str(unit.admitted)) for no, unit in enumerate(facts.units, 1)]
    total = ("", text("col_total"), str(facts.registered), str(facts.admitted))
    return (table(("no", "unit", "registered", "admitted"), [*rows, total]),)


def _pledges(facts: CeremonyFacts) -> tuple[Block, ...]:
    return tuple(
        paragraph("pledges_signed", title=each.title, signed=each.signed, parties=each.parties)
        for each in facts.pledges
    )


def _to_members(facts: CeremonyFacts) -> tuple[Recipients, ...]:
    lines = tuple(f"{name};" for name in facts.members[:12]) or (text("members"),)
    return (Recipients(lines=(*lines, text("file_copy"))),)


def to_superiors() -> tuple[Recipients, ...]:
    """Groups of a report's distribution list, whom an officer names."""
    return (
        Recipients(label=text("to_report"), lines=(text("blank_lines"),)),
        Recipients(lines=(text("members"), text("file_copy"))),
    )


_COMPOSERS: Final[dict[Kind, Callable[[CeremonyFacts, Heading, Signer], Text]]] = {
    Kind.INVITATION: _invitation,
    Kind.PROGRAMME: _programme,
    Kind.SCRIPT: _script,
    Kind.MINUTES: _minutes,
    Kind.REPORT: _report,
}
OF_CEREMONIES: Final = tuple(_COMPOSERS)
