"""The sample ceremony from start to end, as it is lived: by the public API, by the letters that arrive, by the clock.

Called by `make demo` on a running engine whose test clock this moves. Every step waits until the engine has come to rest;
nothing is written past the API except the clock.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from typing import Any, Final

from infra.sample.client import ApiError, Client
from infra.sample.files import ZONE, SampleFiles
from infra.sample.letters import text_of
from infra.sample.load import Loaded, load_all

ABSENT_UNIT: Final = "HCCB"
ABSENT_DELEGATES: Final = 12
GATES: Final = ("Cổng A", "Cổng B")
REVOKED, REPLACED = 3, 5
"""Places in the list of certificates of the one that is revoked and the one that is corrected."""


@dataclass(slots=True)
class Story:
    """What the telling needs: `letters` are all that went out, oldest first, `gate` a device at a door, `browser` one that
    nobody has signed in with; `move` sets the business clock, `settle` waits for rest, `say` reports a step."""

    origin: str
    letters: Callable[[], list[EmailMessage]]
    files: SampleFiles
    organiser: Client
    gate: Callable[[str, str], Client]
    browser: Callable[[], Client]
    move: Callable[[datetime], None]
    settle: Callable[[], None]
    say: Callable[[str], None]
    facts: dict[str, Any] = field(default_factory=dict)
    reports: dict[str, Any] = field(default_factory=dict)
    """What was found in each list that came in, read while it is kept: a report ends with its list (decision 25)."""

    def tell(self) -> Loaded:
        """From three weeks before the ceremony to the last reminder of the campaign."""
        plan = self.files.json("ceremony.json")
        doors = self.files.local(plan["doors_open"])
        self.move(doors - timedelta(days=3))
        loaded = load_all(self.organiser, self.files, self.say)
        self.settle()
        self.read_reports(loaded)
        self.move(doors + timedelta(minutes=5))
        self.admit(loaded)
        self.move(self.files.local(plan["starts"]) + timedelta(hours=1, minutes=10))
        self.sign(loaded)
        self.move(self.files.local(self.files.json("award_decision.json")["announce_at"]))
        self.say("presentation")
        self.organiser.post(f"/api/v1/ceremonies/{loaded.ceremony}/presentation")
        self.settle()
        self.move(doors + timedelta(days=2))
        self.sign_late(loaded)
        self.move(doors + timedelta(days=20))
        self.correct(loaded, decided_on=self.files.local(plan["ends"]).date() + timedelta(days=20))
        self.remind(loaded)
        return loaded

    def read_reports(self, loaded: Loaded) -> None:
        """The reports on the list of delegates and on that of awards."""
        delegates = f"/api/v1/ceremonies/{loaded.ceremony}/lists/{loaded.delegate_list}/report"
        self.reports["delegates"] = self.organiser.get(delegates)
        self.reports["awards"] = self.organiser.get(f"/api/v1/decisions/{loaded.decision}/lists/{loaded.award_list}")

    def tickets(self) -> list[tuple[str, EmailMessage]]:
        """(ticket text, letter) of every invitation that was sent."""
        found = []
        pattern = re.compile(rf"{re.escape(self.origin)}/t#[1-9][0-9]+")
        for letter in self.letters():
            match = pattern.search(text_of(letter))
            if match:
                found.append((match[0], letter))
        return found

    def admit(self, loaded: Loaded) -> None:
        """Two gates at once; every ticket is held before both, and one of them lets its bearer in."""
        self.say("doors")
        texts = [text for text, _ in self.tickets()][:-ABSENT_DELEGATES]

        def door(gate: str) -> tuple[int, int]:
            client, let_in, refused = self.gate(loaded.ceremony, gate), 0, 0
            for place, text in enumerate(texts):
                body = {"ceremony": loaded.ceremony, "text": text, "scan_id": f"{gate[-1]}-{place:08}", "gate": gate}
                try:
                    client.post("/api/v1/admissions", body)
                    let_in += 1
                except ApiError as error:
                    if error.code != "ticket.already_admitted":
                        raise
                    refused += 1
            return let_in, refused

        with ThreadPoolExecutor(len(GATES)) as threads:
            outcomes = list(threads.map(door, GATES))
        self.facts["admissions"] = {
            "tickets_shown": len(texts),
            "admitted": sum(let_in for let_in, _ in outcomes),
            "refused_at_the_other_gate": sum(refused for _, refused in outcomes),
        }
        self.settle()

    def sign(self, loaded: Loaded) -> None:
        """Members first in any order, one absent ("ký sau"), the head last: each through the link in its letter."""
        self.say("signing")
        path = f"/api/v1/pledges/{loaded.pledge}"
        parties = self.organiser.get(path)["pledge"]["parties"]
        absent = next(party["no"] for party in parties if party["unit"] == ABSENT_UNIT)
        reason = "Chủ tịch đi công tác, ký sau buổi lễ"
        self.organiser.post(f"{path}/parties/{absent}/defer", {"reason": reason})
        self.settle()
        for _ in range(2):  # the first group, then the head whose link comes when the group is done
            for address in self._unsigned_links():
                if address != self._link_of(ABSENT_UNIT):
                    self._sign_by(address)
            self.settle()

    def sign_late(self, loaded: Loaded) -> None:
        """The absent party signs; with the last signature the pledge is sealed."""
        self.say("late")
        link = self._link_of(ABSENT_UNIT)
        if link is None:
            raise RuntimeError("no signing link reached the absent party")
        self._sign_by(link)
        self.settle()
        self.facts["pledge"] = self.organiser.get(f"/api/v1/pledges/{loaded.pledge}/board")

    def correct(self, loaded: Loaded, decided_on: date) -> None:
        """One certificate is revoked by a decision, one replaced by a corrected one."""
        self.say("correction")
        certificates = self.certificates(loaded)
        order = {
            "decision_number": "161/QĐ-SNV",
            "decided_on": decided_on.isoformat(),
            "reason": "Thành tích không đúng hồ sơ",
        }
        self.organiser.post(f"/api/v1/certificates/{certificates[REVOKED]['id']}/revocation", order)
        correction = {
            "decision_number": "162/QĐ-SNV",
            "decided_on": decided_on.isoformat(),
            "reason": "Sai chức vụ",
            "position": "Chuyên viên chính",
        }
        self.organiser.post(f"/api/v1/certificates/{certificates[REPLACED]['id']}/replacement", correction)
        self.settle()

    def certificates(self, loaded: Loaded) -> list[dict[str, Any]]:
        """All certificates of the decision."""
        found: list[dict[str, Any]] = []
        cursor = None
        while True:
            query = f"?cursor={cursor}" if cursor else ""
            page = self.organiser.get(f"/api/v1/decisions/{loaded.decision}/certificates{query}")
            found += page["certificates"]
            cursor = page.get("cursor")
            if not cursor:
                return found

    def remind(self, loaded: Loaded) -> None:
        """The clock goes from one reminder to the next; each reaches every unit once."""
        self.say("reminders")
        plan = self.organiser.get(f"/api/v1/campaigns/{loaded.campaign}")["plan"]
        dues = sorted({datetime.fromisoformat(one["due_at"].replace("Z", "+00:00")) for one in plan["milestones"]})
        for due in dues:
            self.move(due.astimezone(ZONE))
            time.sleep(1.2)  # the scheduler looks once a second
            self.settle()
        self.facts["reminders"] = len(dues)

    def _links(self) -> dict[str, str]:
        """Signing address -> the mail address it went to, the latest of each."""
        pattern = re.compile(rf"{re.escape(self.origin)}/sign/[0-9]{{39}}#[A-Za-z0-9_-]{{43}}")
        found: dict[str, str] = {}
        for letter in self.letters():
            match = pattern.search(text_of(letter))
            if match:
                found[match[0]] = str(letter["to"])
        return found

    def _link_of(self, unit: str) -> str | None:
        to = f"{unit.lower()}@tinh.example"
        return next((link for link, address in self._links().items() if to in address), None)

    def _unsigned_links(self) -> list[str]:
        done: set[str] = self.facts.setdefault("signed_links", set())
        return [link for link in self._links() if link not in done]

    def _sign_by(self, address: str) -> None:
        """As a party does: open the link, read, confirm. Each in a browser of its own."""
        public_id, _, secret = address.rpartition("/")[2].partition("#")
        browser = self.browser()
        view = browser.post("/api/v1/signing/read", {"id": public_id, "secret": secret})
        body = {"id": public_id, "secret": secret, "statement": view["statement"]}
        browser.post("/api/v1/signing/sign", body)
        browser.close()
        self.facts.setdefault("signed_links", set()).add(address)
