"""An engine's ports on a store in memory, installed for one test; and Lambda payloads for calling handlers directly."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from events.envelope import SYSTEM, Act
from infra.embedded.payloads import Context
from infra.embedded.prepare import sample_keys
from infra.embedded.world import World, open_world
from infra.sample.device import device_cookie
from shared.ceremonies.model import CEREMONY, Ceremony, CeremonyKind
from shared.identity.model import Grant, Principal, Role
from shared.identity.rules import ON_DEVICES
from shared.identity.usecases import Invite, OpenSession
from shared.kernel.ports import ABSENT, Put

ORIGIN = "http://localhost:8000"
NOW = datetime(2027, 2, 12, 0, 30, tzinfo=UTC)
"""07:30 in Viet Nam, when the sample ceremony begins."""
PASSPHRASE = "only-for-tests-0123456789"


@contextmanager
def sample_world(folder: Path, at: datetime | None = NOW, keys: bool = True) -> Any:
    """A world on `folder` whose clock stands at `at` (None: the machine's), with the sample's keys."""
    environment = {
        "GIAOUOC_ENGINE": "embedded",
        "GIAOUOC_ORIGIN": ORIGIN,
        "GIAOUOC_ISSUER": "TDOAN",
        "GIAOUOC_DATA": str(folder),
    }
    world = open_world(environment, PASSPHRASE, late_indexes=True)
    try:
        if at is not None:
            world.ports.clock.set(at)
        if keys:
            sample_keys(world, PASSPHRASE)
        yield world
    finally:
        world.close()


def act(world: World) -> Act:
    return Act(actor=SYSTEM, at=world.ports.clock.now(), correlation_id="test")


def stand_ceremony(world: World, ceremony: str) -> None:
    """A ceremony of this id, planned for the sample's day, its presentation not begun."""
    starts = NOW
    planned = Ceremony(
        id=ceremony, title="Lễ phát động", kind=CeremonyKind.LAUNCH, host="TDOAN", block="Khối thi đua 2",
        place="Hội trường", zone="Asia/Ho_Chi_Minh", doors_open=starts - timedelta(hours=1), starts=starts,
        ends=starts + timedelta(hours=4), gates=("A",), agenda=(),
    )  # fmt: skip
    put = Put(partition=f"ceremony#{ceremony}", sort="ceremony", body=CEREMONY.body(planned), expect=ABSENT)
    world.ports.table("ceremonies").commit([put])


def session_of(world: World, role: Role, reach: str = "*", person: str = "") -> str:
    """The Cookie header of a session with one grant; another grant is another person's."""
    table = world.ports.table("identity")
    if role in ON_DEVICES:
        return f"giaouoc={device_cookie(table, act(world), origin=ORIGIN, ceremony=reach, role=role)[1]}"
    person = person or ("organiser" if (role, reach) == (Role.ORGANISER, "*") else f"{role.value.lower()}-{reach}")
    principal = Principal(kind="PERSON", id=person, grants=(Grant(role=role, reach=reach),))
    secret = Invite(table)(act(world), principal, lifetime=timedelta(days=1), session_hours=24)
    cookie, _ = OpenSession(table)(act(world), secret)
    return f"giaouoc={cookie}"


def http_event(
    method: str, path: str, body: Any = None, *, cookie: str | None = None, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    """An API Gateway v2 payload."""
    path, _, query = path.partition("?")
    event = {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "localhost:8000", "origin": ORIGIN, "accept": "application/json", **(headers or {})},
        "requestContext": {"http": {"method": method, "path": path, "sourceIp": "127.0.0.1"}, "requestId": "r"},
        "isBase64Encoded": False,
    }
    if query:
        event["queryStringParameters"] = dict(parse_qsl(query))
    if cookie:
        event["cookies"] = [cookie]
    if body is not None:
        event["body"] = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return event


def call(handler: Any, event: dict[str, Any]) -> tuple[int, Any]:
    """Status and decoded JSON body of one invocation."""
    answer = handler(event, context())
    text = answer.get("body") or ""
    return answer["statusCode"], json.loads(text) if text else None


def context() -> Context:
    import time

    return Context("test", 512, time.monotonic() + 30)
