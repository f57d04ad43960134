"""C2SP signed notes: a known note of others, our own, and what is refused."""

from __future__ import annotations

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.keys import BadKey, Ed25519Signer
from shared.kernel.malformed import Malformed
from shared.kernel.notes import BadNote, Vkey, open_note, parse_note, parse_vkey, sign_note, signature_line

# The example in the documentation of Go's golang.org/x/mod/sumdb/note.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_LINE = (
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
SIGNER = Ed25519Signer.from_seed(b"n" * 32)
KEY = Vkey("giaouoc.example.vn/log", SIGNER.public_key())
TEXT = "giaouoc.example.vn/log\n5\nGốc\n"
NOTE = sign_note(TEXT, KEY.name, SIGNER)


def test_a_note_of_gos_documentation() -> None:
    key = parse_vkey(GO_VKEY)
    assert str(key) == GO_VKEY
    assert open_note(f"{GO_TEXT}\n{GO_LINE}".encode(), [key]) == GO_TEXT


def test_ours_opens_with_the_text_of_its_key() -> None:
    assert open_note(NOTE, [parse_vkey(str(KEY))]) == TEXT
    assert NOTE.decode().startswith(f"{TEXT}\n\u2014 {KEY.name} ")


def test_vkeys_whose_base64_holds_a_plus_are_parted_from_the_left() -> None:
    keys = (Vkey("a.vn/log", Ed25519Signer.from_seed(bytes([n]) * 32).public_key()) for n in range(40))
    with_plus = [key for key in keys if "+" in str(key).split("+", 2)[2]]
    assert with_plus
    for key in with_plus:
        assert parse_vkey(str(key)) == key


def test_several_signers_and_lines_of_strangers() -> None:
    other = Ed25519Signer.from_seed(b"o" * 32)
    other_key = Vkey("w.example.vn", other.public_key())
    note = NOTE + signature_line(TEXT, other_key.name, other).encode() + GO_LINE.encode()
    assert parse_note(note).signed_by([KEY, other_key]) == (KEY, other_key)
    assert parse_note(note).signed_by([other_key]) == (other_key,)
    with pytest.raises(BadNote, match="unsigned"):
        open_note(note, [Vkey("x.vn", other.public_key())])


def test_a_line_of_a_known_key_must_verify() -> None:
    forged = signature_line("another text\n", KEY.name, SIGNER).encode()
    with pytest.raises(BadNote, match="bad_signature"):
        open_note(f"{TEXT}\n".encode() + forged, [KEY])
    short = base64.b64encode(KEY.key_id + b"1").decode()
    with pytest.raises(BadNote, match="bad_signature"):
        open_note(f"{TEXT}\n\u2014 {KEY.name} {short}\n".encode(), [KEY])


def test_a_text_may_hold_empty_lines() -> None:
    text = "a\n\nb\n"
    assert open_note(sign_note(text, KEY.name, SIGNER), [KEY]) == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no_signature"),
        (TEXT.encode(), "no_signature"),
        (TEXT.encode() + b"\n", "no_signature"),
        (NOTE[:-1], "signature_line"),
        (NOTE + b"\n", "no_signature"),
        (NOTE.replace("\u2014".encode(), b"-"), "signature_line"),
        (NOTE + "\u2014 x\n".encode(), "signature_line"),
        (NOTE + "\u2014 x AAAA\n".encode(), "signature_line"),
        (NOTE + "\u2014 x AAAAAAB=\n".encode(), "signature_line"),
        (NOTE + "\u2014 a+b AAAAAAAA\n".encode(), "name"),
        (NOTE + GO_LINE.encode() * 100, "too_many_signatures"),
        (b"a\tb\n\n" + GO_LINE.encode(), "text"),
        (b"a\r\n\n" + GO_LINE.encode(), "text"),
        (b"\xff" + NOTE, "not_utf8"),
        (b"a" * (1 << 20) + NOTE, "too_large"),
    ],
)
def test_refused_notes(data: bytes, reason: str) -> None:
    with pytest.raises(BadNote) as refusal:
        open_note(data, [KEY])
    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "vkey"),
        ("a+b", "vkey"),
        (GO_VKEY.replace("c74f20a3", "c74f20a4"), "key_id"),
        (GO_VKEY.replace("c74f20a3", "C74F20A3"), "vkey"),
        (GO_VKEY.replace("PeterNeumann", ""), "name"),
        (GO_VKEY.replace("PeterNeumann", "Peter Neumann"), "name"),
        (GO_VKEY.replace("+ARpc", "+AhpC"), "vkey_type"),
        (GO_VKEY + "\n", "vkey"),
        (GO_VKEY[:-2] + "T=", "vkey"),
        (GO_VKEY[:-4], "vkey_type"),
    ],
)
def test_refused_vkeys(text: str, reason: str) -> None:
    with pytest.raises(BadNote) as refusal:
        parse_vkey(text)
    assert refusal.value.reason == reason


def test_a_vkey_of_small_order_is_refused() -> None:
    with pytest.raises(BadKey, match="key_small_order"):
        Vkey("a.vn", b"\x01" + bytes(31))


@pytest.mark.parametrize("text", ["", "no line end", "a\tb\n", "a\x00\n"])
def test_no_other_text_is_signed(text: str) -> None:
    with pytest.raises(BadNote, match="text"):
        sign_note(text, KEY.name, SIGNER)


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=40))
def test_round_trip(line: str) -> None:
    assert open_note(sign_note(line + "\n", KEY.name, SIGNER), [KEY]) == line + "\n"


@given(st.integers(min_value=0, max_value=len(NOTE) - 1), st.integers(min_value=1, max_value=255))
def test_no_byte_can_be_changed(place: int, change: int) -> None:
    with pytest.raises(Malformed):
        open_note(NOTE[:place] + bytes([NOTE[place] ^ change]) + NOTE[place + 1 :], [KEY])


@given(st.binary(max_size=80))
def test_strangers_bytes(data: bytes) -> None:
    with contextlib.suppress(BadNote):
        parse_note(data)
