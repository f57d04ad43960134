"""A link to sign comes back: the ledger and the organisers' page say so, the next one waits, and the mended address gets it.

The report is put on the queue where the mail service's topic puts it; on the embedded engine nothing else ever would.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.sample.files import SampleFiles
from infra.sample.load import draft_pledge, import_units, plan_ceremony
from shared.identity.model import Role
from tests.journey_world import ENGINES, InProcessClient, JourneyWorld, journey

FILES = SampleFiles(0)
AT = datetime(2027, 2, 12, 2, 0, tzinfo=UTC)
HND, MENDED = "HND", "hop-thu-moi@hoi-nong-dan.example"
BOUNCE = Path(__file__).parents[1] / "payloads" / "ses_bounce.json"


@pytest.fixture(params=ENGINES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JourneyWorld]:
    with journey(request.param, tmp_path_factory.mktemp("bounce"), at=AT) as opened:
        yield opened


def report(world: JourneyWorld, letter: str, address: str, sent_at: datetime) -> None:
    """What the mail service says of a letter, twice, as standard queues do."""
    event: dict[str, Any] = json.loads(BOUNCE.read_text("utf-8"))
    times = [(sent_at + timedelta(seconds=wait)).isoformat().replace("+00:00", "Z") for wait in (1, 40)]
    event["mail"] |= {"timestamp": times[0], "destination": [address]}
    event["mail"]["tags"]["letter"] = [letter]
    event["bounce"]["timestamp"] = times[1]
    for _ in range(2):
        aws = getattr(world.engine, "aws", None)
        if aws is not None:
            aws.send("mail-feedback", json.dumps(event))
        else:
            world.world.queues.send("mail-feedback", [json.dumps(event)])
    world.drain()


def change_address(office: InProcessClient, unit: str, address: str) -> None:
    standing = office.get(f"/api/v1/units/{unit}")
    row = f'{unit},"{standing["name"]}",{standing["kind"]},{address}'
    office.post_file("/api/v1/units/import", f"Mã đơn vị,Tên đơn vị,Loại,Email\n{row}\n".encode(), "text/csv")


def lines(office: InProcessClient, state: str) -> list[dict[str, Any]]:
    return list(office.get(f"/api/v1/notices?kind=signing-link&state={state}")["entries"])


def page(world: JourneyWorld, office: InProcessClient, state: str) -> str:
    return office.request("GET", f"/console/notices?state={state}").body.decode()


def test_a_link_that_came_back_waits_until_the_address_is_mended(world: JourneyWorld) -> None:
    office = world.signed_in(Role.ORGANISER)
    import_units(office, FILES)
    pledge = draft_pledge(office, FILES, plan_ceremony(office, FILES))
    path = f"/api/v1/pledges/{pledge}"
    parties = office.get(path)["pledge"]["parties"]
    party = next(int(each["no"]) for each in parties if each["unit"] == HND)
    address = str(office.get(f"/api/v1/units/{HND}")["contact"]["email"])
    office.post(f"{path}/open")
    world.drain()
    assert len(world.letters_to(address)) == 1
    [sent] = [line for line in lines(office, "SENT") if line["recipient"] == f"unit:{HND}"]
    report(world, f"{sent['id']}-{sent['attempts']}", address, AT)

    [line] = lines(office, "BOUNCED")
    assert (line["id"], line["reason"]) == (sent["id"], "notice.bounced_no_mailbox")
    shown = page(world, office, "BOUNCED")
    assert "Thư bị trả lại: không có hộp thư này" in shown
    assert address not in shown

    world.move_to(AT + timedelta(hours=1))
    office.post(f"{path}/parties/{party}/link")
    world.drain()
    assert len(world.letters_to(address)) == 1
    assert [held["reason"] for held in lines(office, "SUPPRESSED")] == ["notice.address_bounced"]
    assert "sửa địa chỉ của đơn vị" in page(world, office, "SUPPRESSED")

    change_address(office, HND, MENDED)
    officer = world.signed_in(Role.ORGANISER, "HPN")  # a pledge is open: another unit confirms
    officer.post(f"/api/v1/units/{HND}/contact/confirmation", {"email": MENDED})
    world.drain()
    world.move_to(AT + timedelta(hours=50))  # a changed address gets no link for 48 hours
    office.post(f"{path}/parties/{party}/link")
    world.drain()
    assert len(world.letters_to(MENDED)) == 1
    world.repeat_all()
    assert (len(world.letters_to(MENDED)), len(world.letters_to(address))) == (1, 1)
    assert world.dead_letters() == {}


def test_an_organiser_who_knows_better_has_the_next_link_sent_there(world: JourneyWorld) -> None:
    office = world.signed_in(Role.ORGANISER)
    import_units(office, FILES)
    pledge = draft_pledge(office, FILES, plan_ceremony(office, FILES))
    path = f"/api/v1/pledges/{pledge}"
    party = next(int(each["no"]) for each in office.get(path)["pledge"]["parties"] if each["unit"] == HND)
    address = str(office.get(f"/api/v1/units/{HND}")["contact"]["email"])
    office.post(f"{path}/open")
    world.drain()
    [sent] = [line for line in lines(office, "SENT") if line["recipient"] == f"unit:{HND}"]
    report(world, f"{sent['id']}-{sent['attempts']}", address, AT)
    world.move_to(AT + timedelta(hours=1))
    office.post(f"/api/v1/notices/{sent['id']}/lift")
    office.post(f"{path}/parties/{party}/link")
    world.drain()
    assert len(world.letters_to(address)) == 2
    world.repeat_all()  # the old report, once more, is past
    office.post(f"{path}/parties/{party}/link")
    world.drain()
    assert len(world.letters_to(address)) == 3
    assert world.dead_letters() == {}
