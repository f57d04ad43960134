"""Passkeys through the API: enrolled, answered with, asked for before dangerous acts, and what is refused."""

import pytest

from tests.edge_world import sample_world
from tests.sign_in_world import (
    ADDRESS,
    Browser,
    asked,
    by_passkey,
    deliver,
    enrolled,
    letters,
    link_and_code,
    move,
    person,
    signed_in,
    signed_in_elsewhere,
)
from tests.soft_passkey import PRESENT, SoftPasskey


@pytest.fixture
def world(tmp_path):
    with sample_world(tmp_path, keys=False) as opened:
        yield opened


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
