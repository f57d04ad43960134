"""Tickets outlive the yearly change of keys: letters that were late show them under the key that they were issued with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError

from infra.commands.key_session import IssuerName, hold
from infra.embedded.prepare import SAMPLE_ISSUERS
from infra.sample.files import SampleFiles
from infra.sample.load import import_units, plan_ceremony, send_list
from shared.edge import trust, wiring
from shared.embedded.keyfiles import KeyFolder
from shared.embedded.mail import SmtpMail, SmtpServer
from shared.identity.model import Role
from shared.kernel import tokens
from shared.kernel.codetext import parse_code
from shared.kernel.letters import Sender
from tests.aws_calls import Call
from tests.aws_journey import AwsEngine, hold_session
from tests.edge_world import PASSPHRASE
from tests.journey_world import ENGINES, JourneyWorld, journey, text_of

FIRST_YEAR = datetime(2027, 1, 31, 2, tzinfo=UTC)
INVITING = datetime(2028, 1, 31, 2, tzinfo=UTC)
NEW_KEYS = datetime(2028, 2, 3, 2, tzinfo=UTC)
DOORS = datetime(2028, 2, 12, 0, 30, tzinfo=UTC)
FILES = SampleFiles((DOORS - datetime(2027, 2, 12, 0, 30, tzinfo=UTC)).days)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_letter_that_waits_for_the_mail_server_over_the_change_of_keys_still_admits(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust, "FRESH_S", 0.0)
    with journey(engine, tmp_path, at=FIRST_YEAR) as world:
        world.move_to(INVITING)
        office = world.signed_in(Role.ORGANISER)
        import_units(office, FILES)
        ceremony = plan_ceremony(office, FILES)
        with no_mail(world):
            invite(world, ceremony, "Lê Thị An", "an@tinh.example")
        assert world.letters() == []
        world.move_to(NEW_KEYS)
        hold_key_session(world)
        invite(world, ceremony, "Đỗ Văn Bình", "binh@tinh.example")
        redrive(world)
        before, after = (ticket_to(world, address) for address in ("an@tinh.example", "binh@tinh.example"))
        assert tokens.read(parse_code(before).token).kid != tokens.read(parse_code(after).token).kid
        world.move_to(DOORS)
        gate = world.signed_in(Role.GATE, ceremony, place="Cổng A")
        for number, ticket in enumerate((before, after)):
            scan = {"ceremony": ceremony, "text": ticket, "scan_id": f"scan-keys-{number}"}
            assert gate.post("/api/v1/admissions", scan)["outcome"] == "ADMITTED"


@contextmanager
def no_mail(world: JourneyWorld) -> Iterator[None]:
    """Letters are not taken: nobody listens, or SES has paused the account's sending."""
    if isinstance(world.engine, AwsEngine):
        with patch.object(world.engine.recorder, "judge", paused):
            yield
        return
    nobody = SmtpServer(host="127.0.0.1", port=9, security="none", timeout_s=1)
    sender = Sender(name="Giao Ước", address="thidua@tinh.example")
    wiring.install(replace(world.ports, mail=SmtpMail(nobody, sender=sender, clock=world.ports.clock)))
    yield
    wiring.install(world.ports)


def paused(call: Call) -> None:
    if call.operation == "SendEmail":
        raise ClientError({"Error": {"Code": "SendingPausedException", "Message": "Sending is paused"}}, call.operation)


def redrive(world: JourneyWorld) -> None:
    """What was put aside comes again."""
    if isinstance(world.engine, AwsEngine):
        for body in world.engine.aws.messages("send-invitation-dead"):
            world.engine.aws.send("send-invitation", json.dumps(body))
    else:
        world.world.queues.redrive("send-invitation")
    world.drain()


def invite(world: JourneyWorld, ceremony: str, name: str, address: str) -> None:
    data = f"STT;Họ và tên;Đơn vị;Email\n1;{name};Sở Nội vụ;{address}\n".encode()
    send_list(world.signed_in(Role.ORGANISER), f"/api/v1/ceremonies/{ceremony}", f"{address}.csv", data)
    world.drain()


def hold_key_session(world: JourneyWorld) -> None:
    """The yearly one, with the sample's own root key; a day later every process has noticed."""
    if isinstance(world.engine, AwsEngine):
        hold_session(world.engine, world.world)
        world.engine.restart()
        return
    keys, now = world.ports.keyring, world.ports.clock.now()
    assert isinstance(keys, KeyFolder)
    hold(
        host=world.ports.settings.host,
        issuers=[IssuerName(code=code, name=name) for code, name in SAMPLE_ISSUERS],
        keys=keys,
        root=KeyFolder(world.world.data / "root-key", PASSPHRASE.encode(), world.ports.clock),
        public=world.ports.public,
        private=world.ports.objects,
        now=now + timedelta(seconds=1),
    )


def ticket_to(world: JourneyWorld, address: str) -> str:
    (letter,) = [each for each in world.letters() if address in str(each["to"])]
    return next(word for word in text_of(letter).split() if "/t#" in word)
