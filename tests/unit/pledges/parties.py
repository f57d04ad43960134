"""The sample's pledge and its parties as people with browsers, for the tests of pledges and of their functions."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from events.envelope import Act, Actor
from shared.embedded.store import Store
from shared.kernel.keys import Ed25519Signer
from shared.pledges.links import MakeSigningLink
from shared.pledges.model import ContentItem, Draft, Heading, Party, Pledge, Representative, Role, Target
from shared.pledges.signing import ReadForSigning, Receipt, SignByLink, SigningView
from shared.pledges.statement import Site

SAMPLE = Path(__file__).parents[3] / "samples" / "khoi-thi-dua-2"
SITE = Site(origin="https://giaouoc.tinh.example")
NOON = datetime(2027, 2, 12, 5, 0, tzinfo=UTC)
HEAD, HND, HCCB = 1, 5, 6


def act(minutes: float = 0, who: str = "organiser-1") -> Act:
    return Act(actor=Actor(kind="PERSON", id=who), at=NOON + timedelta(minutes=minutes), correlation_id="corr-1")


def sample_draft() -> Draft:
    given = json.loads((SAMPLE / "pledge.json").read_text())
    with (SAMPLE / "units.csv").open(encoding="utf-8-sig") as lines:
        names = {row["Mã đơn vị"]: row["Tên đơn vị"] for row in csv.DictReader(lines)}
    start, end = (date.fromisoformat(day) for day in given["period"])
    return Draft(
        title=given["title"],
        year=given["year"],
        period=(start, end),
        heading=Heading(given["heading"]),
        established_by=given["established_by"],
        block="Khối thi đua 2",
        slogan=given["slogan"],
        legal_bases=tuple(given["legal_bases"]),
        contents=tuple(
            ContentItem(no=each["no"], text=each["text"], target=Target(**each["target"]) if "target" in each else None)
            for each in given["contents"]
        ),
        parties=tuple(
            Party(
                no=0,
                unit=each["unit"],
                name=names[each["unit"]],
                role=Role(each["role"]),
                group=each["group"],
                representative=Representative(**each["representative"]),
            )
            for each in given["parties"]
        ),
        ceremony="ceremony-1",
        occasion="KHOI2-2027",
    )


class DocumentKeys:
    """One real document key per issuer."""

    def __init__(self) -> None:
        self.signers: dict[str, Ed25519Signer] = {}

    def signer(self, issuer: str, purpose: str) -> Ed25519Signer:
        assert purpose == "document"
        return self.signers.setdefault(issuer, Ed25519Signer.generate())

    def certificate(self, issuer: str) -> bytes:
        raise AssertionError("the context never seals")


class Hall:
    """An open pledge of the sample, and its parties as people with browsers."""

    def __init__(self, table: Any, keys: DocumentKeys, pledge: Pledge) -> None:
        self.table = table
        self.keys = keys
        self.pledge = pledge
        self.cookies: dict[int, str] = {}
        self.secrets: dict[int, str] = {}

    def link(self, no: int, *, version: int = 1, at: Act | None = None) -> str:
        made = MakeSigningLink(self.table)(at or act(), self.pledge.id, version, no)
        self.secrets[no] = made.secret
        self.cookies.pop(no, None)
        return made.secret

    def read(self, no: int, *, cookie: str | None = None, at: Act | None = None) -> SigningView:
        view, value = ReadForSigning(self.table, SITE)(
            at or act(),
            public_id=self.pledge.public_id or "",
            secret=self.secrets[no],
            binding=cookie or self.cookies.get(no),
        )
        self.cookies[no] = value
        return view

    def sign(
        self, no: int, statement: str, *, cookie: str | None = None, at: Act | None = None, table: Any = None
    ) -> Receipt:
        return SignByLink(table or self.table, self.keys, SITE)(
            at or act(),
            public_id=self.pledge.public_id or "",
            secret=self.secrets[no],
            binding=cookie or self.cookies.get(no),
            statement=statement,
        )

    def signs(self, no: int, *, version: int = 1, at: Act | None = None) -> Receipt:
        """The whole way of one party: a letter, a tap, a reading, a confirmation."""
        self.link(no, version=version, at=at)
        statement = self.read(no, at=at).statement
        assert statement is not None
        return self.sign(no, statement, at=at)

    def all_but(self, *left_out: int) -> None:
        for party in sorted(self.pledge.parties, key=lambda each: (each.group, each.no)):
            if party.no not in left_out:
                self.signs(party.no)


def dump(store: Store) -> str:
    """Everything that is stored, as text: items and messages."""
    with store.reading() as connection:
        items = connection.execute("SELECT pk, sk, body FROM items").fetchall()
        messages = connection.execute("SELECT body FROM messages").fetchall()
    return json.dumps([*items, *messages], ensure_ascii=False)
