"""Who edits the directory cannot sign for a party: the old address hears at once, the new one gets no link for 48 hours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from infra.sample.client import ApiError
from infra.sample.files import SampleFiles
from infra.sample.load import draft_pledge, import_units, plan_ceremony
from shared.identity.model import Role
from tests.journey_world import ENGINES, LINK, InProcessClient, JourneyWorld, journey

FILES = SampleFiles(0)
AT = datetime(2027, 2, 12, 2, 0, tzinfo=UTC)
HND = "HND"
NEW = "ke-gian@noi-khac.example"
HOLD = timedelta(hours=48)


@pytest.fixture(params=ENGINES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JourneyWorld]:
    with journey(request.param, tmp_path_factory.mktemp("address"), at=AT) as opened:
        yield opened


def change_address(office: InProcessClient, unit: str, address: str) -> str:
    """The unit's entry by a list of one row, as an organiser would send it; the address before."""
    standing = office.get(f"/api/v1/units/{unit}")
    header = "Mã đơn vị,Tên đơn vị,Loại,Email"
    row = f'{unit},"{standing["name"]}",{standing["kind"]},{address}'
    office.post_file("/api/v1/units/import", f"{header}\n{row}\n".encode(), "text/csv")
    return str(standing["contact"]["email"])


def confirm(world: JourneyWorld, unit: str, address: str) -> None:
    """An officer of another unit confirms what was asked for while a pledge is open."""
    officer = world.signed_in(Role.ORGANISER, "HPN")
    officer.post(f"/api/v1/units/{unit}/contact/confirmation", {"email": address})


def links_to(world: JourneyWorld, address: str) -> list[tuple[str, str]]:
    found = [LINK.search(text) for text in world.letters_to(address)]
    return [(match[1], match[2]) for match in found if match]


def number_of(office: InProcessClient, pledge: str, unit: str) -> int:
    parties = office.get(f"/api/v1/pledges/{pledge}")["pledge"]["parties"]
    return next(int(party["no"]) for party in parties if party["unit"] == unit)


def reasons(office: InProcessClient) -> list[str]:
    lines = office.get("/api/v1/notices?kind=signing-link&state=SUPPRESSED")["entries"]
    return [line["reason"] for line in lines]


def test_an_organiser_who_edits_the_directory_cannot_sign_for_a_party(world: JourneyWorld) -> None:
    office = world.signed_in(Role.ORGANISER)
    import_units(office, FILES)
    pledge = draft_pledge(office, FILES, plan_ceremony(office, FILES))
    path = f"/api/v1/pledges/{pledge}"
    party = number_of(office, pledge, HND)
    office.post(f"{path}/open")
    world.drain()
    old = change_address(office, HND, NEW)
    world.drain()
    assert office.get(f"/api/v1/units/{HND}")["contact"]["email"] == old, "a second unit has not confirmed"
    confirm(world, HND, NEW)
    world.drain()
    told = [text for text in world.letters_to(old) if "KHÔNG phải đơn vị" in text]
    assert len(told) == 2, "when it was asked for, and when it was confirmed"
    assert all("k…@noi-khac.example" in text and NEW not in text for text in told)
    assert "09:00 14/02/2027" in told[1]

    for at in (AT, AT + HOLD - timedelta(minutes=1)):
        world.move_to(at)
        with pytest.raises(ApiError) as refused:
            office.post(f"{path}/parties/{party}/link")
        assert (refused.value.status, refused.value.code) == (409, "pledge.address_changed")
        world.drain()
    assert world.letters_to(NEW) == []

    # The link that the unit had before still serves it: who was asked may answer.
    assert len(links_to(world, old)) == 1

    world.move_to(AT + HOLD)
    office.post(f"{path}/parties/{party}/link")
    world.drain()
    (link,) = links_to(world, NEW)
    browser = world.client()
    secret = {"id": link[0], "secret": link[1]}
    view = browser.post("/api/v1/signing/read", secret)
    browser.post("/api/v1/signing/sign", {**secret, "statement": view["statement"]})
    world.drain()
    receipts = {address: world.letters_to(address)[-1] for address in (old, NEW)}
    objections = {address: re.search(r"#objection\.([\w-]{43})", text) for address, text in receipts.items()}
    assert all(objections.values())
    assert len({match[1] for match in objections.values() if match}) == 2
    kept = objections[old]
    assert kept is not None
    world.client().post("/api/v1/signing/object", {"id": link[0], "secret": kept[1], "reason": "Đơn vị không ký"})
    world.drain()
    signatures = office.get(f"{path}/signatures")["signatures"]
    assert [each["line"]["no"] for each in signatures if each["disputed_at"]] == [party]
    letters = len(world.letters())
    world.repeat_all()
    assert len(world.letters()) == letters
    assert world.dead_letters() == {}


def test_a_link_that_was_put_off_goes_out_by_itself_once(world: JourneyWorld) -> None:
    office = world.signed_in(Role.ORGANISER)
    import_units(office, FILES)
    change_address(office, HND, NEW)
    pledge = draft_pledge(office, FILES, plan_ceremony(office, FILES))
    office.post(f"/api/v1/pledges/{pledge}/open")
    world.drain()
    assert links_to(world, NEW) == []
    assert reasons(office) == ["signing.address_changed"]

    world.move_to(AT + HOLD - timedelta(hours=1))
    other = "lan-nua@noi-khac.example"
    change_address(office, HND, other)  # the time begins again
    confirm(world, HND, other)
    world.move_to(AT + HOLD)
    assert links_to(world, NEW) == links_to(world, other) == []
    world.move_to(AT + HOLD - timedelta(hours=1) + HOLD)
    assert links_to(world, NEW) == []
    assert len(links_to(world, other)) == 1
    world.repeat_all()
    assert len(links_to(world, other)) == 1
    assert world.dead_letters() == {}
