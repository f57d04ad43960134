"""The sample's story on the deployed template, over HTTP: what delegates, parties, recipients and the public get.

Judged by tools that know nothing of this code: pdfsig, pycose, zlib.
"""

from __future__ import annotations

import subprocess
import zlib
from pathlib import Path
from typing import Any

import cbor2
import pytest
from pycose.keys import OKPKey
from pycose.messages import Sign1Message

from infra.sample.client import ApiError
from infra.sample.story import ABSENT_DELEGATES, REPLACED, REVOKED
from shared.edge.trust_files import LIST_KEY, ROOT_KEY, SIGNATURE_KEY
from shared.kernel.codetext import parse_code
from shared.kernel.notes import open_note, parse_vkey
from shared.kernel.statuslist import verify_status_list
from shared.kernel.tlog import parse_checkpoint
from shared.kernel.trust import TrustList
from shared.kernel.trust_root import verify_list
from tests.cloud.telling import Told

REGISTERED = 168


@pytest.fixture(scope="module")
def trust(told: Told) -> TrustList:
    """The public trust list, checked under the root key that the office wrote into its records."""
    root = parse_vkey(told.stage.ports.objects.get(ROOT_KEY).decode("ascii").strip())
    return verify_list(told.stage.file(f"/{LIST_KEY}"), told.stage.file(f"/{SIGNATURE_KEY}"), root).trust


def claims_of(text: str, trust: TrustList, issuer: str) -> dict[Any, Any]:
    """What a code says, its signature checked by pycose."""
    message = Sign1Message.decode(parse_code(text).token)
    return claims_in(message, trust, issuer)


def claims_in(message: Sign1Message, trust: TrustList, issuer: str) -> dict[Any, Any]:
    key = trust.key(message.phdr_encoded[-8:])
    assert key is not None
    assert key.issuer == issuer
    message.key = OKPKey(crv="ED25519", x=key.public_key)
    assert message.verify_signature()
    return dict(cbor2.loads(message.payload))


def pdfsig(data: bytes, folder: Path) -> str:
    (folder / "paper.pdf").write_bytes(data)
    command = ["pdfsig", "-nocert", str(folder / "paper.pdf")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_nothing_lies_in_the_dead_letters(told: Told) -> None:
    assert told.dead == {}


def test_the_uploaded_lists_were_taken_in_row_by_row(told: Told) -> None:
    office = told.story.organiser
    delegates = office.get(f"/api/v1/ceremonies/{told.loaded.ceremony}/lists/{told.loaded.delegate_list}/report")
    awards = office.get(f"/api/v1/decisions/{told.loaded.decision}/lists/{told.loaded.award_list}")
    assert len(told.story.tickets()) == REGISTERED
    assert delegates["report"]["problems"]
    assert (awards["list"]["accepted"], awards["list"]["rejected"]) == (61, 4)


def test_each_ticket_of_the_letters_lets_its_bearer_in_once(told: Told, trust: TrustList) -> None:
    assert told.story.facts["admissions"] == {
        "tickets_shown": REGISTERED - ABSENT_DELEGATES,
        "admitted": REGISTERED - ABSENT_DELEGATES,
        "refused_at_the_other_gate": REGISTERED - ABSENT_DELEGATES,
    }
    hall = told.story.organiser.get(f"/api/v1/ceremonies/{told.loaded.ceremony}/attendance")
    assert hall["admitted"] == REGISTERED - ABSENT_DELEGATES
    texts = [text for text, _ in told.story.tickets()]
    assert len(set(texts)) == len(texts)
    for text in texts[::40]:
        number = int(text.partition("#")[2])
        token = number.to_bytes((number.bit_length() + 7) // 8, "big")[1:]
        assert claims_in(Sign1Message.decode(token), trust, "TDOAN")


def test_a_ticket_is_refused_at_the_door_of_another_ceremony_and_without_a_session(told: Told) -> None:
    text = told.story.tickets()[-1][0]
    body = {"ceremony": told.loaded.ceremony, "text": text, "scan_id": "stranger-1", "gate": "Cổng A"}
    with pytest.raises(ApiError) as refused:
        told.stage.client().post("/api/v1/admissions", body)
    assert refused.value.status in (401, 403)


def test_the_pledge_signed_by_all_is_one_sealed_paper(told: Told, trust: TrustList, tmp_path: Path) -> None:
    pledge = told.story.organiser.get(f"/api/v1/pledges/{told.loaded.pledge}")["pledge"]
    assert told.story.facts["pledge"]["state"] == "IN_FORCE"
    assert told.story.facts["pledge"]["signed"] == told.story.facts["pledge"]["total"] == 12
    said = pdfsig(told.stage.ports.objects.get(pledge["seal"]["pdf_key"]), tmp_path)
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    finished = [letter for letter in told.stage.letters() if "đã hoàn tất" in str(letter["subject"])]
    assert len({str(letter["to"]) for letter in finished}) == len(finished) == 12


def test_certificates_are_sealed_published_and_their_codes_verified(
    told: Told, trust: TrustList, tmp_path: Path
) -> None:
    listed = told.story.certificates(told.loaded)
    assert len(listed) == 62  # 61 of the list and the corrected one
    assert all(each["ready"] and each["published_at"] for each in listed)
    for each in listed[::20]:
        assert claims_of(each["qr_text"], trust, "SNV")[-65537][1] == "c"
        link = told.story.organiser.get(f"/api/v1/certificates/{each['id']}/documents/pdf")["url"]
        assert "Signature is Valid" in pdfsig(told.story.organiser.download(link), tmp_path)
        page = told.stage.client().request("GET", f"/v/{each['id']}").body.decode()
        assert "Có hồ sơ số này" in page or "ĐÃ" in page


def test_what_was_revoked_stands_in_the_signed_status_list(told: Told, trust: TrustList) -> None:
    listed = told.story.certificates(told.loaded)
    ended = {each["status_number"]: each["state"] for each in listed if each["state"] != "VALID"}
    assert sorted(ended.values()) == ["REPLACED", "REVOKED"]
    data = told.stage.file("/status/SNV-r0.cwt")
    claims = claims_in(Sign1Message.decode(data), trust, "SNV")
    assert claims[2] == f"{told.stage.origin}/status/SNV-r0.cwt"
    bits = zlib.decompress(claims[65533]["lst"])
    set_bits = {place * 8 + bit for place, byte in enumerate(bits) for bit in range(8) if byte >> bit & 1}
    assert set_bits == set(ended)
    ours = verify_status_list(data, trust)
    assert all(ours.says("SNV", number) for number in ended)
    pages = [told.stage.client().request("GET", f"/v/{each['id']}").body.decode() for each in listed]
    assert sum("ĐÃ BỊ HỦY BỎ" in page for page in pages) == 1
    assert sum("ĐÃ ĐƯỢC THAY THẾ" in page for page in pages) == 1
    assert REVOKED != REPLACED


def test_the_public_log_holds_every_paper_and_its_checkpoint_is_signed(told: Told, trust: TrustList) -> None:
    assert trust.log is not None
    checkpoint = parse_checkpoint(open_note(told.stage.file("/log/checkpoint"), [parse_vkey(trust.log.vkey)]))
    papers = 61 + 1 + 1  # certificates, the corrected one, the pledge
    assert checkpoint.size >= papers + 2  # the two status changes; trust lists besides


def test_people_reach_pages_and_files_under_one_name_with_the_headers_they_need(told: Told) -> None:
    visitor = told.stage.client()
    page = visitor.request("GET", f"/v/{told.story.certificates(told.loaded)[0]['id']}")
    assert "default-src" in page.headers["content-security-policy"]
    assert page.headers["strict-transport-security"]
    file = visitor.request("GET", f"/{LIST_KEY}")
    assert file.headers["access-control-allow-origin"] == "*"
    assert file.headers["x-content-type-options"] == "nosniff"
