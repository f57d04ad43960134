"""The root key's signature over the trust list: `/.well-known/giaouoc/keys.sig` (FORMATS 2). Called by clients that pin a root.

keys.sig is a signed note (shared.kernel.notes) of the text `HOST/keys\\n<seq>\\n<base64 SHA-256 of the RFC 8785 list>\\n`, signed
by the root, whose note name is `HOST/keys`.

**A new root** is signed by the old one: from then on keys.sig carries one more line, which note readers skip as one of an
unknown key: name `HOST/keys`, key id of type 0xff `giaouoc/root-succession/1` and the old key, then 32 bytes of the new
public key and 64 bytes of the old key's signature over `giaouoc/root-succession/1\\nHOST/keys\\n<vkey of the new root>\\n`.
The lines stay for ever. A client that pins the first root follows them to the last one, and only that one's signature over
the list counts; it pins what `verify_list` returns. The root of the archive and every later root thus lead to the same.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from shared.kernel import notes
from shared.kernel.keys import BadKey, ed25519_key
from shared.kernel.notes import Note, NoteSigner, Vkey
from shared.kernel.trust import BadTrust, TrustList
from shared.kernel.trust_json import list_digest, parse_list

SUCCESSION = "giaouoc/root-succession/1"
_SEQ = re.compile(r"[1-9][0-9]{0,9}")
_SUCCESSION_TYPE = b"\xff" + SUCCESSION.encode("ascii")


@dataclass(frozen=True, slots=True)
class VerifiedList:
    """A trust list under the root's signature. Pin `root` and `trust.seq` from now on."""

    trust: TrustList
    root: Vkey
    digest: bytes


def root_name(host: str) -> str:
    """The note name of a host's root key."""
    return f"{host}/keys"


def sign_list(trust: TrustList, host: str, root: NoteSigner, successions: Sequence[str] = ()) -> bytes:
    """keys.sig: the root's note over the list, followed by the succession lines that led to this root (oldest first)."""
    name = root_name(host)
    return notes.sign_note(_text(name, trust), name, root) + "".join(successions).encode()


def succession_line(host: str, old: NoteSigner, new_public_key: bytes) -> str:
    """The line by which the old root hands over to a new one; made once, kept in every keys.sig after. Raises BadKey."""
    name = root_name(host)
    signature = old.sign(_succession_statement(name, Vkey(name, new_public_key)))
    return notes.note_line(name, _succession_id(name, old.public_key()), new_public_key + signature)


def verify_list(list_data: bytes, signature_data: bytes, pinned_root: Vkey, minimum_seq: int = 1) -> VerifiedList:
    """The list, if the pinned root or its last successor signed it and it is not older than what the client has seen.

    Raises BadJson, BadNote, or BadTrust: `lower_seq`, `not_this_list` (name, sequence or digest differ), `unsigned`,
    `bad_succession`, and what `parse_list` raises.
    """
    note = notes.parse_note(signature_data)
    root = _current_root(note, pinned_root)
    if root not in note.signed_by([root]):
        raise BadTrust("unsigned")
    trust = parse_list(list_data)
    if note.text != _text(root.name, trust):
        raise BadTrust("not_this_list")
    if trust.seq < minimum_seq:
        raise BadTrust("lower_seq")
    return VerifiedList(trust, root, list_digest(trust))


def signed_seq(signature_data: bytes) -> int:
    """The sequence number that a keys.sig claims to sign, not verified: to find that list. Raises BadNote, BadTrust(`seq`)."""
    lines = notes.parse_note(signature_data).text.split("\n")
    if len(lines) != 4 or not _SEQ.fullmatch(lines[1]):
        raise BadTrust("seq")
    return int(lines[1])


def _text(name: str, trust: TrustList) -> str:
    return f"{name}\n{trust.seq}\n{base64.b64encode(list_digest(trust)).decode('ascii')}\n"


def _current_root(note: Note, pinned: Vkey) -> Vkey:
    root = pinned
    seen = {root}
    while True:
        successor = _successor(note, root)
        if successor is None:
            return root
        if successor in seen:
            raise BadTrust("bad_succession")
        seen.add(successor)
        root = successor


def _successor(note: Note, root: Vkey) -> Vkey | None:
    expected = (root.name, _succession_id(root.name, root.public_key))
    found = {line.signature for line in note.signatures if (line.name, line.key_id) == expected}
    if not found:
        return None
    if len(found) > 1:  # a root hands over once
        raise BadTrust("bad_succession")
    statement = found.pop()
    try:
        successor = Vkey(root.name, statement[:32])
    except BadKey:
        raise BadTrust("bad_succession") from None
    if not ed25519_key(root.public_key).verifies(statement[32:], _succession_statement(root.name, successor)):
        raise BadTrust("bad_succession")
    return successor


def _succession_id(name: str, public_key: bytes) -> bytes:
    return notes.key_id(name, _SUCCESSION_TYPE, public_key)


def _succession_statement(name: str, successor: Vkey) -> bytes:
    return f"{SUCCESSION}\n{name}\n{successor}\n".encode()
