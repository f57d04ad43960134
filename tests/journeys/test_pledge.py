"""The sample's pledge of twelve units as its parties meet it: read, signed in order, "ký sau", sealed; on both engines.

After each stage every message so far comes once more, the latest first, and nothing may change.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from pycose.keys import OKPKey
from pycose.messages import Sign1Message

from infra.sample.client import ApiError
from infra.sample.files import SampleFiles
from infra.sample.load import draft_pledge, import_units, plan_ceremony
from shared.edge.trust import trust_list
from shared.identity.model import Role
from shared.kernel.codetext import parse_code
from tests.journey_world import ENGINES, LINK, InProcessClient, JourneyWorld, journey, text_of

FILES = SampleFiles(0)
SIGNING = datetime(2027, 2, 12, 2, 0, tzinfo=UTC)
HEAD, ABSENT_UNIT, ABSENT = "BTGDV", "HCCB", 6
LATER = timedelta(days=3)


@dataclass
class Table:
    """One engine with the sample's pledge; each party has a browser of its own."""

    world: JourneyWorld
    pledge: str
    units: list[str]
    addresses: dict[str, str]
    browsers: dict[str, InProcessClient] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/api/v1/pledges/{self.pledge}"

    def office(self) -> InProcessClient:
        return self.world.signed_in(Role.ORGANISER)

    def letters(self, word: str) -> list[Any]:
        return [letter for letter in self.world.letters() if word in str(letter["subject"])]

    def invited(self) -> set[str]:
        """The units that were asked to sign; each once."""
        told = [str(letter["to"].addresses[0].addr_spec) for letter in self.letters("Mời đọc và ký")]
        assert len(told) == len(set(told))
        return {unit for unit, address in self.addresses.items() if address in told}

    def link(self, unit: str) -> dict[str, str]:
        """What the address in the unit's letter says."""
        (letter,) = [each for each in self.letters("Mời đọc và ký") if self.addresses[unit] in str(each["to"])]
        found = LINK.search(text_of(letter))
        assert found is not None
        return {"id": found[1], "secret": found[2]}

    def sign(self, unit: str) -> Any:
        """Reads, signs what was read, and gets the same receipt when asking again."""
        browser = self.browsers.setdefault(unit, self.world.client())
        link = self.link(unit)
        view = browser.post("/api/v1/signing/read", link)
        body = {**link, "statement": view["statement"]}
        receipt = browser.post("/api/v1/signing/sign", body)
        assert browser.post("/api/v1/signing/sign", body) == receipt
        return receipt

    def board(self) -> dict[str, Any]:
        return dict(self.office().get(f"{self.path}/board"))

    def repeat_and_compare(self) -> None:
        """Every message again: no letter more, the same board, the same pledge."""
        before = (len(self.world.letters()), self.board(), self.office().get(self.path))
        assert self.world.repeat_all() > 0
        assert (len(self.world.letters()), self.board(), self.office().get(self.path)) == before
        assert self.world.dead_letters() == {}


def refusal(error: pytest.ExceptionInfo[ApiError]) -> tuple[int, str]:
    return error.value.status, error.value.code


@pytest.fixture(scope="module", params=ENGINES)
def table(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    with journey(request.param, tmp_path_factory.mktemp("pledge"), at=SIGNING) as world:
        office = world.signed_in(Role.ORGANISER)
        import_units(office, FILES)
        pledge = draft_pledge(office, FILES, plan_ceremony(office, FILES))
        units = [party["unit"] for party in FILES.json("pledge.json")["parties"]]
        addresses = {unit: office.get(f"/api/v1/units/{unit}")["contact"]["email"] for unit in units}
        assert len(set(addresses.values())) == len(units) == 12
        yield Table(world=world, pledge=pledge, units=units, addresses=addresses)


def test_opening_asks_the_first_group_and_nobody_before_or_beside_it(table: Table) -> None:
    table.world.drain()
    assert table.world.letters() == []
    opened = table.office().post(f"{table.path}/open")
    assert table.office().post(f"{table.path}/open") == opened
    table.world.drain()
    assert table.invited() == set(table.units) - {HEAD}
    assert len(table.world.letters()) == 11
    assert (table.board()["signed"], table.board()["total"]) == (0, 12)
    table.repeat_and_compare()


def test_a_link_opens_one_browser_only_and_only_with_its_secret(table: Table) -> None:
    link, own, other = table.link("TDOAN"), table.world.client(), table.world.client()
    view = own.post("/api/v1/signing/read", link)
    table.browsers["TDOAN"] = own
    assert view["party"]["unit"] == "TDOAN"
    with pytest.raises(ApiError) as refused:
        other.post("/api/v1/signing/read", link)
    assert refusal(refused) == (409, "signing.other_browser")
    with pytest.raises(ApiError) as refused:
        other.post("/api/v1/signing/sign", {**link, "statement": view["statement"]})
    assert refused.value.status in (403, 409)
    with pytest.raises(ApiError) as refused:
        own.post("/api/v1/signing/read", {**link, "secret": "A" * 43})
    assert refusal(refused) == (404, "signing.unknown_link")
    with pytest.raises(ApiError) as refused:
        own.post("/api/v1/signing/sign", {**link, "statement": view["statement"].replace("TDOAN", "LDLD")})
    assert refused.value.status in (409, 422)
    assert table.board()["signed"] == 0


def test_ten_members_sign_and_the_head_waits_for_the_eleventh(table: Table) -> None:
    for unit in table.units:
        if unit not in (HEAD, ABSENT_UNIT):
            table.sign(unit)
    table.world.drain()
    board = table.board()
    assert board["signed"] == 10
    assert HEAD not in table.invited()
    assert len(table.letters("Đã ghi nhận")) == 10
    table.repeat_and_compare()


def test_the_absent_member_is_put_off_with_a_reason_and_then_the_head_signs(table: Table) -> None:
    office = table.office()
    with pytest.raises(ApiError) as refused:
        office.post(f"{table.path}/parties/{ABSENT}/defer", {"reason": "  "})
    assert refused.value.status == 422
    table.world.drain()
    assert HEAD not in table.invited()
    office.post(f"{table.path}/parties/{ABSENT}/defer", {"reason": "Đi công tác, ký sau"})
    table.world.drain()
    assert table.invited() == set(table.units)
    table.sign(HEAD)
    table.world.drain()
    board = table.board()
    assert (board["signed"], board["total"], board["state"]) == (11, 12, "PARTLY_SIGNED")
    assert {party["unit"]: party["state"] for party in board["parties"]}[ABSENT_UNIT] == "DEFERRED"
    with pytest.raises(ApiError) as refused:
        office.get(f"{table.path}/pdf")
    assert refusal(refused) == (409, "pledge.not_sealed")
    assert table.letters("đã hoàn tất") == []
    table.repeat_and_compare()


def test_the_absent_member_signs_later_and_one_sealed_paper_goes_to_all(table: Table, tmp_path: Path) -> None:
    table.world.move_to(SIGNING + LATER)
    table.sign(ABSENT_UNIT)
    table.world.drain()
    board = table.board()
    assert (board["signed"], board["total"], board["state"]) == (12, 12, "IN_FORCE")
    sealed = table.office().get(table.path)["pledge"]
    letters = table.letters("đã hoàn tất")
    assert {letter["to"].addresses[0].addr_spec for letter in letters} == set(table.addresses.values())
    assert len(letters) == 12
    papers = {next(letter.iter_attachments()).get_content() for letter in letters}
    assert len(papers) == 1
    check_paper(table, papers.pop(), sealed, tmp_path)
    table.repeat_and_compare()
    assert len({next(letter.iter_attachments()).get_content() for letter in table.letters("đã hoàn tất")}) == 1


def check_paper(table: Table, pdf: bytes, sealed: dict[str, Any], folder: Path) -> None:
    """The seal by pdfsig, the fonts by pdffonts, the code by zxing-cpp and pycose."""
    (folder / "pledge.pdf").write_bytes(pdf)
    assert "Signature is Valid" in told("pdfsig", "-nocert", folder / "pledge.pdf")
    words = " ".join(told("pdftotext", folder / "pledge.pdf", "-").split())
    assert "Nguyễn Thu Thủy" in words
    assert "Huỳnh Gia Lợi" in words
    fonts = [line.split()[-5:-2] for line in told("pdffonts", folder / "pledge.pdf").splitlines()[2:]]
    assert fonts
    assert all(marks == ["yes", "yes", "yes"] for marks in fonts)  # embedded, subset, with Unicode
    told("pdftoppm", "-r", "150", "-png", folder / "pledge.pdf", folder / "page")
    pages = sorted(folder.glob("page*.png"))
    (code,) = [
        parse_code(seen.text)
        for page in pages
        for seen in zxingcpp.read_barcodes(Image.open(page), formats=zxingcpp.BarcodeFormat.QRCode)
    ]
    assert f"{code.id:039d}" == sealed["public_id"]
    message = Sign1Message.decode(code.token)
    key = trust_list(table.world.ports).key(message.phdr_encoded[-8:])
    assert key is not None
    assert key.issuer == "TDOAN"
    message.key = OKPKey(crv="ED25519", x=key.public_key)
    assert message.verify_signature()
    page = (
        table.world.client().request("GET", f"/v/{sealed['public_id']}", headers={"accept": "text/html"}).body.decode()
    )
    assert "Có hồ sơ số này, chưa đối chiếu được nội dung" in page
    assert "KHỚP HỒ SƠ CỦA CƠ QUAN CẤP" not in page
    assert "Nguyễn Thu Thủy" not in page  # no person's name on the public page


def told(*command: Any) -> str:
    return subprocess.run([str(each) for each in command], capture_output=True, text=True, check=True).stdout
