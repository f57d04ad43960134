"""What the mail service reports afterwards: in any order, late, repeated, about letters that others have overtaken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from events.envelope import SYSTEM, Act
from shared.embedded.store import Store
from shared.kernel.errors import NotFound, Refused, Unavailable
from shared.kernel.ids import derived_id
from shared.kernel.ports import ABSENT, Letter, Put
from shared.notices.feedback import Feedback, LiftSuppression, NoteFeedback, heard
from shared.notices.model import Entry, Notice, Report, State
from shared.notices.suppression import may_be_lifted
from shared.notices.usecases import ListNotices, SendNotice

AT = datetime(2027, 2, 12, 1, 0, tzinfo=UTC)
HND, OTHER = "lien-he@hoi-nong-dan.example", "van-phong@hoi-nong-dan.example"
CODES = {Report.BOUNCED: "notice.bounced_no_mailbox", Report.COMPLAINED: "notice.complained"}


def at(minutes: int) -> Act:
    return Act(actor=SYSTEM, at=AT + timedelta(minutes=minutes), correlation_id="c-1")


class Post:
    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.fail: Exception | None = None

    def send(self, letter: Letter) -> None:
        if self.fail is not None:
            raise self.fail
        self.letters.append(letter)


def notice(name: str = "n1", address: str | None = HND, *, kind: str = "invitation", secret: bool = False) -> Notice:
    return Notice(
        id=derived_id("notice", name), kind=kind, recipient="unit:HND", address=address, address_name="Hội Nông dân",
        subject_ref="ticket:t-1", carries_secret=secret,
    )  # fmt: skip


def compose(_: int) -> Letter:
    return Letter(id="", to="", to_name="", subject="S", text="T")


def report(letter: Letter, kind: Report = Report.BOUNCED, *, minute: int = 2, sent: int = 1) -> Feedback:
    return Feedback(
        letter=letter.id,
        address=letter.to,
        report=kind,
        reason=CODES.get(kind, "notice.delayed"),
        at=AT + timedelta(minutes=minute),
        sent_at=AT + timedelta(minutes=sent),
    )


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def send(table: Any, post: Post) -> Callable[..., Any]:
    return lambda one, minute=1: SendNotice(table, post)(at(minute), one, compose)


def line(table: Any, one: Notice, state: State) -> Entry:
    (found,) = [each for each in ListNotices(table)(state=state).entries if each.id == one.id]
    return found


def test_a_letter_that_came_back_is_on_record_and_stops_the_next(
    table: Any, send: Any, post: Post, events_of: Any
) -> None:
    send(notice())
    NoteFeedback(table)(at(3), report(post.letters[0]))
    entry = line(table, notice(), State.BOUNCED)
    assert (entry.reason, entry.said and entry.said.at) == ("notice.bounced_no_mailbox", AT + timedelta(minutes=2))
    assert HND not in str(table.get(f"notice#{notice().id}", "entry"))
    later = send(notice("n2", HND.upper()))
    assert (later.state, later.reason, later.now) == (State.SUPPRESSED, "notice.address_bounced", True)
    assert send(notice("n2", HND.upper())).now is False
    assert len(post.letters) == 1
    facts = [(fact.type, fact.data.get("reason")) for fact in events_of(table)]
    assert facts == [
        ("NoticeSent", None),
        ("NoticeBounced", "notice.bounced_no_mailbox"),
        ("NoticeSuppressed", "notice.address_bounced"),
    ]


def test_another_address_gets_what_came_back_and_what_was_held_back(table: Any, send: Any, post: Post) -> None:
    send(notice())
    NoteFeedback(table)(at(3), report(post.letters[0]))
    send(notice("n2"))
    for name in ("n1", "n2"):
        assert send(notice(name)).now is False  # a repeat with the old address
        assert send(notice(name, OTHER), 60).state is State.SENT
        assert send(notice(name, OTHER), 61).now is False
        assert send(notice(name), 62).now is False  # a late repeat with the old one
    assert [letter.to for letter in post.letters] == [HND, OTHER, OTHER]
    assert len({letter.id for letter in post.letters}) == 3  # a Maildir takes each id once
    entry = line(table, notice(), State.SENT)
    assert (entry.attempts, entry.address_hint, entry.said) == (2, "v…@hoi-nong-dan.example", None)


def test_a_link_that_came_back_is_asked_for_anew_and_no_repeat_ends_the_newer_one(
    table: Any, send: Any, post: Post
) -> None:
    link = notice(kind="signing-link", secret=True)
    send(link)
    NoteFeedback(table)(at(3), report(post.letters[0]))
    held = notice("n2", kind="signing-link", secret=True)
    assert send(held).reason == "notice.address_bounced"
    assert send(notice("n3", OTHER, kind="signing-link", secret=True)).state is State.SENT
    for name in ("n1", "n2"):
        assert send(notice(name, OTHER, kind="signing-link", secret=True)).now is False
    assert len(post.letters) == 2


def test_a_late_repeat_about_the_letter_before_does_not_touch_the_one_after(table: Any, send: Any, post: Post) -> None:
    send(notice())
    first = report(post.letters[0])
    NoteFeedback(table)(at(3), first)
    send(notice(address=OTHER), 60)
    NoteFeedback(table)(at(61), first)
    assert line(table, notice(), State.SENT).said is None
    NoteFeedback(table)(at(62), report(post.letters[1], minute=61, sent=60))
    assert line(table, notice(), State.BOUNCED).attempts == 2


def test_who_was_refused_at_the_door_gets_it_at_another_address(table: Any, send: Any, post: Post) -> None:
    post.fail = Refused("mail.address_refused", status=550)
    assert send(notice()).state is State.FAILED
    post.fail = None
    assert send(notice()).now is False
    assert send(notice(address=OTHER)).state is State.SENT


def test_a_report_that_overtakes_the_ledger_waits(table: Any, send: Any, post: Post) -> None:
    unknown = Letter(id=notice().id, to=HND, to_name="", subject="", text="")
    with pytest.raises(NotFound):
        NoteFeedback(table)(at(1), report(unknown))

    class Hurried(Post):
        def send(self, letter: Letter) -> None:
            super().send(letter)
            with pytest.raises(NotFound):
                NoteFeedback(table)(at(1), report(letter))

    hurried = Hurried()
    SendNotice(table, hurried)(at(1), notice(), compose)
    NoteFeedback(table)(at(2), report(hurried.letters[0]))
    assert line(table, notice(), State.BOUNCED)


def test_of_letters_with_secrets_only_the_last_counts_for_the_line(table: Any, post: Post) -> None:
    class Dropped(Post):
        def send(self, letter: Letter) -> None:
            super().send(letter)
            raise Unavailable("mail.later")  # the answer was lost, the letter was not

    dropped = Dropped()
    secret = notice(kind="signing-link", secret=True)
    with pytest.raises(Unavailable):
        SendNotice(table, dropped)(at(1), secret, compose)
    SendNotice(table, post)(at(5), secret, compose)
    NoteFeedback(table)(at(6), report(dropped.letters[0], Report.DELAYED))
    assert line(table, secret, State.SENT).said is None
    NoteFeedback(table)(at(6), report(dropped.letters[0]))
    assert line(table, secret, State.SENT)
    assert SendNotice(table, post)(at(7), notice("n2"), compose).state is State.SUPPRESSED


def test_what_is_only_late_or_came_back_once_stops_nothing(table: Any, send: Any, post: Post) -> None:
    for number, kind in enumerate((Report.DELAYED, Report.UNSURE, Report.RETURNED, Report.DELIVERED)):
        one = notice(f"n{number}")
        send(one)
        NoteFeedback(table)(at(3), report(post.letters[-1], kind))
        said = line(table, one, State.SENT).said
        assert said is not None
        assert said.report is kind
    assert len(post.letters) == 4


def test_malicious_software_is_not_sent_and_not_blamed_on_the_address(table: Any, send: Any, post: Post) -> None:
    send(notice())
    NoteFeedback(table)(at(3), report(post.letters[0], Report.REJECTED))
    assert line(table, notice(), State.FAILED).reason == "notice.delayed"
    assert send(notice("n2")).state is State.SENT


def test_a_complaint_stops_reminders_and_nothing_that_is_owed(table: Any, send: Any, post: Post) -> None:
    send(notice(kind="reminder"))
    NoteFeedback(table)(at(3), report(post.letters[0], Report.COMPLAINED))
    assert line(table, notice(), State.SENT).said
    for kind in ("reminder", "reminder-remember"):
        assert send(notice(kind, kind=kind)).reason == "notice.address_complained"
    for kind in ("invitation", "signing-link", "signature-receipt", "sealed-pledge", "contact-changed"):
        assert send(notice(kind, kind=kind)).state is State.SENT


def test_an_organiser_lifts_it_and_late_repeats_do_not_bring_it_back(table: Any, send: Any, post: Post) -> None:
    send(notice())
    bounce = report(post.letters[0])
    NoteFeedback(table)(at(3), bounce)
    send(notice("n2"), 4)
    held = line(table, notice("n2"), State.SUPPRESSED)
    assert may_be_lifted(held)
    lifted = LiftSuppression(table)(at(10), held.id)
    assert (lifted.lifted_at, may_be_lifted(lifted)) == (AT + timedelta(minutes=10), False)
    NoteFeedback(table)(at(11), bounce)
    assert send(notice("n2"), 12).state is State.SENT  # the same duty again: it goes on
    assert send(notice("n3"), 13).state is State.SENT
    with pytest.raises(Refused) as caught:
        LiftSuppression(table)(at(14), notice().id)
    assert caught.value.code == "notice.not_suppressed"
    NoteFeedback(table)(at(15), report(post.letters[-1], minute=14, sent=13))
    assert send(notice("n4"), 16).state is State.SUPPRESSED
    with pytest.raises(NotFound):
        LiftSuppression(table)(at(17), "nobody")


def test_lines_of_the_release_before_stay_as_they_are(table: Any, send: Any, post: Post) -> None:
    body = {
        "shape": 1, "id": notice().id, "kind": "invitation", "recipient": "unit:HND", "subject_ref": "ticket:t-1",
        "address_hint": "l…@x.vn", "state": "SENT", "attempts": 1, "created_at": "2026-11-20T01:00:00Z",
        "settled_at": "2026-11-20T01:00:00Z", "reason": None,
    }  # fmt: skip
    index = (("kind#invitation", "SENT#x"), ("state#SENT", "x"))
    old = Put(
        partition=f"notice#{notice().id}", sort="entry", body=body, expect=ABSENT, index1=index[0], index2=index[1]
    )
    table.commit([old])
    assert send(notice(address=OTHER)).now is False
    NoteFeedback(table)(at(3), report(Letter(id=notice().id, to=HND, to_name="", subject="", text="")))
    assert line(table, notice(), State.SENT).said is None
    assert send(notice("n2")).reason == "notice.address_bounced"


@pytest.mark.parametrize("letter", ["", "Thư-1", "a b", "x" * 80, "abc-", "abc-1-2", "abc\n"])
def test_the_id_of_no_letter_of_ours_is_acknowledged(table: Any, letter: str) -> None:
    with pytest.raises(Refused):
        NoteFeedback(table)(at(1), report(Letter(id=letter, to=HND, to_name="", subject="", text="")))


ENTRY = Entry(
    id="n1", kind="invitation", recipient="unit:HND", subject_ref="ticket:t-1", address_hint="l…@x.vn", state=State.SENT,
    attempts=1, created_at=AT, settled_at=AT,
)  # fmt: skip
REPORTS = st.builds(
    lambda kind, minute, reason: Feedback(
        letter="n1", address=HND, report=kind, reason=reason, at=AT + timedelta(minutes=minute), sent_at=AT
    ),
    st.sampled_from(Report),
    st.integers(0, 4),
    st.sampled_from(["notice.a", "notice.b"]),
)


@given(st.lists(REPORTS, max_size=6), st.data())
def test_any_order_and_any_repeats_of_reports_end_in_the_same_line(reports: list[Feedback], data: Any) -> None:
    repeated = reports + (data.draw(st.lists(st.sampled_from(reports), max_size=6)) if reports else [])
    shuffled = data.draw(st.permutations(repeated))

    def after(all_of: list[Feedback]) -> Entry:
        entry = ENTRY
        for one in all_of:
            entry = heard(entry, one)
        return entry

    assert after(shuffled) == after(reports)
    assert (after(reports).state is State.BOUNCED) == any(one.report is Report.BOUNCED for one in reports)


NAMES = ("n1", "n2", "n3", "n4")


class Ledger(RuleBasedStateMachine):
    """Duties with changing addresses, a mail system that fails, reports in any order, organisers who lift."""

    @initialize()
    def open(self) -> None:
        self.store = Store(":memory:", {})
        self.table = self.store.table("notices")
        self.post = Post()
        self.minute = 0
        self.stopped: set[str] = set()
        self.lifted: dict[str, int] = {}
        self.sent: dict[str, int] = {}
        self.reports: list[Feedback] = []

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()

    @rule(name=st.sampled_from(NAMES), address=st.sampled_from([HND, OTHER, None]), down=st.booleans())
    def duty(self, name: str, address: str | None, down: bool) -> None:
        self.minute += 1
        self.post.fail = Unavailable("mail.later") if down else None
        before = len(self.post.letters)
        try:
            outcome = SendNotice(self.table, self.post)(at(self.minute), notice(name, address), compose)
        except Unavailable:
            return
        for letter in self.post.letters[before:]:
            self.sent[letter.id] = self.minute
            assert letter.to not in self.stopped
        if outcome.now and address is not None:
            assert (outcome.reason == "notice.address_bounced") == (address in self.stopped)
        assert SendNotice(self.table, self.post)(at(self.minute), notice(name, address), compose).now is False

    @precondition(lambda self: self.post.letters)
    @rule(data=st.data(), kind=st.sampled_from([Report.BOUNCED, Report.BOUNCED, *Report]))
    def reported(self, data: Any, kind: Report) -> None:
        self.minute += 1
        letter = data.draw(st.sampled_from(self.post.letters))
        self._note(report(letter, kind, minute=self.minute, sent=self.sent[letter.id]))

    @precondition(lambda self: self.reports)
    @rule(data=st.data())
    def reported_again(self, data: Any) -> None:
        self.minute += 1
        one = data.draw(st.sampled_from(self.reports))
        before = self._lines()
        self._note(one)
        assert self._lines() == before

    @precondition(lambda self: self.stopped)
    @rule(name=st.sampled_from(NAMES))
    def lift(self, name: str) -> None:
        self.minute += 1
        for entry in self._lines():
            if entry.id == notice(name).id and may_be_lifted(entry):
                try:
                    LiftSuppression(self.table)(at(self.minute), entry.id)
                except Refused:
                    return
                address = {"l": HND, "v": OTHER}[entry.address_hint[0]]
                self.stopped.discard(address)
                self.lifted[address] = self.minute

    def _note(self, one: Feedback) -> None:
        try:
            NoteFeedback(self.table)(at(self.minute), one)
        except NotFound:
            return
        self.reports.append(one)
        if one.report is Report.BOUNCED and one.sent_at > AT + timedelta(minutes=self.lifted.get(one.address, 0)):
            self.stopped.add(one.address)

    def _lines(self) -> list[Entry]:
        ids = {notice(name).id for name in NAMES}
        return [e for state in State for e in ListNotices(self.table)(state=state).entries if e.id in ids]

    @invariant()
    def no_address_gets_a_letter_twice_for_one_duty(self) -> None:
        if hasattr(self, "post"):
            told = [(letter.id, letter.to) for letter in self.post.letters]
            assert len(told) == len(set(told))


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
