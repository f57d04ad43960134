"""One engine with the sample's ceremony under way, one Chromium, for all tests of the pages."""

from __future__ import annotations

import contextlib
import email
import email.policy
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from infra.commands.device_code import terminal_code
from infra.embedded.world import open_world
from infra.sample.client import Client
from infra.sample.files import SampleFiles
from infra.sample.load import Loaded, load_all
from shared.ceremonies.planning import ShowCeremony
from shared.identity.model import Grant, Principal, Role
from shared.identity.rules import ON_DEVICES
from shared.identity.usecases import Invite
from tests.edge_world import act
from tests.trial_engine import ROOT, free_port, until

CHROMIUM = Path("/usr/bin/chromium")
PATIENCE_S = 60.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them in one process: there is one engine and one browser. What needs unpublished results comes first."""
    items.sort(key=lambda item: "before_publication" not in item.name)
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
            if not CHROMIUM.exists():
                item.add_marker(pytest.mark.skip(reason="needs Chromium"))


@dataclass(frozen=True, slots=True)
class UnderWay(SampleFiles):
    """The sample with a ceremony that began a moment ago, whatever the time of day is."""

    def json(self, name: str) -> Any:
        found = SampleFiles.json(self, name)
        if name == "ceremony.json":
            now = datetime.now(ZoneInfo(found["zone"])).replace(microsecond=0, tzinfo=None)
            hours = {"doors_open": -1, "starts": -0.5, "ends": 3}
            found |= {key: (now + timedelta(hours=each)).isoformat() for key, each in hours.items()}
        return found


@dataclass(slots=True)
class Office:
    """The running engine as the organisers know it."""

    origin: str
    data: Path
    client: Client
    loaded: Loaded
    invite: Callable[..., str]
    published: bool = False
    _taken: list[str] = field(default_factory=list)

    def texts(self) -> list[str]:
        """The text parts of all letters sent so far."""
        letters = sorted((self.data / "mail" / "new").glob("*"))
        opened = (email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in letters)
        return [one.get_body(("plain",)).get_content() for one in opened]

    def ticket(self) -> str:
        """A ticket's code text that no test has had before."""
        known = {found for text in self.texts() for found in re.findall(rf"{self.origin}/t#[0-9]+", text)}
        fresh = min(known - set(self._taken))
        self._taken.append(fresh)
        return fresh

    def signing_link(self) -> str:
        """A party's link that no test has had before."""
        pattern = rf"{self.origin}/sign/[0-9]{{39}}#[A-Za-z0-9_-]{{43}}"
        links = [found for text in self.texts() for found in dict.fromkeys(re.findall(pattern, text))]
        fresh = next(link for link in links if link not in self._taken)
        self._taken.append(fresh)
        return fresh

    def certificates(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.get(f"/api/v1/decisions/{self.loaded.decision}/certificates")[
            "certificates"
        ]
        return [one for one in found if one["state"] == "VALID" and one["qr_text"] not in self._taken]

    def certificate(self) -> dict[str, Any]:
        """A valid, published certificate that no test has had before, its log proof made."""
        self.publish()
        found = next(one for one in self.certificates() if self.client_has(f"/v/{one['id']}.tlog-proof"))
        self._taken.append(found["qr_text"])
        return found

    def client_has(self, path: str) -> bool:
        with contextlib.suppress(Exception):
            self.client.request("GET", path)
            return True
        return False

    def publish(self) -> None:
        """The presentation begins: results become public."""
        if not self.published:
            self.client.post(f"/api/v1/ceremonies/{self.loaded.ceremony}/presentation")
            until(lambda: all(one["published_at"] for one in self.certificates()), "results are public", PATIENCE_S)
            self.published = True


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A whole engine as people start it; the sample is loaded over its API."""
    data = tmp_path_factory.mktemp("office") / "data"
    port = free_port()
    origin = f"http://localhost:{port}"
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    description = {"GIAOUOC_DESCRIPTION": str(ROOT / "serverless.yml")}  # the sample is loaded here, not by the engine
    engine = subprocess.Popen(
        [sys.executable, "-m", "infra.commands", "run"],
        cwd=ROOT,
        env={**kept, **description, "DATA": str(data), "PORT": str(port)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    try:
        until(lambda: engine.poll() is not None or _answers(origin), "the engine answers", PATIENCE_S)
        assert engine.poll() is None, "the engine did not start"
        client = Client(origin)
        invite = _inviter(data, origin)
        client.keep_signed_in(lambda: invite(Role.ORGANISER))
        days = SampleFiles.with_doors_open_on(datetime.now(UTC).date()).days
        made = Office(origin, data, client, load_all(client, UnderWay(days)), invite)
        until(lambda: len(re.findall(rf"{origin}/t#", " ".join(made.texts()))) > 60, "invitations are out", PATIENCE_S)
        until(lambda: "/sign/" in " ".join(made.texts()), "signing links are out", PATIENCE_S)
        until(lambda: len(made.certificates()) > 20, "certificates are there", PATIENCE_S)
        until(lambda: all(one["ready"] for one in made.certificates()), "certificates are drawn", PATIENCE_S)
        yield made
        client.close()
    finally:
        engine.terminate()
        engine.wait(timeout=PATIENCE_S)


def _answers(origin: str) -> bool:
    client = Client(origin)
    try:
        return client.request("GET", "/api/v1/sessions").status == 200
    except OSError:
        time.sleep(0.1)
        return False
    finally:
        client.close()


def _inviter(data: Path, origin: str) -> Callable[..., str]:
    """Makes one-time links' secrets, as the command line does."""
    passphrase = (data / "passphrase").read_text("ascii")
    environment = {
        "GIAOUOC_ENGINE": "embedded", "GIAOUOC_ORIGIN": origin, "GIAOUOC_ISSUER": "TDOAN", "GIAOUOC_DATA": str(data),
    }  # fmt: skip

    def invite(role: Role, reach: str = "*", place: str | None = None) -> str:
        world = open_world(environment, passphrase)
        try:
            table = world.ports.table("identity")
            if role in ON_DEVICES:
                ceremony = ShowCeremony(world.ports.table("ceremonies"))(reach)
                return terminal_code(table, act(world), ceremony, role, place)
            grants = (Grant(role=role, reach=reach, place=place),)
            principal = Principal(kind="PERSON", id=f"{role.value.lower()}-1", grants=grants)
            return Invite(table)(act(world), principal, lifetime=timedelta(hours=1), session_hours=2)
        finally:
            world.close()

    return invite


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass(slots=True)
class Visitor:
    """A browser of its own. What went wrong on its pages, and whom they asked, is kept."""

    context: BrowserContext
    page: Page
    faults: list[str]
    hosts: set[str]

    def opens(self, address: str, *, waits_for: str | None = None) -> Page:
        self.page.goto("about:blank")  # another fragment alone would load nothing
        self.page.goto(address)
        if waits_for is not None:
            self.page.wait_for_selector(waits_for)
        return self.page


@pytest.fixture
def visitor(chromium: Browser, office: Office) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors. Afterwards none of their pages has had a script error, a refused script, or a foreign request.

    A service worker comes only where it is asked for: it would fetch past the tests' own routes.
    """
    made: list[Visitor] = []

    def visit(width: int = 360, **options: Any) -> Visitor:
        options = {
            "locale": "vi-VN",
            "service_workers": "block",
            "viewport": {"width": width, "height": 760},
            **options,
        }
        context = chromium.new_context(**options)
        context.set_default_timeout(8000)
        one = Visitor(context, context.new_page(), [], set())
        one.page.on("pageerror", lambda error: one.faults.append(str(error)))
        one.page.on("console", lambda said: _note(one, said.type, said.text))
        one.page.on("request", lambda request: one.hosts.add(request.url.split("/")[2] if "//" in request.url else ""))
        made.append(one)
        return one

    yield visit
    for one in made:
        one.context.close()
        assert one.faults == []
        assert one.hosts <= {office.origin.partition("//")[2], ""}, "a page asked somebody else"


def _note(one: Visitor, kind: str, text: str) -> None:
    """An answer that refuses is told in the console too; that is no fault of the page."""
    if kind == "error" and "Failed to load resource" not in text:
        one.faults.append(text)


def signed_in(visitor: Visitor, office: Office, role: Role, **grant: Any) -> Visitor:
    """The visitor has tapped a one-time link, or a device its link from the terminal."""
    way, button = ("device", "#begin:enabled") if role in ON_DEVICES else ("in", "#go")
    page = visitor.opens(f"{office.origin}/{way}#{office.invite(role, **grant)}")
    page.click(button)
    page.wait_for_url(lambda address: f"/{way}" not in address)
    return visitor


def digits_of(code: str) -> str:
    return re.search(r"/v/([0-9]{39})", code)[1]  # type: ignore[index]


def body_of(request: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(request.post_data)
    return found
