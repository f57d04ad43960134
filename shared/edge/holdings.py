"""What is held about a mail address, over all contexts, in the words of the reader.

Called by functions/privacy/http.py, functions/console/privacy.py and shared/edge/privacy_letters.py.

Each entry says what may be asked for it here, and where something else must be done first: a unit's contact is replaced by the
unit, an account is ended by its colleagues.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.ceremonies.erasing import Held, HeldAt
from shared.certificates.erasing import IssuedTo
from shared.certificates.model import Certificate
from shared.directory.model import Unit
from shared.directory.usecases import ListUnits
from shared.documents.dates import short_date
from shared.edge.recipients import VIETNAM, local_time
from shared.edge.wiring import Ports
from shared.identity.accounts import account_at, address_print
from shared.identity.model import Account
from shared.identity.subject_requests import Wish
from shared.texts import Locale, say

Fact = tuple[str, str]
"""A name in the reader's language, and what is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One record. `ref` names it in requests (`registration:<id>`), `title` what it is, `facts` all that is held of the person,
    `wishes` what can be asked, `stays` what cannot be undone, `public` whether others can see it without signing in."""

    ref: str
    kind: str
    title: str
    facts: tuple[Fact, ...] = field(repr=False)
    wishes: tuple[Wish, ...]
    stays: str
    public: bool = False


def holdings(ports: Ports, address: str, locale: Locale) -> tuple[Holding, ...]:
    """Everything under the address, ceremonies first."""
    found = [_registration(each, locale) for each in HeldAt(ports.table("ceremonies"))(address)]
    found += [_certificate(each, locale) for each in IssuedTo(ports.table("certificates"))(address)]
    found += [_contact(each, address, locale) for each in _units_of(ports, address)]
    account = account_at(ports.table("identity"), address_print(address))
    return (*found, *((_account(account[0], locale),) if account else ()))


def is_anything_held(ports: Ports, address: str) -> bool:
    """Whether there is anything to show."""
    return (
        HeldAt(ports.table("ceremonies")).is_any(address)
        or IssuedTo(ports.table("certificates")).is_any(address)
        or account_at(ports.table("identity"), address_print(address)) is not None
        or bool(_units_of(ports, address))
    )


def _units_of(ports: Ports, address: str) -> tuple[Unit, ...]:
    wanted = address.casefold()
    return tuple(
        unit
        for unit in ListUnits(ports.table("directory"))()
        if wanted in {each.casefold() for each in (unit.contact.email or "", *unit.contact.former_emails)}
    )


def _registration(held: Held, locale: Locale) -> Holding:
    one = held.registration.delegate
    came = held.admission
    at = f"{local_time(came.at)}, {came.gate}" if came else ""
    return Holding(
        ref=f"registration:{held.registration.id}",
        kind="registration",
        title=say(
            "privacy.held_registration",
            locale,
            title=held.title,
            day=short_date(held.starts.astimezone(VIETNAM).date()),
        ),
        facts=_facts(
            locale,
            ("name", f"{one.honorific} {one.name}".strip()), ("office", one.office), ("unit", one.unit_name),
            ("phone", one.phone), ("email", one.email), ("remark", one.remark), ("came", at),
        ),
        wishes=(Wish.CORRECT, Wish.ERASE),
        stays=say("privacy.stays_registration", locale),
    )  # fmt: skip


def _certificate(one: Certificate, locale: Locale) -> Holding:
    who = one.recipient
    wishes = (Wish.CORRECT, Wish.ERASE) if one.hidden else (Wish.CORRECT, Wish.HIDE, Wish.ERASE)
    return Holding(
        ref=f"certificate:{one.id}",
        kind="certificate",
        title=say("privacy.held_certificate", locale, title=one.form_name, number=one.decision_number),
        facts=_facts(
            locale,
            ("name", f"{who.salutation} {who.name}".strip()), ("office", who.position), ("unit", who.unit),
            ("citation", one.citation), ("email", who.email), ("number", one.id),
            ("hidden", say("privacy.is_hidden", locale) if one.hidden else ""),
        ),
        wishes=wishes,
        stays=say("privacy.stays_certificate", locale),
        public=one.published_at is not None,
    )  # fmt: skip


def _contact(unit: Unit, address: str, locale: Locale) -> Holding:
    contact = unit.contact
    is_present = (contact.email or "").casefold() == address.casefold()
    return Holding(
        ref=f"contact:{unit.code}",
        kind="contact",
        title=say("privacy.held_contact", locale, unit=unit.name),
        facts=_facts(locale, ("name", contact.name), ("phone", contact.phone), ("email", address))
        if is_present
        else _facts(locale, ("former_email", address)),
        wishes=(Wish.CORRECT, Wish.ERASE),
        stays=say("privacy.stays_contact", locale),
    )


def _account(account: Account, locale: Locale) -> Holding:
    roles = ", ".join(sorted({f"{grant.role} {grant.reach}" for grant in account.grants}))
    return Holding(
        ref=f"account:{account.id}",
        kind="account",
        title=say("privacy.held_account", locale),
        facts=_facts(
            locale, ("name", account.name), ("email", account.email), ("phone", account.phone), ("roles", roles)
        ),
        wishes=(Wish.CORRECT, Wish.ERASE),
        stays=say("privacy.stays_account", locale),
    )


def _facts(locale: Locale, *pairs: tuple[str, str | None]) -> tuple[Fact, ...]:
    return tuple((say(f"privacy.fact_{name}", locale), value) for name, value in pairs if value)
