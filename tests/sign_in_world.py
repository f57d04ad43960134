"""People who sign in, for the tests: browsers with cookies, letters that arrive, links and codes read out of them."""

import json
import re
from datetime import timedelta

from functions.identity import http as identity
from functions.notices import send_sign_in
from shared.identity.accounts import new_account
from shared.identity.model import Account, Grant, Role
from shared.kernel.ids import random_id
from tests.edge_world import ORIGIN, http_event
from tests.edge_world import context as lambda_context
from tests.soft_passkey import SoftPasskey

ADDRESS = "vy.doan@tinhdoan.example"


class Browser:
    """A browser with its cookies."""

    def __init__(self, address="203.0.113.7"):
        self.cookies = {}
        self.address = address

    def call(self, method, path, body=None, **headers):
        event = http_event(method, path, body, headers=headers)
        event["requestContext"]["http"]["sourceIp"] = self.address
        event["cookies"] = [f"{name}={value}" for name, value in self.cookies.items()]
        answer = identity.handler(event, lambda_context())
        for line in answer.get("cookies") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.answer = answer
        return answer["statusCode"], json.loads(answer["body"]) if answer["body"] else {}

    def post(self, path, body=None):
        return self.call("POST", path, {} if body is None else body)

    def kind(self):
        return self.call("GET", "/api/v1/sessions")[1]["kind"]


def person(world, email=ADDRESS, role=Role.ORGANISER, name="Vy Đoàn"):
    account = Account(
        id=random_id(), name=name, email=email, grants=(Grant(role=role),), created_at=world.ports.clock.now()
    )
    world.ports.table("identity").commit(new_account(account))
    return account


def deliver(world):
    """Lets the sender of letters have what is in its queue."""
    from infra.embedded.payloads import sqs_event
    from infra.embedded.worker import delivery_of, short_name, split

    queue = next(q for q in world.service.queues if short_name(world.service, q) == "send-sign-in")
    leased = world.queues.lease("send-sign-in", queue.batch_size, queue.visibility_s)
    if leased:
        answer = send_sign_in.handler(sqs_event(queue, map(delivery_of, leased)), lambda_context())
        done, failed = split(leased, answer)
        assert not failed, answer
        world.queues.settle(done, failed)
    return len(leased)


def letters(world):
    from email import message_from_bytes
    from email.policy import default

    folder = world.data / "mail" / "new"
    files = sorted(folder.iterdir() if folder.exists() else (), key=lambda path: path.stat().st_mtime_ns)
    return [message_from_bytes(path.read_bytes(), policy=default) for path in files]


def text(letter):
    return letter.get_body(("plain",)).get_content()


def link_and_code(letter):
    body = text(letter)
    secret = re.search(rf"{re.escape(ORIGIN)}/in#([A-Za-z0-9_-]{{43}})", body)
    code = re.search(r"^([0-9]{6})\s*$", body, re.MULTILINE)
    return secret and secret[1], code and code[1]


def asked(world, browser, address=ADDRESS):
    """Asks for a letter and lets it come: (link's secret, code)."""
    status, said = browser.post("/api/v1/sessions/letters", {"email": address})
    assert (status, said) == (202, {"minutes": 10})
    deliver(world)
    return link_and_code(letters(world)[-1])


def move(world, **time):
    world.ports.clock.set(world.ports.clock.now() + timedelta(**time))


def enrolled(browser, passkey=None, name="Máy ở cơ quan"):
    """Adds a passkey in a session that is fresh."""
    passkey = passkey or SoftPasskey()
    status, options = browser.post("/api/v1/account/passkey-options")
    assert status == 200, options
    credential = passkey.create(options["options"])
    status, kept = browser.post("/api/v1/account/passkeys", {"name": name, "credential": credential})
    assert status == 201, kept
    return passkey, kept["id"]


def signed_in(world, browser=None, address=ADDRESS):
    browser = browser or Browser()
    secret, _ = asked(world, browser, address)
    assert browser.post("/api/v1/sessions", {"secret": secret})[0] == 201
    return browser


def signed_in_elsewhere(passkey):
    browser = Browser()
    assert by_passkey(browser, passkey)[0] == 201
    return browser


def by_passkey(browser, passkey, **wrong):
    options = browser.post("/api/v1/sessions/passkey-options")[1]["options"]
    return browser.post("/api/v1/sessions/passkeys", {"credential": passkey.get(options, **wrong)})
