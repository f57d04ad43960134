"""A device's rules under random commands, two browsers and a clock that jumps: what must hold holds after every step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from events.envelope import Actor
from infra.sample.device import DeviceKey
from shared.identity import device_proofs, devices
from shared.identity.devices import Device, End, Phase, State
from shared.identity.model import Role
from shared.kernel.errors import Refused

START = datetime(2027, 2, 12, 0, 0, tzinfo=UTC)
UNTIL = START + timedelta(hours=16)
ORIGIN = "https://thidua.tinh.example"
OFFICER = Actor(kind="PERSON", id="organiser")
BROWSERS = (DeviceKey(), DeviceKey())
WHO = st.sampled_from((0, 1))
PAUSES = st.sampled_from((1, 60, 121, 301, 601, 3600, 57_601))


class DeviceMachine(RuleBasedStateMachine):
    """Refusals change nothing, which values do by themselves."""

    @initialize(by_terminal=st.booleans())
    def invite(self, by_terminal: bool) -> None:
        self.now = START
        self.codes = 1
        self.device = Device(
            id="d", ceremony="c", role=Role.GATE, name="Máy", state=State.INVITED, invited_at=START, invited_by=OFFICER,
            due_at=START + (timedelta(hours=24) if by_terminal else devices.CODE_LIFETIME), valid_until=UNTIL,
            by_terminal=by_terminal, code="code-1",
        )  # fmt: skip
        self.code_made_at = START
        self.claimant: int | None = None
        self.seen: str | None = None
        self.compared = False
        self.sessions: list[str] = []
        self.over = False

    def apply(self, decide: Callable[[Device], Device]) -> bool:
        """Whether the command was carried out."""
        try:
            after = decide(self.device)
        except Refused:
            return False
        self.device = after
        return True

    @rule(seconds=PAUSES)
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(who=WHO, stale=st.booleans())
    def claim(self, who: int, stale: bool) -> None:
        code = f"code-{self.codes - stale}"
        mine = device_proofs.text_of(BROWSERS[who].commitment)
        fresh = self.device.state is State.INVITED
        nonce = device_proofs.text_of(bytes([self.codes]) * 32)
        if self.apply(lambda one: devices.claimed(one, self.now, code=code, commitment=mine, server_nonce=nonce)):
            assert not stale
            assert self.claimant in (None, who)
            if fresh:
                assert self.device.by_terminal or self.now < self.code_made_at + devices.CODE_LIFETIME
            self.claimant = who

    @rule(who=WHO, signer=WHO)
    def give_key(self, who: int, signer: int) -> None:
        own = BROWSERS[who]
        server_nonce = device_proofs.raw(self.device.server_nonce) if self.device.server_nonce else bytes(32)
        signature = BROWSERS[signer].sign(device_proofs.enrolment_text(ORIGIN, "d", own.nonce, server_nonce))
        known = bool(self.device.public_key)
        if self.apply(
            lambda one: devices.keyed(
                one, self.now, origin=ORIGIN, public_key=own.public, nonce=own.nonce, signature=signature
            )
        ):
            assert who == self.claimant
            assert known or signer == who

    @rule()
    def look(self) -> None:
        """The organiser's page shows what it knows; it may be old when a button is pressed."""
        self.seen = self.device.digits

    @rule(same=st.booleans())
    def compare(self, same: bool) -> None:
        shown = self.seen or "?"
        before = self.device
        done = self.apply(lambda one: devices.compared(one, self.now, OFFICER, digits=shown, same=same))
        if done and self.device is not before:
            assert shown == before.digits
            self.compared = same

    @rule(by_terminal=st.booleans())
    def new_code(self, by_terminal: bool) -> None:
        code = f"code-{self.codes + 1}"
        due_at = self.now + (timedelta(hours=24) if by_terminal else devices.CODE_LIFETIME)
        if self.apply(lambda one: replace(devices.invited_again(one, self.now, code, due_at), by_terminal=by_terminal)):
            self.codes += 1
            self.claimant, self.code_made_at = None, self.now

    @rule(name=st.integers())
    def sign_in(self, name: int) -> None:
        before = self.device.session
        if self.apply(lambda one: devices.signed_in(one, self.now, session=f"s{name}", valid_until=UNTIL)):
            assert not self.over
            assert self.now < UNTIL
            assert self.compared or self.device.by_terminal
            assert self.device.session == f"s{name}" != before or before == f"s{name}"

    @rule(why=st.sampled_from(End))
    def end(self, why: End) -> None:
        first = self.device.end
        self.apply(lambda one: devices.ended(one, self.now, OFFICER, why))
        assert self.device.end is (first or why)

    @invariant()
    def what_stands_was_compared_and_holds_the_claimants_key(self) -> None:
        if self.device.state is State.ACTIVE:
            assert self.compared or self.device.by_terminal
            assert self.claimant is not None
            assert self.device.public_key == device_proofs.text_of(BROWSERS[self.claimant].public)

    @invariant()
    def the_end_is_the_end(self) -> None:
        self.over = self.over or self.device.state is State.ENDED
        if self.over:
            assert devices.phase(self.device, self.now) is Phase.ENDED
            assert self.device.session is None
            assert not devices.is_open(self.device, self.now)

    @invariant()
    def never_more_sign_ins_than_allowed(self) -> None:
        recent = [at for at in self.device.sign_ins if at > self.now - devices.SIGN_IN_WINDOW]
        assert len(recent) <= devices.SIGN_INS


TestDeviceMachine = DeviceMachine.TestCase
TestDeviceMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)

PARTS = st.lists(st.binary(max_size=8), max_size=4)


@given(st.sampled_from(("enrol", "sign-in", "batch")), PARTS, st.sampled_from(("enrol", "sign-in", "batch")), PARTS)
def test_no_two_uses_have_the_same_bytes(one, parts, other, more):
    same = (one, parts) == (other, more)
    assert (device_proofs.framed(one, *parts) == device_proofs.framed(other, *more)) == same


@given(st.binary(max_size=70))
def test_bytes_have_one_spelling(data):
    assert device_proofs.bytes_of(device_proofs.text_of(data), "x", len(data)) == data


@given(st.binary(min_size=65, max_size=65), st.binary(max_size=70), st.binary(max_size=20))
def test_a_forged_signature_is_no_signature(key, signature, text):
    assert not device_proofs.verify(key, signature, text)
