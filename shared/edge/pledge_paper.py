"""A pledge's record as its paper. Called by functions/pledges/seal.py; the drawing is in shared/documents/pledge_pdf.py.

That the paper can be drawn at all is looked at when the text is drafted (functions/pledges/http.py): what is frozen and signed
cannot be mended any more.
"""

from __future__ import annotations

from collections.abc import Iterator

from shared.documents.fonts import check_letters
from shared.documents.pledge import PLEDGE_FACES, PledgeContent, PledgePaper, PledgeSignature, PledgeTarget
from shared.edge.recipients import VIETNAM
from shared.kernel.codetext import document_code, id_from_digits
from shared.kernel.text import nfc
from shared.pledges.model import Draft, Heading, Representative, Target
from shared.pledges.sealing import SealPlan, SignedBy
from shared.texts import say


def pledge_paper(plan: SealPlan, *, origin: str, issuer_name: str) -> PledgePaper:
    """The paper of a completed pledge; the same for the same plan. Times are written in the zone of Viet Nam."""
    draft = plan.draft
    return PledgePaper(
        code_text=document_code(origin, id_from_digits(plan.public_id), plan.token),
        family=draft.heading.value,
        title=draft.title,
        issuer_name=issuer_name,
        period=draft.period,
        contents=tuple(
            PledgeContent(no=each.no, text=each.text, target=_target(each.target)) for each in draft.contents
        ),
        signatures=tuple(map(_signature, plan.signatures)),
        text_sha256=plan.text_sha256,
        made_at=plan.issued_at.astimezone(VIETNAM),
        block=draft.block,
        slogan=draft.slogan,
        legal_bases=draft.legal_bases,
        heading_lines=((draft.established_by or issuer_name).upper(),) if draft.heading is Heading.MASS_ORG else (),
    )


def check_printable(draft: Draft) -> None:
    """Raises Invalid naming the field (`contents.2.text`) and the letter that the paper's typefaces lack."""
    check_letters({field: nfc(text) for field, text in _texts(draft)}, PLEDGE_FACES)


def check_person_printable(person: Representative, field: str) -> None:
    """The same for who signs, who may be named anew while the text is open."""
    check_letters({name: nfc(text) for name, text in _person(person, field)}, PLEDGE_FACES)


def _texts(draft: Draft) -> Iterator[tuple[str, str]]:
    for name in ("title", "block", "slogan", "established_by"):
        yield name, getattr(draft, name)
    for place, base in enumerate(draft.legal_bases, 1):
        yield f"legal_bases.{place}", base
    for place, content in enumerate(draft.contents, 1):
        yield f"contents.{place}.text", content.text
        if content.target is not None:
            yield f"contents.{place}.target.indicator", content.target.indicator
            yield f"contents.{place}.target.unit", content.target.unit
    for place, party in enumerate(draft.parties, 1):
        yield f"parties.{place}.unit", party.name
        yield from _person(party.representative, f"parties.{place}.representative")


def _person(person: Representative, field: str) -> Iterator[tuple[str, str]]:
    for name in ("name", "office", "capacity"):
        yield f"{field}.{name}", getattr(person, name)


def _target(target: Target | None) -> PledgeTarget | None:
    if target is None:
        return None
    return PledgeTarget(
        indicator=target.indicator, unit=target.unit, planned=target.planned, per_party=target.per_party
    )


def _signature(line: SignedBy) -> PledgeSignature:
    return PledgeSignature(
        unit=line.name,
        name=line.signer,
        office=line.office,
        capacity=line.capacity,
        role=say(f"pledge.role_{line.role.lower()}"),
        means="LINK",
        signed_at=line.signed_at.astimezone(VIETNAM),
        statement_sha256=line.statement_sha256,
        disputed=line.disputed,
    )
