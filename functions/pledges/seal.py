"""Queue seal-pledge <- PledgeCompleted: one sealed PDF per pledge and version, whatever is redelivered (pledges/sealing.py)."""

from __future__ import annotations

import hashlib
from typing import Any

from events.envelope import Act
from events.pledges import PledgeCompleted
from shared.documents.pledge_pdf import PLEDGE_SEAL_FIELD, render_pledge
from shared.documents.seal import Sealer
from shared.edge import queue, wiring
from shared.edge.pledge_paper import pledge_paper
from shared.edge.recipients import VIETNAM
from shared.edge.wiring import Ports
from shared.kernel.errors import Conflict, NotFound
from shared.pledges.sealing import BeginSealing, RecordSealed, SealPlan


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """Decide, draw and store, record: each step finds what an earlier try has left."""
    ports = wiring.ports()
    return queue.consume(message, context, {PledgeCompleted: lambda act, fact, _: _seal(ports, act, fact)})


def _seal(ports: Ports, act: Act, fact: PledgeCompleted) -> None:
    table = ports.table("pledges")
    plan = BeginSealing(table, ports.keyring)(act, fact.pledge, fact.version)
    pdf = _stored(ports, plan)
    RecordSealed(table)(act, plan, pdf_sha256=hashlib.sha256(pdf).hexdigest())


def _stored(ports: Ports, plan: SealPlan) -> bytes:
    """The sealed PDF under the plan's key; of two that draw at once the first one's bytes stand."""
    try:
        return ports.objects.get(plan.pdf_key)
    except NotFound:
        pdf = _drawn(ports, plan)
    try:
        ports.objects.put_new(plan.pdf_key, pdf, "application/pdf")
    except Conflict:
        return ports.objects.get(plan.pdf_key)
    return pdf


def _drawn(ports: Ports, plan: SealPlan) -> bytes:
    sealer = Sealer(ports.keyring.signer(plan.issuer, "seal"), ports.keyring.certificate(plan.issuer))
    paper = pledge_paper(plan, origin=ports.settings.origin, issuer_name=sealer.issuer_name)
    return sealer.seal(render_pledge(paper), PLEDGE_SEAL_FIELD, plan.issued_at.astimezone(VIETNAM))
