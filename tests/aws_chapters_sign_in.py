"""The chapter of the AWS story in which people sign in (tests/aws_story.py tells it with the others)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.identity.accounts import new_account
from shared.identity.inviting import InvitePerson
from shared.identity.model import Account, Grant, Role
from shared.kernel.ids import random_id
from tests.edge_world import act
from tests.journey_world import InProcessClient
from tests.soft_passkey import SoftPasskey

if TYPE_CHECKING:
    from tests.aws_story import Story


def signing_in(story: Story) -> None:
    """People come in by letter, code and passkey, prove again who they are, and one begins anew after losing a passkey."""
    world = story.world
    ids = [stand_person(story, name) for name in ("mot", "hai", "ba")]
    people = [by_letter(story, name) for name in ("mot", "hai", "ba")]
    keys_of = [SoftPasskey() for _ in people]
    for client, key in zip(people, keys_of, strict=True):
        made = key.create(client.post("/api/v1/account/passkey-options")["options"])
        client.post("/api/v1/account/passkeys", {"name": "Máy ở cơ quan", "credential": made})
    world.drain()
    lost, first, second = people
    one = lost.get("/api/v1/account/me")["passkeys"][0]["id"]
    lost.request("PUT", f"/api/v1/account/passkeys/{one}", {"name": "Máy một"})
    lost.request("PUT", "/api/v1/account/me", {"name": "Người một"})
    story.look(lost, "/console/account")
    draft = "/api/v1/drafts/plan-ceremony"
    lost.request("PUT", draft, {"fields": {"title": ["Lễ"]}})
    story.look(lost, draft)
    lost.request("DELETE", draft)
    options = lost.post("/api/v1/sessions/proofs/passkey-options")["options"]
    lost.post("/api/v1/sessions/proofs/passkeys", {"credential": keys_of[0].get(options)})
    again = world.client()
    options = again.post("/api/v1/sessions/passkey-options")["options"]
    again.post("/api/v1/sessions/passkeys", {"credential": keys_of[0].get(options)})
    world.client().post("/api/v1/sessions/letters", {"email": "mot@office.example"})  # the letter holds no secret now
    world.drain()
    shown = again.get("/api/v1/account/me")["sessions"]
    for each in (line for line in shown if not line["own"]):
        again.request("DELETE", f"/api/v1/account/sessions/{each['id']}")
    path = f"/api/v1/account/recoveries/{ids[0]}"
    first.post(path)
    again.request("DELETE", "/api/v1/account/recovery")
    first.post(path)
    first.request("DELETE", path)
    first.post(path)
    second.post(path)
    world.drain()
    secret = re.findall(r"/in#([\w-]{43})", " ".join(world.letters_to("mot@office.example")))[-1]
    anew = world.client()
    anew.post("/api/v1/sessions", {"secret": secret})
    two = second.get("/api/v1/account/me")["passkeys"][0]["id"]
    second.post(f"/api/v1/account/passkeys/{two}/removal", {"although_last": True})
    world.move_to(world.ports.clock.now() + timedelta(minutes=11))
    second.post("/api/v1/sessions/renewal")
    second.post("/api/v1/sessions/proofs/letters")
    world.drain()
    second.post("/api/v1/sessions/proofs/codes", {"code": codes(story, "ba")[-1]})
    invite = InvitePerson(world.ports.table("identity"))
    for _ in range(2):  # a newer invitation ends the one before
        invite(act(world.world), ids[2])
        world.drain()
    second.post("/api/v1/account/sign-out-everywhere")


def stand_person(story: Story, name: str) -> str:
    """An organiser with an address; the account's id."""
    account = Account(
        id=random_id(), name=f"Người {name}", email=f"{name}@office.example", grants=(Grant(role=Role.ORGANISER),),
        created_at=story.world.ports.clock.now(),
    )  # fmt: skip
    story.world.ports.table("identity").commit(new_account(account))
    return account.id


def codes(story: Story, name: str) -> list[str]:
    """The codes of the letters to somebody, oldest first."""
    return re.findall(r"^([0-9]{6})\s*$", "\n".join(story.world.letters_to(f"{name}@office.example")), re.MULTILINE)[
        ::2
    ]


def by_letter(story: Story, name: str) -> InProcessClient:
    """Asks for a letter, mistypes its code, and types it."""
    client = story.world.client()
    client.post("/api/v1/sessions/letters", {"email": f"{name}@office.example"})
    story.world.drain()
    code = codes(story, name)[-1]
    story.refused(client, "POST", "/api/v1/sessions/codes", {"code": f"{(int(code) + 1) % 10**6:06}"})
    client.post("/api/v1/sessions/codes", {"code": code})
    return client
