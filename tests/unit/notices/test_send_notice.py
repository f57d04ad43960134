"""One letter per notice, whatever is redelivered, raced or broken on the way."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from events.envelope import SYSTEM, Act
from shared.kernel.errors import Invalid, Refused, Unavailable
from shared.kernel.ids import derived_id
from shared.kernel.ports import Letter
from shared.notices.letters import write_letter
from shared.notices.model import Notice, State, address_hint
from shared.notices.usecases import ListNotices, SendNotice
from tests.hostile import HOSTILE_NAMES

ACT = Act(actor=SYSTEM, at=datetime(2027, 2, 12, 1, 0, tzinfo=UTC), correlation_id="c-1")


class Post:
    """A mail system that keeps one letter per id, and fails on demand."""

    def __init__(self) -> None:
        self.letters: dict[str, Letter] = {}
        self.handed = 0
        self.fail: Exception | None = None
        self.after: Any = None

    def send(self, letter: Letter) -> None:
        self.handed += 1
        if self.fail:
            raise self.fail
        self.letters[letter.id] = letter
        if self.after:
            self.after()


def notice(**change: Any) -> Notice:
    given = {
        "id": derived_id("notice", "invitation", "t-1"),
        "kind": "invitation",
        "recipient": "registration:r-1",
        "address": "vy.doan@tinhdoan.example",
        "address_name": "Đoàn Gia Vỹ",
        "subject_ref": "ticket:t-1",
    }
    return Notice(**{**given, **change})


def compose(attempt: int) -> Letter:
    return Letter(id="", to="", to_name="", subject="Giấy mời", text=f"secret-{attempt}")


def test_a_repeated_message_sends_one_letter(table: Any, events_of: Any) -> None:
    post = Post()
    send = SendNotice(table, post)
    first, second = send(ACT, notice(), compose), send(ACT, notice(), compose)
    assert (first.state, first.now, second.state, second.now) == (State.SENT, True, State.SENT, False)
    assert post.handed == 1
    letter = post.letters[notice().id]
    assert (letter.to, letter.to_name) == ("vy.doan@tinhdoan.example", "Đoàn Gia Vỹ")
    assert [fact.type for fact in events_of(table)] == ["NoticeSent"]


def test_a_notice_without_an_address_goes_out_once_when_one_comes(table: Any, events_of: Any) -> None:
    post = Post()
    send = SendNotice(table, post)
    assert send(ACT, notice(address=None), compose).state is State.SUPPRESSED
    assert send(ACT, notice(address=None), compose).now is False
    sent = send(ACT, notice(), compose)
    assert (sent.state, sent.now, sent.reason) == (State.SENT, True, None)
    assert send(ACT, notice(), compose).now is False
    assert send(ACT, notice(address=None), compose).state is State.SENT
    assert post.handed == 1
    assert [fact.type for fact in events_of(table)] == ["NoticeSuppressed", "NoticeSent"]
    assert ListNotices(table)(state=State.SUPPRESSED).entries == ()


def test_who_knows_of_no_address_does_not_undo_what_another_is_sending(table: Any) -> None:
    """The message of before and the one of after the address came are handled at the same time."""
    post = Post()
    post.fail = Unavailable("mail.unavailable")

    class Overtaken:
        """A table on which the sender with the address takes its attempt just before the first commit."""

        def __init__(self) -> None:
            self.first = True

        def commit(self, writes: Any, events: Any = ()) -> None:
            if self.first:
                self.first = False
                with pytest.raises(Unavailable):
                    SendNotice(table, post)(ACT, notice(), compose)
            table.commit(writes, events)

        def get(self, *key: str) -> Any:
            return table.get(*key)

    overtaken: Any = Overtaken()
    with pytest.raises(Unavailable):
        SendNotice(overtaken, post)(ACT, notice(address=None), compose)
    post.fail = None
    assert SendNotice(table, post)(ACT, notice(), compose).state is State.SENT


def test_the_ledger_keeps_neither_address_nor_secret(table: Any) -> None:
    SendNotice(table, Post())(ACT, notice(carries_secret=True), compose)
    (entry,) = ListNotices(table)(kind="invitation").entries
    stored = str(table.get(f"notice#{notice().id}", "entry"))
    assert entry.address_hint == "v…@tinhdoan.example"
    assert "vy.doan" not in stored
    assert "secret-" not in stored


def test_without_an_address_it_is_suppressed_once(table: Any, events_of: Any) -> None:
    send = SendNotice(table, Post())
    for address in (None, ""):
        assert send(ACT, notice(address=address), compose).reason == "notice.no_address"
    assert [(fact.type, fact.data["reason"]) for fact in events_of(table)] == [
        ("NoticeSuppressed", "notice.no_address")
    ]


def test_a_bad_address_is_recorded_and_never_tried_again(table: Any) -> None:
    post = Post()
    post.fail = Refused("mail.bad_address")
    send = SendNotice(table, post)
    assert send(ACT, notice(), compose).state is State.FAILED
    post.fail = None
    assert send(ACT, notice(), compose).state is State.FAILED
    assert post.letters == {}


def test_nothing_to_say_any_more_suppresses_the_letter(table: Any) -> None:
    def too_late(_: int) -> Letter:
        raise Refused("pledge.party_signed")

    outcome = SendNotice(table, Post())(ACT, notice(), too_late)
    assert (outcome.state, outcome.reason) == (State.SUPPRESSED, "pledge.party_signed")


def test_a_busy_mail_system_is_tried_again(table: Any) -> None:
    post = Post()
    send = SendNotice(table, post)
    post.fail = Unavailable("mail.unavailable")
    with pytest.raises(Unavailable):
        send(ACT, notice(), compose)
    post.fail = None
    assert send(ACT, notice(), compose).attempts == 2
    assert len(post.letters) == 1


def test_a_crash_after_sending_sends_the_same_letter_again(table: Any) -> None:
    post = Post()
    post.after = _crash
    send = SendNotice(table, post)
    with pytest.raises(KeyboardInterrupt):
        send(ACT, notice(), compose)
    post.after = None
    assert send(ACT, notice(), compose).state is State.SENT
    assert list(post.letters) == [notice().id]  # the channel saw one id twice


def test_after_a_crash_a_letter_with_a_secret_carries_a_new_one(table: Any) -> None:
    post = Post()
    post.after = _crash
    send = SendNotice(table, post)
    with pytest.raises(KeyboardInterrupt):
        send(ACT, notice(carries_secret=True), compose)
    post.after = None
    send(ACT, notice(carries_secret=True), compose)
    assert {key: letter.text for key, letter in post.letters.items()} == {
        f"{notice().id}-1": "secret-1",
        f"{notice().id}-2": "secret-2",
    }


def test_of_two_at_the_same_instant_one_steps_aside(table: Any) -> None:
    class Slow:
        """Lets another caller take the attempt between reading and writing."""

        def __init__(self) -> None:
            self.first = True

        def __getattr__(self, name: str) -> Any:
            return getattr(table, name)

        def commit(self, writes: Any, events: Any = ()) -> None:
            if self.first:
                self.first = False
                SendNotice(table, post)(ACT, notice(), compose)
            table.commit(writes, events)

    post = Post()
    with pytest.raises(Unavailable):
        SendNotice(Slow(), post)(ACT, notice(), compose)  # type: ignore[arg-type]
    assert post.handed == 1


def test_the_ledger_is_listed_by_kind_and_state_newest_first(table: Any) -> None:
    send = SendNotice(table, Post())
    for number in range(3):
        send(ACT, notice(id=f"n{number}"), compose)
    send(ACT, notice(id="n9", address=None), compose)
    ledger = ListNotices(table)
    assert [entry.id for entry in ledger(kind="invitation", state=State.SENT).entries] == ["n2", "n1", "n0"]
    assert [entry.id for entry in ledger(state=State.SUPPRESSED).entries] == ["n9"]
    first = ledger(state=State.SENT, limit=2)
    rest = ledger(state=State.SENT, limit=2, cursor=first.cursor)
    assert [entry.id for entry in (*first.entries, *rest.entries)] == ["n2", "n1", "n0"]
    with pytest.raises(Invalid):
        ledger()
    with pytest.raises(Invalid):
        ledger(state=State.SENT, limit=0)


def test_an_address_never_stands_where_a_reference_belongs() -> None:
    with pytest.raises(ValueError):
        notice(recipient="vy.doan@tinhdoan.example")
    assert address_hint("+84912345678") == "…78"


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_stays_one_line_of_plain_text(name: str) -> None:
    letter = write_letter(
        notice(kind="signing-link", address_name=name),
        {
            "pledge": name, "unit": name, "representative": name, "organiser": "Tỉnh đoàn",
            "sign_url": "https://giaouoc.example/sign/1#x", "expires_at": "12/02/2027 08:00 (+07:00)",
        },
    )  # fmt: skip
    for text in (letter.subject, letter.to_name):
        assert text.isprintable()
    assert "\u202e" not in letter.text
    assert "\r" not in letter.text
    assert not re.search(r"^Bcc:", letter.text, re.MULTILINE)


def test_every_letter_says_the_same_in_both_languages() -> None:
    catalogue = tomllib.loads((Path(__file__).parents[3] / "shared/texts/notices.toml").read_text())
    for code, entry in catalogue.items():
        assert set(entry) == {"vi", "en"}, code
        facts = [set(re.findall(r"\{(\w+)\}", entry[language])) for language in ("vi", "en")]
        assert facts[0] == facts[1], code


def _crash() -> None:
    raise KeyboardInterrupt
