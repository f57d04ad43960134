"""What a mail service reports of letters that it took, noted in the ledger and against addresses; and how that is undone.

Called by functions/notices/note_mail_feedback.py (reports) and functions/notices/http.py (an organiser lifts).

Reports come late, repeatedly, in any order, and about letters that a newer attempt has overtaken. So the strongest
report stands (model.Report), a report of another letter than the last one is held against its address alone, and a
report that comes before the sender has committed SENT waits: NotFound, redelivered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from events.envelope import Act
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import NotFound, Refused
from shared.kernel.ports import Table, Write
from shared.notices import ledger, suppression
from shared.notices.model import Entry, Record, Report, Said, State, address_key
from shared.notices.suppression import Mark

_LETTER = re.compile(r"([a-z0-9]{1,64})(?:-[0-9]{1,9})?")
_RANK: Final = {report: rank for rank, report in enumerate(Report)}
_OVER: Final = {Report.BOUNCED: State.BOUNCED, Report.REJECTED: State.FAILED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One report. `letter` is the id of the Letter, `address` the recipient's; `at` when the service noticed, `sent_at`
    when it took the letter, both by its clock. `reason` is the code of a sentence in shared/texts/notices.toml."""

    letter: str
    address: str = field(repr=False)
    report: Report
    reason: str
    at: datetime
    sent_at: datetime


class NoteFeedback:
    """Notes a report; a repeat changes nothing."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, feedback: Feedback) -> Entry:
        """The entry as it stands then. Publishes NoticeBounced, or NoticeSuppressed for what was rejected.

        Raises NotFound when the ledger does not have the letter, or not yet as sent: redeliver. Raises Refused for the
        id of a letter that is none of ours.
        """
        found = _LETTER.fullmatch(feedback.letter)
        if found is None:
            raise Refused("notice.not_ours")
        return decide_again(lambda: self._note(act, found[1], feedback))

    def _note(self, act: Act, notice: str, feedback: Feedback) -> Entry:
        standing = ledger.find(self._table, notice)
        if standing is None:
            raise NotFound("notice.unknown", notice=notice)
        record, version = standing
        address = address_key(feedback.address)
        is_last = (record.letter, record.address) == (feedback.letter, address)
        if is_last and record.entry.state is State.PENDING:
            raise NotFound("notice.being_sent", notice=notice)
        writes: list[Write] = []
        facts = []
        entry = heard(record.entry, feedback) if is_last else record.entry
        if entry != record.entry:
            writes.append(ledger.put(replace(record, entry=entry), version))
            if entry.state is not record.entry.state:
                facts.append(ledger.fact_of(act, entry, version + 1))
        against, expect = suppression.find(self._table, address)
        mark = Mark(reason=feedback.reason, at=feedback.at, notice=notice)
        now = suppression.marked(against, feedback.report, mark, sent_at=feedback.sent_at)
        if now != against:
            writes.append(suppression.put(address, now, expect))
        if writes:
            self._table.commit(writes, facts)
        return entry


def heard(entry: Entry, feedback: Feedback) -> Entry:
    """The entry of the last letter after one report of it: the strongest report stands, of equals the earliest.

    Whatever the order of several reports, and however often each comes, the same entry results. What was never sent
    (SUPPRESSED, or FAILED by the channel's refusal) is left as it is.
    """
    if entry.state is not State.SENT and entry.said is None:
        return entry
    said = Said(report=feedback.report, reason=feedback.reason, at=feedback.at)
    if entry.said is not None and _strength(entry.said) >= _strength(said):
        return entry
    over = _OVER.get(said.report)
    if over is None:
        return replace(entry, said=said)
    return replace(entry, said=said, state=over, reason=said.reason)


def _strength(said: Said) -> tuple[int, float, str]:
    return _RANK[said.report], -said.at.timestamp(), said.reason


class LiftSuppression:
    """Lets letters go again to the address of a notice: the mailbox works again, the recipient wants them again."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, notice: str) -> Entry:
        """What was held back before is not sent by this; what comes from now on is. Raises NotFound: no such notice;
        Refused(notice.not_suppressed): letters go to its address."""
        return decide_again(lambda: self._lift(act, notice))

    def _lift(self, act: Act, notice: str) -> Entry:
        standing = ledger.find(self._table, notice)
        if standing is None:
            raise NotFound("notice.unknown", notice=notice)
        record, version = standing
        against, expect = suppression.find(self._table, record.address)
        if not record.address or (against.bounced, against.complained) == (None, None):
            raise Refused("notice.not_suppressed")
        lifted: Record = replace(record, entry=replace(record.entry, lifted_at=act.at))
        cleared = suppression.Suppression(lifted_at=act.at)
        self._table.commit([ledger.put(lifted, version), suppression.put(record.address, cleared, expect)])
        return lifted.entry
