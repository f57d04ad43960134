"""The text of a pledge: cleaning and checking a draft, and the frozen text that is hashed and signed (FORMATS 6).

Called by usecases.py when a draft is made, edited and opened; by reading.py to show the digest of a draft.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import Any

from shared.kernel.canonical import canonical
from shared.kernel.errors import Invalid
from shared.kernel.text import nfc
from shared.pledges.model import ContentItem, Draft, Party, Representative, Role, Target

TEXT_TYPE = "giaouoc/pledge-text/1"
MAX_PARTIES = 80
"""Each party is a write or an event in some commit, and a commit holds 100."""
MAX_CONTENTS = 30
MAX_LEGAL_BASES = 20
MAX_GROUP = 20
MAX_PLANNED = 10**15
MAX_NAMES_BYTES = 400
"""Title, block and occasion in UTF-8: they stand in the printed code, which may not pass version 21 (FORMATS 1)."""
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_LENGTHS = {
    "title": 200, "slogan": 200, "block": 120, "occasion": 40, "established_by": 200, "legal_base": 500, "content": 2000,
    "indicator": 200, "unit_of_measure": 40, "unit": 40, "unit_name": 160, "name": 80, "office": 120, "capacity": 60,
}  # fmt: skip
_MAY_BE_EMPTY = frozenset({"slogan", "block", "occasion", "established_by", "capacity"})


def clean_draft(draft: Draft) -> Draft:
    """The draft with every text in NFC and one line, its parties and contents numbered from 1 in their order.

    Raises Invalid naming the field (`parties.3.office`): empty or too long text, a period that ends before it begins,
    too few or too many parties or contents, a unit twice, groups that leave one out, a target below zero.
    """
    if draft.period[1] < draft.period[0]:
        raise Invalid("pledge.period", field="period")
    if not 2 <= len(draft.parties) <= MAX_PARTIES:
        raise Invalid("pledge.party_count", field="parties", least=2, most=MAX_PARTIES)
    if not 1 <= len(draft.contents) <= MAX_CONTENTS:
        raise Invalid("pledge.content_count", field="contents", most=MAX_CONTENTS)
    if len(draft.legal_bases) > MAX_LEGAL_BASES:
        raise Invalid("pledge.too_many", field="legal_bases", most=MAX_LEGAL_BASES)
    if not 2000 <= draft.year <= 2999:
        raise Invalid("pledge.year", field="year")
    if draft.ceremony is not None and not _ID.fullmatch(draft.ceremony):
        raise Invalid("pledge.ceremony", field="ceremony")
    cleaned = replace(
        draft,
        title=_text(draft.title, "title", "title"),
        slogan=_text(draft.slogan, "slogan", "slogan"),
        block=_text(draft.block, "block", "block"),
        occasion=_text(draft.occasion, "occasion", "occasion"),
        established_by=_text(draft.established_by, "established_by", "established_by"),
        legal_bases=tuple(
            _text(each, "legal_base", f"legal_bases.{place}") for place, each in enumerate(draft.legal_bases, 1)
        ),
        contents=tuple(_content(each, place) for place, each in enumerate(draft.contents, 1)),
        parties=tuple(_party(each, place) for place, each in enumerate(draft.parties, 1)),
    )
    if len((cleaned.title + (cleaned.block or _longest_name(cleaned)) + cleaned.occasion).encode()) > MAX_NAMES_BYTES:
        raise Invalid("pledge.names_too_long", field="title", most=MAX_NAMES_BYTES)
    _check_order(cleaned.parties)
    return cleaned


def clean_representative(person: Representative, field: str) -> Representative:
    """Name, office and capacity in NFC and one line. Raises Invalid naming `field`.name and so on."""
    return Representative(
        name=_text(person.name, "name", f"{field}.name"),
        office=_text(person.office, "office", f"{field}.office"),
        capacity=_text(person.capacity, "capacity", f"{field}.capacity"),
    )


def frozen_text(draft: Draft) -> bytes:
    """RFC 8785 over content, legal bases, period, and the parties as unit, role, group; never the representatives.

    Keys are always all there; what is absent is "" or null. A party's `name` is its unit's name, for people to read.
    """
    return canonical(text_fields(draft))


def text_sha256(draft: Draft) -> str:
    """SHA-256 of the frozen text, in hex: what every signature and the sealed document's token carry."""
    return hashlib.sha256(frozen_text(draft)).hexdigest()


def text_fields(draft: Draft) -> dict[str, Any]:
    """The frozen text as a JSON value."""
    return {
        "type": TEXT_TYPE,
        "title": draft.title,
        "year": draft.year,
        "period": [day.isoformat() for day in draft.period],
        "heading": draft.heading.value,
        "established_by": draft.established_by,
        "block": draft.block,
        "slogan": draft.slogan,
        "legal_bases": list(draft.legal_bases),
        "contents": [
            {"no": each.no, "text": each.text, "target": _target_fields(each.target)} for each in draft.contents
        ],
        "parties": [
            {"no": each.no, "unit": each.unit, "name": each.name, "role": each.role.value, "group": each.group}
            for each in draft.parties
        ],
    }


def _target_fields(target: Target | None) -> dict[str, Any] | None:
    if target is None:
        return None
    return {
        "indicator": target.indicator,
        "unit": target.unit,
        "planned": target.planned,
        "per_party": target.per_party,
    }


def _content(item: ContentItem, place: int) -> ContentItem:
    where = f"contents.{place}"
    return ContentItem(
        no=place,
        text=_text(item.text, "content", f"{where}.text"),
        target=None if item.target is None else _target(item.target, f"{where}.target"),
    )


def _target(target: Target, where: str) -> Target:
    for name, value in (("planned", target.planned), ("per_party", target.per_party)):
        if value is not None and not 0 <= value <= MAX_PLANNED:
            raise Invalid("pledge.planned", field=f"{where}.{name}")
    return replace(
        target,
        indicator=_text(target.indicator, "indicator", f"{where}.indicator"),
        unit=_text(target.unit, "unit_of_measure", f"{where}.unit"),
    )


def _party(party: Party, place: int) -> Party:
    where = f"parties.{place}"
    return Party(
        no=place,
        unit=_text(party.unit, "unit", f"{where}.unit"),
        name=_text(party.name, "unit_name", f"{where}.name"),
        role=Role(party.role),
        group=party.group,
        representative=clean_representative(party.representative, f"{where}.representative"),
    )


def _longest_name(draft: Draft) -> str:
    """Without a block the head's unit stands in the code; the roles may still change."""
    return max((party.name for party in draft.parties), key=len)


def _check_order(parties: tuple[Party, ...]) -> None:
    units = [party.unit for party in parties]
    for place, unit in enumerate(units, 1):
        if unit in units[: place - 1]:
            raise Invalid("pledge.unit_twice", field=f"parties.{place}.unit", unit=unit)
    groups = {party.group for party in parties}
    if max(groups) > MAX_GROUP or groups != set(range(1, len(groups) + 1)):
        raise Invalid("pledge.groups", field="parties", most=MAX_GROUP)


def _text(given: str, kind: str, field: str) -> str:
    cleaned = nfc(given)
    if not cleaned and kind not in _MAY_BE_EMPTY:
        raise Invalid("pledge.empty", field=field)
    if len(cleaned) > _LENGTHS[kind]:
        raise Invalid("pledge.too_long", field=field, most=_LENGTHS[kind])
    return cleaned
