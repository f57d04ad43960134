"""The sample's awards as offices and recipients meet them: checked, issued, kept back, published, revoked, replaced.

On both engines; every message comes again, the latest first, and nothing changes.
"""

from __future__ import annotations

import subprocess
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cbor2
import pytest
import zxingcpp
from PIL import Image
from pycose.keys import OKPKey
from pycose.messages import Sign1Message

from functions.certificates import sign_status_lists
from infra.sample.client import ApiError
from infra.sample.files import SampleFiles
from infra.sample.load import AWARDS, import_units, plan_ceremony, record_decision, send_list
from shared.edge.trust import trust_list
from shared.identity.model import Role
from shared.kernel.codetext import parse_code
from shared.kernel.statuslist import verify_status_list
from tests.edge_world import ORIGIN, context
from tests.journey_world import ENGINES, InProcessClient, JourneyWorld, journey

FILES = SampleFiles(0)
DECIDED = datetime(2027, 1, 28, 2, 0, tzinfo=UTC)
PRESENTATION = datetime(2027, 2, 12, 3, 15, tzinfo=UTC)
FAULTS = {
    "10": "award.form_not_grantable",
    "21": "award.no_citation",
    "33": "award.no_recipient",
    "50": "award.twice",
}
CUT = {"1", "2", "6", "25", "26", "44", *FAULTS}
"""STT of the rows in the list for AWS: moto grows slower with every item. 6 is a collective, 25 a household, 44 in NFD."""
ORDER = {"decision_number": "215/QĐ-SNV", "decided_on": "2027-03-01", "reason": "Khai man thành tích"}


@dataclass
class Awards:
    """One engine with the sample's decision, its list handed in and checked."""

    world: JourneyWorld
    ceremony: str
    decision: str
    list_id: str
    good: int

    def office(self) -> InProcessClient:
        return self.world.signed_in(Role.ORGANISER)

    def certificates(self) -> list[dict[str, Any]]:
        return list(self.office().get(f"/api/v1/decisions/{self.decision}/certificates")["certificates"])

    def one(self, name: str) -> dict[str, Any]:
        return next(each for each in self.certificates() if each["recipient"]["name"] == name)

    def slips(self) -> list[Any]:
        return [letter for letter in self.world.letters() if "Phiếu xác thực" in str(letter["subject"])]

    def page(self, number: str, language: str = "vi") -> str:
        headers = {"accept": "text/html", "accept-language": language}
        return self.world.client().request("GET", f"/v/{number}", headers=headers).body.decode()

    def document(self, number: str, kind: str) -> bytes:
        return bytes(self.world.objects.get(f"certificates/{number}/certificate.{kind}"))

    def bit(self, issuer: str, number: int) -> int:
        """The bit of the list as a verifier without our code reads it: pycose and zlib."""
        message = Sign1Message.decode(self.world.ports.public.get(f"status/{issuer}-r{number // 131072}.cwt"))
        key = trust_list(self.world.ports).key(message.phdr_encoded[-8:])
        assert key is not None
        message.key = OKPKey(crv="ED25519", x=key.public_key)
        assert message.verify_signature()
        claims = cbor2.loads(message.payload)
        assert claims[2] == f"{ORIGIN}/status/{issuer}-r0.cwt"
        assert claims[4] - claims[6] == 86_400
        bits = zlib.decompress(claims[65533]["lst"])
        return bits[number % 131072 >> 3] >> (number & 7) & 1

    def repeat_and_compare(self) -> None:
        """Every message again: no letter more, and no certificate changes."""
        before = (len(self.world.letters()), self.certificates())
        assert self.world.repeat_all() > 0
        assert (len(self.world.letters()), self.certificates()) == before
        assert self.world.dead_letters() == {}


def award_list(engine: str) -> bytes:
    """The list as the office sent it; on AWS a short one of its rows, letter by letter."""
    whole = FILES.bytes(AWARDS)
    if engine == "embedded":
        return whole
    head, *rows = whole.splitlines(keepends=True)
    return b"".join([head, *(row for row in rows if row.split(b";")[0].decode() in CUT)])


@pytest.fixture(scope="module", params=ENGINES)
def awards(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Awards]:
    with journey(request.param, tmp_path_factory.mktemp("certificates"), at=DECIDED) as world:
        office = world.signed_in(Role.ORGANISER)
        import_units(office, FILES)
        ceremony = plan_ceremony(office, FILES)
        decision = record_decision(office, FILES, ceremony)
        list_id = send_list(office, f"/api/v1/decisions/{decision}", AWARDS, award_list(request.param))
        world.drain()
        assert world.dead_letters() == {}
        good = 61 if request.param == "embedded" else 7
        yield Awards(world=world, ceremony=ceremony, decision=decision, list_id=list_id, good=good)


def test_the_list_keeps_its_good_rows_and_names_each_fault_with_its_remedy(awards: Awards) -> None:
    path = f"/api/v1/decisions/{awards.decision}/lists/{awards.list_id}"
    report = awards.office().get(path)
    assert (report["list"]["accepted"], report["list"]["rejected"]) == (awards.good, len(FAULTS))
    assert {each["number"]: each["code"] for each in report["problems"]} == FAULTS
    assert [(each["number"], each["code"]) for each in report["notes"]] == [("44", "award.nfd_fixed")]
    english = awards.office().request("GET", path, headers={"accept-language": "en"}).json()
    for told, other in zip(report["problems"], english["problems"], strict=True):
        assert told["text"] != other["text"]
        assert told["column"]
        assert told["row"] == other["row"]


def test_before_the_presentation_all_is_ready_and_nothing_is_known(awards: Awards) -> None:
    listed = awards.certificates()
    assert len(listed) == awards.good
    assert all(each["ready"] and not each["fault"] and each["published_at"] is None for each in listed)
    awards.world.move_to(PRESENTATION - timedelta(seconds=1))
    assert awards.world.letters() == []
    for each in listed[:: len(listed) // 5]:
        page = awards.page(each["id"])
        assert "CHƯA CÔNG BỐ" in page
        assert each["recipient"]["name"] not in page
        assert each["citation"] not in page
    awards.repeat_and_compare()


def test_each_paper_is_sealed_and_its_code_says_what_stands_on_it(awards: Awards, tmp_path: Path) -> None:
    one = awards.one("Đoàn Hoàng Khoa")
    pdf, png = tmp_path / "c.pdf", tmp_path / "c.png"
    pdf.write_bytes(awards.document(one["id"], "pdf"))
    png.write_bytes(awards.document(one["id"], "png"))
    assert "Signature is Valid" in told("pdfsig", "-nocert", pdf)
    words = " ".join(told("pdftotext", "-raw", pdf, "-").split())
    for wanted in ("GIẤY KHEN", "Ông Đoàn Hoàng Khoa", "Quyết định số 128/QĐ-SNV"):
        assert wanted in words
    told("pdftoppm", "-r", "200", "-png", pdf, tmp_path / "page")
    (page,) = tmp_path.glob("page*.png")
    for picture in (png, page):
        assert {
            seen.text for seen in zxingcpp.read_barcodes(Image.open(picture), formats=zxingcpp.BarcodeFormat.QRCode)
        } == {one["qr_text"]}
    message = Sign1Message.decode(parse_code(one["qr_text"]).token)
    key = trust_list(awards.world.ports).key(message.phdr_encoded[-8:])
    assert key is not None
    assert key.issuer == "SNV"
    message.key = OKPKey(crv="ED25519", x=key.public_key)
    assert message.verify_signature()
    claims = cbor2.loads(message.payload)[-65537]
    assert (claims[1], claims[2], claims[4]) == ("c", "Đoàn Hoàng Khoa", "128/QĐ-SNV")


def test_when_the_presentation_begins_results_and_slips_go_out_once(awards: Awards, tmp_path: Path) -> None:
    awards.world.move_to(PRESENTATION)
    awards.office().post(f"/api/v1/ceremonies/{awards.ceremony}/presentation")
    awards.world.drain()
    listed = awards.certificates()
    assert {each["published_at"] for each in listed} == {"2027-02-12T03:15:00Z"}
    addresses = sorted(each["recipient"]["email"] for each in listed if each["recipient"]["email"])
    assert sorted(letter["to"].addresses[0].addr_spec for letter in awards.slips()) == addresses
    (slip,) = awards.slips()[0].iter_attachments()
    (tmp_path / "slip.pdf").write_bytes(slip.get_content())
    assert "Signature is Valid" in told("pdfsig", "-nocert", tmp_path / "slip.pdf")
    assert "không thay thế bản chính" in " ".join(told("pdftotext", "-raw", tmp_path / "slip.pdf", "-").split())
    page = awards.page(listed[0]["id"])
    assert "Có hồ sơ số này, chưa đối chiếu được nội dung" in page
    assert "KHỚP HỒ SƠ CỦA CƠ QUAN CẤP" not in page
    assert listed[0]["recipient"]["name"] not in page, "an address alone gives no name"
    if listed[0]["recipient"]["email"]:
        assert listed[0]["recipient"]["email"] not in page
    awards.repeat_and_compare()


def test_a_revocation_by_decision_stands_on_the_page_and_in_the_signed_list(awards: Awards) -> None:
    awards.world.move_to(datetime(2027, 3, 2, 2, 0, tzinfo=UTC))
    sign_status_lists.handler({"source": "aws.scheduler"}, context())
    one, other = awards.one("Dương Hữu Bảo"), awards.one("Đoàn Hoàng Khoa")
    assert (awards.bit("SNV", one["status_number"]), awards.bit("SNV", other["status_number"])) == (0, 0)
    awards.office().post(f"/api/v1/certificates/{one['id']}/revocation", ORDER)
    awards.world.drain()
    assert (awards.bit("SNV", one["status_number"]), awards.bit("SNV", other["status_number"])) == (1, 0)
    ours = verify_status_list(awards.world.ports.public.get("status/SNV-r0.cwt"), trust_list(awards.world.ports))
    assert ours.is_fresh(int(awards.world.ports.clock.now().timestamp()))
    assert ours.says("SNV", one["status_number"]) is True
    page = awards.page(one["id"])
    assert "ĐÃ BỊ HỦY BỎ" in page
    assert "215/QĐ-SNV ngày 01/03/2027" in page
    assert ORDER["reason"] not in page
    with pytest.raises(ApiError) as refused:
        awards.office().post(f"/api/v1/certificates/{one['id']}/revocation", {**ORDER, "decision_number": "9/QĐ-SNV"})
    assert (refused.value.status, refused.value.code) == (409, "certificate.ended")


def test_a_replacement_goes_out_corrected_and_the_old_one_points_to_it(awards: Awards) -> None:
    old, letters = awards.one("Đoàn Hoàng Khoa"), len(awards.world.letters())
    body = {**ORDER, "decision_number": "216/QĐ-SNV", "reason": "Sai họ tên", "name": "Đoàn Hoàng Khoá"}
    new = awards.office().post(f"/api/v1/certificates/{old['id']}/replacement", body)
    awards.world.drain()
    shown = awards.office().get(f"/api/v1/certificates/{new['id']}")
    assert (shown["ready"], shown["state"], shown["replaces"]) == (True, "VALID", old["id"])
    assert shown["published_at"] is not None
    page = awards.page(old["id"])
    assert "ĐÃ ĐƯỢC THAY THẾ" in page
    assert f"/v/{new['id']}" in page
    claims = cbor2.loads(Sign1Message.decode(parse_code(shown["qr_text"]).token).payload)
    assert claims[-65537][2] == "Đoàn Hoàng Khoá"
    assert "Có hồ sơ số này" in awards.page(new["id"])
    assert awards.bit("SNV", old["status_number"]) == 1
    assert awards.bit("SNV", new["status_number"]) == 0
    assert len(awards.world.letters()) == letters + 1
    awards.repeat_and_compare()


def told(*command: Any) -> str:
    return subprocess.run([str(each) for each in command], capture_output=True, text=True, check=True).stdout
