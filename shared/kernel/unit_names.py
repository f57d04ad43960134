"""Finds the unit that an office means by the name it wrote. Called by every import that names units.

A pure look-up over a snapshot of the directory, which the edge passes in. Compared without case, marks and punctuation, with
the usual abbreviations spelled out (UBND, MTTQ, LĐLĐ ...). A unit that has been merged leads to its successor, with a note;
nothing is guessed: a name that fits two units, or none, is a finding, with the nearest name as a proposal.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from shared.kernel.text import fold, nfc

MAX_PROPOSALS = 200
_NOT_WORDS = re.compile(r"[\W_]+")
_SPELLED_OUT: Mapping[str, str] = {
    "ubnd": "uy ban nhan dan",
    "hdnd": "hoi dong nhan dan",
    "ubmttq": "uy ban mat tran to quoc",
    "ubmttqvn": "uy ban mat tran to quoc viet nam",
    "mttq": "mat tran to quoc",
    "mttqvn": "mat tran to quoc viet nam",
    "ldld": "lien doan lao dong",
    "lhpn": "lien hiep phu nu",
    "hlhpn": "hoi lien hiep phu nu",
    "hnd": "hoi nong dan",
    "ccb": "cuu chien binh",
    "hccb": "hoi cuu chien binh",
    "tncs": "thanh nien cong san",
    "hcm": "ho chi minh",
    "ddbqh": "doan dai bieu quoc hoi",
    "dbqh": "dai bieu quoc hoi",
    "bch": "ban chap hanh",
    "btv": "ban thuong vu",
    "bchqs": "bo chi huy quan su",
    "chqs": "chi huy quan su",
    "btc": "ban to chuc",
    "btg": "ban tuyen giao",
    "gd": "giao duc",
    "dt": "dao tao",
    "vn": "viet nam",
    "vp": "van phong",
    "tp": "thanh pho",
    "thpt": "trung hoc pho thong",
    "thcs": "trung hoc co so",
}
_LEADING = ("ban thuong vu ", "ban chap hanh ", "thuong truc ", "co quan ")
_FILLERS = frozenset({"va"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedUnit:
    """A unit as a name search sees it: valid from and until (both included, None = open), merged out of predecessors.
    `other_names`: what it was called before, or will be."""

    code: str
    name: str
    valid_from: date | None = None
    valid_to: date | None = None
    predecessors: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()

    def stands_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitMatch:
    """The unit meant. `former` is the merged unit that was written, if any; `loosely`: a word was added or left out."""

    unit: NamedUnit
    former: NamedUnit | None = None
    loosely: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoUnit:
    """No unit, or not one: `code` is `list.unit_unknown`, `list.unit_unknown_near`,
    `list.unit_ambiguous`, `list.unit_split` or `list.unit_ended`."""

    code: str
    candidates: tuple[str, ...] = ()


class UnitNames:
    """A snapshot of units, searched by name as of one day (the ceremony's, or the decision's)."""

    def __init__(self, units: Iterable[NamedUnit], on: date) -> None:
        self.on = on
        self._by_code = {unit.code: unit for unit in units}
        self._by_key: dict[str, list[NamedUnit]] = {}
        self._by_core: dict[str, list[NamedUnit]] = {}
        self._found: dict[str, UnitMatch | NoUnit] = {}
        self._proposals = MAX_PROPOSALS
        for unit in self._by_code.values():
            self._by_key.setdefault(_key(unit.name), []).append(unit)
            self._by_core.setdefault(_core(_key(unit.name)), []).append(unit)
        borne = frozenset(self._by_key)
        for unit in self._by_code.values():
            for key in {_key(name) for name in unit.other_names} - borne:  # who bears a name today is meant by it
                self._by_key.setdefault(key, []).append(unit)

    def get(self, code: str) -> NamedUnit | None:
        """The unit with this very code."""
        return self._by_code.get(code)

    def find(self, text: str) -> UnitMatch | NoUnit:
        """The unit that `text` names on the day. A list repeats its units, so that answers are kept."""
        known = self._found.get(text)
        if known is None:
            known = self._found[text] = self._find(text)
        return known

    def _find(self, text: str) -> UnitMatch | NoUnit:
        key = _key(text)
        found = self._by_key.get(key, [])
        loosely = False
        if not found and nfc(text).upper() in self._by_code:
            found = [self._by_code[nfc(text).upper()]]
        if not found:
            found, loosely = self._by_core.get(_core(key), []), True
        if len(found) > 1:
            found = self._narrowed(found, text)
        if not found or not key:
            nearest = self._nearest(key)
            return NoUnit(code="list.unit_unknown_near" if nearest else "list.unit_unknown", candidates=nearest)
        if len(found) > 1:
            return NoUnit(code="list.unit_ambiguous", candidates=tuple(unit.name for unit in found))
        return self._as_of_day(found[0], loosely)

    def _narrowed(self, found: list[NamedUnit], text: str) -> list[NamedUnit]:
        """Marks decide between names that differ by marks alone, then the day between an old and a new unit of one name."""
        marked = [unit for unit in found if nfc(unit.name).casefold() == nfc(text).casefold()]
        found = marked or found
        return [unit for unit in found if unit.stands_on(self.on)] or found

    def _as_of_day(self, unit: NamedUnit, loosely: bool) -> UnitMatch | NoUnit:
        if unit.stands_on(self.on):
            return UnitMatch(unit=unit, loosely=loosely)
        heirs = self._heirs(unit.code, frozenset())
        if len(heirs) == 1:
            return UnitMatch(unit=heirs[0], former=unit, loosely=loosely)
        if heirs:
            return NoUnit(code="list.unit_split", candidates=tuple(heir.name for heir in heirs))
        return NoUnit(code="list.unit_ended", candidates=())

    def _heirs(self, code: str, seen: frozenset[str]) -> list[NamedUnit]:
        """The standing units that a unit went into, through any number of mergers."""
        found: dict[str, NamedUnit] = {}
        for unit in self._by_code.values():
            if code in unit.predecessors and unit.code not in seen:
                heirs = [unit] if unit.stands_on(self.on) else self._heirs(unit.code, seen | {code})
                found.update({heir.code: heir for heir in heirs})
        return list(found.values())

    def _nearest(self, key: str) -> tuple[str, ...]:
        """The most similar name, for the first unknown ones only: a search by likeness takes its time."""
        self._proposals -= 1
        if self._proposals < 0:
            return ()
        close = difflib.get_close_matches(key[:200], list(self._by_key), n=1, cutoff=0.75)
        return tuple(self._by_key[each][0].name for each in close)


def _key(name: str) -> str:
    """Folded words without punctuation, abbreviations spelled out, "và" left out."""
    words = _NOT_WORDS.sub(" ", fold(nfc(name))).split()
    spelled = " ".join(_SPELLED_OUT.get(word, word) for word in words)
    return " ".join(word for word in spelled.split() if word not in _FILLERS)


def _core(key: str) -> str:
    """A key without what offices leave out: the standing body in front, and "tỉnh" with or without its name behind."""
    for leading in _LEADING:
        key = key.removeprefix(leading)
    head, tinh, behind = key.rpartition(" tinh")
    name = behind.split()
    if not head or not tinh or (behind and not behind.startswith(" ")) or len(name) > 3:
        return key
    return key if name[:1] in (["uy"], ["doan"]) else head  # Tỉnh ủy and Tỉnh đoàn are bodies, not places
