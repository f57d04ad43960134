"""`make pictures`: every page at 360 and 1,280 px, in light and dark, into var/pictures, for people to look at. No test: pytest
runs it only when it is named, because it needs the same office, browser and sample."""

from pathlib import Path

import pytest

from shared.identity.model import Role
from tests.browser.conftest import signed_in
from tests.browser.every_page import addresses

PICTURES = Path("var/pictures")


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_take_pictures(office, visitor, width, look):
    PICTURES.mkdir(parents=True, exist_ok=True)
    one = signed_in(visitor(width, color_scheme=look, device_scale_factor=2 if width < 700 else 1), office, Role.ADMIN)
    for name, address in addresses(office).items():
        page = one.opens(office.origin + address)
        page.wait_for_timeout(400)
        file = name.strip("/").replace("/", "-").replace("{", "").replace("}", "").replace(" ", "-") or "home"
        page.screenshot(path=PICTURES / f"{file}-{width}-{look}.png", full_page=True)
    page = signed_in(visitor(width, color_scheme=look), office, Role.ORGANISER).opens(office.signing_link())
    page.click("#read")
    page.wait_for_selector(".pledge")
    page.screenshot(path=PICTURES / f"sign-read-{width}-{look}.png", full_page=True)
    page = visitor(width, color_scheme=look).opens(office.ticket(), waits_for=".ticket img")
    page.screenshot(path=PICTURES / f"t-ticket-{width}-{look}.png", full_page=True)
