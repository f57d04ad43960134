"""Accounts, the shapes of earlier releases, counted requests and the rules of passkeys."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.envelope import SYSTEM, Act
from shared.edge.settings import Settings
from shared.edge.webauthn_check import relying_party
from shared.embedded.store import Store
from shared.identity.accounts import account_at, address_print, changed_account, find_account, new_account
from shared.identity.callers import FindCaller
from shared.identity.limits import Limit, counted
from shared.identity.links import fingerprint, new_secret
from shared.identity.model import INVITATION as LINK
from shared.identity.model import SESSION, Account, Grant, Invitation, Opening, Principal, Role
from shared.identity.passkeys import Passkey, used
from shared.identity.usecases import Invite, OpenSession
from shared.kernel.errors import Conflict, Refused
from shared.kernel.ports import ABSENT, Put

NOW = datetime(2027, 2, 12, 0, 30, tzinfo=UTC)
ACT = Act(actor=SYSTEM, at=NOW, correlation_id="test")
ORGANISER = Grant(role=Role.ORGANISER)


@pytest.fixture
def table():
    store = Store(":memory:", {("giaouoc.identity", "SessionOpened"): ("all",)})
    yield store.table("identity")
    store.close()


def account(name="a", email="vy@tinhdoan.example", **more):
    return Account(id=name, name=name, email=email, grants=(ORGANISER,), created_at=NOW, **more)


def test_an_address_is_one_accounts_however_it_is_spelled(table):
    table.commit(new_account(account("a", "Vy.Doan@tinhdoan.example")))
    with pytest.raises(Conflict) as taken:
        table.commit(new_account(account("b", "vy.doan@TINHDOAN.example")))
    assert taken.value.key.startswith("address#")
    assert account_at(table, address_print("VY.DOAN@tinhdoan.example"))[0].id == "a"


def test_a_changed_address_is_given_up_and_taken_in_one_commit(table):
    table.commit(new_account(account("a", "cu@tinhdoan.example")))
    before, version = find_account(table, "a")
    table.commit(changed_account(before, replace(before, email="moi@tinhdoan.example"), version))
    assert account_at(table, address_print("cu@tinhdoan.example")) is None
    assert account_at(table, address_print("moi@tinhdoan.example"))[0].id == "a"
    table.commit(new_account(account("b", "cu@tinhdoan.example")))


def test_a_device_of_an_earlier_release_goes_on_and_a_person_comes_in_anew(table):
    """Shape 1 of a session kept its caller's grants."""
    for kind, known in (("DEVICE", "DEVICE"), ("PERSON", "PUBLIC")):
        cookie = new_secret()
        grants = [{"role": "GATE", "reach": "c1", "place": "Cổng A"}]
        body = {
            "shape": 1, "principal": {"kind": kind, "id": "gate-a", "grants": grants},
            "opened_at": "2027-02-12T00:00:00Z", "expires_at": "2027-02-19T00:00:00Z", "ended": False,
        }  # fmt: skip
        put = Put(partition=f"session#{fingerprint(cookie)}", sort="session", body=body, expect=ABSENT)
        table.commit([put])
        assert FindCaller(table)(cookie, NOW).principal.kind == known


def test_a_link_of_an_earlier_release_opens_what_stands_behind_it(table):
    secret = new_secret()
    body = {
        "shape": 1, "principal": {"kind": "PERSON", "id": "first-organiser", "grants": []},
        "expires_at": "2027-02-13T00:00:00Z", "session_hours": 168, "spent_at": None,
    }  # fmt: skip
    table.commit([Put(partition=f"link#{fingerprint(secret)}", sort="link", body=body, expect=ABSENT)])
    with pytest.raises(Refused, match="link_not_valid"):  # no account yet: a new link from the terminal makes one
        OpenSession(table)(ACT, secret)
    person = Principal(kind="PERSON", id="first-organiser", grants=(ORGANISER,))
    cookie, _ = OpenSession(table)(ACT, Invite(table)(ACT, person, lifetime=timedelta(days=1)))
    assert FindCaller(table)(cookie, NOW).principal.grants == (ORGANISER,)
    assert LINK.read(body) == Invitation(
        principal=replace(person, grants=()), expires_at=datetime(2027, 2, 13, tzinfo=UTC), session_hours=168
    )


def test_the_terminal_gives_back_a_role_and_an_ended_account(table):
    table.commit(new_account(replace(account("first"), grants=(), ended_at=NOW)))
    person = Principal(kind="PERSON", id="first", grants=(ORGANISER,))
    cookie, session = OpenSession(table)(ACT, Invite(table)(ACT, person, lifetime=timedelta(days=1)))
    assert session.proof is Opening.TERMINAL
    assert FindCaller(table)(cookie, NOW).principal.grants == (ORGANISER,)
    assert find_account(table, "first")[0].ended_at is None


@given(before=st.integers(0, 2**32 - 1), now=st.integers(0, 2**32 - 1))
def test_a_counter_grows_or_stays_at_zero(before, now):
    key = Passkey(id="k", name="k", credential="c", public_key=b"", counter=before, created_at=NOW)
    if (before, now) == (0, 0) or now > before:
        assert used(key, now, NOW).counter == now
    else:
        with pytest.raises(Refused, match="passkey_copied"):
            used(key, now, NOW)


@given(pauses=st.lists(st.integers(0, 20), max_size=30))
def test_a_limit_lets_so_many_through_in_a_window(pauses):
    store = Store(":memory:", {})
    table, limit, now, passed = store.table("identity"), Limit(kind="x", most=3), NOW, []
    for minutes in pauses:
        now += timedelta(minutes=minutes)
        try:
            table.commit([counted(table, limit, "who", now)])
        except Refused as refused:
            minutes = refused.facts["minutes"]
            assert 1 <= minutes <= 15
            assert len([at for at in passed if now - at < timedelta(minutes=15)]) >= 3
        else:
            passed.append(now)
            assert len([at for at in passed if now - at < timedelta(minutes=15)]) <= 6, "two windows touch at most"
    store.close()


@pytest.mark.parametrize("origin", ["https://10.0.0.7", "https://127.0.0.1:8443", "https://localhost"])
def test_no_passkey_is_bound_to_an_address_or_to_this_machine(origin):
    with pytest.raises(Refused, match="passkeys_not_here"):
        relying_party(Settings(engine="embedded", origin=origin, issuer="X"))


def test_a_passkey_is_bound_to_the_host_without_its_port():
    assert (
        relying_party(Settings(engine="embedded", origin="https://tdkt.tinh.gov.vn:8443", issuer="X"))
        == "tdkt.tinh.gov.vn"
    )
    assert relying_party(Settings(engine="embedded", origin="http://localhost:8000", issuer="X")) == "localhost"


def test_a_session_knows_its_next_end():
    body = {"kind": "PERSON", "holder": "a", "how": "LINK", "opened_at": "2027-02-12T00:00:00Z",
            "seen_at": "2027-02-12T07:30:00Z", "expires_at": "2027-02-12T08:00:00Z", "idle_minutes": 60}  # fmt: skip
    session = SESSION.read({"shape": 2, **body})
    assert session.idle_until == session.expires_at
    assert session.is_open(datetime(2027, 2, 12, 7, 59, tzinfo=UTC))
    assert not session.is_open(session.expires_at)
