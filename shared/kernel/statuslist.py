"""Status lists (FORMATS 3): one bit for each document, as W3C bit string and as a CWT. Called by certificates, verifiers.

Number n of an issuer stands in list `<issuer>-r<n div 131072>` (revocation) and `<issuer>-s<n div 131072>` (suspension),
bit n mod 131072. In memory a list is 16,384 bytes, bit 0 being the highest bit of the first byte, as in W3C Bitstring
Status List 1.0, whose `encodedList` is `u` and the base64url of the gzipped bytes.

`/status/<list>.cwt` holds the same bits for verifiers without RDF: a COSE_Sign1 like our tokens, with the document key, over
`{1: issuer code, 2: its own address, 4: expiry, 6: issued at, 65533: {"bits": 1, "lst": zlib}}`. The claims are those of an
IETF Token Status List, so bit 0 is the *lowest* bit of the first byte there; the header parameter `typ` of that format is
left out, since our protected header is closed. The expiry is at most 24 hours after the time of issue.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from shared.kernel import base64url, cbor, cose
from shared.kernel.codetext import BadCode, check_origin
from shared.kernel.malformed import Malformed
from shared.kernel.tokens import CLAIM_EXPIRY, CLAIM_ISSUED_AT, CLAIM_ISSUER, ISSUER_PATTERN, MAX_NUMBER
from shared.kernel.trust import Purpose, TrustList

LIST_BITS = 131_072
LIST_BYTES = LIST_BITS // 8
VALID_FOR = 86_400
CLOCK_SKEW = 300
"""Seconds by which another machine's clock may be ahead of ours."""
_CLAIM_SUBJECT, _CLAIM_LIST = 2, 65533
_NAME = re.compile(r"([A-Z0-9][A-Z0-9-]{0,11})-([rs])(0|[1-9][0-9]{0,10})")
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class BadStatusList(Malformed):
    """Not a status list as we write it, or not by a key that may sign one."""


class StatusPurpose(StrEnum):
    REVOCATION = "r"
    SUSPENSION = "s"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusList:
    """One list at one time; `origin` is `https://HOST`, times are unix seconds, `bits` as the module says."""

    origin: str
    issuer: str
    purpose: StatusPurpose
    index: int
    issued_at: int
    expires_at: int
    bits: bytes

    @property
    def name(self) -> str:
        return list_name(self.issuer, self.purpose, self.index)

    def says(self, issuer: str, number: int) -> bool | None:
        """The bit of that issuer's document, or None if it does not stand in this list."""
        index, bit = place(number)
        return is_set(self.bits, bit) if (issuer, index) == (self.issuer, self.index) else None

    def is_fresh(self, now: int) -> bool:
        return self.issued_at - CLOCK_SKEW <= now < self.expires_at


def place(number: int) -> tuple[int, int]:
    """(list, bit) of a status number. Raises BadStatusList(`number`)."""
    if not 0 <= number <= MAX_NUMBER:
        raise BadStatusList("number")
    return divmod(number, LIST_BITS)


def list_name(issuer: str, purpose: StatusPurpose, index: int) -> str:
    """`UBND-HD-r0`: the last part of the list's address."""
    return f"{issuer}-{purpose.value}{index}"


def parse_list_name(name: str) -> tuple[str, StatusPurpose, int]:
    """Raises BadStatusList(`name`)."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise BadStatusList("name")
    return found[1], StatusPurpose(found[2]), int(found[3])


def empty_bits() -> bytes:
    return bytes(LIST_BYTES)


def with_bits(bits: bytes, places: Iterable[int]) -> bytes:
    """`bits` with these set too. Raises BadStatusList(`number`)."""
    changed = bytearray(bits)
    for bit in places:
        if not 0 <= bit < LIST_BITS:
            raise BadStatusList("number")
        changed[bit >> 3] |= 0x80 >> (bit & 7)
    return bytes(changed)


def is_set(bits: bytes, bit: int) -> bool:
    """Raises BadStatusList(`number`)."""
    if not 0 <= bit < LIST_BITS:
        raise BadStatusList("number")
    return bool(bits[bit >> 3] & 0x80 >> (bit & 7))


def keeps_all(before: bytes, after: bytes) -> bool:
    """Whether every bit of `before` is still set: a revocation is never taken back."""
    kept = int.from_bytes(before, "big")
    return kept & int.from_bytes(after, "big") == kept


def encode_bitstring(bits: bytes) -> str:
    """`encodedList` of a W3C Bitstring Status List. Raises BadStatusList(`length`)."""
    _check_length(bits)
    return "u" + base64url.encode(gzip.compress(bits, mtime=0))


def decode_bitstring(text: str) -> bytes:
    """Raises BadStatusList: `multibase`, `compression`, `length` (never unpacks more than a list)."""
    if not text.startswith("u"):
        raise BadStatusList("multibase")
    try:
        packed = base64url.decode(text[1:])
    except Malformed:
        raise BadStatusList("multibase") from None
    return _unpacked(packed, 16 + zlib.MAX_WBITS)


def payload_of(status_list: StatusList) -> bytes:
    """The claims that are signed. Raises BadStatusList, BadCode."""
    _check(status_list)
    claims = {
        CLAIM_ISSUER: status_list.issuer,
        _CLAIM_SUBJECT: f"{status_list.origin}/status/{status_list.name}.cwt",
        CLAIM_EXPIRY: status_list.expires_at,
        CLAIM_ISSUED_AT: status_list.issued_at,
        _CLAIM_LIST: {"bits": 1, "lst": zlib.compress(status_list.bits.translate(_REVERSED), 9)},
    }
    return cbor.encode(claims)


def sign_status_list(status_list: StatusList, signer_of: Callable[[int], cose.Signer]) -> bytes:
    """`/status/<list>.cwt`. `signer_of` gives a document key of the issuer that signs so many bytes: thousands of
    revocations are more than a key in KMS takes (decision 14). Raises BadStatusList, BadCode, and what `signer_of` raises.
    """
    payload = payload_of(status_list)
    return cose.sign1(signer_of(cose.signed_length(payload)), payload)


def verify_status_list(data: bytes, trust: TrustList) -> StatusList:
    """The list, if a document key of its issuer signed it and its address is the issuer's. Not whether it is fresh.

    Raises BadCbor, BadCose, BadTrust (also for a key revoked as compromised), or BadStatusList: `claims`, `issuer`, `time`,
    `period` (over 24 hours), `name`, `origin`, `compression`, `length`, `wrong_host`, `unknown_key`.
    """
    sign1 = cose.parse(data)
    key = trust.key(sign1.kid)
    if key is None or key.purpose is not Purpose.DOCUMENT:
        raise BadStatusList("unknown_key")
    found = _status_list(sign1.open(key.verifier))
    trust.find(sign1.kid, issuer=found.issuer, purposes={Purpose.DOCUMENT}, issued_at=found.issued_at)
    issuer = trust.issuer(found.issuer)
    if issuer is None or not issuer.serves_origin(found.origin):
        raise BadStatusList("wrong_host")
    return found


def _status_list(payload: bytes) -> StatusList:
    claims = cbor.decode(payload)
    expected = {CLAIM_ISSUER, _CLAIM_SUBJECT, CLAIM_EXPIRY, CLAIM_ISSUED_AT, _CLAIM_LIST}
    if not isinstance(claims, dict) or claims.keys() != expected:
        raise BadStatusList("claims")
    subject, packed = claims[_CLAIM_SUBJECT], claims[_CLAIM_LIST]
    if not isinstance(subject, str) or not isinstance(packed, dict) or packed.keys() != {"bits", "lst"}:
        raise BadStatusList("claims")
    if type(packed["bits"]) is not int or packed["bits"] != 1 or not isinstance(packed["lst"], bytes):
        raise BadStatusList("claims")
    origin, _, name = subject.rpartition("/status/")
    if not name.endswith(".cwt"):
        raise BadStatusList("name")
    issuer, purpose, index = parse_list_name(name.removesuffix(".cwt"))
    if claims[CLAIM_ISSUER] != issuer:
        raise BadStatusList("issuer")
    found = StatusList(
        origin=origin,
        issuer=issuer,
        purpose=purpose,
        index=index,
        issued_at=claims[CLAIM_ISSUED_AT],
        expires_at=claims[CLAIM_EXPIRY],
        bits=_unpacked(packed["lst"], zlib.MAX_WBITS).translate(_REVERSED),
    )
    _check(found)
    return found


def _check(found: StatusList) -> None:
    times = (found.issued_at, found.expires_at)
    if not all(type(time) is int and 0 <= time <= MAX_NUMBER for time in times):
        raise BadStatusList("time")
    if not found.issued_at < found.expires_at <= found.issued_at + VALID_FOR:
        raise BadStatusList("period")
    if not ISSUER_PATTERN.fullmatch(found.issuer):
        raise BadStatusList("issuer")
    if not 0 <= found.index <= MAX_NUMBER // LIST_BITS:
        raise BadStatusList("name")
    try:
        check_origin(found.origin)
    except BadCode:
        raise BadStatusList("origin") from None
    _check_length(found.bits)


def _check_length(bits: bytes) -> None:
    if len(bits) != LIST_BYTES:
        raise BadStatusList("length")


def _unpacked(packed: bytes, window_bits: int) -> bytes:
    unpacker = zlib.decompressobj(window_bits)
    try:
        bits = unpacker.decompress(packed, LIST_BYTES + 1)
    except zlib.error:
        raise BadStatusList("compression") from None
    if len(bits) <= LIST_BYTES and (not unpacker.eof or unpacker.unused_data):
        raise BadStatusList("compression")
    _check_length(bits)
    return bits
