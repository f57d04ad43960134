"""A device's life: code once and for five minutes, one browser, six digits compared, sessions by the key, the end at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from events.catalogue import BY_CLASS
from events.envelope import SYSTEM, Act, Actor
from infra.sample.device import DeviceKey
from shared.embedded.store import Store
from shared.identity import device_proofs, devices
from shared.identity.callers import FindCaller
from shared.identity.device_enrolment import AddDevice, ClaimCode, CompareDigits, EndDevice, GiveKey, RenewCode
from shared.identity.device_list import ListDevices, NoteSeen, ShowDevice
from shared.identity.device_sessions import AskChallenge, ChangeDevice, OpenDeviceSession
from shared.identity.devices import Device, End, Phase
from shared.identity.links import new_secret
from shared.identity.model import Role
from shared.kernel.errors import Invalid, NotFound, Refused
from shared.kernel.ports import Table
from shared.kernel.text import nfc
from tests.hostile import HOSTILE_NAMES, LONG

NOW = datetime(2027, 2, 12, 0, 0, tzinfo=UTC)
ENDS = NOW + timedelta(hours=4)
UNTIL = ENDS + devices.AFTER_CEREMONY
ORIGIN = "https://thidua.tinh.example"
OFFICER = Actor(kind="PERSON", id="organiser")
PHONE = Actor(kind="PUBLIC", id="public")


class Door:
    """The use cases as the organiser and a phone call them."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.now = NOW

    def act(self, by: Actor = OFFICER) -> Act:
        return Act(actor=by, at=self.now, correlation_id="test")

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def add(
        self, name: str = "Điện thoại cô Lan", *, terminal: timedelta | None = None, **more: str
    ) -> tuple[Device, str]:
        return AddDevice(self.table)(
            self.act(), ceremony="c1", role=Role.GATE, place="Cổng A", name=name, valid_until=UNTIL, by_terminal=terminal,
            **more,
        )  # fmt: skip

    def claim(self, code: str, phone: DeviceKey) -> Device:
        return ClaimCode(self.table)(self.act(PHONE), code, phone.commitment)

    def give(
        self, claimed: Device, phone: DeviceKey, *, signer: DeviceKey | None = None, origin: str = ORIGIN
    ) -> Device:
        nonce = device_proofs.raw(claimed.server_nonce)
        text = device_proofs.enrolment_text(origin, claimed.id, phone.nonce, nonce)
        return GiveKey(self.table)(
            self.act(PHONE), "c1", claimed.id, origin=ORIGIN, public_key=phone.public, nonce=phone.nonce,
            signature=(signer or phone).sign(text),
        )  # fmt: skip

    def compare(self, device: Device, *, digits: str | None = None, same: bool = True) -> Device:
        shown = digits if digits is not None else ShowDevice(self.table)("c1", device.id).digits or ""
        return CompareDigits(self.table)(self.act(), "c1", device.id, digits=shown, same=same)

    def stand(self, phone: DeviceKey) -> Device:
        _, code = self.add()
        return self.compare(self.give(self.claim(code, phone), phone))

    def ask(self, device: Device) -> str:
        return AskChallenge(self.table)(self.act(PHONE), "c1", device.id).text

    def sign_in(self, device: Device, phone: DeviceKey, challenge: str | None = None, *, origin: str = ORIGIN) -> str:
        challenge = challenge or self.ask(device)
        text = device_proofs.sign_in_text(origin, device.id, challenge.encode())
        cookie, _, _ = OpenDeviceSession(self.table)(
            self.act(PHONE), "c1", device.id, origin=ORIGIN, challenge=challenge, signature=phone.sign(text),
            valid_until=UNTIL,
        )  # fmt: skip
        return cookie

    def kind(self, cookie: str) -> str:
        return FindCaller(self.table)(cookie, self.now).principal.kind

    def phase(self, device: Device) -> Phase:
        return next(one.phase for one in ListDevices(self.table)("c1", self.now) if one.id == device.id)


@pytest.fixture
def door() -> Iterator[Door]:
    store = Store(":memory:", {(source, kind): ("all",) for kind, _version, source in BY_CLASS.values()})
    yield Door(store.table("identity"))
    store.close()


def test_a_device_stands_only_after_the_digits_were_compared(door):
    phone = DeviceKey()
    invited, code = door.add()
    claimed = door.claim(code, phone)
    waiting = door.give(claimed, phone)
    with pytest.raises(Refused, match=r"device\.waiting"):
        door.ask(waiting)
    own = device_proofs.digits(invited.code, phone.public, phone.nonce, device_proofs.raw(claimed.server_nonce))
    (listed,) = ListDevices(door.table)("c1", door.now)
    assert (listed.phase, listed.digits) == (Phase.WAITING, own)
    door.compare(waiting)
    caller = FindCaller(door.table)(door.sign_in(waiting, phone), door.now)
    (grant,) = caller.principal.grants
    assert (caller.principal.kind, caller.principal.id) == ("DEVICE", invited.id)
    assert (grant.role, grant.reach, grant.place) == (Role.GATE, "c1", "Cổng A")
    assert ListDevices(door.table)("c1", door.now)[0].digits is None, "nothing is left to compare"


def test_different_digits_end_the_enrolment(door):
    phone = DeviceKey()
    _, code = door.add()
    waiting = door.give(door.claim(code, phone), phone)
    ended = door.compare(waiting, same=False)
    assert ended.end is End.DIFFERENT
    with pytest.raises(Refused, match=r"device\.different"):
        door.ask(waiting)
    with pytest.raises(Refused, match=r"device\.nothing_to_compare"):
        door.compare(waiting)


def test_digits_of_another_moment_confirm_nothing(door):
    phone = DeviceKey()
    _, code = door.add()
    waiting = door.give(door.claim(code, phone), phone)
    other = "000000" if waiting.digits != "000000" else "000001"
    with pytest.raises(Refused, match=r"device\.nothing_to_compare"):
        door.compare(waiting, digits=other)
    assert door.phase(waiting) is Phase.WAITING


def test_a_code_serves_one_browser(door):
    first, second = DeviceKey(), DeviceKey()
    _, code = door.add()
    claimed = door.claim(code, first)
    assert door.claim(code, first).server_nonce == claimed.server_nonce, "a lost answer is asked for again"
    with pytest.raises(Refused, match=r"device\.code_used"):
        door.claim(code, second)
    with pytest.raises(Refused, match=r"device\.proof_bad"):
        door.give(claimed, second)
    waiting = door.give(claimed, first)
    assert door.give(claimed, first).digits == waiting.digits
    with pytest.raises(Refused, match=r"device\.code_used"):
        door.give(claimed, second)


def test_a_code_lasts_five_minutes(door):
    _, code = door.add()
    door.wait(minutes=5)
    with pytest.raises(Refused, match=r"device\.code_expired"):
        door.claim(code, DeviceKey())
    _, code = door.add()
    door.wait(minutes=4, seconds=59)
    phone = DeviceKey()
    claimed = door.claim(code, phone)
    door.wait(minutes=1, seconds=59)
    door.give(claimed, phone)


def test_who_claims_and_says_no_more_has_two_minutes(door):
    phone = DeviceKey()
    _, code = door.add()
    door.wait(minutes=4)
    claimed = door.claim(code, phone)
    door.wait(minutes=2)
    with pytest.raises(Refused, match=r"device\.code_expired"):
        door.give(claimed, phone)


def test_a_comparison_lasts_ten_minutes(door):
    phone = DeviceKey()
    _, code = door.add()
    waiting = door.give(door.claim(code, phone), phone)
    door.wait(minutes=10)
    with pytest.raises(Refused, match=r"device\.nothing_to_compare"):
        door.compare(waiting)
    assert door.phase(waiting) is Phase.LAPSED


def test_another_code_ends_the_former_one(door):
    first, second = DeviceKey(), DeviceKey()
    device, code = door.add()
    claimed = door.claim(code, first)
    _, again = RenewCode(door.table)(door.act(), "c1", device.id)
    for refused in (
        lambda: door.claim(code, first),
        lambda: door.claim(code, second),
        lambda: door.give(claimed, first),
    ):
        with pytest.raises(Refused):
            refused()
    waiting = door.give(door.claim(again, second), second)
    with pytest.raises(Refused, match=r"device\.no_code_now"):
        RenewCode(door.table)(door.act(), "c1", device.id)
    door.compare(waiting)
    with pytest.raises(Refused, match=r"device\.no_code_now"):
        RenewCode(door.table)(door.act(), "c1", device.id)


def test_a_signature_of_another_key_or_place_proves_nothing(door):
    phone, other = DeviceKey(), DeviceKey()
    _, code = door.add()
    claimed = door.claim(code, phone)
    with pytest.raises(Refused, match=r"device\.proof_bad"):
        door.give(claimed, phone, signer=other)
    with pytest.raises(Refused, match=r"device\.proof_bad"):
        door.give(claimed, phone, origin="https://elsewhere.example")
    standing = door.compare(door.give(claimed, phone))
    with pytest.raises(Refused, match=r"device\.proof_bad"):
        door.sign_in(standing, other)
    with pytest.raises(Refused, match=r"device\.proof_bad"):
        door.sign_in(standing, phone, origin="https://elsewhere.example")


def test_what_is_no_point_of_the_curve_is_no_key(door):
    phone = DeviceKey()
    forged = b"\x04" + bytes(64)
    phone_commitment = device_proofs.commitment(forged, phone.nonce)
    _, code = door.add()
    claimed = ClaimCode(door.table)(door.act(PHONE), code, phone_commitment)
    with pytest.raises(Refused, match=r"device\.key_bad"):
        GiveKey(door.table)(
            door.act(PHONE), "c1", claimed.id, origin=ORIGIN, public_key=forged, nonce=phone.nonce, signature=bytes(64)
        )


def test_a_challenge_opens_one_session_within_two_minutes(door):
    phone = DeviceKey()
    device = door.stand(phone)
    challenge = door.ask(device)
    door.sign_in(device, phone, challenge)
    with pytest.raises(Refused, match=r"device\.proof_bad"):
        door.sign_in(device, phone, challenge)
    late = door.ask(device)
    door.wait(minutes=2)
    with pytest.raises(Refused, match=r"device\.proof_bad"):
        door.sign_in(device, phone, late)
    other = door.stand(DeviceKey())
    with pytest.raises(Refused, match=r"device\.proof_bad"):
        door.sign_in(device, phone, door.ask(other))
    with pytest.raises(Refused, match=r"device\.proof_bad"):
        door.sign_in(device, phone, new_secret())


def test_a_device_has_one_session(door):
    phone = DeviceKey()
    device = door.stand(phone)
    first = door.sign_in(device, phone)
    second = door.sign_in(device, phone)
    assert (door.kind(first), door.kind(second)) == ("PUBLIC", "DEVICE")


def test_a_device_that_signs_in_all_the_time_is_stopped(door):
    phone = DeviceKey()
    device = door.stand(phone)
    for _ in range(devices.SIGN_INS):
        cookie = door.sign_in(device, phone)
    with pytest.raises(Refused, match=r"device\.too_often"):
        door.sign_in(device, phone)
    assert door.kind(cookie) == "DEVICE", "its session stays"
    door.wait(minutes=10)
    door.sign_in(device, phone)


def test_revoking_holds_from_the_next_request_on(door):
    phone = DeviceKey()
    device = door.stand(phone)
    cookie = door.sign_in(device, phone)
    challenge = door.ask(device)
    EndDevice(door.table)(door.act(), "c1", device.id)
    assert door.kind(cookie) == "PUBLIC"
    with pytest.raises(Refused, match=r"device\.revoked"):
        door.sign_in(device, phone, challenge)
    with pytest.raises(Refused, match=r"device\.revoked"):
        door.ask(device)
    again = EndDevice(door.table)(door.act(SYSTEM), "c1", device.id, End.LEFT)
    assert (again.end, again.ended_by) == (End.REVOKED, OFFICER), "the first end is the end"


def test_a_device_works_until_twelve_hours_after_the_ceremony(door):
    phone = DeviceKey()
    device = door.stand(phone)
    cookie = door.sign_in(device, phone)
    door.now = UNTIL - timedelta(seconds=1)
    assert door.kind(cookie) == "DEVICE"
    door.now = UNTIL
    assert door.kind(cookie) == "PUBLIC"
    with pytest.raises(Refused, match=r"device\.over"):
        door.ask(device)
    with pytest.raises(Refused, match=r"device\.over"):
        door.add()


def test_a_device_is_carried_to_another_gate(door):
    phone = DeviceKey()
    device = door.stand(phone)
    cookie = door.sign_in(device, phone)
    ChangeDevice(door.table)("c1", device.id, name="Điện thoại anh Hùng", place="Cổng B")
    (grant,) = FindCaller(door.table)(cookie, door.now).principal.grants
    assert grant.place == "Cổng B"
    assert ListDevices(door.table)("c1", door.now)[0].name == "Điện thoại anh Hùng"


def test_a_replaced_device_ends_when_its_successor_is_named(door):
    phone = DeviceKey()
    device = door.stand(phone)
    cookie = door.sign_in(device, phone)
    successor, _ = door.add("Điện thoại mới", replaces=device.id)
    assert door.kind(cookie) == "PUBLIC"
    lines = {one.id: one for one in ListDevices(door.table)("c1", door.now)}
    assert lines[device.id].end == End.REPLACED
    assert lines[successor.id].replaces == device.id


def test_a_link_of_the_terminal_needs_no_comparison(door):
    phone = DeviceKey()
    device, code = door.add(terminal=timedelta(hours=24))
    door.wait(hours=3)
    standing = door.give(door.claim(code, phone), phone)
    assert door.phase(standing) is Phase.ACTIVE
    assert door.kind(door.sign_in(device, phone)) == "DEVICE"
    with pytest.raises(Refused, match=r"device\.code_used"):
        door.claim(code, DeviceKey())


def test_another_code_from_the_console_makes_a_terminals_device_wait(door):
    device, _ = door.add(terminal=timedelta(hours=24))
    _, code = RenewCode(door.table)(door.act(), "c1", device.id)
    phone = DeviceKey()
    assert door.phase(door.give(door.claim(code, phone), phone)) is Phase.WAITING


def test_a_ceremony_has_forty_devices_at_most(door):
    made = [door.add(f"Máy {number}")[0] for number in range(devices.MOST_OPEN)]
    with pytest.raises(Refused, match=r"device\.too_many"):
        door.add()
    EndDevice(door.table)(door.act(), "c1", made[0].id)
    door.add()
    door.wait(minutes=5)
    for number in range(devices.MOST_OPEN):  # codes that nobody used count no longer
        door.add(f"Máy nữa {number}")
    with pytest.raises(Refused, match=r"device\.too_many"):
        door.add()


def test_what_waits_for_a_person_is_listed_first(door):
    standing = door.stand(DeviceKey())
    ended = door.stand(DeviceKey())
    EndDevice(door.table)(door.act(), "c1", ended.id)
    phone = DeviceKey()
    _, code = door.add()
    waiting = door.give(door.claim(code, phone), phone)
    invited, _ = door.add()
    listed = [one.id for one in ListDevices(door.table)("c1", door.now)]
    assert listed == [waiting.id, invited.id, standing.id, ended.id]


def test_last_seen_is_kept_to_the_minute(door):
    device = door.stand(DeviceKey())
    seen = NoteSeen(door.table)
    seen(door.act(), "c1", device.id)
    first = door.now
    door.wait(seconds=59)
    seen(door.act(), "c1", device.id)
    assert ListDevices(door.table)("c1", door.now)[0].seen_at == first
    door.wait(seconds=1)
    seen(door.act(), "c1", device.id)
    assert ListDevices(door.table)("c1", door.now)[0].seen_at == door.now


@pytest.mark.parametrize("name", [name for name in HOSTILE_NAMES if len(nfc(name)) <= devices.LONGEST_NAME])
def test_any_name_is_kept_as_it_was_meant(door, name):
    device, _ = door.add(name)
    assert device.name == nfc(name)
    assert device.name.isprintable()


@pytest.mark.parametrize("name", ["", "  \u200b\n", LONG])
def test_a_name_is_one_to_sixty_letters(door, name):
    with pytest.raises(Invalid, match=r"device\.name_bad"):
        door.add(name)


@pytest.mark.parametrize("code", ["", "x", "A" * 43, "A" * 10_000, "ạ" * 43])
def test_an_unknown_code_is_refused(door, code):
    with pytest.raises(Refused, match=r"device\.code_not_valid"):
        door.claim(code, DeviceKey())


def test_an_unknown_device_is_not_found(door):
    with pytest.raises(NotFound):
        AskChallenge(door.table)(door.act(), "c1", "nobody")
    device = door.stand(DeviceKey())
    with pytest.raises(NotFound):
        AskChallenge(door.table)(door.act(), "c2", device.id)
