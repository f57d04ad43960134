"""Keys: RFC vectors, thumbprints, and every key that must not verify anything."""

from __future__ import annotations

import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel import base64url
from shared.kernel.keys import BadKey, Ed25519Signer, ed25519_key, jwk_of, kid_of, raw_of
from shared.kernel.malformed import Malformed

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int]


def add(one: Point, other: Point) -> Point:
    """Addition on edwards25519 (RFC 8032 5.1.4), in plain coordinates."""
    (x1, y1), (x2, y2) = one, other
    product = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, P) % P
    return x, y


def small_order_points() -> list[Point]:
    """All eight, made from a point of order 8: l times a point whose order is 8 l."""
    order = 2**252 + 27742317777372353535851937790883648493
    for y in range(2, 100):
        square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
        x = pow(square, (P + 3) // 8, P)
        if x * x % P != square:
            x = x * pow(2, (P - 1) // 4, P) % P
        if x * x % P != square:
            continue
        total, step, left = (0, 1), (x, y), order
        while left:
            if left & 1:
                total = add(total, step)
            step, left = add(step, step), left >> 1
        points = [total]
        while points[-1] != (0, 1):
            points.append(add(points[-1], total))
        if len(points) == 8:
            return points
    raise AssertionError("no point of order 8 found")


def encodings(point: Point) -> list[bytes]:
    """Every 32-byte spelling of a point: y and y + p where that fits, and both signs where x is 0."""
    x, y = point
    signs = (0, 1) if x == 0 else (x & 1,)
    return [
        (spelled | sign << 255).to_bytes(32, "little") for spelled in (y, y + P) if spelled < 2**255 for sign in signs
    ]


def test_rfc_8032_first_vector() -> None:
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    signer = Ed25519Signer.from_seed(seed)
    assert signer.public_key().hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    signature = signer.sign(b"")
    assert signature.hex().startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974")
    assert ed25519_key(signer.public_key()).verifies(signature, b"")
    assert not ed25519_key(signer.public_key()).verifies(signature, b"x")


def test_rfc_8037_thumbprint() -> None:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    whole = base64url.decode("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
    assert kid_of(jwk) == whole[:8] == kid_of(raw_of(jwk))


def test_kid_of_a_seal_key() -> None:
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    raw = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    jwk = jwk_of(raw)
    required = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    assert kid_of(jwk) == kid_of(raw) == hashlib.sha256(required.encode()).digest()[:8]
    assert raw_of(jwk) == raw


def test_all_small_order_keys_are_refused_in_every_spelling() -> None:
    spellings = [spelling for point in small_order_points() for spelling in encodings(point)]
    assert len(set(spellings)) == 14
    for spelling in spellings:
        with pytest.raises(BadKey) as refusal:
            ed25519_key(spelling)
        assert refusal.value.reason in ("key_small_order", "key_not_canonical")


def test_y_at_or_above_p_is_refused() -> None:
    for y in range(P, 2**255):
        with pytest.raises(BadKey, match="key_not_canonical"):
            ed25519_key(y.to_bytes(32, "little"))


def test_half_of_all_y_are_no_points() -> None:
    outside = 0
    for y in range(2, 60):
        try:
            ed25519_key(y.to_bytes(32, "little"))
        except BadKey as refusal:
            assert refusal.reason == "key_not_on_curve"  # noqa: PT017
            outside += 1
    assert 15 < outside < 45


@given(st.binary(min_size=32, max_size=32))
def test_every_real_key_passes(seed: bytes) -> None:
    signer = Ed25519Signer.from_seed(seed)
    key = ed25519_key(signer.public_key())
    assert key.verifies(signer.sign(seed), seed)
    assert raw_of(jwk_of(key.raw)) == key.raw
    assert signer.kid == kid_of(jwk_of(key.raw))


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_other_lengths_are_refused(length: int) -> None:
    with pytest.raises(BadKey):
        ed25519_key(b"\x05" * length)
    with pytest.raises(BadKey):
        kid_of(b"\x05" * length)


OKP = jwk_of(Ed25519Signer.from_seed(b"1" * 32).public_key())


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        OKP | {"kid": "a"},
        OKP | {"d": OKP["x"]},
        OKP | {"crv": "X25519"},
        OKP | {"x": OKP["x"] + "="},
        OKP | {"x": OKP["x"][:-1]},
        OKP | {"x": 5},
        {"kty": "EC", "crv": "P-256", "x": OKP["x"], "y": OKP["x"]},
    ],
)
def test_other_jwks_are_refused(jwk: dict[str, object]) -> None:
    with pytest.raises(BadKey):
        raw_of(jwk)


def test_a_signer_never_shows_its_secret() -> None:
    assert repr(Ed25519Signer.from_seed(b"1" * 32)) == f"Ed25519Signer({kid_of(raw_of(OKP)).hex()})"


@given(st.binary(max_size=40))
def test_base64url_round_trip(data: bytes) -> None:
    assert base64url.decode(base64url.encode(data)) == data


@pytest.mark.parametrize("text", ["A", "QQ==", "QR", "Q Q", "Q\n", "+/", "QUJ=", "é"])
def test_base64url_is_strict(text: str) -> None:
    with pytest.raises(Malformed):
        base64url.decode(text)
