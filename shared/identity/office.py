"""The office's own settings: what it is called, what it shows, which acts need a second officer, how long things are kept.

One record, read by the console and the edge (four eyes, retention), changed by ADMIN alone (functions/operations/http.py). An
office that never changed anything works by `DEFAULT`. A change is decided on what its form was made from (`version`): of two
officers who change at once one is told to look again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from events.envelope import Act
from shared.kernel.clock import zone_of
from shared.kernel.errors import Conflict, Invalid, Refused
from shared.kernel.ports import Put, Table
from shared.kernel.shapes import Shape
from shared.kernel.text import nfc

MAX_NAME, MAX_CONTACT = 200, 300
FOUR_EYES_ACTS: Final = (
    "certificate.issue", "certificate.publish", "certificate.revoke", "contact.change", "pledge.open",
)  # fmt: skip
"""The acts for which an office may ask for a second officer (Route.four_eyes)."""
FEWER_ACTS: Final = "settings.four_eyes"
"""Taking one of them out of the settings: as long as there is one, that is an act of two officers as well."""
RETENTION: Final[Mapping[str, tuple[int, int]]] = {
    "account_days": (90, 3650),
    "attendance_days": (30, 1825),
    "contact_days": (30, 1825),
    "notice_days": (90, 3650),
}
"""The least and the most of each period, in days."""
_LANGUAGES: Final = ("vi", "en")
_ZONE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")


class HeadingFamily(StrEnum):
    """Which heading stands above papers: the State's (NĐ 30/2020), the Party's, or that of the Front and mass organisations."""

    STATE = "STATE"
    PARTY = "PARTY"
    MASS_ORG = "MASS_ORG"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """After how many days what is kept for a purpose is deleted (shared/edge/retention.py). `account_days`: name, address and
    number of an account, from its end; `attendance_days`: who was registered for a ceremony and who came, `contact_days`:
    delegates' addresses and numbers, both from its end; `notice_days`: lines of the ledger of messages. The audit trail is
    kept: its lines hold no names (decision 24).
    """

    account_days: int = 730
    attendance_days: int = 180
    contact_days: int = 90
    notice_days: int = 730


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeSettings:
    """`name`: empty until the office wrote it. `contact`: the line that the public is shown when a paper does not match its
    record. `zone`: where "today" is decided. `second_officer`: acts of FOUR_EYES_ACTS. `version`: 0 for DEFAULT."""

    name: str = ""
    heading: HeadingFamily = HeadingFamily.STATE
    contact: str = ""
    zone: str = "Asia/Ho_Chi_Minh"
    language: str = "vi"
    second_officer: tuple[str, ...] = ()
    retention: Retention = field(default_factory=Retention)
    changed_at: datetime | None = None
    changed_by: str = ""
    version: int = 0

    @property
    def four_eyes(self) -> frozenset[str]:
        """The acts that take effect only when a second officer has agreed."""
        return frozenset(self.second_officer)


DEFAULT: Final = OfficeSettings()
OFFICE: Final = Shape(OfficeSettings, 1)
_KEY: Final = "settings"


class ReadOfficeSettings:
    """The settings as of now: one read by key."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self) -> OfficeSettings:
        item = self._table.get("office", _KEY)
        return DEFAULT if item is None else replace(OFFICE.read(item.body), version=item.version)


class ChangeOfficeSettings:
    """Replaces the settings; what is the same again is no change."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, wanted: OfficeSettings) -> OfficeSettings:
        """`wanted.version`: of the settings that were shown. Raises Invalid naming the field,
        Refused(`office.changed_meanwhile`)."""
        standing = ReadOfficeSettings(self._table)()
        if wanted.version != standing.version:
            raise Refused("office.changed_meanwhile")
        checked = replace(_checked(wanted), changed_at=standing.changed_at, changed_by=standing.changed_by)
        if checked == standing:
            return standing
        made = replace(checked, changed_at=act.at, changed_by=act.actor.id)
        put = Put(partition="office", sort=_KEY, body=OFFICE.body(replace(made, version=0)), expect=standing.version)
        try:
            self._table.commit([put])
        except Conflict:
            raise Refused("office.changed_meanwhile") from None
        return replace(made, version=standing.version + 1)


def takes_out(standing: OfficeSettings, body: str) -> bool:
    """Whether a call to change the settings (its JSON) would do without a second officer where one is asked for now. What
    cannot be read for sure counts as such."""
    try:
        read = json.loads(body, object_pairs_hook=_once)
    except ValueError:
        return bool(standing.second_officer)
    wanted = read.get("second_officer") if isinstance(read, dict) else None
    acts = [each for each in wanted if isinstance(each, str)] if isinstance(wanted, list) else []
    return not standing.four_eyes <= frozenset(acts)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object of JSON that says nothing twice. Raises ValueError."""
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError(len(pairs))
    return read


def _checked(wanted: OfficeSettings) -> OfficeSettings:
    """The settings as they are kept: clean texts, known acts, days within their bounds. Raises Invalid."""
    try:
        if not _ZONE.fullmatch(wanted.zone):
            raise ValueError(wanted.zone)
        zone_of(wanted.zone)
    except ValueError:
        raise Invalid("office.zone", field="zone") from None
    if wanted.language not in _LANGUAGES:
        raise Invalid("office.language", field="language")
    unknown = [each for each in wanted.second_officer if each not in FOUR_EYES_ACTS]
    if unknown:
        raise Invalid("office.no_such_act", field="second_officer", act=unknown[0][:40])
    for name, (least, most) in RETENTION.items():
        if not least <= getattr(wanted.retention, name) <= most:
            raise Invalid("office.days", field=f"retention.{name}", least=least, most=most)
    return replace(
        wanted,
        name=_text(wanted.name, "name", MAX_NAME),
        contact=_text(wanted.contact, "contact", MAX_CONTACT),
        second_officer=tuple(each for each in FOUR_EYES_ACTS if each in wanted.second_officer),
    )


def _text(text: str, field_name: str, most: int) -> str:
    clean = nfc(text)
    if len(clean) > most:
        raise Invalid("office.text_too_long", field=field_name, length=len(clean), limit=most)
    return clean
