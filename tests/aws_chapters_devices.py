"""Chapters of tests/aws_story.py: devices are named, enrolled, compared, moved, replaced, revoked, and one leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.sample.device import SampleDevice

if TYPE_CHECKING:
    from tests.aws_story import Story

GATE = {"role": "GATE", "name": "Điện thoại cô Lan", "place": "Cổng A"}


def devices(story: Story) -> None:
    """A phone at a gate from its code to its end, and what is refused on the way."""
    office, path = story.office, f"/api/v1/devices/{story.ceremony}"
    named = office.post(path, GATE)["device"]["id"]
    made = office.post(f"{path}/{named}/code")
    phone = SampleDevice(story.world.client())
    phone.enrol(made["link"].partition("#")[2])
    story.look(phone.client, "/device", "/gate", f"/api/v1/device/{story.ceremony}/{named}")
    story.refused(phone.client, "POST", "/api/v1/device/challenge", {"ceremony": story.ceremony, "device": named})
    story.look(office, f"/console/ceremonies/{story.ceremony}/devices")
    office.post(f"{path}/{named}/comparison", {"digits": phone.digits, "same": True})
    phone.sign_in()
    phone.sign_in()
    phone.client.post("/api/v1/device/presence")
    office.request("PUT", f"{path}/{named}", {"name": "Máy cửa B", "place": "Cổng B"})
    story.look(office, f"{path}?limit=10")
    heir = office.post(f"{path}/{named}/replacement")
    story.refused(phone.client, "POST", "/api/v1/device/presence")
    second = SampleDevice(story.world.client())
    second.enrol(heir["link"].partition("#")[2])
    office.post(f"{path}/{second.device}/comparison", {"digits": second.digits, "same": True})
    second.sign_in()
    second.client.request("DELETE", "/api/v1/device/session")
    office.post(f"{path}/{office.post(path, GATE)['device']['id']}/revocation")
