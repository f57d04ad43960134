"""Large numbers: a million tokens, none alike and each verified; a log of a million entries, its root as others compute it."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime

import pytest

from events.envelope import SYSTEM, Act
from shared.embedded.objects import FolderObjects
from shared.embedded.store import Store
from shared.kernel import codetext, tokens
from shared.kernel.clock import FixedClock
from shared.kernel.keys import Ed25519Signer
from shared.kernel.merkle import leaf_hash, root_of_path
from shared.kernel.notes import Vkey, open_note
from shared.kernel.tlog import parse_checkpoint, parse_disclosure, parse_proof
from shared.kernel.token_check import check_ticket
from shared.kernel.trust import Issuer, Purpose, TrustedKey, TrustList
from shared.transparency.append import AppendEntries, NoteEntry
from shared.transparency.entries import document_entry_id
from shared.transparency.model import NewEntry
from shared.transparency.proofs import ShowProof
from shared.transparency.publish import PublishLog

TOKENS, ENTRIES = 1_000_000, 1_000_000
NOW = 1_800_000_000
SIGNER = Ed25519Signer.from_seed(b"soak" * 8)
HOST = "thidua.tinh.example"
TRUST = TrustList(
    seq=1,
    issued_at=NOW,
    prev=None,
    issuers=(Issuer(code="TDOAN", name="Tỉnh đoàn", did=f"did:web:{HOST}", hosts=(HOST,)),),
    keys=(
        TrustedKey(
            issuer="TDOAN", purpose=Purpose.TICKET, public_key=SIGNER.public_key(), valid_from=0, valid_until=2 * NOW
        ),
    ),
)


def _tokens(numbers: range) -> str:
    """Signs, reads and verifies; a digest over all texts."""
    digest = hashlib.sha256()
    for number in numbers:
        claims = tokens.TicketClaims(
            issuer="TDOAN", issued_at=NOW, expires_at=NOW + 9, id=number, category=number % 7, ceremony=b"12345678"
        )
        text = codetext.ticket_code(f"https://{HOST}", tokens.sign_ticket(claims, SIGNER))
        if check_ticket(text, TRUST, NOW).claims != claims:
            return f"ticket {number} reads differently"
        digest.update(text.encode())
    return digest.hexdigest()


@pytest.mark.timeout(1200)
def test_a_million_tickets_are_read_as_they_were_made():
    portions = [range(start, start + TOKENS // 20) for start in range(0, TOKENS, TOKENS // 20)]
    with ProcessPoolExecutor(2) as processes:
        digests = list(processes.map(_tokens, portions))
    assert all(len(digest) == 64 for digest in digests), digests
    assert len(set(digests)) == len(digests)


def _act() -> Act:
    return Act(actor=SYSTEM, at=datetime(2027, 2, 12, tzinfo=UTC), correlation_id="soak")


def _entry(number: int) -> NewEntry:
    digits = f"{number:039d}"
    return NewEntry(
        id=document_entry_id(digits),
        type="certificate",
        subject={"id": digits, "token_sha256": f"{number:064x}", "pdf_sha256": f"{number + 1:064x}"},
    )


def _root(leaves: Iterator[bytes]) -> bytes:
    """RFC 9162 2.1.1 by a stack of perfect subtrees: a second way to the same root, sharing no code with the log's."""
    stack: list[tuple[int, bytes]] = []
    for leaf in leaves:
        height, node = 0, leaf
        while stack and stack[-1][0] == height:
            node = hashlib.sha256(b"\x01" + stack.pop()[1] + node).digest()
            height += 1
        stack.append((height, node))
    root = stack.pop()[1]
    while stack:
        root = hashlib.sha256(b"\x01" + stack.pop()[1] + root).digest()
    return root


@pytest.mark.timeout(1500)
def test_a_log_of_a_million_entries(tmp_path):
    clock = FixedClock(datetime(2027, 2, 12, tzinfo=UTC))

    def objects(name: str) -> FolderObjects:
        secret = tmp_path / "secret"
        return FolderObjects(tmp_path / name, origin=f"https://{HOST}", clock=clock, secret_file=secret)

    public, private = objects("public"), objects("private")
    origin = f"{HOST}/log"
    with Store(tmp_path / "store.db") as store:
        table = store.table("transparency")
        note, append = NoteEntry(table), AppendEntries(table, private)
        for start in range(0, ENTRIES, 1000):
            append(_act(), [note(_act(), _entry(number)) for number in range(start, start + 1000)])
        checkpoint = PublishLog(table, private, public, SIGNER, origin)()
        assert checkpoint is not None
        assert checkpoint.size == ENTRIES
        text = open_note(public.get("log/checkpoint"), [Vkey(origin, SIGNER.public_key())])
        assert parse_checkpoint(text).root == checkpoint.root
        hashes = b"".join(public.get(f"log/tile/0/{_place(number)}") for number in range(ENTRIES // 256))
        rest = public.get(f"log/tile/0/{_place(ENTRIES // 256)}.p/{ENTRIES % 256}") if ENTRIES % 256 else b""
        leaves = hashes + rest
        assert _root(leaves[at : at + 32] for at in range(0, len(leaves), 32)) == checkpoint.root
        for number in (0, 1, 255, 256, 65_535, 65_536, 777_777, ENTRIES - 1):
            proof = parse_proof(ShowProof(table, public)(f"{number:039d}"))
            leaf = leaf_hash(parse_disclosure(proof.extra).entry)
            assert root_of_path(leaf, proof.index, ENTRIES, proof.path) == checkpoint.root


def _place(number: int) -> str:
    """C2SP tlog-tiles: groups of three digits, all but the last with an x."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03d}")
    return "/".join(reversed(groups))
