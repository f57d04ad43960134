"""/api/v1/account: one's own name, passkeys and sessions; and the word that an organiser gives for a colleague."""

from __future__ import annotations

from typing import Final

from functions.identity.views import (
    AccountView,
    EnrolBody,
    NameBody,
    OptionsView,
    PasskeyView,
    RecoveryView,
    RemovalBody,
    grants_of,
    own_session_view,
    passkey_view,
)  # fmt: skip
from shared.edge import http, webauthn_check, wiring
from shared.edge.answers import Answer
from shared.edge.http import Request, Route
from shared.identity.accounts import RenameOneself, read_account
from shared.identity.challenges import MakeChallenge, Purpose, SpendChallenge
from shared.identity.passkeys import AddPasskey, RemovePasskey, RenamePasskey, read_ring
from shared.identity.recovery import CallOffRecovery, VouchFor, open_recovery
from shared.identity.sessions import EndSession, ListSessions, SignOutEverywhere
from shared.kernel.errors import Refused
from shared.kernel.ports import Table


def _table(request: Request) -> Table:
    return request.ports.table("identity")


def _unaudited() -> Table:
    """For challenges: they change nothing that anybody holds."""
    return wiring.ports().table("identity")


def account_view(request: Request) -> AccountView:
    """One's own account, with the passkeys and the open sessions. Also for the page /console/account."""
    table, now = _table(request), request.act.at
    account, _ = read_account(table, request.principal.id)
    recovery = open_recovery(table, account.id, now)
    return AccountView(
        id=account.id, name=account.name, email=account.email, phone=account.phone, grants=grants_of(request.principal),
        passkeys=tuple(map(passkey_view, read_ring(table, account.id)[0].passkeys)),
        sessions=tuple(own_session_view(each, request.caller.id) for each in ListSessions(table)(account, now)),
        recovery_until=recovery.expires_at if recovery else None,
    )  # fmt: skip


def show(request: Request) -> Answer:
    """One's own account."""
    return Answer(account_view(request))


def rename(request: Request) -> Answer:
    """The name as colleagues and papers know it."""
    RenameOneself(_table(request))(request.principal.id, request.body.name)
    return Answer(account_view(request))


def enrolment_options(request: Request) -> Answer:
    """Asked for in a freshly proved session alone; the challenge is for this session and five minutes."""
    settings, account = request.ports.settings, read_account(_table(request), request.principal.id)[0]
    webauthn_check.relying_party(settings)
    standing = read_ring(_table(request), account.id)[0].passkeys
    challenge = MakeChallenge(_unaudited())(
        request.act, Purpose.ENROL, account=account.id, session=request.caller.id
    )  # fmt: skip
    return Answer(OptionsView(options=webauthn_check.enrolment_options(settings, account, standing, challenge)))


def enrol(request: Request) -> Answer:
    """Keeps the passkey that the browser has just made."""
    credential = request.body.credential
    challenge = webauthn_check.challenge_of(credential)
    spend = SpendChallenge(_unaudited())
    spend(request.act, challenge, Purpose.ENROL, account=request.principal.id, session=request.caller.id)
    made = webauthn_check.verified_enrolment(request.ports.settings, challenge, credential)
    added = AddPasskey(_table(request))(request.act, request.caller, made, request.body.name)
    return Answer(passkey_view(added), status=201)


def rename_passkey(request: Request) -> Answer:
    """The name by which its owner knows it."""
    renamed = RenamePasskey(_table(request))(request.principal.id, request.params["passkey"], request.body.name)
    return Answer(passkey_view(renamed))


def remove_passkey(request: Request) -> Answer:
    """Ends a passkey and every other session."""
    remove = RemovePasskey(_table(request))
    remove(request.act, request.caller, request.params["passkey"], although_last=request.body.although_last)
    return Answer(None, status=204)


def end_one(request: Request) -> Answer:
    """Ends one of one's own sessions."""
    EndSession(_table(request)).named(request.principal.id, request.params["session"])
    return Answer(None, status=204)


def sign_out_everywhere(request: Request) -> Answer:
    """Ends all of them, this one too."""
    SignOutEverywhere(_table(request))(request.principal.id)
    return Answer(None, status=204, cookies=(http.session_cookie(request.ports, "", 0),))


def vouch(request: Request) -> Answer:
    """One of the two words for a colleague who has lost every passkey."""
    person = request.params["person"]
    _check_second_word(request, person)
    waiting = VouchFor(_table(request))(request.act, request.caller, person)
    if waiting is None:
        return Answer(RecoveryView(person=person, state="DONE"))
    return Answer(RecoveryView(person=person, state="WAITING", expires_at=waiting.expires_at))


def _check_second_word(request: Request, person: str) -> None:
    """Raises Refused(identity.recovery_linked) where both words would come from accounts of one hand."""
    from shared.edge.linked_accounts import linked  # reads the trail: for this route alone

    begun, now = open_recovery(_table(request), person, request.act.at), request.act.at
    if begun is None or begun.by == request.principal.id:
        return
    if linked(request.ports.table, begun.by, request.principal.id, first_word=begun.begun_at, now=now):
        raise Refused("identity.recovery_linked")


def call_off(request: Request) -> Answer:
    """A recovery that waits for its second word is called off by a colleague."""
    CallOffRecovery(_table(request))(request.params["person"])
    return Answer(None, status=204)


def call_off_own(request: Request) -> Answer:
    """The same by the person concerned, who can still sign in."""
    CallOffRecovery(_table(request))(request.principal.id)
    return Answer(None, status=204)


_PATH: Final = "/api/v1/account"
ROUTES: Final = (
    Route(method="GET", path=f"{_PATH}/me", scope="account:read", run=show, answer=AccountView,
          summary="One's own account"),
    Route(method="PUT", path=f"{_PATH}/me", scope="account:write", run=rename, body=NameBody, answer=AccountView,
          summary="Change one's own name"),
    Route(method="POST", path=f"{_PATH}/passkey-options", scope="account:write", run=enrolment_options,
          answer=OptionsView, fresh=True, summary="Options for a new passkey", answers_secret=True),
    Route(method="POST", path=f"{_PATH}/passkeys", scope="account:write", run=enrol, body=EnrolBody,
          answer=PasskeyView, ok=201, summary="Keep a new passkey"),
    Route(method="PUT", path=f"{_PATH}/passkeys/{{passkey}}", scope="account:write", run=rename_passkey, body=NameBody,
          answer=PasskeyView, summary="Rename a passkey"),
    Route(method="POST", path=f"{_PATH}/passkeys/{{passkey}}/removal", scope="account:write", run=remove_passkey,
          body=RemovalBody, ok=204, fresh=True, summary="Remove a passkey"),
    Route(method="DELETE", path=f"{_PATH}/sessions/{{session}}", scope="account:write", run=end_one, ok=204,
          summary="End one of one's own sessions"),
    Route(method="POST", path=f"{_PATH}/sign-out-everywhere", scope="account:write", run=sign_out_everywhere, ok=204,
          summary="End all of one's own sessions"),
    Route(method="DELETE", path=f"{_PATH}/recovery", scope="account:write", run=call_off_own, ok=204,
          summary="Call off the recovery of one's own account"),
    Route(method="POST", path=f"{_PATH}/recoveries/{{person}}", scope="people:write", run=vouch, answer=RecoveryView,
          fresh=True, summary="Vouch for a colleague who has lost every passkey"),
    Route(method="DELETE", path=f"{_PATH}/recoveries/{{person}}", scope="people:write", run=call_off, ok=204,
          summary="Call off a colleague's recovery"),
)  # fmt: skip
