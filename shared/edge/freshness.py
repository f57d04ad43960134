"""Dangerous acts ask again who is sitting there: a route with `fresh=True` wants a proof of the last ten minutes.

Called by shared/edge/http.py before anything of the call is looked at. The refusal says by what the person can prove it: a
passkey, a code by mail, or, without either, a new link from the terminal. The pages ask and then repeat the call
(shared/web/static/app/prove.js). A program's token proves nothing about a person and never enters such a route.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from shared.identity.accounts import find_account
from shared.identity.model import Opening
from shared.identity.principal import Caller
from shared.kernel.errors import Forbidden, Refused
from shared.kernel.ports import Table

WINDOW: Final = timedelta(minutes=10)


def check(table: Table, caller: Caller, now: datetime) -> None:
    """Raises Refused(identity.prove_again) with the fact `by`: PASSKEY, CODE or TERMINAL; Forbidden for who is no person."""
    if caller.principal.kind != "PERSON":
        raise Forbidden("identity.person_needed")
    by = way(table, caller.principal.id)
    if not is_fresh(caller, by, now):
        raise Refused("identity.prove_again", by=by, minutes=WINDOW // timedelta(minutes=1))


def is_fresh(caller: Caller, by: str, now: datetime) -> bool:
    """Whether the person behind the session has shown within the last ten minutes who they are, in the way they must."""
    session = caller.session
    if session is None or session.proved_at is None or now - session.proved_at > WINDOW:
        return False
    return by != "PASSKEY" or session.proof in (Opening.PASSKEY, Opening.TERMINAL)


def way(table: Table, account: str) -> str:
    """By what the person can prove it. Once there is a passkey, nothing less will do."""
    from shared.identity.passkeys import read_ring  # for dangerous acts alone

    if read_ring(table, account)[0].passkeys:
        return "PASSKEY"
    found = find_account(table, account)
    return "CODE" if found is not None and found[0].email is not None else "TERMINAL"
