"""A pledge's record as its paper. Called by functions/pledges/seal.py; the drawing is in shared/documents/pledge_pdf.py."""

from __future__ import annotations

from shared.documents.pledge import PledgeContent, PledgePaper, PledgeSignature, PledgeTarget
from shared.edge.recipients import VIETNAM
from shared.kernel.codetext import document_code, id_from_digits
from shared.pledges.model import Target
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
    )


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
