"""Proofs of the log as verifiers read them: one table for the Python core and for the page's scripts."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from shared.kernel import codetext, trust_json
from shared.kernel.malformed import Malformed
from shared.kernel.merkle import leaf_hash, root_of_path
from shared.kernel.notes import open_note, parse_vkey
from shared.kernel.tlog import check_proof, parse_checkpoint, parse_disclosure, parse_proof
from shared.kernel.token_check import check_document
from tests.vectors.tlog_cases import cases

TABLE = json.loads(Path("tests/vectors/tlog.json").read_text("utf-8"))
TRUSTS = {name: trust_json.parse_list(text.encode()) for name, text in TABLE["trusts"].items()}
CASES = {case["name"]: case for case in TABLE["cases"]}


def judge(case, data):
    trust, code = TRUSTS[case["trust"]], codetext.parse_code(TABLE["codes"][case["kind"]])
    claims, _ = check_document(code, trust, TABLE["now"])
    pdf = None if case["pdf"] is None else case["pdf"].encode()
    try:
        found = check_proof(data, claims, code.token, trust, pdf=pdf)
    except Malformed as problem:
        return {"refused": problem.reason}
    return {"included": found.included, "anchored_at": found.anchored_at}


@pytest.mark.parametrize("name", CASES)
def test_the_core_finds_what_the_table_says(name):
    assert judge(CASES[name], base64.b64decode(CASES[name]["proof"])) == CASES[name]["expect"]


def test_the_table_holds_every_case_as_it_is_made_today():
    assert {entry["name"]: entry["proof"] for entry in cases()} == {name: one["proof"] for name, one in CASES.items()}


def test_a_proof_too_large_to_be_one_is_refused():
    case = CASES["a certificate in a log of 5"]
    assert judge(case, base64.b64decode(case["proof"]) + b" " * 65536) == {"refused": "too_large"}


def test_what_is_read_is_written_again_alike():
    data = base64.b64decode(CASES["the last of 300, high in the tree"]["proof"])
    proof = parse_proof(data)
    assert proof.text.encode() == data
    assert parse_disclosure(proof.extra).extra == proof.extra
    checkpoint = parse_checkpoint(open_note(proof.note, [parse_vkey(TRUSTS["plain"].log.vkey)]))
    assert checkpoint.size == 300
    root = root_of_path(leaf_hash(parse_disclosure(proof.extra).entry), proof.index, checkpoint.size, proof.path)
    assert root == checkpoint.root


def test_every_changed_byte_of_a_proof_is_noticed():
    """Except in what outsiders may add: nothing in this proof is without meaning."""
    case = CASES["a certificate in a log of 5"]
    data = base64.b64decode(case["proof"])
    for place in range(len(data)):
        bent = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        assert judge(case, bent).get("included") is not True, place


@pytest.mark.skipif(shutil.which("node") is None, reason="Node runs the page's scripts")
def test_the_pages_script_finds_what_the_table_says():
    run = subprocess.run(
        ["node", "--test", "tests/js/tlog.test.mjs"], capture_output=True, text=True, check=False, timeout=120
    )
    assert run.returncode == 0, run.stdout + run.stderr
