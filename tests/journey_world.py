"""Whole journeys in one process, on either engine: the public API by true payloads, the queues drained by hand.

`journey("embedded" | "aws", folder)` gives the same interface twice. What stands behind the AWS one, and where it differs
from AWS, is said in tests/aws_journey.py.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from infra.embedded.invoke import Handler, load_handler
from infra.embedded.payloads import sqs_event
from infra.embedded.prepare import sample_keys
from infra.embedded.template import Router, Service
from infra.embedded.worker import delivery_of, short_name, split
from infra.embedded.world import World, open_world, policies
from infra.sample.client import ApiError, Reply
from infra.sample.device import device_cookie
from shared.edge.wiring import Ports
from shared.embedded.queues import Queues
from shared.identity.model import Grant, Principal, Role
from shared.identity.rules import ON_DEVICES
from shared.identity.usecases import Invite
from tests.edge_world import NOW, ORIGIN, PASSPHRASE, act, context, http_event

LINK = re.compile(rf"{re.escape(ORIGIN)}/sign/([0-9]{{39}})#([A-Za-z0-9_-]{{43}})")


class InProcessClient:
    """The interface of infra.sample.client.Client, answered by the handlers in this process."""

    def __init__(self, world: JourneyWorld) -> None:
        self.origin = ORIGIN
        self._world = world
        self._cookies: dict[str, str] = {}
        self._new_link: Callable[[], str] | None = None

    def keep_signed_in(self, new_link: Callable[[], str]) -> Any:
        """Signs in, and again by a new link whenever a dangerous act wants a fresh proof."""
        self._new_link = new_link
        return self.sign_in(new_link())

    def keep_cookie(self, value: str) -> None:
        """A session that was opened elsewhere."""
        self._cookies["giaouoc"] = value

    def sign_in(self, secret: str) -> Any:
        return self.post("/api/v1/sessions", {"secret": secret})

    def get(self, path: str) -> Any:
        return self.request("GET", path).json()

    def post(self, path: str, body: Any = None) -> Any:
        reply = self.request("POST", path, {} if body is None else body)
        return reply.json() if reply.body else None

    def post_file(self, path: str, data: bytes, content_type: str) -> Any:
        return self._send("POST", path, data.decode("utf-8"), {"content-type": content_type}).json()

    def post_bytes(self, path: str, data: bytes, content_type: str) -> Any:
        """A body that is no text, as API Gateway hands it on."""
        return self._send("POST", path, data, {"content-type": content_type}).json()

    def request(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        return self._send(method, path, body, dict(headers or {}))

    def upload(self, place: Mapping[str, Any], data: bytes) -> None:
        """By the signed address that the service gave."""
        self._world.engine.upload(place, data)

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Reply:
        try:
            return self._sent(method, path, body, headers)
        except ApiError as refused:
            if refused.code != "identity.prove_again" or self._new_link is None:
                raise
        self.sign_in(self._new_link())
        return self._sent(method, path, body, headers)

    def _sent(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Reply:
        encoded = base64.b64encode(body).decode() if isinstance(body, bytes) else body
        event = http_event(method, path, encoded, headers=headers)
        event["isBase64Encoded"] = isinstance(body, bytes)
        if self._cookies:
            event["cookies"] = [f"{name}={value}" for name, value in self._cookies.items()]
        answer = self._world.call(event)
        for line in answer.get("cookies") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        data = _body(answer)
        if answer["statusCode"] >= 400:
            told = answer["headers"].get("content-type", "")
            problem = json.loads(data) if "json" in told else {}  # a page says it to people
            raise ApiError(method, path, answer["statusCode"], problem)
        return Reply(answer["statusCode"], answer["headers"], data)


class Consumers:
    """The functions behind the queues, which remember what they were given."""

    def __init__(self, service: Service) -> None:
        self.by_function: dict[str, Handler] = {}
        self._given: list[tuple[str, dict[str, Any]]] = []
        for queue in service.queues:
            if queue.function is not None:
                self.by_function[queue.function] = self._remembering(service, queue.function)

    def repeat_all(self, working: Callable[[str], AbstractContextManager[None]]) -> int:
        """Every message so far once more, each alone, the latest first; how many. Raises if a repeat fails."""
        given, self._given = list(self._given), []
        for name, event in reversed(given):
            with working(name):
                answer = self.by_function[name](event, context())
            assert not answer["batchItemFailures"], f"{name}: {answer}"
        return len(given)

    def _remembering(self, service: Service, name: str) -> Handler:
        loaded: list[Handler] = []

        def handle(event: dict[str, Any], lambda_context: Any) -> Any:
            if not loaded:
                loaded.append(load_handler(service.function(name)))
            self._given += [(name, {"Records": [record]}) for record in event["Records"]]
            return loaded[0](event, lambda_context)

        return handle


class Engine(Protocol):
    """What a journey needs of an engine. `ports` are those of its operator, not of a function."""

    @property
    def ports(self) -> Ports: ...

    def working(self, function: str) -> AbstractContextManager[None]:
        """Surrounds the invocation of a function."""

    def drain(self) -> int:
        """Lets everything happen that is under way; how many messages were handled."""

    def fire_due(self) -> int:
        """Sends what schedules have due by the clock; how many."""

    def upload(self, place: Mapping[str, Any], data: bytes) -> None:
        """What a browser does with an upload's address."""

    def letters(self) -> list[bytes]:
        """Every letter so far, oldest first; only ever longer."""

    def dead_letters(self) -> dict[str, list[Any]]:
        """Reasons (or bodies) by queue."""


class JourneyWorld:
    """One engine with its clock, its letters and its queues. `world` is the embedded one, whose clock both go by."""

    def __init__(self, world: World, engine: Engine, consumers: Consumers) -> None:
        self.world = world
        self.engine = engine
        self.ports = engine.ports
        self.objects = self.ports.objects
        self._router = Router(world.service.routes)
        self._handlers: dict[str, Handler] = {}
        self._consumers = consumers
        self._letters: list[EmailMessage] = []

    def call(self, event: dict[str, Any]) -> dict[str, Any]:
        """One request, through the routes of serverless.yml."""
        method = event["requestContext"]["http"]["method"]
        match = self._router.match(method, quote(event["rawPath"], safe="/%"))
        if match is None:
            return {"statusCode": 404, "headers": {}, "body": "{}"}
        answer: dict[str, Any] = self.invoke(match.route.function, event)
        return answer

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        """A function of serverless.yml on this event, as Lambda would call it."""
        if function not in self._handlers:
            self._handlers[function] = load_handler(self.world.service.function(function))
        with self.engine.working(function):
            return self._handlers[function](event, context())

    def client(self) -> InProcessClient:
        return InProcessClient(self)

    def signed_in(self, role: Role, reach: str = "*", place: str | None = None) -> InProcessClient:
        """A client with a session of one grant: a person's by a one-time link, a device's by its key."""
        client = self.client()
        if role in ON_DEVICES:
            table, hours = self.ports.table("identity"), 10_000
            _, cookie = device_cookie(
                table, act(self.world), origin=ORIGIN, ceremony=reach, role=role, place=place, hours=hours
            )
            client.keep_cookie(cookie)
            return client
        grants = (Grant(role=role, reach=reach, place=place),)
        person = f"{role.value.lower()}-{'1' if reach == '*' else reach}"  # another reach is another person's
        principal = Principal(kind="PERSON", id=person, grants=grants)
        invite = Invite(self.ports.table("identity"))
        client.keep_signed_in(
            lambda: invite(act(self.world), principal, lifetime=timedelta(days=1), session_hours=10_000)
        )
        return client

    def drain(self) -> int:
        """Lets everything happen that is under way; how many messages were handled."""
        return self.engine.drain()

    def repeat_all(self) -> int:
        """Delivers every message so far once more, latest first, and what that brings about; how many."""
        repeated = self._consumers.repeat_all(self.engine.working)
        self.drain()
        return repeated

    def move_to(self, at: datetime) -> int:
        """Moves the business clock, fires what has come due, and drains."""
        self.fire_due(at)
        return self.drain()

    def fire_due(self, at: datetime) -> None:
        """Moves the business clock and fires what has come due; nobody hears of it yet."""
        self.world.ports.clock.set(at)  # type: ignore[attr-defined]
        self.engine.fire_due()

    def letters(self) -> list[EmailMessage]:
        """Every letter that went out, oldest first."""
        new = self.engine.letters()[len(self._letters) :]
        self._letters += [message_from_bytes(each, policy=default) for each in new]
        return list(self._letters)

    def letters_to(self, address: str) -> list[str]:
        """The texts of the letters to one address."""
        return [text_of(letter) for letter in self.letters() if address in str(letter["to"])]

    def dead_letters(self) -> dict[str, list[Any]]:
        """Reasons (or bodies) by queue; empty when all is well."""
        return {name: reasons for name, reasons in self.engine.dead_letters().items() if reasons}


class EmbeddedEngine:
    """The embedded engine without its processes."""

    def __init__(self, world: World, consumers: Consumers) -> None:
        self.ports = world.ports
        self._world = world
        self._consumers = consumers
        self._letters: dict[str, bytes] = {}

    def working(self, _function: str) -> AbstractContextManager[None]:
        return nullcontext()

    def fire_due(self) -> int:
        return self._world.schedules.fire_due(self._world.ports.clock.now())

    def upload(self, place: Mapping[str, Any], data: bytes) -> None:
        objects, content_type = self._world.objects, place["headers"]["Content-Type"]
        receiving = objects.receive(objects.check_url("PUT", place["url"].removeprefix(ORIGIN)), content_type)
        receiving.write(data)
        receiving.finish()

    def letters(self) -> list[bytes]:
        new = self._world.data / "mail" / "new"
        files = sorted(new.iterdir() if new.exists() else (), key=lambda path: (path.stat().st_mtime_ns, path.name))
        for path in files:
            if path.name not in self._letters:
                self._letters[path.name] = path.read_bytes()
        return list(self._letters.values())

    def dead_letters(self) -> dict[str, list[Any]]:
        names = [short_name(self._world.service, queue) for queue in self._world.service.queues if queue.function]
        return {name: [letter.reason for letter in self._world.queues.dead_letters(name)] for name in names}

    def drain(self) -> int:
        """Every queue until none has anything due; failed messages are tried again at once, up to their limit."""
        handled = 0
        world, service = self._world, self._world.service
        queues = {short_name(service, queue): queue for queue in service.queues if queue.function}
        for _ in range(500):
            due = world.queues.due(list(queues))
            if not due:
                return handled
            for name in due:
                queue = queues[name]
                handler = self._consumers.by_function[str(queue.function)]
                leased = world.queues.lease(name, queue.batch_size, queue.visibility_s)
                try:
                    done, failed = split(leased, handler(sqs_event(queue, map(delivery_of, leased)), context()))
                except Exception as error:
                    reasons = getattr(error, "reasons", {})
                    done, failed = [], [(each, reasons.get(str(each.id), type(error).__name__)) for each in leased]
                world.queues.settle(done, failed)
                handled += len(leased)
        raise AssertionError("the queues never come to rest")


def text_of(letter: EmailMessage) -> str:
    """The plain text of a letter."""
    part = letter.get_body(("plain",))
    return str(part.get_content()) if part else ""


def _body(answer: Mapping[str, Any]) -> bytes:
    text = answer.get("body") or ""
    return base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode()


ENGINES = ("embedded", "aws")


@contextmanager
def journey(engine: str, folder: Path, at: datetime = NOW, *, keys: bool = True) -> Iterator[JourneyWorld]:
    """An engine with the sample's keys (without `keys`: before the first key session) and nothing else, its clock at `at`."""
    environment = {
        "GIAOUOC_ENGINE": "embedded",
        "GIAOUOC_ORIGIN": ORIGIN,
        "GIAOUOC_ISSUER": "TDOAN",
        "GIAOUOC_DATA": str(folder),
    }
    opened = open_world(environment, PASSPHRASE, late_indexes=True)
    at_once = {
        name: replace(policy, back_off_base_s=0.0, back_off_cap_s=0.0)
        for name, policy in policies(opened.service).items()
    }
    world = replace(opened, queues=Queues(opened.store, at_once))  # no failure hides behind a pause
    try:
        world.ports.clock.set(at)  # type: ignore[attr-defined]
        consumers = Consumers(world.service)
        if engine == "embedded":
            if keys:
                sample_keys(world, PASSPHRASE)
            yield JourneyWorld(world, EmbeddedEngine(world, consumers), consumers)
        else:
            from tests.aws_journey import aws_engine

            with aws_engine(world, consumers.by_function, keys=keys) as on_aws:
                yield JourneyWorld(world, on_aws, consumers)
    finally:
        world.close()
