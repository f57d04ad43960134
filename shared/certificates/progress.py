"""How far the making of a decision's certificates has come. Read by the console and polled by its page; decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

from shared.certificates.records import ListCertificates
from shared.certificates.store import LIST, decision_key, read_decision
from shared.kernel.ports import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueProgress:
    """`total`: awards taken from the lists and certificates made in place of others; `made`: with their documents; `faulty`: what
    no paper can hold. `checking`: a list is still being checked, so that more may come."""

    total: int
    made: int
    faulty: int
    checking: bool

    @property
    def done(self) -> bool:
        return not self.checking and self.made + self.faulty >= self.total


class ShowIssueProgress:
    """From an index: it may be a moment late, and is asked again."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, decision: str) -> IssueProgress:
        """Raises NotFound."""
        read_decision(self._table, decision)
        page = self._table.query(decision_key(decision), prefix="list#", limit=1000)
        lists = [LIST.read(item.body) for item in page.items]
        made = faulty = standing = 0
        cursor: str | None = None
        while True:
            part = ListCertificates(self._table)(decision=decision, limit=200, cursor=cursor)
            standing += len(part.certificates)
            made += sum(each.documents is not None for each in part.certificates)
            faulty += sum(each.documents is None and bool(each.fault) for each in part.certificates)
            cursor = part.cursor
            if cursor is None:
                break
        return IssueProgress(
            total=max(standing, sum(each.accepted for each in lists)),
            made=made,
            faulty=faulty,
            checking=any(each.state.value == "RECEIVED" for each in lists),
        )
