"""The table of verification.json: code texts, lists and facts, with the answer that every verifier of ours must give.

`python -m tests.vectors.verification_cases` writes it again. Run by tests/unit/web (the Python core) and by
tests/unit/web/verification.test.mjs (the page's scripts): neither may differ from the table, and so from the other.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cbor2

from shared.kernel import codetext, statuslist, tokens, trust_json
from shared.kernel.keys import Ed25519Signer
from shared.kernel.malformed import Malformed
from shared.kernel.statuslist import StatusList, StatusPurpose
from shared.kernel.trust import Issuer, Revocation, TrustList
from shared.kernel.trust_root import sign_list, succession_line, verify_list
from shared.kernel.verification import LogFacts, StatusFacts, verify_document
from tests.unit.kernel import crafted, trusting
from tests.unit.kernel.crafted import CERTIFICATE, ISSUED_AT, PLEDGE, SIGNER, TICKET

FILE = Path(__file__).with_name("verification.json")
NOW = ISSUED_AT + 1000
ORIGIN = f"https://{trusting.HOST}"
LOCAL = Issuer(code="MAU", name="Đơn vị mẫu", did="did:web:localhost%3A8000", hosts=("localhost",))
LOCAL_SIGNER = Ed25519Signer.from_seed(b"mau!" * 8)
NEW_ROOT = Ed25519Signer.from_seed(b"root2222" * 4)


def trusts() -> dict[str, TrustList]:
    """The trust lists by name."""
    plain = trusting.TRUST
    document = trusting.DOCUMENT_KEY
    others = tuple(key for key in plain.keys if key is not document)

    def revoked(at: int, why: Revocation) -> TrustList:
        return replace(plain, keys=(replace(document, revoked_at=at, revoked_for=why), *others))

    local_key = replace(trusting.DOCUMENT_KEY, issuer="MAU", public_key=LOCAL_SIGNER.public_key())
    return {
        "plain": plain,
        "retired": revoked(ISSUED_AT + 100, Revocation.RETIRED),
        "retired_before": revoked(ISSUED_AT - 100, Revocation.RETIRED),
        "compromised": revoked(ISSUED_AT + 500, Revocation.COMPROMISED),
        "old": replace(plain, issued_at=ISSUED_AT - 500 * 86_400),
        "sample": replace(plain, issuers=(LOCAL,), keys=(local_key,), log=None),
        "elsewhere": replace(plain, issuers=(replace(trusting.ISSUER, hosts=("khac.example.vn",)), trusting.OTHER)),
    }


def a_list(purpose: StatusPurpose, *bits: int, age: int = 100, index: int = 0, signer: Any = SIGNER) -> bytes:
    """A signed status list of the test issuer with these numbers set."""
    made = StatusList(
        origin=ORIGIN,
        issuer="UBND-HD",
        purpose=purpose,
        index=index,
        issued_at=NOW - age,
        expires_at=NOW - age + 86_400,
        bits=statuslist.with_bits(statuslist.empty_bits(), bits),
    )
    return statuslist.sign_status_list(made, lambda _: signer)


R, S = StatusPurpose.REVOCATION, StatusPurpose.SUSPENSION
NUMBER = CERTIFICATE.status_number
FRESH = [a_list(R, NUMBER - 1, NUMBER + 1), a_list(S, NUMBER - 1)]
GOOD = StatusFacts(revoked=False, suspended=False, issued_at=NOW - 10, expires_at=NOW + 10)
LOGGED = LogFacts(included=True, anchored_at=None)


def code(token: bytes, origin: str = ORIGIN, id_: int = CERTIFICATE.id) -> str:
    return codetext.document_code(origin, id_, token)


def texts() -> Iterator[tuple[str, str]]:
    """Names and code texts that fail, one point of FORMATS 1 each (and one that does not)."""
    token = tokens.sign_document(CERTIFICATE, SIGNER)
    good = code(token)
    yield "valid", good
    last = good[-1]
    yield "last_digit_changed", good[:-1] + ("1" if last != "1" else "2")
    middle = len(good) // 2
    yield "middle_digit_changed", good[:middle] + str((int(good[middle]) + 1) % 10) + good[middle + 1 :]
    yield "digit_missing", good[:-1]
    yield "other_id", good.replace(f"/v/{CERTIFICATE.id:039d}", f"/v/{CERTIFICATE.id + 1:039d}")
    yield "no_fragment", good.partition("#")[0]
    yield "leading_zero", good.replace("#", "#0")
    yield "blank_inside", good[:-3] + " " + good[-2:]
    yield "other_script_digit", good[:-1] + "\u0663"
    yield "hexadecimal", good.partition("#")[0] + "#0x1234"
    yield "upper_case", good.replace("https", "HTTPS")
    yield "plain_http", good.replace("https", "http")
    yield "default_port", good.replace("/v/", ":443/v/")
    yield "other_path", good.replace("/v/", "/w/")
    yield "wrong_prefix", good.partition("#")[0] + "#" + str(int.from_bytes(b"\x02" + token, "big"))
    yield "nothing", ""
    yield "other_host", code(token, "https://giaouoc.example.com")
    yield "id_out_of_range", good.replace(f"{CERTIFICATE.id:039d}", str(2**128))
    yield "a_ticket", codetext.ticket_code(ORIGIN, tokens.sign_ticket(TICKET, trusting.TICKET_SIGNER))
    yield "ticket_key", code(tokens.sign_document(CERTIFICATE, trusting.TICKET_SIGNER))
    yield "ticket_claims", code(tokens.sign_ticket(TICKET, SIGNER), id_=TICKET.id)
    yield "unknown_key", code(tokens.sign_document(CERTIFICATE, Ed25519Signer.from_seed(b"none" * 8)))
    yield "wrong_issuer", code(tokens.sign_document(replace(CERTIFICATE, issuer="THPT"), SIGNER))
    yield "before_the_key", code(tokens.sign_document(replace(CERTIFICATE, issued_at=trusting.FROM - 1), SIGNER))
    yield "in_the_future", code(tokens.sign_document(replace(CERTIFICATE, issued_at=NOW + 301), SIGNER))
    yield "pledge", code(tokens.sign_document(PLEDGE, SIGNER), id_=PLEDGE.id)
    for name, claims in odd_claims():
        yield name, code(crafted.assemble(crafted.dumps(claims)))
    payload = crafted.dumps(crafted.wire(CERTIFICATE))
    yield "trailing_bytes", code(crafted.assemble(payload, tail=b"\x00"))
    yield "unprotected_header", code(crafted.assemble(payload, unprotected=b"\xa1\x01\x27"))
    yield "long_tag", code(crafted.assemble(payload, head=b"\xd8\x12\x84"))
    yield "no_tag", code(crafted.assemble(payload, head=b"\x84"))
    protected = cbor2.dumps({4: SIGNER.kid, 1: -8})
    yield "protected_order", code(crafted.assemble(payload, protected=protected))
    yield "indefinite_map", code(crafted.assemble(b"\xbf" + payload[1:] + b"\xff"))
    yield "key_order", code(crafted.assemble(cbor2.dumps(dict(reversed(crafted.wire(CERTIFICATE).items())))))
    yield (
        "long_integer",
        code(crafted.assemble(payload.replace(b"\x1a\x6b\x49\xd2\x00", b"\x1b\0\0\0\0\x6b\x49\xd2\x00"))),
    )


def odd_claims() -> Iterator[tuple[str, dict[object, object]]]:
    """Claims that FORMATS 1 does not allow, under a right signature."""

    def changed(outer: dict[object, object] | None = None, **ours: object) -> dict[object, object]:
        claims = crafted.wire(CERTIFICATE)
        claims[-65537] = {**claims[-65537], **{int(name[1:]): value for name, value in ours.items()}}  # type: ignore[dict-item]
        return {**claims, **(outer or {})}

    yield "unknown_claim", changed({9: 1})
    yield "unknown_own_claim", changed(_8=1)
    yield "digest_on_certificate", changed(_7=b"\x11" * 32)
    yield "version_2", changed(_0=2)
    yield "kind_x", changed(_1="x")
    yield "float_time", changed({6: float(ISSUED_AT)})
    yield "time_beyond_2_53", changed({6: 2**53})
    yield "negative_status", changed(_6=-1)
    yield "text_not_nfc", changed(_2="Nguye\u0302\u0303n")
    yield "text_with_zero_width", changed(_2="Nguyễn\u200bVăn")
    yield "text_with_override", changed(_3="Chiến sĩ \u202e thi đua")
    yield "text_as_bytes", changed(_2=b"abc")
    yield "short_id", changed({7: b"\x00" * 15})
    yield "small_letters_issuer", changed({1: "ubnd"})


def cases() -> Iterator[dict[str, Any]]:
    """Every case without its expectation: name, trust, text, now, lists, status, log."""
    for name, text in texts():
        yield a_case(name, text=text, lists=FRESH, log=LOGGED)
    valid = dict(texts())["valid"]
    pledge = dict(texts())["pledge"]
    yield a_case("no_log_proof", text=valid, lists=FRESH)
    yield a_case("log_proof_wrong", text=valid, lists=FRESH, log=LogFacts(included=False))
    yield a_case("no_lists", text=valid, log=LOGGED)
    yield a_case("one_list_alone", text=valid, lists=FRESH[:1], log=LOGGED)
    yield a_case("old_lists", text=valid, lists=[a_list(R, age=90_000), a_list(S, age=90_000)], log=LOGGED)
    yield a_case("lists_from_tomorrow", text=valid, lists=[a_list(R, age=-400), a_list(S, age=-400)], log=LOGGED)
    yield a_case("other_lists", text=valid, lists=[a_list(R, index=1), a_list(S, index=1)], log=LOGGED)
    yield a_case("revoked", text=valid, lists=[a_list(R, NUMBER), a_list(S)], log=LOGGED)
    yield a_case("revoked_by_an_old_list", text=valid, lists=[a_list(R, NUMBER, age=90_000)])
    yield a_case("revoked_and_a_later_list_without", text=valid, lists=[a_list(R, NUMBER, age=500), *FRESH], log=LOGGED)
    yield a_case("suspended", text=valid, lists=[a_list(R), a_list(S, NUMBER)], log=LOGGED)
    yield a_case("suspended_by_an_old_list", text=valid, lists=[a_list(R, age=90_000), a_list(S, NUMBER, age=90_000)])
    yield a_case("suspension_lifted", text=valid, lists=[a_list(R), a_list(S, NUMBER, age=500), a_list(S)], log=LOGGED)
    yield a_case("record_good", text=valid, status=GOOD, log=LOGGED)
    yield a_case("record_replaced", text=valid, status=replace(GOOD, replaced=True, decision="131/QĐ-UBND"), log=LOGGED)
    yield a_case("record_old", text=valid, status=replace(GOOD, expires_at=NOW), log=LOGGED)
    yield a_case("expired", text=pledge, now=PLEDGE.expires_at or 0, lists=[a_list(R), a_list(S)], log=LOGGED)
    yield a_case("forged_list", text=valid, lists=[a_list(R, NUMBER, signer=LOCAL_SIGNER), *FRESH], log=LOGGED)
    for trust in ("retired", "retired_before", "compromised", "old", "elsewhere"):
        yield a_case(f"trust_{trust}", trust=trust, text=valid, lists=FRESH, log=LOGGED)
    for at in (ISSUED_AT + 499, ISSUED_AT + 500):
        anchored = LogFacts(included=True, anchored_at=at)
        yield a_case(f"compromised_anchored_{at}", trust="compromised", text=valid, status=GOOD, log=anchored)
    sample = tokens.sign_document(replace(CERTIFICATE, issuer="MAU"), LOCAL_SIGNER)
    for port in (8000, 21000):
        text = code(sample, f"http://localhost:{port}")
        yield a_case(f"sample_{port}", trust="sample", text=text, status=GOOD, log=LOGGED)


def a_case(name: str, *, text: str, trust: str = "plain", now: int = NOW, **facts: Any) -> dict[str, Any]:
    return {"name": name, "trust": trust, "text": text, "now": now, "lists": [], "status": None, "log": None} | facts


def answered(case: dict[str, Any], known: dict[str, TrustList]) -> dict[str, Any]:
    """The case as it stands in the file, with what the Python core answers now."""
    trust = known[case["trust"]]
    lists, refusals = [], []
    for data in case["lists"]:
        try:
            lists.append(statuslist.verify_status_list(data, trust))
            refusals.append(None)
        except Malformed as problem:
            refusals.append(problem.reason)
    found = verify_document(
        case["text"], trust, case["now"], status=case["status"], status_lists=lists, log=case["log"]
    )
    claims = found.claims
    return {
        "name": case["name"],
        "trust": case["trust"],
        "text": case["text"],
        "now": case["now"],
        "lists": [base64.b64encode(data).decode() for data in case["lists"]],
        "status": _plain(case["status"]),
        "log": _plain(case["log"]),
        "expect": {
            "answer": found.answer.value,
            "reason": found.reason,
            "checks": {check.value: passed for check, passed in found.checks.items()},
            "sample": found.sample,
            "old_list": found.old_list,
            "usable": found.usable,
            "list_refusals": refusals,
            "claims": None
            if claims is None
            else {
                "issuer": claims.issuer,
                "id": codetext.id_digits(claims.id),
                "recipient": claims.recipient,
                "title": claims.title,
                "reference": claims.reference,
                "status_number": claims.status_number,
            },
        },
    }


def root_cases() -> list[dict[str, Any]]:
    """Trust lists under a pinned root: the list, its note, the pin, the least sequence, and what comes of it."""
    plain = trusting.TRUST
    follower = trust_json.next_list(plain, issued_at=ISSUED_AT)
    line = succession_line(trusting.HOST, trusting.ROOT, NEW_ROOT.public_key())
    note = sign_list(plain, trusting.HOST, trusting.ROOT)
    handed_over = sign_list(follower, trusting.HOST, NEW_ROOT, (line,))
    spoiled = sign_list(follower, trusting.HOST, NEW_ROOT, (line[:-8] + "AAAAAA=\n",))
    listed = trust_json.list_bytes
    rows = [
        ("signed", listed(plain), note, 1),
        ("signed_by_another", listed(plain), sign_list(plain, trusting.HOST, NEW_ROOT), 1),
        ("lower_seq", listed(plain), note, 2),
        ("spaced", json.dumps(json.loads(listed(plain)), indent=2, ensure_ascii=False).encode(), note, 1),
        ("another_list", listed(follower), note, 1),
        (
            "changed_list",
            listed(plain).replace(b"tr\xc6\xb0\xe1\xbb\x9dng", b"truong").replace(b"tick", b"tikc"),
            note,
            1,
        ),
        ("handed_over", listed(follower), handed_over, 2),
        ("handed_over_by_nobody", listed(follower), sign_list(follower, trusting.HOST, NEW_ROOT), 2),
        ("spoiled_succession", listed(follower), spoiled, 2),
    ]
    return [_root_case(*row) for row in rows]


def _root_case(name: str, data: bytes, note: bytes, minimum: int) -> dict[str, Any]:
    try:
        verified = verify_list(data, note, trusting.PINNED, minimum)
        expect: dict[str, Any] = {"seq": verified.trust.seq, "root": str(verified.root), "refused": False}
    except Malformed:
        expect = {"refused": True}
    return {"name": name, "list": data.decode(), "note": note.decode(), "minimum": minimum, "expect": expect}


def table() -> dict[str, Any]:
    """The whole file."""
    known = trusts()
    return {
        "pinned": str(trusting.PINNED),
        "trusts": {name: trust_json.list_bytes(trust).decode() for name, trust in known.items()},
        "cases": [answered(case, known) for case in cases()],
        "roots": root_cases(),
    }


def _plain(facts: Any) -> Any:
    return None if facts is None else {name: getattr(facts, name) for name in facts.__dataclass_fields__}


if __name__ == "__main__":
    FILE.write_text(json.dumps(table(), ensure_ascii=False, indent=1) + "\n", "utf-8")
