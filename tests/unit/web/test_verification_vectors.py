"""One table of codes and answers: the Python core and the page's scripts must both give what stands in it."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from shared.kernel import codetext, statuslist, trust_json
from shared.kernel.malformed import Malformed
from shared.kernel.notes import parse_vkey
from shared.kernel.trust_root import verify_list
from shared.kernel.verification import LogFacts, StatusFacts, verify_document

TABLE = json.loads(Path("tests/vectors/verification.json").read_text("utf-8"))
TRUSTS = {name: trust_json.parse_list(text.encode()) for name, text in TABLE["trusts"].items()}
CASES = {case["name"]: case for case in TABLE["cases"]}
ROOTS = {case["name"]: case for case in TABLE["roots"]}


@pytest.mark.parametrize("name", CASES)
def test_the_core_answers_as_the_table_says(name):
    case, expect = CASES[name], CASES[name]["expect"]
    trust = TRUSTS[case["trust"]]
    lists, refusals = [], []
    for data in case["lists"]:
        try:
            lists.append(statuslist.verify_status_list(base64.b64decode(data), trust))
            refusals.append(None)
        except Malformed as problem:
            refusals.append(problem.reason)
    found = verify_document(
        case["text"],
        trust,
        case["now"],
        status=StatusFacts(**case["status"]) if case["status"] else None,
        status_lists=lists,
        log=LogFacts(**case["log"]) if case["log"] else None,
    )
    assert (found.answer.value, found.reason) == (expect["answer"], expect["reason"])
    assert {check.value: passed for check, passed in found.checks.items()} == expect["checks"]
    assert (found.sample, found.old_list, found.usable) == (expect["sample"], expect["old_list"], expect["usable"])
    assert refusals == expect["list_refusals"]
    assert (found.claims is None) == (expect["claims"] is None)
    if found.claims is not None:
        assert codetext.id_digits(found.claims.id) == expect["claims"]["id"]
        assert all(getattr(found.claims, key) == value for key, value in expect["claims"].items() if key != "id")


@pytest.mark.parametrize("name", ROOTS)
def test_the_core_follows_the_root_as_the_table_says(name):
    case = ROOTS[name]
    data = (case["list"].encode(), case["note"].encode(), parse_vkey(TABLE["pinned"]), case["minimum"])
    if case["expect"]["refused"]:
        with pytest.raises(Malformed):
            verify_list(*data)
    else:
        verified = verify_list(*data)
        assert (verified.trust.seq, str(verified.root)) == (case["expect"]["seq"], case["expect"]["root"])


def test_no_answer_but_a_verified_one_gives_claims_away():
    for case in TABLE["cases"]:
        if case["expect"]["answer"] == "no_match":
            assert case["expect"]["claims"] is None, case["name"]


@pytest.mark.skipif(shutil.which("node") is None, reason="Node runs the page's scripts")
@pytest.mark.parametrize("file", sorted(Path("tests/unit/web").glob("*.test.mjs")), ids=lambda path: path.name)
def test_the_pages_scripts_pass_their_own_tests(file):
    run = subprocess.run(["node", "--test", str(file)], capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
