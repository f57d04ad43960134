"""Signing in through the API: letters with links and codes, passkeys, proofs, and what is refused."""

import json
import re
from contextlib import contextmanager
from datetime import timedelta

import pytest

from events.envelope import SYSTEM, Act
from functions.identity import http as identity
from functions.notices import send_sign_in
from shared.identity.accounts import new_account
from shared.identity.model import Account, Grant, Role
from shared.kernel.ids import random_id
from tests.edge_world import ORIGIN, http_event, sample_world
from tests.edge_world import context as lambda_context
from tests.soft_passkey import PRESENT, SoftPasskey

ADDRESS = "vy.doan@tinhdoan.example"


class Browser:
    """A browser with its cookies."""

    def __init__(self, address="203.0.113.7"):
        self.cookies = {}
        self.address = address

    def call(self, method, path, body=None, **headers):
        event = http_event(method, path, body, headers=headers)
        event["requestContext"]["http"]["sourceIp"] = self.address
        event["cookies"] = [f"{name}={value}" for name, value in self.cookies.items()]
        answer = identity.handler(event, lambda_context())
        for line in answer.get("cookies") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.answer = answer
        return answer["statusCode"], json.loads(answer["body"]) if answer["body"] else {}

    def post(self, path, body=None):
        return self.call("POST", path, {} if body is None else body)

    def kind(self):
        return self.call("GET", "/api/v1/sessions")[1]["kind"]


@pytest.fixture
def world(tmp_path):
    with sample_world(tmp_path, keys=False) as opened:
        yield opened


def person(world, email=ADDRESS, role=Role.ORGANISER, name="Vy Đoàn"):
    account = Account(
        id=random_id(), name=name, email=email, grants=(Grant(role=role),), created_at=world.ports.clock.now()
    )
    world.ports.table("identity").commit(new_account(account))
    return account


def deliver(world):
    """Lets the sender of letters have what is in its queue."""
    from infra.embedded.payloads import sqs_event
    from infra.embedded.worker import delivery_of, short_name, split

    queue = next(q for q in world.service.queues if short_name(world.service, q) == "send-sign-in")
    leased = world.queues.lease("send-sign-in", queue.batch_size, queue.visibility_s)
    if leased:
        answer = send_sign_in.handler(sqs_event(queue, map(delivery_of, leased)), lambda_context())
        done, failed = split(leased, answer)
        assert not failed, answer
        world.queues.settle(done, failed)
    return len(leased)


def letters(world):
    from email import message_from_bytes
    from email.policy import default

    folder = world.data / "mail" / "new"
    files = sorted(folder.iterdir() if folder.exists() else (), key=lambda path: path.stat().st_mtime_ns)
    return [message_from_bytes(path.read_bytes(), policy=default) for path in files]


def text(letter):
    return letter.get_body(("plain",)).get_content()


def link_and_code(letter):
    body = text(letter)
    secret = re.search(rf"{re.escape(ORIGIN)}/in#([A-Za-z0-9_-]{{43}})", body)
    code = re.search(r"^([0-9]{6})\s*$", body, re.MULTILINE)
    return secret and secret[1], code and code[1]


def asked(world, browser, address=ADDRESS):
    """Asks for a letter and lets it come: (link's secret, code)."""
    status, said = browser.post("/api/v1/sessions/letters", {"email": address})
    assert (status, said) == (202, {"minutes": 10})
    deliver(world)
    return link_and_code(letters(world)[-1])


def move(world, **time):
    world.ports.clock.set(world.ports.clock.now() + timedelta(**time))


def enrolled(browser, passkey=None, name="Máy ở cơ quan"):
    """Adds a passkey in a session that is fresh."""
    passkey = passkey or SoftPasskey()
    status, options = browser.post("/api/v1/account/passkey-options")
    assert status == 200, options
    credential = passkey.create(options["options"])
    status, kept = browser.post("/api/v1/account/passkeys", {"name": name, "credential": credential})
    assert status == 201, kept
    return passkey, kept["id"]


def signed_in(world, browser=None, address=ADDRESS):
    browser = browser or Browser()
    secret, _ = asked(world, browser, address)
    assert browser.post("/api/v1/sessions", {"secret": secret})[0] == 201
    return browser


def by_passkey(browser, passkey, **wrong):
    options = browser.post("/api/v1/sessions/passkey-options")[1]["options"]
    return browser.post("/api/v1/sessions/passkeys", {"credential": passkey.get(options, **wrong)})


def test_a_letters_link_signs_in_the_browser_that_asked_and_once(world):
    person(world)
    mine, other = Browser(), Browser()
    secret, _ = asked(world, mine)
    assert other.post("/api/v1/sessions", {"secret": secret})[1]["code"] == "identity.link_of_other_browser"
    status, session = mine.post("/api/v1/sessions", {"secret": secret})
    assert (status, session["name"]) == (201, "Vy Đoàn")
    assert mine.post("/api/v1/sessions", {"secret": secret})[1]["code"] == "identity.link_not_valid"
    assert mine.kind() == "PERSON"
    assert other.kind() == "PUBLIC"


def test_the_code_works_where_it_was_asked_for_and_ends_the_link(world):
    person(world)
    mine, other = Browser(), Browser()
    secret, code = asked(world, mine)
    assert other.post("/api/v1/sessions/codes", {"code": code})[0] == 409
    assert mine.post("/api/v1/sessions/codes", {"code": f"{code[:3]} {code[3:]}"})[0] == 201
    assert mine.kind() == "PERSON"
    assert mine.post("/api/v1/sessions", {"secret": secret})[1]["code"] == "identity.link_not_valid"


def test_five_wrong_codes_are_the_end_of_it(world):
    person(world)
    browser = Browser()
    _, code = asked(world, browser)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    left = [browser.post("/api/v1/sessions/codes", {"code": wrong})[1]["facts"]["left"] for _ in range(6)]
    assert left == [4, 3, 2, 1, 0, 0]
    assert browser.post("/api/v1/sessions/codes", {"code": code})[0] == 409, "the right one comes too late"


def test_a_code_and_a_link_last_ten_minutes(world):
    person(world)
    browser = Browser()
    secret, code = asked(world, browser)
    move(world, minutes=10)
    assert browser.post("/api/v1/sessions/codes", {"code": code})[0] == 409
    assert browser.post("/api/v1/sessions", {"secret": secret})[1]["code"] == "identity.link_not_valid"


def test_a_newer_letter_is_another_request_and_a_get_spends_nothing(world):
    person(world)
    browser = Browser()
    first, _ = asked(world, browser)
    second, _ = asked(world, browser)
    assert browser.call("GET", f"/api/v1/sessions?secret={second}")[1]["kind"] == "PUBLIC"
    assert browser.post("/api/v1/sessions", {"secret": first})[1]["code"] == "identity.link_of_other_browser"
    assert browser.post("/api/v1/sessions", {"secret": second})[0] == 201


class Counting:
    """A table that notes what is asked of it, without values."""

    def __init__(self, table, noted):
        self.table, self.noted = table, noted

    def get(self, partition, sort):
        self.noted.append(("get", partition.partition("#")[0], sort))
        return self.table.get(partition, sort)

    def query(self, *given, **more):
        self.noted.append(("query",))
        return self.table.query(*given, **more)

    def commit(self, writes, events=()):
        self.noted.append(
            ("commit", [(type(w).__name__, w.partition.partition("#")[0], w.sort) for w in writes], len(events))
        )
        self.table.commit(writes, events)


@contextmanager
def noting(world):
    from dataclasses import replace

    from shared.edge import wiring

    noted, before = [], wiring.ports()
    wiring.install(replace(before, table=lambda context: Counting(before.table(context), noted)))
    try:
        yield noted
    finally:
        wiring.install(before)


def test_an_unknown_address_gets_the_same_answer_after_the_same_work(world):
    person(world)
    told = []
    for address in (ADDRESS, "nobody@tinhdoan.example"):
        browser = Browser()
        with noting(world) as noted:
            status, said = browser.post("/api/v1/sessions/letters", {"email": address})
        cookies = [re.sub(r"=[A-Za-z0-9_-]{43};", "=…;", line) for line in browser.answer["cookies"]]
        deliver(world)
        with noting(world) as tried:
            refused = browser.post("/api/v1/sessions/codes", {"code": "000000"})[1]
        told.append((status, said, cookies, noted, refused["code"], refused["facts"], tried))
    assert told[0] == told[1]
    assert len(letters(world)) == 1, "only the known one gets a letter"
    entries = world.ports.table("notices").query("state#SENT", index=2).items
    assert len(entries) <= 1


def test_no_secret_and_no_stranger_is_kept_anywhere(world):
    """Neither in an item, nor in an event, a message, the ledger or a log."""
    person(world)
    browser, stranger = Browser(), Browser()
    secret, code = asked(world, browser)
    stranger.post("/api/v1/sessions/letters", {"email": "nobody@tinhdoan.example"})
    deliver(world)
    told = [secret, browser.cookies["giaouoc-in"], stranger.cookies["giaouoc-in"], "nobody@tinhdoan", f'"{code}"']
    files = [path for path in world.data.rglob("*") if path.is_file() and "mail" not in path.parts]
    kept = b"".join(path.read_bytes() for path in files)
    assert b"SignInRequested" in kept, "what is looked through is what is stored"
    assert [each for each in told if each.encode() in kept] == []


def test_letters_are_counted_by_address_and_by_network(world):
    person(world)
    for _ in range(4):
        assert Browser().post("/api/v1/sessions/letters", {"email": ADDRESS})[0] == 202
    status, said = Browser("198.51.100.9").post("/api/v1/sessions/letters", {"email": ADDRESS.upper()})
    assert (status, said["code"], said["facts"]["minutes"]) == (429, "identity.too_many", 15)
    assert Browser().post("/api/v1/sessions/letters", {"email": "other@tinhdoan.example"})[0] == 202
    move(world, minutes=15)
    assert Browser().post("/api/v1/sessions/letters", {"email": ADDRESS})[0] == 202


def test_codes_of_an_address_cannot_be_guessed_all_day(world):
    person(world)
    sent = []
    for _ in range(28):
        sent.append(Browser().post("/api/v1/sessions/letters", {"email": ADDRESS})[0])
        move(world, minutes=4)
    assert sent == [202] * 24 + [429] * 4
    move(world, minutes=24 * 60)
    assert Browser().post("/api/v1/sessions/letters", {"email": ADDRESS})[0] == 202


def test_a_malformed_address_is_said_to_be_one(world):
    status, said = Browser().post("/api/v1/sessions/letters", {"email": "vy@"})
    assert (status, said["code"], said["facts"]["field"]) == (422, "identity.address_malformed", "email")


def test_a_passkey_is_enrolled_and_signs_in(world):
    person(world)
    browser = signed_in(world)
    passkey, _ = enrolled(browser)
    browser.call("DELETE", "/api/v1/sessions")
    assert browser.kind() == "PUBLIC"
    status, session = by_passkey(browser, passkey)
    assert (status, session["name"]) == (201, "Vy Đoàn")
    told = browser.call("GET", "/api/v1/account/me")[1]
    assert [each["name"] for each in told["passkeys"]] == ["Máy ở cơ quan"]
    assert [(each["how"], each["own"]) for each in told["sessions"]] in ([("PASSKEY", True)], [])


def test_with_a_passkey_letters_open_nothing_and_add_nothing(world):
    person(world)
    browser, late = signed_in(world), Browser()
    secret, code = asked(world, late)
    enrolled(browser)
    assert late.post("/api/v1/sessions", {"secret": secret})[1]["code"] == "identity.link_not_valid"
    assert late.post("/api/v1/sessions/codes", {"code": code})[1]["code"] == "identity.passkey_needed"
    deliver(world)
    assert "khóa đăng nhập" in letters(world)[-1]["subject"], "the owner is told"
    newer = Browser()
    assert newer.post("/api/v1/sessions/letters", {"email": ADDRESS})[0] == 202
    deliver(world)
    assert link_and_code(letters(world)[-1]) == (None, None)


def test_the_first_passkey_ends_every_session_that_a_letter_opened(world):
    person(world)
    one, other = signed_in(world), signed_in(world)
    enrolled(one)
    assert (one.kind(), other.kind()) == ("PERSON", "PUBLIC")


WRONG = {
    "another origin": {"origin": "https://elsewhere.example"},
    "another relying party": {"rp_id": "elsewhere.example"},
    "not verified": {"flags": PRESENT},
    "another kind": {"kind": "webauthn.create"},
    "from a frame": {"extra": {"crossOrigin": True}},
    "with a site above": {"extra": {"topOrigin": "https://elsewhere.example"}},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_a_passkey_must_not_say(world, wrong):
    person(world)
    browser = signed_in(world)
    passkey, _ = enrolled(browser)
    status, said = by_passkey(Browser(), passkey, **wrong)
    assert (status, said["code"]) == (409, "identity.answer_not_valid")


@pytest.mark.parametrize("wrong", [*WRONG.values(), {"alg": -37}], ids=[*WRONG, "another algorithm"])
def test_what_a_new_passkey_must_not_say(world, wrong):
    person(world)
    browser = signed_in(world)
    options = browser.post("/api/v1/account/passkey-options")[1]["options"]
    wrong = {**wrong, "kind": "webauthn.get"} if "kind" in wrong else wrong
    wrong = {**wrong, "flags": 0x41} if "flags" in wrong else wrong
    credential = SoftPasskey().create(options, **wrong)
    status, said = browser.post("/api/v1/account/passkeys", {"name": "x", "credential": credential})
    assert (status, said["code"]) == (409, "identity.answer_not_valid")


def test_a_challenge_serves_one_answer_one_purpose_and_five_minutes(world):
    person(world)
    browser = signed_in(world)
    passkey, _ = enrolled(browser)
    stranger = Browser()

    def options():
        return stranger.post("/api/v1/sessions/passkey-options")[1]["options"]

    first = options()
    right = passkey.get(first)
    assert stranger.post("/api/v1/sessions/passkeys", {"credential": passkey.get(first, rp_id="x")})[0] == 409
    answer = stranger.post("/api/v1/sessions/passkeys", {"credential": right})[1]
    assert answer["code"] == "identity.challenge_not_valid", "the wrong answer has spent it"
    again = passkey.get(options())
    assert stranger.post("/api/v1/sessions/passkeys", {"credential": again})[0] == 201
    assert (
        Browser().post("/api/v1/sessions/passkeys", {"credential": again})[1]["code"] == "identity.challenge_not_valid"
    )
    late = passkey.get(options())
    move(world, minutes=5)
    assert (
        Browser().post("/api/v1/sessions/passkeys", {"credential": late})[1]["code"] == "identity.challenge_not_valid"
    )
    proof = browser.post("/api/v1/sessions/proofs/passkey-options")[1]["options"]
    answer = Browser().post("/api/v1/sessions/passkeys", {"credential": passkey.get(proof)})[1]
    assert answer["code"] == "identity.challenge_not_valid", "a proof's challenge signs nobody in"


def test_nobody_comes_in_with_another_accounts_key(world):
    person(world)
    other = person(world, "khac@tinhdoan.example", name="Người Khác")
    browser, passkey = signed_in(world), SoftPasskey()
    enrolled(browser, passkey)
    from shared.kernel import base64url

    status, said = by_passkey(Browser(), passkey, user=base64url.encode(other.id.encode()))
    assert (status, said["code"]) == (409, "identity.passkey_unknown")
    theirs = signed_in(world, address="khac@tinhdoan.example")
    options = theirs.post("/api/v1/account/passkey-options")[1]["options"]
    body = {"name": "x", "credential": passkey.create(options)}
    assert theirs.post("/api/v1/account/passkeys", body)[1]["code"] == "identity.passkey_known"


def test_a_counter_that_does_not_grow_is_refused(world):
    person(world)
    browser, passkey = signed_in(world), SoftPasskey(counts=True)
    enrolled(browser, passkey)
    assert by_passkey(Browser(), passkey)[0] == 201
    assert by_passkey(Browser(), passkey, stuck=True)[1]["code"] == "identity.passkey_copied"
    assert by_passkey(Browser(), passkey)[0] == 201


def test_dangerous_acts_ask_again_and_a_passkey_answers(world):
    person(world)
    browser = signed_in(world)
    passkey, _ = enrolled(browser)
    move(world, minutes=11)
    status, said = browser.post("/api/v1/account/passkey-options")
    assert (status, said["code"], said["facts"]["by"]) == (401, "identity.prove_again", "PASSKEY")
    assert browser.post("/api/v1/sessions/proofs/letters")[1]["code"] == "identity.passkey_needed"
    options = browser.post("/api/v1/sessions/proofs/passkey-options")[1]["options"]
    proof = {"credential": passkey.get(options)}
    assert signed_in_elsewhere(passkey).post("/api/v1/sessions/proofs/passkeys", proof)[0] == 409, "another session's"
    options = browser.post("/api/v1/sessions/proofs/passkey-options")[1]["options"]
    assert browser.post("/api/v1/sessions/proofs/passkeys", {"credential": passkey.get(options)})[0] == 204
    assert browser.post("/api/v1/account/passkey-options")[0] == 200


def signed_in_elsewhere(passkey):
    browser = Browser()
    assert by_passkey(browser, passkey)[0] == 201
    return browser


def test_without_a_passkey_a_code_by_mail_proves_it(world):
    person(world)
    browser = signed_in(world)
    move(world, minutes=11)
    assert browser.post("/api/v1/account/passkey-options")[1]["facts"]["by"] == "CODE"
    assert browser.post("/api/v1/sessions/proofs/letters")[0] == 202
    deliver(world)
    secret, code = link_and_code(letters(world)[-1])
    assert secret is None, "a proof brings no link"
    assert browser.post("/api/v1/sessions/codes", {"code": code})[0] == 409, "and signs nobody in"
    assert browser.post("/api/v1/sessions/proofs/codes", {"code": code})[0] == 204
    assert browser.post("/api/v1/account/passkey-options")[0] == 200


def test_the_last_passkey_goes_only_with_open_eyes(world):
    person(world)
    browser = signed_in(world)
    first, one = enrolled(browser)
    _, two = enrolled(browser, name="Điện thoại")
    elsewhere = signed_in_elsewhere(first)
    assert (
        browser.call("PUT", f"/api/v1/account/passkeys/{two}", {"name": "  Điện   thoại mới "})[1]["name"]
        == "Điện thoại mới"
    )
    assert browser.post(f"/api/v1/account/passkeys/{one}/removal", {"although_last": False})[0] == 204
    assert elsewhere.kind() == "PUBLIC"
    assert by_passkey(Browser(), first)[1]["code"] == "identity.passkey_unknown"
    path = f"/api/v1/account/passkeys/{two}/removal"
    assert browser.post(path, {})[1]["code"] == "identity.last_passkey"
    assert browser.post(path, {"although_last": True})[0] == 204
    assert browser.kind() == "PERSON"
    assert asked(world, Browser())[0] is not None


def test_sessions_end_after_an_hour_without_use_and_after_a_working_day(world):
    person(world)
    idle, used = signed_in(world), signed_in(world)
    for _ in range(10):
        move(world, minutes=50)
        used.post("/api/v1/sessions/renewal")
    assert idle.kind() == "PUBLIC"
    assert used.kind() == "PUBLIC", "8 hours and 20 minutes"
    fresh = signed_in(world)
    for _ in range(8):
        move(world, minutes=59)
        assert fresh.post("/api/v1/sessions/renewal")[1]["kind"] == "PERSON"


def test_signing_out_everywhere_holds_at_once_for_sessions_and_unspent_links(world):
    person(world)
    one, other, waiting = signed_in(world), signed_in(world), Browser()
    secret, _ = asked(world, waiting)
    assert one.post("/api/v1/account/sign-out-everywhere")[0] == 204
    assert (one.kind(), other.kind()) == ("PUBLIC", "PUBLIC")
    assert waiting.post("/api/v1/sessions", {"secret": secret})[1]["code"] == "identity.link_not_valid"


def test_one_session_is_ended_by_name_and_nobody_elses(world):
    person(world)
    person(world, "khac@tinhdoan.example")
    one, other, stranger = signed_in(world), signed_in(world), signed_in(world, address="khac@tinhdoan.example")
    listed = one.call("GET", "/api/v1/account/me")[1]["sessions"]
    theirs = next(each["id"] for each in listed if not each["own"])
    assert stranger.call("DELETE", f"/api/v1/account/sessions/{theirs}")[0] == 404
    assert other.kind() == "PERSON"
    assert one.call("DELETE", f"/api/v1/account/sessions/{theirs}")[0] == 204
    assert other.kind() == "PUBLIC"


def test_two_colleagues_with_passkeys_of_their_own_reopen_an_account(world):
    lost = person(world)
    colleagues = [person(world, f"{name}@tinhdoan.example", name=name) for name in ("an", "binh")]
    mine = signed_in(world)
    old, _ = enrolled(mine)
    path = f"/api/v1/account/recoveries/{lost.id}"
    helpers = [signed_in(world, address=each.email) for each in colleagues]
    assert helpers[0].post(path)[1]["code"] == "identity.recovery_by_passkey", "a letter is not enough to vouch"
    for helper in helpers:
        enrolled(helper)
    assert mine.post(path)[1]["code"] == "identity.recovery_of_oneself"
    assert helpers[0].post(path)[1]["state"] == "WAITING"
    assert helpers[0].post(path)[1]["code"] == "identity.recovery_by_another"
    assert mine.kind() == "PERSON"
    assert mine.call("GET", "/api/v1/account/me")[1]["recovery_until"] is not None
    assert helpers[1].post(path)[1]["state"] == "DONE"
    assert mine.kind() == "PUBLIC"
    assert by_passkey(Browser(), old)[1]["code"] == "identity.passkey_unknown"
    while deliver(world):
        pass
    letter = next(each for each in letters(world) if "bắt đầu lại" in each["subject"])
    assert ADDRESS in letter["to"]
    secret, _ = link_and_code(letter)
    anew = Browser()
    assert anew.post("/api/v1/sessions", {"secret": secret})[0] == 201
    enrolled(anew)


def test_a_recovery_waits_a_day_and_can_be_called_off(world):
    lost = person(world)
    helper = person(world, "an@tinhdoan.example", name="An")
    mine = signed_in(world)
    enrolled(mine)
    vouching = signed_in(world, address=helper.email)
    enrolled(vouching)
    path = f"/api/v1/account/recoveries/{lost.id}"
    assert vouching.post(path)[0] == 200
    assert mine.call("DELETE", "/api/v1/account/recovery")[0] == 204
    assert mine.call("GET", "/api/v1/account/me")[1]["recovery_until"] is None
    assert vouching.post(path)[1]["state"] == "WAITING"


def test_garbage_in_place_of_a_credential_is_a_refusal(world):
    person(world)
    browser = signed_in(world)
    options = browser.post("/api/v1/account/passkey-options")[1]["options"]
    right = SoftPasskey().create(options)
    garbage = [
        {},
        {"response": 1},
        {"response": {"clientDataJSON": "!"}},
        {"response": {"clientDataJSON": "W10"}},
        {**right, "id": 5},
        {**right, "response": {**right["response"], "attestationObject": "AAAA"}},
        {**right, "type": "x"},
    ]
    for credential in garbage:
        status, said = browser.post("/api/v1/account/passkeys", {"name": "x", "credential": credential})
        assert status == 409, said
        status, said = browser.post("/api/v1/sessions/passkeys", {"credential": credential})
        assert status == 409, said


def test_a_role_that_was_taken_ends_at_once(world):
    from dataclasses import replace

    from shared.identity.accounts import changed_account, read_account

    account = person(world)
    browser = signed_in(world)
    table = world.ports.table("identity")
    standing, version = read_account(table, account.id)
    table.commit(changed_account(standing, replace(standing, grants=()), version))
    assert browser.call("GET", "/api/v1/sessions")[1]["grants"] == []
    standing, version = read_account(table, account.id)
    table.commit(
        changed_account(
            standing,
            replace(standing, ended_at=Act(actor=SYSTEM, at=world.ports.clock.now(), correlation_id="t").at),
            version,
        )
    )
    assert browser.kind() == "PUBLIC"
