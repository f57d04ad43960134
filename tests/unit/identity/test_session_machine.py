"""One person, sessions of every kind and a clock that jumps: after every step a cookie opens exactly what it should."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from events.catalogue import BY_CLASS
from events.envelope import SYSTEM, Act
from shared.edge import freshness
from shared.embedded.store import Store
from shared.identity import signin
from shared.identity.accounts import find_account, new_account
from shared.identity.callers import FindCaller
from shared.identity.inviting import MakeInvitation
from shared.identity.links import fingerprint
from shared.identity.model import Account, Grant, Opening, Principal, Role
from shared.identity.passkeys import AddPasskey, Made, RemovePasskey, UsePasskey, read_ring
from shared.identity.sessions import EndSession, RenewSession, SignOutEverywhere
from shared.identity.usecases import Invite, OpenSession
from shared.kernel.errors import Refused

START = datetime(2027, 2, 12, 0, 30, tzinfo=UTC)
ADDRESS = "vy@tinhdoan.example"
ID = "person-1"
GRANTS = (Grant(role=Role.ORGANISER),)
WHICH = st.integers(0, 3)
PAUSES = st.sampled_from((1, 5, 9, 11, 45, 61, 200))
SUBSCRIPTIONS = {(source, kind): ("all",) for kind, _version, source in BY_CLASS.values()}


class SessionMachine(RuleBasedStateMachine):
    """The model knows of each cookie by what it was opened, when it was used, and whether it was ended."""

    @initialize()
    def stand(self):
        self.store = Store(":memory:", SUBSCRIPTIONS)
        self.table = self.store.table("identity")
        self.now = START
        person = Account(id=ID, name="Vy", email=ADDRESS, grants=GRANTS, created_at=START)
        self.table.commit(new_account(person))
        self.open = {}
        self.letters = []
        self.made = 0
        self.asked_at = []

    def teardown(self):
        if hasattr(self, "store"):
            self.store.close()

    def act(self):
        return Act(actor=SYSTEM, at=self.now, correlation_id="machine")

    def passkeys(self):
        return read_ring(self.table, ID)[0].passkeys

    def came_in(self, cookie, by):
        self.open[cookie] = {"opened": self.now, "seen": self.now, "proved": (self.now, by), "ended": False}

    def alive(self, facts):
        idle, whole = timedelta(minutes=60), timedelta(hours=8)
        return not facts["ended"] and self.now < min(facts["seen"] + idle, facts["opened"] + whole)

    def one(self, which):
        living = [cookie for cookie, facts in self.open.items() if self.alive(facts)]
        return living[which % len(living)] if living else None

    def caller(self, cookie):
        return FindCaller(self.table)(cookie, self.now)

    @rule(minutes=PAUSES)
    def wait(self, minutes):
        self.now += timedelta(minutes=minutes)

    @rule()
    def ask_for_a_letter(self):
        window = [at for at in self.asked_at if self.now - at < timedelta(minutes=15)]
        try:
            binding = signin.AskForLetter(self.table)(self.act(), ADDRESS, network="203.0.113.7")
        except Refused as refused:
            told = refused.code
            assert told == "identity.too_many"
            assert len(window) >= 1
            return
        self.asked_at.append(self.now)
        account, _ = find_account(self.table, ID)
        made = signin.MakeSecrets(self.table)(self.act(), signin.request_name(binding), account)
        epoch = account.epoch
        self.letters.append({"binding": binding, "link": made.link, "code": made.code, "until": made.expires_at,
                             "epoch": epoch, "spent": False, "tries": 0})  # fmt: skip

    @precondition(lambda self: self.letters)
    @rule(which=WHICH, right_browser=st.booleans())
    def tap_a_link(self, which, right_browser):
        letter = self.letters[which % len(self.letters)]
        epoch = find_account(self.table, ID)[0].epoch
        good = self.now < letter["until"] and not letter["spent"] and letter["epoch"] == epoch and not self.passkeys()
        try:
            binding = letter["binding"] if right_browser else "A" * 43
            cookie, _ = OpenSession(self.table)(self.act(), letter["link"], binding=binding)
        except Refused:
            assert not (good and right_browser)
            return
        assert good
        assert right_browser
        letter["spent"] = True
        self.came_in(cookie, Opening.LINK)

    @precondition(lambda self: self.letters)
    @rule(which=WHICH, right=st.booleans())
    def type_a_code(self, which, right):
        letter = self.letters[which % len(self.letters)]
        code = letter["code"] if right else f"{(int(letter['code']) + 1) % 10**6:06}"
        live = self.now < letter["until"] and not letter.get("typed") and letter["tries"] < signin.TRIES
        good = right and live and not self.passkeys()
        try:
            cookie, _ = signin.TypeCode(self.table).sign_in(self.act(), letter["binding"], code)
        except Refused:
            assert not good
            letter["tries"] += 1 if live and not right else 0
            return
        assert good
        letter["typed"] = letter["spent"] = True
        self.came_in(cookie, Opening.CODE)

    @rule(from_terminal=st.booleans())
    def come_by_invitation(self, from_terminal):
        if from_terminal:
            who = Principal(kind="PERSON", id=ID, grants=GRANTS)
            secret = Invite(self.table)(self.act(), who, lifetime=timedelta(days=1), idle_minutes=60)
        else:
            secret, _ = MakeInvitation(self.table)(self.act(), ID)
        try:
            cookie, _ = OpenSession(self.table)(self.act(), secret)
        except Refused as refused:
            told = refused.code
            assert told == "identity.passkey_needed"
            assert not from_terminal
            assert self.passkeys()
            return
        assert from_terminal or not self.passkeys()
        self.came_in(cookie, Opening.TERMINAL if from_terminal else Opening.LINK)

    @rule(which=WHICH)
    def add_a_passkey(self, which):
        cookie = self.one(which)
        if cookie is None or len(self.passkeys()) > 3:
            return
        first = not self.passkeys()
        self.made += 1
        made = Made(credential=f"key-{self.made}", public_key=b"k", counter=0, transports=(), backed_up=False)
        AddPasskey(self.table)(self.act(), self.caller(cookie), made, f"Khóa {self.made}")
        self.proved(cookie, others_end=first)

    @rule(which=WHICH)
    def remove_a_passkey(self, which):
        cookie, standing = self.one(which), self.passkeys()
        if cookie is None or not standing:
            return
        gone = standing[which % len(standing)].id
        if len(standing) == 1:
            with pytest.raises(Refused, match="last_passkey"):
                RemovePasskey(self.table)(self.act(), self.caller(cookie), gone)
        RemovePasskey(self.table)(self.act(), self.caller(cookie), gone, although_last=True)
        self.proved(cookie, others_end=True)

    def proved(self, cookie, *, others_end):
        self.open[cookie] |= {"seen": self.now, "proved": (self.now, Opening.PASSKEY)}
        for other, facts in self.open.items():
            facts["ended"] = facts["ended"] or (others_end and other != cookie)

    @rule(which=WHICH)
    def prove_by_passkey(self, which):
        cookie, standing = self.one(which), self.passkeys()
        if cookie is not None and standing:
            UsePasskey(self.table).prove(self.act(), self.caller(cookie), standing[0].credential, 0)
            self.proved(cookie, others_end=False)

    @rule()
    def sign_in_by_passkey(self):
        if standing := self.passkeys():
            cookie, _ = UsePasskey(self.table).sign_in(self.act(), ID, standing[-1].credential, 0, agent="")
            self.came_in(cookie, Opening.PASSKEY)

    @rule(which=WHICH)
    def use_a_page(self, which):
        if cookie := self.one(which):
            RenewSession(self.table)(self.act(), self.caller(cookie))
            facts = self.open[cookie]
            if self.now - facts["seen"] >= timedelta(minutes=4):
                facts["seen"] = self.now

    @rule(which=WHICH, everywhere=st.booleans())
    def sign_out(self, which, everywhere):
        if not (cookie := self.one(which)):
            return
        if everywhere:
            SignOutEverywhere(self.table)(ID)
        else:
            EndSession(self.table)(cookie)
        for other, facts in self.open.items():
            facts["ended"] = facts["ended"] or everywhere or other == cookie

    @invariant()
    def each_cookie_opens_what_it_should(self):
        for cookie, facts in getattr(self, "open", {}).items():
            caller = self.caller(cookie)
            assert (caller.principal.kind == "PERSON") == self.alive(facts), facts
            assert caller.principal.grants == (GRANTS if self.alive(facts) else ())
            if not self.alive(facts):
                continue
            at, by = facts["proved"]
            strong = by in (Opening.PASSKEY, Opening.TERMINAL) or not self.passkeys()
            fresh = self.now - at <= freshness.WINDOW and strong
            assert self.lets_in(caller) == fresh

    def lets_in(self, caller):
        try:
            freshness.check(self.table, caller, self.now)
        except Refused as refused:
            by = refused.facts["by"]
            assert by == ("PASSKEY" if self.passkeys() else "CODE")
            return False
        return True

    @invariant()
    def no_cookie_is_stored(self):
        for cookie in getattr(self, "open", {}):
            item = self.table.get(f"session#{fingerprint(cookie)}", "session")
            assert item is None or cookie not in str(item.body)


TestSessions = SessionMachine.TestCase
TestSessions.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
