"""Whoever walks through all that is public finds nobody's address, telephone number or birth date (docs/privacy/inventory.md).

The whole sample is lived through first: lists taken in, the pledge signed and sealed, certificates made and announced.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from functions.transparency import write_log
from infra.embedded.static_files import StaticFiles
from infra.sample.files import FOLDER, SampleFiles
from infra.sample.load import load_all
from shared.edge.status_lists import sign_all
from shared.identity.model import Role
from shared.kernel.search import fold
from tests.edge_world import context, http_event
from tests.journey_world import LINK, JourneyWorld, journey, text_of

FILES = SampleFiles(0)
CERTIFICATES = 61
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
BETWEEN = r"[ \u00a0\t.()/-]"
"""What people write between the digits of a number."""
NUMBER = re.compile(r"(?:\+?84|0)?([2-9][0-9]{8,9})(?:\.0)?")
ENCODED = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
DAY = re.compile(r"\b(?:[0-3]?[0-9][/.-][01]?[0-9][/.-](?:19|20)[0-9]{2}|(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9])\b")


@dataclass(frozen=True)
class Personal:
    """Of everybody in samples/: addresses in small letters, telephone numbers as their digits without 0 or 84, birth dates."""

    emails: frozenset[str]
    numbers: frozenset[str]
    births: frozenset[str]

    def within(self, data: bytes) -> list[str]:
        """What of it stands in these bytes, also escaped or in base64."""
        return sorted({found for text in texts_of(data) for found in self._of(text)})

    def _of(self, text: str) -> Iterator[str]:
        small = text.casefold()
        yield from (each for each in EMAIL.findall(small) if each in self.emails)
        bare = re.sub(BETWEEN, "", text)
        for number in (each for each in self.numbers if each in bare):
            spaced = rf"{BETWEEN}{{0,3}}".join(number)
            if re.search(rf"(?<![0-9])(?:\+?(?:00)?84|0)?{BETWEEN}{{0,3}}{spaced}(?![0-9])", text):
                yield number
        yield from (each for each in self.births if each in text)


def texts_of(data: bytes) -> Iterator[str]:
    text = data.decode("utf-8", "replace")
    yield text
    yield unquote(html.unescape(re.sub(r"\\u([0-9a-fA-F]{4})", lambda each: chr(int(each[1], 16)), text)))
    for token in ENCODED.findall(text):
        try:
            yield base64.b64decode(token.translate(str.maketrans("-_", "+/")) + "==").decode("utf-8", "replace")
        except binascii.Error:
            continue


def cells() -> Iterator[Sequence[str]]:
    """Every row of every list, and every text of the other files as a row of its own."""
    for path in sorted(FOLDER.parent.rglob("*")):
        if path.suffix == ".csv":
            yield from (re.split("[;,]", line) for line in path.read_text("utf-8-sig").splitlines())
        elif path.suffix == ".xlsx":
            with zipfile.ZipFile(BytesIO(path.read_bytes())) as book:
                for name in book.namelist():
                    if name.endswith(".xml"):
                        yield list(ElementTree.fromstring(book.read(name)).itertext())
        elif path.suffix == ".json":
            yield re.split('"', path.read_text("utf-8"))


@pytest.fixture(scope="module")
def personal() -> Personal:
    rows = list(cells())
    texts = [text.strip() for row in rows for text in row]
    births = {day for row in rows for text in row if "sinh" in fold(text).split() for day in DAY.findall(" ".join(row))}
    numbers = {match[1] for text in texts if (match := NUMBER.fullmatch(re.sub(BETWEEN, "", text).removesuffix(".0")))}
    emails = {each.casefold() for text in texts for each in EMAIL.findall(text)}
    return Personal(frozenset(emails), frozenset(numbers), frozenset(births))


@dataclass
class Lived:
    world: JourneyWorld
    pledge: str
    """Its public number."""
    certificates: list[str]


def sign_all_parties(world: JourneyWorld) -> None:
    """Each by the link in its letter; the head's comes when the others are done."""
    done: set[str] = set()
    for _ in range(3):
        links = [link for letter in world.letters() if (link := LINK.search(text_of(letter)))]
        for link in (each for each in links if each[0] not in done):
            done.add(link[0])
            browser, body = world.client(), {"id": link[1], "secret": link[2]}
            view = browser.post("/api/v1/signing/read", body)
            browser.post("/api/v1/signing/sign", {**body, "statement": view["statement"]})
        world.drain()


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    plan = FILES.json("ceremony.json")
    doors = FILES.local(plan["doors_open"])
    with journey("embedded", tmp_path_factory.mktemp("public"), at=doors - timedelta(days=3)) as world:
        office = world.signed_in(Role.ORGANISER)
        loaded = load_all(office, FILES)  # type: ignore[arg-type]
        world.drain()
        world.move_to(FILES.local(plan["starts"]) + timedelta(hours=1, minutes=10))
        sign_all_parties(world)
        world.move_to(FILES.local(FILES.json("award_decision.json")["announce_at"]))
        office.post(f"/api/v1/ceremonies/{loaded.ceremony}/presentation")
        world.drain()
        write_log.handler({"source": "giaouoc.schedule"}, context())
        sign_all(world.ports, world.ports.clock.now())
        world.drain()
        assert world.dead_letters() == {}
        table = world.ports.table("certificates")
        found = table.query(f"issued#{loaded.decision}", limit=500, index=1).items
        pledge = office.get(f"/api/v1/pledges/{loaded.pledge}")["pledge"]
        assert pledge["state"] == "IN_FORCE"
        yield Lived(world, pledge["public_id"], [str(item.body["id"]) for item in found])


def answered(world: JourneyWorld, path: str, accept: str, *statuses: int) -> bytes:
    """What anybody is told, also when it is a refusal, unless only these statuses will do."""
    answer = world.call(http_event("GET", path, headers={"accept": accept, "accept-language": "vi"}))
    assert not statuses or answer["statusCode"] in statuses, (path, accept, answer["statusCode"])
    body = answer.get("body") or ""
    data = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    assert data, path
    return bytes(data)


def test_the_search_finds_every_form(personal: Personal) -> None:
    assert len(personal.emails) > 150
    assert len(personal.numbers) > 150
    email, number = min(personal.emails), min(personal.numbers)
    head, tail = number[:3], number[3:]
    for text in (
        email, email.upper(), email.replace("@", "&#64;"), email.replace("@", "%40"),
        base64.b64encode(f"<{email}> xx".encode()).decode(),
        f"0{number}", f"+84{number}", f"tel:+84-{head}-{tail}", f"(0{head}) {tail[:3]}.{tail[3:]}", f"84 {head} {tail}",
    ):  # fmt: skip
        assert personal.within(f"<p>{text}</p>".encode()), text
    assert personal.within(f"1{number}7 x{email}".encode()) == []


def test_no_page_says_it(lived: Lived, personal: Personal) -> None:
    assert len(lived.certificates) == CERTIFICATES
    pledge = lived.pledge
    documents = [f"/v/{id_}" for id_ in (*lived.certificates, pledge)]
    documents += [f"{path}.tlog-proof" for path in documents] + [f"/v/{pledge}.bundle.json"]
    others = ["/", "/in", "/t", "/privacy", "/v/offline", "/sw.js", "/v/1", "/nowhere", "/api/v1/openapi.json"]
    others += ["/problems/x", "/problems/ticket.already_admitted", f"/sign/{pledge}"]
    told = {}
    for accept in ("text/html", "application/json"):
        for path in documents:
            told[f"{path} {accept}"] = personal.within(answered(lived.world, path, accept, 200))
        for path in others:
            told[f"{path} {accept}"] = personal.within(answered(lived.world, path, accept))
    assert {path: found for path, found in told.items() if found} == {}


def test_no_public_file_says_it(lived: Lived, personal: Personal) -> None:
    world = lived.world.world
    kept, files = world.folder.public / "data", StaticFiles(world.ports.public)
    keys = sorted(str(path.relative_to(kept)) for path in kept.rglob("*") if path.is_file())
    assert {key.split("/")[0] for key in keys} == {".well-known", "i", "log", "status"}
    said = {}
    for key in keys:
        found = files.find(f"/{key}", None)
        assert found is not None
        said[key] = personal.within(found.body)
    assert {key: found for key, found in said.items() if found} == {}
