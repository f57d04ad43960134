"""Libraries of others verify our tokens; and where they are more lenient than we are, spelling by spelling.

Every token here has a right signature, so each refusal of ours is about its form alone. The table is told in
docs/decisions/0003-strict-tokens.md.
"""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from cwt import COSE, COSEKey
from pycose.keys import OKPKey
from pycose.messages import CoseMessage

from shared.kernel.tokens import Claims, TicketClaims, sign_document, sign_ticket
from tests.unit.kernel.crafted import (
    CERTIFICATE,
    PLEDGE,
    PROTECTED,
    SIGNER,
    TICKET,
    assemble,
    dumps,
    refusal,
    signature,
    wire,
)

CWT_KEY = COSEKey.new({1: 1, -1: 6, -2: SIGNER.public_key(), 2: SIGNER.kid, 3: -8})
PAYLOAD = dumps(wire(CERTIFICATE))
KID = SIGNER.kid


def cwt_accepts(token: bytes) -> bool:
    try:
        COSE.new().decode(token, CWT_KEY)
    except Exception:
        return False
    return True


def pycose_accepts(token: bytes) -> bool:
    try:
        message: Any = CoseMessage.decode(token)
        message.key = OKPKey(crv="ED25519", x=SIGNER.public_key())
        return bool(message.verify_signature())
    except Exception:
        return False


@pytest.mark.parametrize("claims", [CERTIFICATE, PLEDGE, TICKET], ids=["certificate", "pledge", "ticket"])
def test_libraries_of_others_verify_what_we_write(claims: Claims) -> None:
    token = sign_ticket(claims, SIGNER) if isinstance(claims, TicketClaims) else sign_document(claims, SIGNER)
    assert cwt_accepts(token)
    assert pycose_accepts(token)
    assert cbor2.loads(COSE.new().decode(token, CWT_KEY)) == wire(claims)
    assert cbor2.loads(CoseMessage.decode(token).payload) == wire(claims)


# Each of these has a right signature. (bytes, our reason, cwt accepts, pycose accepts)
SPELLINGS: dict[str, tuple[bytes, str, bool, bool]] = {
    "trailing byte after the token": (assemble(PAYLOAD, tail=b"\x00"), "trailing_bytes", True, True),
    "no tag": (assemble(PAYLOAD, head=b"\x84"), "tag", False, False),
    "tag in two bytes": (assemble(PAYLOAD, head=b"\xd8\x12\x84"), "tag", True, True),
    "CWT tag around it": (assemble(PAYLOAD, head=b"\xd8\x3d\xd2\x84"), "tag", False, False),
    "array head in two bytes": (assemble(PAYLOAD, head=b"\xd2\x98\x04"), "long_integer", True, True),
    "array of indefinite length": (assemble(PAYLOAD, head=b"\xd2\x9f", tail=b"\xff"), "indefinite", True, True),
    "a fifth part": (assemble(PAYLOAD, head=b"\xd2\x85", tail=b"\x00"), "structure", False, True),
    "kid repeated unprotected": (assemble(PAYLOAD, unprotected=dumps({4: KID})), "unprotected_header", True, True),
    "unknown unprotected": (assemble(PAYLOAD, unprotected=dumps({99: 1})), "unprotected_header", True, True),
    "unprotected of indefinite length": (assemble(PAYLOAD, unprotected=b"\xbf\xff"), "indefinite", True, True),
    "payload in chunks": (
        b"\xd2\x84" + dumps(PROTECTED) + b"\xa0\x5f" + dumps(PAYLOAD) + b"\xff" + dumps(signature(PAYLOAD)),
        "indefinite",
        True,
        True,
    ),
    "header keys out of order": (
        assemble(PAYLOAD, protected=b"\xa2\x04\x48" + KID + b"\x01\x27"),
        "protected_header",
        True,
        True,
    ),
    "header integer in two bytes": (
        assemble(PAYLOAD, protected=b"\xa2\x01\x38\x07\x04\x48" + KID),
        "protected_header",
        True,
        True,
    ),
    "alg twice in the header": (
        assemble(PAYLOAD, protected=b"\xa3\x01\x26\x01\x27\x04\x48" + KID),
        "protected_header",
        True,
        True,
    ),
    "one more header": (
        assemble(PAYLOAD, protected=dumps({1: -8, 3: "application/cwt", 4: KID})),
        "protected_header",
        True,
        True,
    ),
    "critical header nobody knows": (
        assemble(PAYLOAD, protected=dumps({1: -8, 2: [99], 4: KID, 99: 1})),
        "protected_header",
        True,
        True,
    ),
    "trailing byte in the header": (assemble(PAYLOAD, protected=PROTECTED + b"\x00"), "protected_header", True, True),
    "header of indefinite length": (
        assemble(PAYLOAD, protected=b"\xbf\x01\x27\x04\x48" + KID + b"\xff"),
        "protected_header",
        True,
        True,
    ),
    "no kid": (assemble(PAYLOAD, protected=dumps({1: -8})), "protected_header", True, True),
    "kid of nine bytes": (assemble(PAYLOAD, protected=dumps({1: -8, 4: KID + b"1"})), "protected_header", False, True),
    "another key's kid": (assemble(PAYLOAD, protected=dumps({1: -8, 4: b"somebody"})), "wrong_key", False, True),
    "the newer name of the algorithm": (
        assemble(PAYLOAD, protected=dumps({1: -19, 4: KID})),
        "protected_header",
        True,
        False,
    ),
    "trailing byte in the payload": (assemble(PAYLOAD + b"\x00"), "trailing_bytes", True, True),
    "issuer twice": (assemble(b"\xa5\x01\x61X" + PAYLOAD[1:]), "duplicate_key", True, True),
    "claims out of order": (
        assemble(cbor2.dumps(dict(reversed(wire(CERTIFICATE).items())))),
        "key_order",
        True,
        True,
    ),
    "map head in two bytes": (assemble(b"\xb8\x04" + PAYLOAD[1:]), "long_integer", True, True),
    "map of indefinite length": (assemble(b"\xbf" + PAYLOAD[1:] + b"\xff"), "indefinite", True, True),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_other_spellings_that_libraries_take_and_we_refuse(name: str) -> None:
    token, reason, by_cwt, by_pycose = SPELLINGS[name]
    assert refusal(token) == reason
    assert (cwt_accepts(token), pycose_accepts(token)) == (by_cwt, by_pycose)
