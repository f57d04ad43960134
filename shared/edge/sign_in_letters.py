"""Letters to people who sign in: a link and a code, an invitation, what changed about their passkeys.

Called by functions/notices/send_sign_in.py. A letter that would open an account holds its secret only while the account has no
passkey; else it says how to come in, and what to do if the passkey is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from events.envelope import Act
from events.identity import GrantsChanged, PasskeyChanged, PersonAddressChanged
from shared.edge.recipients import local_time
from shared.edge.wiring import Ports
from shared.identity.accounts import find_account
from shared.identity.former_addresses import FormerAddress
from shared.identity.inviting import MakeInvitation
from shared.identity.model import Account
from shared.identity.passkeys import read_ring
from shared.identity.signin import FindAddressee, For, MakeSecrets
from shared.kernel.ids import derived_id
from shared.kernel.ports import Letter
from shared.notices.letters import write_letter
from shared.notices.model import Notice, address_hint
from shared.notices.usecases import SendNotice
from shared.texts import say

Facts = Callable[[], Mapping[str, str | int]]


def asked(ports: Ports, act: Act, request: str) -> None:
    """The link and the code that somebody asked for; nothing where nobody has the address."""
    table = ports.table("identity")
    found = FindAddressee(table)(act, request)
    if found is None:
        return
    if found.by_passkey:
        _send(ports, act, found.account, "sign-in-by-passkey", request, lambda: {"page": _page(ports)})
        return

    def facts() -> Mapping[str, str | int]:
        made = MakeSecrets(table)(act, request, found.account)
        until = {"code": made.code, "expires_at": local_time(made.expires_at)}
        return until if found.purpose is For.STEP_UP else {**until, "sign_in_url": f"{_page(ports)}#{made.link}"}

    kind = "sign-in-code" if found.purpose is For.STEP_UP else "sign-in-link"
    _send(ports, act, found.account, kind, request, facts, carries_secret=True)


def invited(ports: Ports, act: Act, account: str, request: str) -> None:
    """The one-time link of somebody whom an organiser let in."""
    _invite(ports, act, account, "person-invited", request)


def reset(ports: Ports, act: Act, account: str, recovery: str) -> None:
    """Two colleagues vouched: the link to begin anew, and the word that all former passkeys have ended."""
    _invite(ports, act, account, "passkeys-reset", recovery)


def changed(ports: Ports, act: Act, fact: PasskeyChanged, at: datetime) -> None:
    """A passkey was added or removed: its owner hears of it while there is time to object."""
    found = find_account(ports.table("identity"), fact.account)
    if found is None:
        return
    kind = "passkey-added" if fact.change == "ADDED" else "passkey-removed"
    _send(
        ports,
        act,
        found[0],
        kind,
        fact.passkey,
        lambda: {"at": local_time(at), "page": f"{_origin(ports)}/console/account"},
    )


def address_changed(ports: Ports, act: Act, fact: PersonAddressChanged, at: datetime) -> None:
    """A colleague changed somebody's address: the one that stood hears of it while there is time to object."""
    table = ports.table("identity")
    found, former = find_account(table, fact.account), FormerAddress(table)(act, fact.account, fact.number)
    if found is None or former is None:
        return

    def facts() -> Mapping[str, str | int]:
        return {"at": local_time(at), "new_address": address_hint(found[0].email) or "–"}

    _send(ports, act, replace(found[0], email=former), "address-changed", str(fact.number), facts)


def rights_changed(ports: Ports, act: Act, fact: GrantsChanged) -> None:
    """What somebody may do was changed by a colleague: they hear of it."""
    found = find_account(ports.table("identity"), fact.account)
    if found is None:
        return
    role = _both(f"role.{fact.role.lower()}") if fact.role else ""
    reach = _both("role.whole_office") if fact.reach == "*" else fact.reach
    kind = {"GIVEN": "right-given", "TAKEN": "right-taken"}.get(fact.change, "account-ended")
    _send(ports, act, found[0], kind, str(fact.number), lambda: {"role": role, "reach": reach, "page": _page(ports)})


def _both(code: str) -> str:
    """A word within a letter of two languages."""
    return f"{say(code, 'vi')} / {say(code, 'en')}"


def _invite(ports: Ports, act: Act, account: str, kind: str, request: str) -> None:
    table = ports.table("identity")
    found = find_account(table, account)
    if found is None or found[0].ended_at is not None:
        return
    if read_ring(table, account)[0].passkeys:
        _send(ports, act, found[0], "sign-in-by-passkey", request, lambda: {"page": _page(ports)})
        return

    def facts() -> Mapping[str, str | int]:
        secret, until = MakeInvitation(table)(act, account)
        return {"sign_in_url": f"{_page(ports)}#{secret}", "expires_at": local_time(until)}

    _send(ports, act, found[0], kind, request, facts, carries_secret=True)


def _send(
    ports: Ports, act: Act, account: Account, kind: str, about: str, facts: Facts, *, carries_secret: bool = False
) -> None:
    notice = Notice(
        id=derived_id("notice", kind, account.id, about),
        kind=kind,
        recipient=f"person:{account.id}",
        address=account.email,
        address_name=account.name,
        subject_ref=f"person:{account.id}",
        carries_secret=carries_secret,
    )

    def compose(_: int) -> Letter:
        return write_letter(notice, {**facts(), "host": ports.settings.host})

    SendNotice(ports.table("notices"), ports.mail)(act, notice, compose)


def _origin(ports: Ports) -> str:
    return ports.settings.origin


def _page(ports: Ports) -> str:
    return f"{_origin(ports)}/in"
