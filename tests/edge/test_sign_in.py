"""Signing in by a letter: links and codes, how often, and that a stranger is answered like anybody."""

import re
from contextlib import contextmanager

import pytest

from tests.edge_world import sample_world
from tests.sign_in_world import ADDRESS, Browser, asked, deliver, letters, move, person


@pytest.fixture
def world(tmp_path):
    with sample_world(tmp_path, keys=False) as opened:
        yield opened


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
