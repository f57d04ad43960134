"""What is shown of pledges: to organisers, to the hall, to the senders of letters and status lists.

Called by functions/pledges/http.py, the hall's page, functions/notices/* (the public's page: public_record.py). Nothing here
returns a secret, its hash, a binding, or a statement before it is signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from events.envelope import Act
from events.pledges import PartyDeferred, PartySigned
from shared.kernel.errors import Conflict, Invalid, NotFound
from shared.kernel.ports import Table
from shared.pledges.items import RETRIES, load, load_draft, load_signatures, put, version_of
from shared.pledges.model import BOARD_LINE, PLEDGE, STATUS_CLAIM, BoardLine, Party, Pledge, State
from shared.pledges.sealing import SignedBy, signed_by
from shared.pledges.text import text_fields, text_sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeView:
    """A pledge as organisers see it. `text` and digest are of the draft while it is one, else of the frozen version."""

    pledge: Pledge
    text: dict[str, Any]
    text_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeLine:
    """A pledge in a list. `issuer` keeps it, `units` are its parties; `waited_for` are the names of those whose turn it is and
    who have not signed, since `opened_at`; `until` ends its period."""

    id: str
    title: str
    state: State
    version: int
    signed: int
    parties: int
    public_id: str | None
    issuer: str
    units: tuple[str, ...]
    drafted_at: datetime
    until: date
    opened_at: datetime | None = None
    ceremony: str | None = None
    waited_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureView:
    """A signature as organisers see it: who for which unit, by what means, what it rests on, and whether it is disputed."""

    line: SignedBy
    nonce: str
    attested_by: str
    disputed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardParty:
    """A party on the hall's screen: `state` WAITING, SIGNED or DEFERRED ("ký sau")."""

    no: int
    unit: str
    name: str
    role: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The hall's screen of one pledge: "Đã ký 11/12"."""

    pledge: str
    title: str
    state: State
    open_group: int
    signed: int
    total: int
    parties: tuple[BoardParty, ...]


class ShowPledge:
    """A pledge with its text."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, pledge: str) -> PledgeView:
        """Raises NotFound."""
        found = load(self._table, pledge).pledge
        draft = load_draft(
            self._table, pledge, None if found.state is State.DRAFT or not found.version else found.version
        )
        return PledgeView(pledge=found, text=text_fields(draft), text_sha256=text_sha256(draft))


class ListPledges:
    """Pledges of an issuer (newest first) or of a ceremony, through the indexes."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(
        self, *, issuer: str | None = None, ceremony: str | None = None, limit: int = 50, cursor: str | None = None
    ) -> tuple[tuple[PledgeLine, ...], str | None]:
        """Lines and the cursor of the next page. Raises Invalid for a bad limit or cursor, or without a filter."""
        if not 1 <= limit <= 200:
            raise Invalid("pledge.limit", field="limit", most=200)
        try:
            if ceremony:
                page = self._table.query(f"ceremony#{ceremony}", limit=limit, cursor=cursor, index=2)
            elif issuer:
                page = self._table.query(f"issuer#{issuer}", limit=limit, cursor=cursor, reverse=True, index=1)
            else:
                raise Invalid("pledge.filter_needed", field="ceremony")
        except ValueError:
            raise Invalid("pledge.cursor", field="cursor") from None
        return tuple(_line(PLEDGE.read(item.body)) for item in page.items), page.cursor


class ListSignatures:
    """The signatures of a pledge's present version, by party."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, pledge: str, version: int | None = None) -> tuple[SignatureView, ...]:
        """Raises NotFound. An older `version` shows what was signed before a revision and no longer counts."""
        found = load(self._table, pledge).pledge
        return tuple(
            SignatureView(
                line=signed_by(each), nonce=each.nonce, attested_by=found.issuer, disputed_at=each.disputed_at
            )
            for each in load_signatures(self._table, pledge, found.version if version is None else version)
        )


class ShowParty:
    """One party as it stands, for the letters."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, pledge: str, party: int) -> tuple[Pledge, Party]:
        """Raises NotFound."""
        found = load(self._table, pledge).pledge
        whom = found.party(party)
        if whom is None:
            raise NotFound("pledge.no_such_party")
        return found, whom


class CountSignature:
    """Projects facts onto the hall's board: a set of members, so that repeats and reorderings count once."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, fact: PartySigned | PartyDeferred, sequence: int) -> None:
        """Keeps the line of the greatest sequence per party."""
        signed = isinstance(fact, PartySigned)
        line = BoardLine(
            unit=fact.unit,
            state="SIGNED" if signed else "DEFERRED",
            at=fact.signed_at if isinstance(fact, PartySigned) else act.at,
            sequence=sequence,
        )
        partition, sort = f"board#{fact.pledge}#{fact.version:03d}", f"{fact.party:03d}"
        for _ in range(RETRIES):
            item = self._table.get(partition, sort)
            if item is not None and BOARD_LINE.read(item.body).sequence >= sequence:
                return
            try:
                self._table.commit([put(partition, sort, BOARD_LINE, line, version_of(item))])
            except Conflict:
                continue
            return
        raise Conflict(key=partition)


class ReadBoard:
    """The hall's board of a pledge."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, pledge: str) -> Board:
        """Raises NotFound."""
        found = load(self._table, pledge).pledge
        page = self._table.query(f"board#{pledge}#{found.version:03d}", limit=1000)
        lines = {int(item.sort): BOARD_LINE.read(item.body) for item in page.items}
        parties = tuple(
            BoardParty(
                no=party.no,
                unit=party.unit,
                name=party.name,
                role=party.role.value,
                state=lines[party.no].state if party.no in lines else "WAITING",
            )
            for party in found.parties
        )
        return Board(
            pledge=pledge,
            title=found.title,
            state=found.state,
            open_group=found.open_group,
            signed=sum(party.state == "SIGNED" for party in parties),
            total=len(parties),
            parties=parties,
        )


class ListStatusNumbers:
    """The status numbers of an issuer's pledges that are revoked or suspended, for the signed lists (FORMATS 3)."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, issuer: str) -> tuple[frozenset[int], frozenset[int]]:
        """(revoked, suspended), read consistently."""
        revoked, suspended = set(), set()
        cursor = None
        while True:
            page = self._table.query(f"status#{issuer}", limit=1000, cursor=cursor)
            for item in page.items:
                claim = STATUS_CLAIM.read(item.body)
                if claim.revoked_at:
                    revoked.add(int(item.sort))
                if claim.suspended_at:
                    suspended.add(int(item.sort))
            cursor = page.cursor
            if cursor is None:
                return frozenset(revoked), frozenset(suspended)


def _line(pledge: Pledge) -> PledgeLine:
    return PledgeLine(
        id=pledge.id,
        title=pledge.title,
        state=pledge.state,
        version=pledge.version,
        signed=len(pledge.signed),
        parties=len(pledge.parties),
        public_id=pledge.public_id,
        issuer=pledge.issuer,
        units=tuple(party.unit for party in pledge.parties),
        drafted_at=pledge.drafted_at,
        until=pledge.period[1],
        opened_at=pledge.opened_at,
        ceremony=pledge.ceremony,
        waited_for=_waited_for(pledge),
    )


def _waited_for(pledge: Pledge) -> tuple[str, ...]:
    if not pledge.waiting:
        return ()
    settled = {*pledge.signed, *(each.party for each in pledge.deferred)}
    return tuple(party.name for party in pledge.parties if party.no not in settled and party.group <= pledge.open_group)
