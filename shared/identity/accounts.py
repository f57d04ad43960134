"""Accounts and their addresses as items: how they are found, made and changed. Called by the use cases of this context.

An address belongs to one account at a time: `address#<sha256>` is written with `expect=ABSENT` in the commit that gives it,
so that of two people with one address the second is refused. The digest is of the address case-folded: what a provider does
with upper case in the local part is no reason to have two accounts.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from shared.identity.model import ACCOUNT, Account
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Invalid, NotFound
from shared.kernel.ports import ABSENT, Delete, Put, Table, Write

PEOPLE: Final = ("people", "")
"""index1 of accounts: all of them, by id."""
LONGEST_NAME: Final = 120


def account_key(account: str) -> tuple[str, str]:
    """(partition, sort key) of an account."""
    return f"person#{account}", "person"


def address_print(address: str) -> str:
    """What stands for an address in keys: SHA-256 in hex of its case-folded form."""
    from shared.kernel.text import nfc  # this module comes with every request, for the caller's account alone

    return hashlib.sha256(nfc(address).strip().casefold().encode()).hexdigest()


def find_account(table: Table, account: str) -> tuple[Account, int] | None:
    """An account and its version, ended or not."""
    item = table.get(*account_key(account))
    return None if item is None else (ACCOUNT.read(item.body), item.version)


def read_account(table: Table, account: str) -> tuple[Account, int]:
    """The same. Raises NotFound(identity.no_such_person)."""
    found = find_account(table, account)
    if found is None:
        raise NotFound("identity.no_such_person")
    return found


def account_at(table: Table, print_of_address: str) -> tuple[Account, int] | None:
    """Whose address this is (`address_print`); two reads for a known one, always two: the work is the same for an unknown."""
    item = table.get(f"address#{print_of_address}", "address")
    account = str(item.body["account"]) if item is not None else "-"
    return find_account(table, account)


def checked_address(text: str) -> str:
    """The address as it is kept. Raises Invalid(identity.address_malformed)."""
    from shared.kernel.contacts import email_address

    address = email_address(text)
    if address is None:
        raise Invalid("identity.address_malformed", field="email")
    return address


def checked_phone(text: str | None) -> str | None:
    """The number as it is kept; None for none. Raises Invalid(list.phone_bad)."""
    from shared.kernel.contacts import phone_number

    if text is None or not text.strip():
        return None
    found = phone_number(text)
    if found is None:
        raise Invalid("list.phone_bad", field="phone")
    return found.number


def checked_name(text: str) -> str:
    """A person's name of one line. Raises Invalid(identity.person_name)."""
    from shared.kernel.text import nfc

    plain = " ".join(nfc(text).split())
    if not plain or len(plain) > LONGEST_NAME or not plain.isprintable():
        raise Invalid("identity.person_name", field="name", most=LONGEST_NAME)
    return plain


class RenameOneself:
    """A person corrects their own name."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, account: str, name: str) -> None:
        """Raises NotFound(identity.no_such_person), Invalid(identity.person_name)."""
        given = checked_name(name)

        def attempt() -> None:
            before, version = read_account(self.table, account)
            self.table.commit(changed_account(before, replace(before, name=given), version))

        decide_again(attempt)


def new_account(account: Account) -> list[Write]:
    """The writes of a new account. In their commit a Conflict at `address#...` means: somebody else has that address."""
    return [_put(account, ABSENT), *_taken(account.email, account.id)]


def changed_account(before: Account, after: Account, version: int) -> list[Write]:
    """The writes of a changed account, read at `version`; a changed address is given up and taken in the same commit."""
    writes: list[Write] = [_put(after, version)]
    old, new = _print(before.email), _print(after.email)
    if old != new:
        if old is not None:
            writes.append(Delete(partition=f"address#{old}", sort="address", expect=None))
        writes += _taken(after.email, after.id)
    return writes


def signed_out_everywhere(account: Account) -> Account:
    """The account with every session and every unspent link of its person ended."""
    return replace(account, epoch=account.epoch + 1)


def _put(account: Account, expect: int) -> Put:
    partition, sort = account_key(account.id)
    return Put(
        partition=partition, sort=sort, body=ACCOUNT.body(account), expect=expect, index1=(PEOPLE[0], account.id)
    )


def _taken(address: str | None, account: str) -> list[Write]:
    given = _print(address)
    if given is None:
        return []
    return [Put(partition=f"address#{given}", sort="address", body={"shape": 1, "account": account}, expect=ABSENT)]


def _print(address: str | None) -> str | None:
    return None if address is None else address_print(address)
