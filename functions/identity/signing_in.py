"""/api/v1/sessions: signing in by link, code or passkey, proving again who one is, renewing, signing out.

What is asked by nobody yet is counted by the network it comes from. A challenge and a renewal change nothing that anybody
holds; they are written past the audit trail.
"""

from __future__ import annotations

from typing import Any, Final

from functions.identity.views import (
    CodeBody,
    CredentialBody,
    LetterBody,
    LetterView,
    OpenSessionBody,
    OptionsView,
    SessionView,
    agent_of,
    session_view,
)  # fmt: skip
from shared.edge import http, webauthn_check, wiring
from shared.edge.answers import Answer
from shared.edge.http import Request, Route
from shared.identity import signin
from shared.identity.callers import FindCaller
from shared.identity.challenges import MakeChallenge, Purpose, SpendChallenge
from shared.identity.limits import CHALLENGES_FROM_NETWORK, LINKS_FROM_NETWORK, Limit, counted
from shared.identity.model import Session
from shared.identity.passkeys import UsePasskey, read_ring, use_of
from shared.identity.sessions import EndSession, RenewSession
from shared.identity.usecases import OpenSession
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Refused
from shared.kernel.ports import Table

MINUTES: Final = int(signin.LIFETIME.total_seconds()) // 60


def _unaudited() -> Table:
    return wiring.ports().table("identity")


def _counted(request: Request, limit: Limit) -> None:
    table = _unaudited()
    decide_again(lambda: table.commit([counted(table, limit, request.address, request.act.at)]))


def binding_name(request: Request) -> str:
    """The cookie by which a browser is known to have asked for a letter."""
    return f"{http.cookie_name(request.ports)}-in"


def binding_cookie(request: Request, value: str, max_age: int) -> str:
    """Its Set-Cookie line: it never leaves this site, and lives as long as the code."""
    secure = "; Secure" if request.ports.settings.secure else ""
    return f"{binding_name(request)}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age}{secure}"


def _opened(request: Request, cookie: str, session: Session) -> Answer:
    """The session's cookie is bound to the browser that asked; the binding of a letter has done its part."""
    seconds = int((session.expires_at - request.act.at).total_seconds())
    lines = [http.session_cookie(request.ports, cookie, seconds)]
    if binding_name(request) in request.cookies:
        lines.append(binding_cookie(request, "", 0))
    caller = FindCaller(request.ports.table("identity"))(cookie, request.act.at)
    return Answer(session_view(caller), status=201, cookies=tuple(lines))


def open_session(request: Request) -> Answer:
    """Spends a one-time link."""
    _counted(request, LINKS_FROM_NETWORK)
    cookie, session = OpenSession(request.ports.table("identity"))(
        request.act, request.body.secret, binding=request.cookies.get(binding_name(request), ""),
        agent=agent_of(request.headers),
    )  # fmt: skip
    return _opened(request, cookie, session)


def show_session(request: Request) -> Answer:
    """The caller's own session; the public sees that it is nobody."""
    return Answer(session_view(request.caller))


def end_session(request: Request) -> Answer:
    """Signs out. Signing out twice is no error."""
    cookie = request.cookies.get(http.cookie_name(request.ports))
    if cookie:
        EndSession(request.ports.table("identity"))(cookie)
    return Answer(None, cookies=(http.session_cookie(request.ports, "", 0),))


def renew(request: Request) -> Answer:
    """A page is in use: the idle time begins anew."""
    seen = RenewSession(_unaudited())(request.act, request.caller)
    view = session_view(request.caller)
    if seen is None:
        return Answer(view)
    return Answer(SessionView(
        kind=view.kind, name=view.name, grants=view.grants, expires_at=seen.expires_at, idle_until=seen.idle_until
    ))  # fmt: skip


def ask_for_letter(request: Request) -> Answer:
    """The same answer, after the same work, whether or not anybody has the address."""
    ask = signin.AskForLetter(_unaudited())
    binding = ask(request.act, request.body.email, network=request.address)
    return Answer(
        LetterView(minutes=MINUTES), status=202, cookies=(binding_cookie(request, binding, MINUTES * 60),)
    )  # fmt: skip


def type_code(request: Request) -> Answer:
    """The code of a letter that is read on another device."""
    binding = request.cookies.get(binding_name(request), "")
    cookie, session = signin.TypeCode(_unaudited()).sign_in(
        request.act, binding, request.body.code, agent=agent_of(request.headers)
    )
    return _opened(request, cookie, session)


def passkey_options(request: Request) -> Answer:
    """For whoever wants to sign in by passkey; nobody says who they are yet."""
    webauthn_check.relying_party(request.ports.settings)
    _counted(request, CHALLENGES_FROM_NETWORK)
    challenge = MakeChallenge(_unaudited())(request.act, Purpose.SIGN_IN)
    return Answer(OptionsView(options=webauthn_check.use_options(request.ports.settings, (), challenge)))


def sign_in_by_passkey(request: Request) -> Answer:
    """A discoverable credential says whose it is; its key and its challenge prove it."""
    table, credential = request.ports.table("identity"), request.body.credential
    challenge = webauthn_check.challenge_of(credential)
    SpendChallenge(_unaudited())(request.act, challenge, Purpose.SIGN_IN)
    account = webauthn_check.user_of(credential)
    counter = _verified(request, account, credential, challenge)
    cookie, session = UsePasskey(table).sign_in(
        request.act, account, webauthn_check.id_of(credential), counter, agent=agent_of(request.headers)
    )
    return _opened(request, cookie, session)


def _verified(request: Request, account: str, credential: dict[str, Any], challenge: bytes) -> int:
    table = request.ports.table("identity")
    passkey = use_of(table, account, webauthn_check.id_of(credential))[2]
    return webauthn_check.verified_use(request.ports.settings, challenge, credential, passkey)


def proof_options(request: Request) -> Answer:
    """For proving again who sits there: only one's own passkeys are asked for."""
    account = request.principal.id
    standing = read_ring(request.ports.table("identity"), account)[0].passkeys
    if not standing:
        raise Refused("identity.no_passkey")
    challenge = MakeChallenge(_unaudited())(request.act, Purpose.STEP_UP, account=account, session=request.caller.id)
    return Answer(OptionsView(options=webauthn_check.use_options(request.ports.settings, standing, challenge)))


def prove_by_passkey(request: Request) -> Answer:
    """The next ten minutes' dangerous acts are open to this session."""
    credential, account = request.body.credential, request.principal.id
    challenge = webauthn_check.challenge_of(credential)
    spend = SpendChallenge(_unaudited())
    spend(request.act, challenge, Purpose.STEP_UP, account=account, session=request.caller.id)
    counter = _verified(request, account, credential, challenge)
    prove = UsePasskey(_unaudited()).prove
    prove(request.act, request.caller, webauthn_check.id_of(credential), counter)
    return Answer(None, status=204)


def ask_for_proof(request: Request) -> Answer:
    """A code by mail, for who has no passkey."""
    binding = signin.AskForProof(_unaudited())(request.act, request.caller, network=request.address)
    return Answer(
        LetterView(minutes=MINUTES), status=202, cookies=(binding_cookie(request, binding, MINUTES * 60),)
    )  # fmt: skip


def prove_by_code(request: Request) -> Answer:
    """The code of that letter."""
    binding = request.cookies.get(binding_name(request), "")
    signin.TypeCode(_unaudited()).prove(request.act, request.caller, binding, request.body.code)
    return Answer(None, status=204, cookies=(binding_cookie(request, "", 0),))


_PATH: Final = "/api/v1/sessions"
ROUTES: Final = (
    Route(method="POST", path=_PATH, scope="public", run=open_session, body=OpenSessionBody, answer=SessionView, ok=201,
          summary="Spend a one-time link", answers_secret=True),
    Route(method="GET", path=_PATH, scope="public", run=show_session, answer=SessionView, summary="Who am I"),
    Route(method="DELETE", path=_PATH, scope="public", run=end_session, ok=204, summary="Sign out"),
    Route(method="POST", path=f"{_PATH}/renewal", scope="public", run=renew, answer=SessionView,
          summary="A page is in use: the idle time begins anew"),
    Route(method="POST", path=f"{_PATH}/letters", scope="public", run=ask_for_letter, body=LetterBody, answer=LetterView,
          ok=202, summary="Ask for a sign-in letter", answers_secret=True),
    Route(method="POST", path=f"{_PATH}/codes", scope="public", run=type_code, body=CodeBody, answer=SessionView, ok=201,
          summary="Sign in by the code of a letter", answers_secret=True),
    Route(method="POST", path=f"{_PATH}/passkey-options", scope="public", run=passkey_options, answer=OptionsView,
          summary="Options for signing in by passkey", answers_secret=True),
    Route(method="POST", path=f"{_PATH}/passkeys", scope="public", run=sign_in_by_passkey, body=CredentialBody,
          answer=SessionView, ok=201, summary="Sign in by passkey", answers_secret=True),
    Route(method="POST", path=f"{_PATH}/proofs/passkey-options", scope="account:write", run=proof_options,
          answer=OptionsView, summary="Options for proving again who one is", answers_secret=True),
    Route(method="POST", path=f"{_PATH}/proofs/passkeys", scope="account:write", run=prove_by_passkey,
          body=CredentialBody, ok=204, summary="Prove again who one is, by passkey", answers_secret=True),
    Route(method="POST", path=f"{_PATH}/proofs/letters", scope="account:write", run=ask_for_proof, answer=LetterView,
          ok=202, summary="Ask for a code by mail, to prove who one is", answers_secret=True),
    Route(method="POST", path=f"{_PATH}/proofs/codes", scope="account:write", run=prove_by_code, body=CodeBody, ok=204,
          summary="Prove again who one is, by the code of a letter", answers_secret=True),
)  # fmt: skip
