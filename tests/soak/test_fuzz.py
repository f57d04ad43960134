"""Whatever bytes a stranger sends, a parser answers with its own error or a value: never a crash, never a false accept."""

import random
import time
from collections.abc import Callable

import pytest

from shared.kernel import cbor, codetext, cose, notes, statuslist, tlog, tokens, trust_json
from shared.kernel.keys import Ed25519Signer
from shared.kernel.malformed import Malformed
from shared.kernel.token_check import NotVerified, check_ticket
from tests.soak.test_millions import HOST, NOW, SIGNER, TRUST

SECONDS = 20.0

CLAIMS = tokens.TicketClaims(
    issuer="TDOAN", issued_at=NOW, expires_at=NOW + 9, id=1 << 127, category=2, ceremony=b"12345678"
)
TOKEN = tokens.sign_ticket(CLAIMS, SIGNER)
TEXT = codetext.ticket_code(f"https://{HOST}", TOKEN)
NOTE = notes.sign_note("tinh.example/log\n1\nAAAA\n", "tinh.example/log", Ed25519Signer.from_seed(b"note" * 8))


def mutate(data: bytes, dice: random.Random) -> bytes:
    """One to four small accidents: a bit, a byte, a cut, a repeat, a splice of noise."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        place = dice.randrange(len(changed) + 1)
        match dice.randrange(5):
            case 0 if changed:
                changed[place % len(changed)] ^= 1 << dice.randrange(8)
            case 1 if changed:
                changed[place % len(changed)] = dice.randrange(256)
            case 2:
                del changed[place : place + dice.randint(1, 8)]
            case 3:
                changed[place:place] = changed[place : place + dice.randint(1, 16)]
            case _:
                changed[place:place] = dice.randbytes(dice.randint(1, 8))
    return bytes(changed)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


PARSERS: dict[str, tuple[bytes, Callable[[bytes], object]]] = {
    "cbor": (TOKEN, cbor.decode),
    "cose": (TOKEN, cose.parse),
    "token": (TOKEN, tokens.read),
    "claims": (tokens.encode_claims(CLAIMS), tokens.decode_claims),
    "code text": (TEXT.encode(), lambda data: codetext.parse_code(_text(data))),
    "signed note": (NOTE, notes.parse_note),
    "trust list": (trust_json.list_bytes(TRUST), trust_json.parse_list),
    "status list": (TOKEN, lambda data: statuslist.verify_status_list(data, TRUST)),
    "log proof": (b"c2sp.org/tlog-proof@v1\nextra AAAA\nindex 0\nAAAA\n\n" + NOTE, tlog.parse_proof),
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_answers_only_with_its_own_error(name):
    seed, parse = PARSERS[name]
    dice = random.Random(name)
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        data = mutate(seed, dice)
        try:
            parse(data)
        except Malformed:
            continue


@pytest.mark.timeout(120)
def test_no_altered_ticket_is_ever_accepted():
    dice = random.Random("tickets")
    until = time.monotonic() + SECONDS
    refused = 0
    while time.monotonic() < until:
        token = mutate(TOKEN, dice)
        text = codetext.ticket_code(f"https://{HOST}", token) if token else TEXT[:-1]
        if text == TEXT:
            continue
        with pytest.raises(NotVerified):
            check_ticket(text, TRUST, NOW)
        refused += 1
    assert refused > 1000
