"""C2SP signed notes (c2sp.org/signed-note) with Ed25519: a text and below it signature lines. Called by trust_root and the log.

A note is `<text>\\n<signature lines>`; the text ends with a line end, a line is `— <name> <base64(key id || signature)>`.
A verifier key is `<name>+<key id, 8 hex digits>+<base64(0x01 || public key)>`; base64 may hold `+`, so it is parted from the
left, twice. Key id = first 4 bytes of SHA-256(name || "\\n" || 0x01 || public key). Lines of unknown keys are skipped; a line
that claims a known key and does not verify spoils the whole note.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from shared.kernel.keys import ed25519_key
from shared.kernel.malformed import Malformed

ED25519_TYPE = b"\x01"
MAX_SIGNATURES = 100
MAX_BYTES = 1 << 20
_KEY_ID = re.compile("[0-9a-f]{8}")
_DASH = "\u2014 "


class BadNote(Malformed):
    """Not a signed note, not a verifier key, or not signed by whom it must be."""


class NoteSigner(Protocol):
    """What signing a note needs of the port `shared.kernel.ports.Signer`."""

    def public_key(self) -> bytes: ...

    def sign(self, data: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Vkey:
    """A verifier key: a name and 32 bytes of an Ed25519 public key. Raises BadNote(`name`) or BadKey."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        ed25519_key(self.public_key)

    @property
    def key_id(self) -> bytes:
        return key_id(self.name, ED25519_TYPE, self.public_key)

    def __str__(self) -> str:
        encoded = base64.b64encode(ED25519_TYPE + self.public_key).decode("ascii")
        return f"{self.name}+{self.key_id.hex()}+{encoded}"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: the name it gives, its 4-byte key id, and what follows the id."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A note taken apart, nothing verified. `text` ends with a line end."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def signed_by(self, keys: Iterable[Vkey]) -> tuple[Vkey, ...]:
        """Which of `keys` signed, in the order of the lines. Raises BadNote(`bad_signature`)."""
        known = {(key.name, key.key_id): key for key in keys}
        found: list[Vkey] = []
        for line in self.signatures:
            key = known.get((line.name, line.key_id))
            if key is None or key in found:
                continue
            if not ed25519_key(key.public_key).verifies(line.signature, self.text.encode()):
                raise BadNote("bad_signature")
            found.append(key)
        return tuple(found)


def key_id(name: str, kind: bytes, public_key: bytes) -> bytes:
    """The 4-byte key id; `kind` is the signature type, one byte, or 0xff and a name of ones own."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public_key).digest()[:4]


def parse_vkey(text: str) -> Vkey:
    """Raises BadNote: `vkey` (form), `vkey_type` (not Ed25519), `key_id` (not of this key), `name`; or BadKey."""
    parts = text.split("+", 2)
    if len(parts) != 3 or not _KEY_ID.fullmatch(parts[1]):
        raise BadNote("vkey")
    data = _base64(parts[2], "vkey")
    if len(data) != 33 or data[:1] != ED25519_TYPE:
        raise BadNote("vkey_type")
    vkey = Vkey(parts[0], data[1:])
    if vkey.key_id.hex() != parts[1]:
        raise BadNote("key_id")
    return vkey


def signature_line(text: str, name: str, signer: NoteSigner) -> str:
    """The line (with its line end) of `signer`'s key called `name` below `text`. Raises BadNote: `text`, `name`."""
    check_text(text)
    key = Vkey(name, signer.public_key())
    return note_line(name, key.key_id, signer.sign(text.encode()))


def note_line(name: str, id_: bytes, signature: bytes) -> str:
    """A signature line from its parts."""
    check_name(name)
    return f"{_DASH}{name} {base64.b64encode(id_ + signature).decode('ascii')}\n"


def sign_note(text: str, name: str, signer: NoteSigner) -> bytes:
    """The note with one signature. More lines may be appended to it. Raises BadNote: `text`, `name`."""
    return f"{text}\n{signature_line(text, name, signer)}".encode()


def parse_note(data: bytes) -> Note:
    """Raises BadNote: `too_large`, `not_utf8`, `text`, `no_signature`, `signature_line`, `too_many_signatures`, `name`."""
    if len(data) > MAX_BYTES:
        raise BadNote("too_large")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadNote("not_utf8") from None
    split = whole.rfind("\n\n")
    if split < 0:
        raise BadNote("no_signature")
    text, lines = whole[: split + 1], whole[split + 2 :]
    check_text(text)
    if not lines.endswith("\n"):
        raise BadNote("no_signature" if not lines else "signature_line")
    spelled = lines[:-1].split("\n")
    if len(spelled) > MAX_SIGNATURES:
        raise BadNote("too_many_signatures")
    return Note(text, tuple(_line(line) for line in spelled))


def open_note(data: bytes, keys: Iterable[Vkey]) -> str:
    """The text of a note that at least one of `keys` signed. Raises BadNote like `parse_note`, `bad_signature`, `unsigned`."""
    note = parse_note(data)
    if not note.signed_by(keys):
        raise BadNote("unsigned")
    return note.text


def check_name(name: str) -> None:
    """Raises BadNote(`name`) unless `name` is fit for a key: not empty, no white space, no plus sign, printable."""
    if not name or "+" in name or not name.isprintable() or any(sign.isspace() for sign in name):
        raise BadNote("name")


def check_text(text: str) -> None:
    """Raises BadNote(`text`) unless it ends with a line end and has no other control characters."""
    if not text.endswith("\n") or any(sign < " " and sign != "\n" for sign in text):
        raise BadNote("text")


def _line(line: str) -> NoteSignature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not encoded:
        raise BadNote("signature_line")
    check_name(name)
    data = _base64(encoded, "signature_line")
    if len(data) < 5:
        raise BadNote("signature_line")
    return NoteSignature(name, data[:4], data[4:])


def _base64(text: str, reason: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote(reason) from None
    if base64.b64encode(data).decode("ascii") != text:
        raise BadNote(reason)
    return data
