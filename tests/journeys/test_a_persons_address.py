"""A colleague corrects a person's mail address: the address that stood until then hears of it, by way of the queues."""

import pytest

from shared.identity.model import Role
from tests.journey_world import ENGINES, journey

HER = {"name": "Nguyễn Thị Lan", "email": "lan.cu@tdoan.example", "phone": "", "role": "AUDITOR", "reach": "*"}


@pytest.mark.parametrize("engine", ENGINES)
def test_the_address_that_stood_is_told(engine, tmp_path):
    with journey(engine, tmp_path) as world:
        office = world.signed_in(Role.ADMIN)
        person = office.post("/api/v1/people", HER)["id"]
        world.drain()
        changed = {"name": HER["name"], "email": "lan.moi@tdoan.example", "phone": ""}
        office.request("PUT", f"/api/v1/people/{person}", changed)
        world.drain()
        world.repeat_all()
        told = world.letters_to(HER["email"])
        assert len(told) == 2, "the invitation, and once the word of the change"
        assert "lan.moi@tdoan.example" not in told[1], "the new address is no business of whoever reads the old one"
        assert world.dead_letters() == {}
