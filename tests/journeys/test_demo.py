"""`make demo` on the real processes: what it leaves is checked by tools that know nothing of this product."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from pycose.headers import KID
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import Sign1Message


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "out"
    command = [sys.executable, "-m", "infra.commands", "demo", "--out", str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=170)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


@pytest.fixture(scope="module")
def manifest(out):
    return json.loads((out / "manifest.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def keys(out, manifest):
    listed = json.loads((out / manifest["trust_list"]).read_text("utf-8"))["keys"]
    curve = {key["kid"]: key["jwk"]["x"] for key in listed if key["jwk"]["kty"] == "OKP"}
    return {bytes.fromhex(kid): base64.urlsafe_b64decode(x + "==") for kid, x in curve.items()}


def read_code(path: Path) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(Image.open(path), formats=zxingcpp.BarcodeFormat.QRCode)]


def verifies(text: str, keys: dict[bytes, bytes]) -> bool:
    number = int(text.partition("#")[2])
    message = Sign1Message.decode(number.to_bytes((number.bit_length() + 7) // 8, "big")[1:])
    message.key = OKPKey(crv=Ed25519, x=keys[message.phdr[KID]])
    return message.verify_signature()


def test_nothing_was_lost_on_the_way(out, manifest):
    report = json.loads((out / manifest["report"]).read_text("utf-8"))
    assert report["dead_letters"] == {}
    assert report["admissions"]["admitted"] == report["admissions"]["tickets_shown"]
    assert report["admissions"]["refused_at_the_other_gate"] == report["admissions"]["tickets_shown"]
    assert (report["pledge"]["state"], report["pledge"]["signed"]) == ("IN_FORCE", 12)


def test_every_picture_reads_back_to_its_text(out, manifest):
    drawn = [(each["png"], each["text"]) for each in manifest["tickets"]]
    drawn += [(each["png"], each["qr_text"]) for each in manifest["certificates"]]
    assert len(drawn) > 200
    assert [path for path, text in drawn if read_code(out / path) != [text]] == []


def test_every_token_is_verified_by_pycose(manifest, keys):
    texts = [each["text"] for each in manifest["tickets"]]
    texts += [each["qr_text"] for each in (*manifest["pledges"], *manifest["certificates"])]
    assert [text[:60] for text in texts if not verifies(text, keys)] == []


def test_every_pdf_is_valid_for_pdfsig(out, manifest):
    for each in (*manifest["pledges"], *manifest["certificates"]):
        said = subprocess.run(["pdfsig", "-nocert", out / each["pdf"]], capture_output=True, text=True, check=False)
        assert "Signature is Valid" in said.stdout, each["pdf"]
        assert "Total document signed" in said.stdout, each["pdf"]


def test_one_is_revoked_one_replaced_and_all_that_is_named_is_there(out, manifest):
    statuses = [each["status"] for each in manifest["certificates"]]
    assert (statuses.count("revoked"), statuses.count("replaced")) == (1, 1)
    named = [manifest["did"], manifest["server_log"], *manifest["status_lists"], *manifest["import_reports"]]
    named += [f"{manifest['log']['dir']}/checkpoint", *(each["bundle"] for each in manifest["pledges"])]
    assert [path for path in named if not (out / path).is_file()] == []
    assert (out / manifest["mail"] / "new").is_dir()
