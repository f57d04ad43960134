"""Award decisions and the files of their lists: what organisers record and send in. Called by functions/certificates/http.py."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from events.certificates import AwardListReceived
from events.envelope import Act, wrap
from shared.certificates.model import (
    Authority,
    AuthorityLevel,
    AwardDecision,
    AwardKind,
    AwardList,
    IssuerSnapshot,
    ListState,
)
from shared.certificates.store import (
    BEGAN,
    DECISION,
    LIST,
    decision_key,
    put_decision,
    put_list,
    read_decision,
    read_list,
)
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Conflict, Invalid, Refused
from shared.kernel.ids import derived_id
from shared.kernel.ports import ABSENT, Check, Put, Table, Write
from shared.kernel.text import nfc
from shared.kernel.tokens import ISSUER_PATTERN

Day = date
"""The type of fields that are called `date` themselves."""


MAX_NUMBER = 40
MAX_SUBJECT = 500
MAX_OCCASION = 60
MAX_HEADING = 160
MAX_HEADINGS = 4
_CEREMONY = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDecision:
    """A decision as an organiser types it. `issuer` is the directory's snapshot of the deciding unit on that day.

    `occasion` is the code of the ceremony or campaign that the certificates name; by default the ceremony's id.
    `presentation_began_at` is the snapshot of the ceremony: None while its presentation has not begun.
    """

    number: str
    date: Day
    subject: str
    kind: AwardKind
    issuer: IssuerSnapshot
    level: AuthorityLevel
    office: str
    signer: str
    capacity: str = ""
    ceremony: str | None = None
    occasion: str = ""
    announce_at: datetime | None = None
    presentation_began_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPage:
    """Decisions, newest first, and the cursor of the next page."""

    decisions: tuple[AwardDecision, ...]
    cursor: str | None = None


class RecordDecision:
    """Puts a decision on record. The same decision again (issuer, number, date) answers the one that stands.

    One that comes after its ceremony's presentation has begun is refused, not published at once: whoever types it in late
    decides when it appears, by a release without the ceremony, and no slip of the pen is public the moment it is made.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, new: NewDecision) -> AwardDecision:
        """Raises Invalid for a missing or overlong text, Refused `decision.recorded_otherwise` for other contents,
        `certificate.presentation_began`."""
        return decide_again(partial(self._record, _decided(act, new), began=new.presentation_began_at is not None))

    def _record(self, decision: AwardDecision, *, began: bool) -> AwardDecision:
        if self._table.get(decision_key(decision.id), "decision") is not None:
            standing, _ = read_decision(self._table, decision.id)
            if _contents(standing) != _contents(decision):
                raise Refused("decision.recorded_otherwise", number=decision.number)
            return standing
        writes: list[Write] = [put_decision(decision, ABSENT)]
        if decision.ceremony:
            partition, body = f"ceremony#{decision.ceremony}", {"decision": decision.id}
            if began or self._table.get(partition, BEGAN) is not None:
                raise Refused("certificate.presentation_began", number=decision.number)
            # The snapshot may be older than the publication: what comes after it must not be forgotten.
            writes.append(Check(partition=partition, sort=BEGAN, expect=ABSENT))
            writes.append(Put(partition=partition, sort=f"decision#{decision.id}", body=body, expect=ABSENT))
        self._table.commit(writes)
        return decision


class ReceiveAwardList:
    """Takes in an uploaded list: it will be checked by the queue check-awards."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, *, decision: str, object_key: str, filename: str) -> AwardList:
        """The same object again answers the list that stands. Raises NotFound for an unknown decision."""
        read_decision(self._table, decision)
        list_id = derived_id("award-list", decision, object_key)
        received = AwardList(
            id=list_id,
            decision=decision,
            object_key=object_key,
            filename=nfc(filename)[:200],
            state=ListState.RECEIVED,
            received_at=act.at,
        )
        fact = AwardListReceived(decision=decision, list_id=list_id, object_key=object_key, filename=received.filename)
        try:
            self._table.commit([put_list(received, ABSENT)], [wrap(fact, act, subject=list_id, version=1)])
        except Conflict:
            return read_list(self._table, decision, list_id)[0]
        return received


class ShowDecision:
    """One decision with its lists."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, decision: str) -> tuple[AwardDecision, tuple[AwardList, ...]]:
        """Raises NotFound."""
        standing, _ = read_decision(self._table, decision)
        page = self._table.query(decision_key(decision), prefix="list#", limit=1000)
        return standing, tuple(LIST.read(item.body) for item in page.items)


class ListDecisions:
    """All decisions, newest first; from an index, so that the newest may be a moment late."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, *, limit: int = 50, cursor: str | None = None) -> DecisionPage:
        """Raises Invalid for a cursor that is not from this list."""
        try:
            page = self._table.query("decisions", limit=limit, cursor=cursor, reverse=True, index=1)
        except ValueError:
            raise Invalid("list.bad_cursor", field="cursor") from None
        return DecisionPage(decisions=tuple(DECISION.read(item.body) for item in page.items), cursor=page.cursor)


def _decided(act: Act, new: NewDecision) -> AwardDecision:
    if not ISSUER_PATTERN.fullmatch(new.issuer.code):
        raise Invalid("decision.no_issuer_code", field="issuer")
    if new.ceremony is not None and not _CEREMONY.fullmatch(new.ceremony):
        raise Invalid("decision.ceremony", field="ceremony")
    number = _text("number", new.number, MAX_NUMBER)
    return AwardDecision(
        id=derived_id("decision", new.issuer.code, number, new.date.isoformat()),
        number=number,
        date=new.date,
        subject=_text("subject", new.subject, MAX_SUBJECT),
        kind=new.kind,
        issuer=_issuer(new.issuer),
        authority=Authority(
            level=new.level,
            capacity=_text("capacity", new.capacity, MAX_NUMBER, needed=False),
            office=_text("office", new.office, MAX_SUBJECT),
            signer=_text("signer", new.signer, MAX_SUBJECT),
        ),
        occasion=_text("occasion", new.occasion or new.ceremony or number, MAX_OCCASION),
        ceremony=new.ceremony,
        announce_at=new.announce_at,
        recorded_at=act.at,
    )


def _issuer(snapshot: IssuerSnapshot) -> IssuerSnapshot:
    """What an organiser typed of it stands on papers: cleaned like all that does."""
    if len(snapshot.heading_lines) > MAX_HEADINGS:
        raise Invalid("decision.too_many_lines", field="heading_lines", most=MAX_HEADINGS)
    return replace(
        snapshot,
        heading_lines=tuple(_text("heading_lines", line, MAX_HEADING) for line in snapshot.heading_lines),
        place=_text("place", snapshot.place, MAX_HEADING, needed=False),
    )


def _text(field: str, given: str, most: int, *, needed: bool = True) -> str:
    text = nfc(given)
    if needed and not text:
        raise Invalid("decision.missing", field=field)
    if len(text) > most:
        raise Invalid("decision.too_long", field=field, most=most)
    return text


def _contents(decision: AwardDecision) -> tuple[object, ...]:
    """What makes two records of one decision the same, whenever they were made."""
    names = ("number", "date", "subject", "kind", "issuer", "authority", "occasion", "ceremony")
    return tuple(getattr(decision, name) for name in names)
