"""The table of tlog.json: proofs of the public log, with what every verifier of ours must find in them.

`python -m tests.vectors.tlog_cases` writes it again. Run by tests/unit/transparency (the Python core) and by
tests/js/tlog.test.mjs (the page's scripts): neither may differ from the table, and so from the other.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shared.kernel import base64url, canonical, codetext, notes, tokens, trust_json
from shared.kernel.keys import Ed25519Signer
from shared.kernel.malformed import Malformed
from shared.kernel.merkle import leaf_hash
from shared.kernel.tlog import TYPE_OF, Checkpoint, Disclosure, Proof, check_proof
from shared.kernel.token_check import check_document
from shared.kernel.trust import PastLog, TrustList
from shared.transparency.tree import Frontier, inclusion_path, root_at
from tests.unit.kernel import trusting
from tests.unit.kernel.crafted import CERTIFICATE, ISSUED_AT, PLEDGE, SIGNER

FILE = Path(__file__).with_name("tlog.json")
NOW = ISSUED_AT + 1000
ORIGIN = trusting.LOG.origin
PDF = b"%PDF-1.7 the sealed document"
SALT = bytes(range(32))
OTHER_LOG = f"{trusting.HOST}/log-2"
TOKENS = {"certificate": tokens.sign_document(CERTIFICATE, SIGNER), "pledge": tokens.sign_document(PLEDGE, SIGNER)}
CLAIMS = {"certificate": CERTIFICATE, "pledge": PLEDGE}


@dataclass(frozen=True)
class Made:
    """A proof by its parts; every case changes one of them."""

    disclosure: Disclosure
    index: int
    path: tuple[bytes, ...]
    text: str
    signer: Any = trusting.LOG_SIGNER
    name: str = ORIGIN

    @property
    def proof(self) -> Proof:
        note = notes.sign_note(self.text, self.name, self.signer)
        return Proof(self.disclosure.extra, self.index, self.path, note)


def subject(kind: str = "certificate", **changes: Any) -> dict[str, Any]:
    claims = CLAIMS[kind]
    return {
        "id": codetext.id_digits(claims.id),
        "type": TYPE_OF[claims.kind],
        "token_sha256": hashlib.sha256(TOKENS[kind]).hexdigest(),
        "pdf_sha256": hashlib.sha256(PDF).hexdigest(),
        "time": "2027-01-15T08:00:00Z",
        **changes,
    }


def made(index: int = 2, size: int = 5, kind: str = "certificate", origin: str = ORIGIN, **changes: Any) -> Made:
    """A right proof that this subject is entry `index` of a log of `size`."""
    disclosure = Disclosure(SALT, subject(kind, **changes))
    leaves = [leaf_hash(f"entry {place}".encode()) for place in range(size)]
    leaves[index] = leaf_hash(disclosure.entry)

    def node(level: int, number: int) -> bytes:
        return Frontier().extended(leaves[number << level : (number + 1) << level]).root

    text = Checkpoint(origin, size, root_at(size, node)).text
    return Made(disclosure, index, inclusion_path(index, size, node), text, name=origin)


def trusts() -> dict[str, TrustList]:
    """The trust lists by name. In `moved` the log of all other cases has ended, with the head of `made()` as its last."""
    plain = trusting.TRUST
    assert plain.log is not None
    second = Ed25519Signer.from_seed(b"log2" * 8)
    past = PastLog(origin=ORIGIN, vkey=plain.log.vkey, final=made().proof.note.decode())
    log = replace(plain.log, origin=OTHER_LOG, vkey=str(notes.Vkey(OTHER_LOG, second.public_key())), past=(past,))
    return {"plain": plain, "no_log": replace(plain, log=None), "moved": replace(plain, log=log)}


def cases() -> Iterator[dict[str, Any]]:
    """Every case: a name, the proof, and what differs from the usual."""
    right = made()
    text = right.proof.text

    def case(name: str, proof: str | bytes | Made, **more: Any) -> dict[str, Any]:
        data = proof.proof.text if isinstance(proof, Made) else proof
        given = base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode("ascii")
        return {"name": name, "trust": "plain", "kind": "certificate", "pdf": None, "proof": given, **more}

    def bent(old: str, new: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    yield case("a certificate in a log of 5", right)
    yield case("the only entry", made(0, 1))
    yield case("the first of 256", made(0, 256))
    yield case("the last of 300, high in the tree", made(299, 300))
    yield case("the middle of 1000", made(511, 1000))
    yield case("a pledge", made(kind="pledge"), kind="pledge")
    yield case("with its paper", right, pdf=PDF.decode())
    yield case("a subject with a member of a later release", made(more="x"))
    yield case("a checkpoint with an extension line", replace(right, text=right.text + "extension\n"))
    witness = notes.note_line("w.example.vn", b"\x01\x02\x03\x04", b"\x05" * 72)
    yield case("with the line of an unknown witness", text + witness)
    yield case("the final checkpoint of a log that ended", right, trust="moved")

    yield case("another paper", right, pdf="%PDF-1.7 another")
    yield case("the proof of a pledge beside a certificate", made(kind="pledge"))
    yield case("another id", made(id="0" * 38 + "1"))
    yield case("another type", made(type="pledge"))
    yield case("another token", made(token_sha256="0" * 64))
    yield case("the digest in capitals", made(token_sha256=subject()["token_sha256"].upper()))
    yield case("a salt that opens another entry", replace(right, disclosure=Disclosure(bytes(32), subject())))
    yield case("another time", replace(right, disclosure=Disclosure(SALT, subject(time="2027-01-15T08:00:01Z"))))
    yield case("another place", replace(right, index=3))
    yield case("a place behind the end", replace(right, index=5))
    yield case("a path cut short", replace(right, path=right.path[:-1]))
    yield case("a path too long", replace(right, path=(*right.path, bytes(32))))
    yield case("a path bent", replace(right, path=(bytes(32), *right.path[1:])))
    yield case("another root", replace(right, text=Checkpoint(ORIGIN, 5, bytes(32)).text))
    yield case("a size that the path does not fit", replace(right, text=right.text.replace("\n5\n", "\n9\n")))
    yield case("an empty log", replace(right, text=right.text.replace("\n5\n", "\n0\n")))
    yield case("signed by another key of the same name", replace(right, signer=trusting.ROOT))
    broken = right.proof.note.decode().splitlines()[-1]
    data = bytearray(base64.b64decode(broken.split(" ")[2]))
    data[-1] ^= 1
    yield case("a broken signature", bent(broken.split(" ")[2], base64.b64encode(bytes(data)).decode()))

    yield case("a log that nobody trusts", made(origin="elsewhere.example/log"))
    yield case("a trust list without a log", right, trust="no_log")
    yield case("an earlier checkpoint of a log that ended", made(2, 4), trust="moved")
    yield case("no proof at all", "<!doctype html>\n\n<p>404</p>\n")
    yield case("nothing", "")
    yield case("not UTF-8", b"\xff" + text.encode())
    yield case("a byte order mark", "\ufeff" + text)
    yield case("another version", bent("@v1", "@v2"))
    yield case("line ends of another system", text.replace("\n", "\r\n"))
    yield case("without extra data", bent(text.split("\n")[1] + "\n", ""))
    yield case("an index with a zero before it", bent("index 2", "index 02"))
    yield case("an index that is no number", bent("index 2", "index ٢"))
    yield case("a negative index", bent("index 2", "index -2"))
    yield case("an index too large", bent("index 2", "index 9007199254740993"))
    first = base64.b64encode(right.path[0]).decode()
    yield case("a hash cut short", bent(first, base64.b64encode(right.path[0][:31]).decode()))
    yield case("a hash without padding", bent(first, first.rstrip("=")))
    yield case("without an empty line before the checkpoint", bent("\n\n", "\n"))
    yield case("without a signature", text[: text.index("\u2014")])
    yield case("a size with a zero before it", replace(right, text=right.text.replace("\n5\n", "\n05\n")))
    yield case("a root that is no hash", replace(right, text=f"{ORIGIN}\n5\nAAAA\n"))
    yield case("a checkpoint of two lines", replace(right, text=f"{ORIGIN}\n5\n"))
    for name, extra in extras().items():
        yield case(name, bent(text.split("\n")[1], "extra " + base64.b64encode(extra).decode("ascii")))


def extras() -> dict[str, bytes]:
    """Extra data that is not `{salt, subject}` in its one form."""
    salt, about = base64url.encode(SALT), subject()

    def spelled(value: Any) -> bytes:
        return canonical.canonical(value)

    without = {name: value for name, value in about.items() if name != "time"}
    right = spelled({"salt": salt, "subject": about})
    return {
        "extra data that is no JSON": b"\x00",
        "extra data in another spacing": json.dumps({"salt": salt, "subject": about}).encode(),
        "extra data with one more member": spelled({"salt": salt, "subject": about, "x": 1}),
        "extra data that is a list": spelled([salt, about]),
        "a key twice": right.replace(b'{"salt"', b'{"salt":"","salt"', 1),
        "a salt of 31 bytes": spelled({"salt": base64url.encode(SALT[1:]), "subject": about}),
        "a salt that is a number": spelled({"salt": 1, "subject": about}),
        "a salt with padding": spelled({"salt": salt + "=", "subject": about}),
        "a subject that is a text": spelled({"salt": salt, "subject": "x"}),
        "a subject without a time": spelled({"salt": salt, "subject": without}),
        "a time with a fraction": spelled({"salt": salt, "subject": {**about, "time": "2027-01-15T08:00:00.5Z"}}),
        "an id that is a number": spelled({"salt": salt, "subject": {**about, "id": 1}}),
    }


def expected(entry: dict[str, Any], lists: dict[str, TrustList]) -> dict[str, Any]:
    """What the Python core finds: `included`, or the reason for which it takes the text for no proof at all."""
    trust = lists[entry["trust"]]
    token = TOKENS[entry["kind"]]
    code = codetext.parse_code(codetext.document_code(f"https://{trusting.HOST}", CLAIMS[entry["kind"]].id, token))
    claims, _ = check_document(code, trust, NOW)
    pdf = None if entry["pdf"] is None else entry["pdf"].encode()
    try:
        found = check_proof(base64.b64decode(entry["proof"]), claims, token, trust, pdf=pdf)
    except Malformed as problem:
        return {"refused": problem.reason}
    return {"included": found.included, "anchored_at": found.anchored_at}


def table() -> dict[str, Any]:
    """The whole table, with what the Python core finds today."""
    lists = trusts()
    origin = f"https://{trusting.HOST}"
    return {
        "now": NOW,
        "trusts": {name: trust_json.list_bytes(trust).decode() for name, trust in lists.items()},
        "codes": {kind: codetext.document_code(origin, CLAIMS[kind].id, token) for kind, token in TOKENS.items()},
        "cases": [{**entry, "expect": expected(entry, lists)} for entry in cases()],
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(table(), ensure_ascii=False, indent=1) + "\n", "utf-8")
