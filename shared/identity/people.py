"""People and their roles: list and show them, give and take grants, change who they are, end an account.

Called by functions/identity/people_http.py and the console. What is allowed is decided in granting.py, on the giver's own
account as it stands: each commit checks that it has not changed meanwhile, so that two administrators who take each
other's rights at the same moment do not both succeed, and one always remains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from events.envelope import Act, Envelope, wrap
from events.identity import GrantsChanged, PersonAddressChanged
from shared.identity.accounts import (
    PEOPLE,
    account_key,
    changed_account,
    checked_address,
    checked_name,
    checked_phone,
    new_account,
    read_account,
    signed_out_everywhere,
)
from shared.identity.former_addresses import left_address
from shared.identity.granting import begun, changeable, given, taken
from shared.identity.inviting import invited
from shared.identity.model import ACCOUNT, Account, Grant, Role
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Conflict, Forbidden, Invalid, Refused
from shared.kernel.ids import random_id
from shared.kernel.ports import Check, Table, Write
from shared.kernel.text import matches, sort_key

MOST_A_PAGE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantLine:
    role: Role
    reach: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person as colleagues see them. `ended_at`: signs in no more."""

    id: str
    name: str
    email: str | None
    phone: str | None
    grants: tuple[GrantLine, ...]
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """People in the Vietnamese order of given names' full form, and the cursor of the next page."""

    people: tuple[Person, ...]
    cursor: str | None


def person_of(account: Account) -> Person:
    return Person(
        id=account.id, name=account.name, email=account.email, phone=account.phone,
        grants=tuple(GrantLine(role=grant.role, reach=grant.reach) for grant in account.grants),
        created_at=account.created_at, ended_at=account.ended_at,
    )  # fmt: skip


class ListPeople:
    """People, by name; from an index, so that the newest may be a moment late. An office has tens, at most some thousands."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(
        self,
        *,
        query: str = "",
        limit: int = 50,
        cursor: str | None = None,
        ended: bool = False,
        seen: Callable[[tuple[Person, ...]], Iterable[Person]] = lambda people: people,
    ) -> PeoplePage:
        """`query` finds names with and without marks, and addresses by a part; `ended` shows those who left instead; `seen`
        leaves out whom the reader may not see. Raises Invalid(`list.limit_bad`, `list.bad_cursor`)."""
        if not 1 <= limit <= MOST_A_PAGE:
            raise Invalid("list.limit_bad", field="limit", most=MOST_A_PAGE)
        every = tuple(person_of(account) for account in self._all() if (account.ended_at is not None) is ended)
        people = sorted(
            (one for one in seen(every) if _found(query, one)), key=lambda one: (sort_key(one.name), one.id)
        )
        start = 0
        if cursor is not None:
            at = next((place for place, one in enumerate(people) if one.id == cursor), None)
            if at is None:
                raise Invalid("list.bad_cursor", field="cursor")
            start = at + 1
        page = tuple(people[start : start + limit])
        more = start + limit < len(people)
        return PeoplePage(people=page, cursor=page[-1].id if more else None)

    def _all(self) -> Iterable[Account]:
        cursor = None
        while True:
            page = self.table.query(PEOPLE[0], index=1, limit=1000, cursor=cursor)
            yield from (ACCOUNT.read(item.body) for item in page.items)
            cursor = page.cursor
            if cursor is None:
                return


class ShowPerson:
    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, person: str) -> Person:
        """Raises NotFound(`identity.no_such_person`)."""
        return person_of(read_account(self.table, person)[0])


class NewPerson:
    """An account for a colleague, with roles, and the word that a link is to go to them (inviting.py), in one commit."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(
        self, act: Act, *, name: str, email: str, phone: str | None, grants: tuple[Grant, ...], locale: str = "vi"
    ) -> Person:
        """Raises Invalid for a name, address or number that is none, Refused(`people.address_taken`), and as granting.begun."""
        asked = Account(
            id=random_id(), name=checked_name(name), email=checked_address(email), phone=checked_phone(phone),
            grants=grants, created_at=act.at, locale=locale,
        )  # fmt: skip

        def attempt() -> Person:
            giver, check = _giver(self.table, act)
            made = begun(giver, asked)
            note, fact = invited(act, made.id)
            _commit(self.table, [*new_account(made), note, check], [fact])
            return person_of(made)

        return decide_again(attempt)


class ChangePerson:
    """A name, an address or a telephone number, corrected by a colleague. A new address ends every session: whoever reads
    its mail enters from now on. The address that stood before is told."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, person: str, *, name: str, email: str | None, phone: str | None) -> Person:
        """Raises Invalid for a name, address or number that is none, Refused(`people.address_taken`), and as
        granting.changeable."""
        clean, address = checked_name(name), None if not email else checked_address(email)
        number = checked_phone(phone)

        def change(giver: Account, before: Account) -> Account:
            changeable(giver, before)
            after = replace(before, name=clean, email=address, phone=number)
            return after if after.email == before.email else signed_out_everywhere(after)

        return _decided(self.table, act, person, change, told=None)


class GiveGrant:
    """A role for the whole office or one unit."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, person: str, grant: Grant) -> Person:
        """Raises as granting.given. The same again changes nothing and tells nobody."""
        return _decided(self.table, act, person, lambda giver, to: given(giver, to, grant), told=("GIVEN", grant))


class TakeGrant:
    """A role is taken away; it holds from the next request of that person on."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, person: str, grant: Grant) -> Person:
        """Raises as granting.taken."""
        return _decided(self.table, act, person, lambda giver, to: taken(giver, to, grant), told=("TAKEN", grant))


class EndPerson:
    """The person signs in no more, their sessions end, their grants are gone. What they did stays under their number."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, person: str) -> Person:
        """Raises as granting.changeable. A second end changes nothing."""

        def end(giver: Account, before: Account) -> Account:
            changeable(giver, before)
            if before.ended_at is not None:
                return before
            return replace(signed_out_everywhere(before), ended_at=act.at, grants=())

        return _decided(self.table, act, person, end, told=("ENDED", None))


def _decided(
    table: Table,
    act: Act,
    person: str,
    change: Callable[[Account, Account], Account],
    *,
    told: tuple[str, Grant | None] | None,
) -> Person:
    """Reads both accounts, changes the one, and commits on condition that the other still stands as it was read."""

    def attempt() -> Person:
        giver, check = _giver(table, act)
        before, version = read_account(table, person)
        after = change(giver, before)
        if after != before:
            writes, facts = changed_account(before, after, version), _facts(act, before, version, told)
            if before.email is not None and after.email != before.email:
                writes.append(left_address(person, before.email, version + 1, act.at))
                fact = PersonAddressChanged(account=person, number=version + 1)
                facts.append(wrap(fact, act, subject=person, version=version + 1, place=1))
            _commit(table, [*writes, check], facts)
        return person_of(after)

    return decide_again(attempt)


def _giver(table: Table, act: Act) -> tuple[Account, Write]:
    """The account that acts, and the condition that it still stands so. Raises Forbidden for who is no person."""
    if act.actor.kind != "PERSON":
        raise Forbidden("access.persons_only")
    giver, version = read_account(table, act.actor.id)
    partition, sort = account_key(giver.id)
    return giver, Check(partition=partition, sort=sort, expect=version)


def _commit(table: Table, writes: list[Write], facts: list[Envelope]) -> None:
    try:
        table.commit(writes, facts)
    except Conflict as conflict:
        if 0 <= conflict.write < len(writes) and writes[conflict.write].partition.startswith("address#"):
            raise Refused("people.address_taken", field="email") from None
        raise


def _facts(act: Act, account: Account, version: int, told: tuple[str, Grant | None] | None) -> list[Envelope]:
    if told is None:
        return []
    change, grant = told
    fact = GrantsChanged(
        account=account.id, change=change, role=grant.role.value if grant else "", reach=grant.reach if grant else "",
        number=version + 1,
    )  # fmt: skip
    return [wrap(fact, act, subject=account.id, version=version + 1)]


def reaches_of(person: Person) -> tuple[str, ...]:
    """The units for which a person holds something: who sees them in a list."""
    return tuple(grant.reach for grant in person.grants)


def _found(query: str, person: Person) -> bool:
    return matches(query, person.name) or (query.strip().casefold() in (person.email or "").casefold())
