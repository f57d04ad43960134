"""Whole journeys in one process, on either engine: the public API by true payloads, the queues drained by hand.

`journey("embedded" | "aws", folder)` gives the same interface twice. What differs is named: AWS is moto with the outbox,
the relay, the bus and the queues of serverless.yml; signing keys, letters and schedules come from the embedded adapters
on both, because moto has neither Ed25519 nor schedules that fire.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import quote

from infra.embedded.invoke import Handler, load_handler
from infra.embedded.payloads import sqs_event
from infra.embedded.prepare import sample_keys
from infra.embedded.template import Router, Service
from infra.embedded.worker import delivery_of, short_name, split
from infra.embedded.world import World, open_world, policies
from infra.sample.client import ApiError, Reply
from shared.edge import wiring
from shared.embedded.queues import Queues
from shared.identity.model import Grant, Principal, Role
from shared.identity.usecases import Invite
from tests.edge_world import NOW, ORIGIN, PASSPHRASE, act, context, http_event

LINK = re.compile(rf"{re.escape(ORIGIN)}/sign/([0-9]{{39}})#([A-Za-z0-9_-]{{43}})")


class InProcessClient:
    """The interface of infra.sample.client.Client, answered by the handlers in this process."""

    def __init__(self, world: JourneyWorld) -> None:
        self.origin = ORIGIN
        self._world = world
        self._cookies: dict[str, str] = {}

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
        """By the signed link where it leads to this process; past the form where it leads to S3."""
        objects, kept = self._world.objects, self._world.world.objects
        if objects is not kept:
            objects.put_new(place["key"], data, place["fields"]["Content-Type"])
            return
        content_type = place["headers"]["Content-Type"]
        receiving = kept.receive(kept.check_url("PUT", place["url"].removeprefix(ORIGIN)), content_type)
        receiving.write(data)
        receiving.finish()

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Reply:
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
            reply = Reply(answer["statusCode"], answer["headers"], data)
            raise ApiError(method, path, answer["statusCode"], reply.json())
        return Reply(answer["statusCode"], answer["headers"], data)


class Consumers:
    """The functions behind the queues, which remember what they were given."""

    def __init__(self, service: Service) -> None:
        self.by_function: dict[str, Handler] = {}
        self._given: list[tuple[str, dict[str, Any]]] = []
        for queue in service.queues:
            if queue.function is not None:
                self.by_function[queue.function] = self._remembering(service, queue.function)

    def repeat_all(self) -> int:
        """Every message so far once more, each alone, the latest first; how many. Raises if a repeat fails."""
        given, self._given = list(self._given), []
        for name, event in reversed(given):
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


class JourneyWorld:
    """One engine with its clock, its letters and its queues."""

    def __init__(
        self,
        world: World,
        drain: Callable[[], int],
        consumers: Consumers,
        elsewhere: Callable[[], dict[str, Any]] = dict,
    ) -> None:
        """`elsewhere` are the dead letters of queues that are not the embedded engine's."""
        self.world = world
        self.ports = wiring.ports()
        self.objects = self.ports.objects
        self._drain = drain
        self._router = Router(world.service.routes)
        self._handlers: dict[str, Handler] = {}
        self._consumers = consumers
        self._elsewhere = elsewhere
        self._letters: dict[str, EmailMessage] = {}

    def call(self, event: dict[str, Any]) -> dict[str, Any]:
        """One request, through the routes of serverless.yml."""
        method = event["requestContext"]["http"]["method"]
        match = self._router.match(method, quote(event["rawPath"], safe="/%"))
        if match is None:
            return {"statusCode": 404, "headers": {}, "body": "{}"}
        name = match.route.function
        if name not in self._handlers:
            self._handlers[name] = load_handler(self.world.service.function(name))
        answer: dict[str, Any] = self._handlers[name](event, context())
        return answer

    def client(self) -> InProcessClient:
        return InProcessClient(self)

    def signed_in(self, role: Role, reach: str = "*", place: str | None = None) -> InProcessClient:
        """A client with a session of one grant, opened by a one-time link as people open theirs."""
        kind = "DEVICE" if role in (Role.GATE, Role.SCREEN) else "PERSON"
        grants = (Grant(role=role, reach=reach, place=place),)
        principal = Principal(kind=kind, id=f"{role.value.lower()}-1", grants=grants)
        invite = Invite(self.ports.table("identity"))
        client = self.client()
        client.sign_in(invite(act(self.world), principal, lifetime=timedelta(days=1), session_hours=10_000))
        return client

    def drain(self) -> int:
        """Lets everything happen that is under way; how many messages were handled."""
        return self._drain()

    def repeat_all(self) -> int:
        """Delivers every message so far once more, latest first, and what that brings about; how many."""
        repeated = self._consumers.repeat_all()
        self.drain()
        return repeated

    def move_to(self, at: datetime) -> int:
        """Moves the business clock, fires what has come due, and drains."""
        self.world.ports.clock.set(at)  # type: ignore[attr-defined]
        self.world.schedules.fire_due(at)
        return self.drain()

    def letters(self) -> list[EmailMessage]:
        """Every letter that went out, oldest first."""
        new = self.world.data / "mail" / "new"
        files = sorted(new.iterdir() if new.exists() else (), key=lambda path: (path.stat().st_mtime_ns, path.name))
        for path in files:
            if path.name not in self._letters:
                self._letters[path.name] = message_from_bytes(path.read_bytes(), policy=default)
        return [self._letters[path.name] for path in files]

    def letters_to(self, address: str) -> list[str]:
        """The texts of the letters to one address."""
        return [text_of(letter) for letter in self.letters() if address in str(letter["to"])]

    def dead_letters(self) -> dict[str, list[Any]]:
        """Reasons (or bodies) by queue; empty when all is well."""
        names = [short_name(self.world.service, queue) for queue in self.world.service.queues if queue.function]
        found = {name: [letter.reason for letter in self.world.queues.dead_letters(name)] for name in names}
        return {name: reasons for name, reasons in {**found, **self._elsewhere()}.items() if reasons}


def text_of(letter: EmailMessage) -> str:
    """The plain text of a letter."""
    part = letter.get_body(("plain",))
    return str(part.get_content()) if part else ""


def _body(answer: Mapping[str, Any]) -> bytes:
    text = answer.get("body") or ""
    return base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode()


ENGINES = ("embedded", "aws")


@contextmanager
def journey(engine: str, folder: Path, at: datetime = NOW) -> Iterator[JourneyWorld]:
    """An engine with the sample's keys and nothing else, its clock at `at`."""
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
        sample_keys(world, PASSPHRASE)
        consumers = Consumers(world.service)
        if engine == "embedded":
            yield JourneyWorld(world, lambda: _drain_embedded(world, consumers), consumers)
        else:
            yield from _on_aws(world, consumers)
    finally:
        world.close()


def _on_aws(world: World, consumers: Consumers) -> Iterator[JourneyWorld]:
    from tests.aws_world import aws_world

    with aws_world(clock=world.ports.clock, handlers=consumers.by_function) as aws:
        public = aws.objects("public")
        for key in (".well-known/giaouoc/keys.json", ".well-known/giaouoc/keys.sig"):
            public.replace(key, world.ports.public.get(key), "application/json")
        private = aws.objects()
        private.replace("trust/root.vkey", world.ports.objects.get("trust/root.vkey"), "text/plain")
        made = replace(world.ports, table=aws.table, objects=private, public=public)
        wiring.install(made)

        def drain() -> int:
            handled = _drain_embedded(world, consumers)  # what schedules put into local queues
            return handled + aws.drain()

        def dead() -> dict[str, Any]:
            return {queue.name: aws.messages(queue.logical_id) for queue in aws.service.queues if not queue.function}

        yield JourneyWorld(world, drain, consumers, dead)


def _drain_embedded(world: World, consumers: Consumers) -> int:
    """Every queue until none has anything due; failed messages are tried again at once, up to their queue's limit."""
    handled = 0
    queues = {short_name(world.service, queue): queue for queue in world.service.queues if queue.function}
    for _ in range(500):
        due = world.queues.due(list(queues))
        if not due:
            return handled
        for name in due:
            queue = queues[name]
            handler = consumers.by_function[str(queue.function)]
            leased = world.queues.lease(name, queue.batch_size, queue.visibility_s)
            try:
                done, failed = split(leased, handler(sqs_event(queue, map(delivery_of, leased)), context()))
            except Exception as error:
                reasons = getattr(error, "reasons", {})
                done, failed = [], [(each, reasons.get(str(each.id), type(error).__name__)) for each in leased]
            world.queues.settle(done, failed)
            handled += len(leased)
    raise AssertionError("the queues never come to rest")
