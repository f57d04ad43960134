"""GET /v/{id}.tlog-proof: the proof that a document stands in the public log. A route of functions/public/verify.py.

Whoever has the id gets it; it holds digests and a salt, no name. Before publication there is no answer, as on the page.
"""

from __future__ import annotations

import re
from typing import Final

from shared.certificates.records import FindPublicRecord
from shared.edge.answers import OPEN_DATA, Answer
from shared.edge.http import Request
from shared.kernel.errors import NotFound
from shared.transparency.proofs import ShowProof

_ID: Final = re.compile(r"[0-9]{39}")


def show(request: Request) -> Answer:
    """The proof against the present checkpoint. Raises NotFound: unknown, not published, or not in the log yet."""
    document = request.params["id"]
    if not _ID.fullmatch(document):
        raise NotFound("log.no_entry")
    certificate = FindPublicRecord(request.ports.table("certificates"))(document)
    if certificate is not None and not certificate.published:
        raise NotFound("log.no_entry")
    if certificate is not None and certificate.erased:
        raise NotFound("log.erased")
    proof = ShowProof(request.ports.table("transparency"), request.ports.public)(document)
    return Answer(proof.decode(), headers=OPEN_DATA, content_type="text/plain; charset=utf-8")
