"""The public log as a verifier sees it (FORMATS 4): checkpoint, entry, and the proof that one document stands in the log.

Called by the log itself (shared.transparency), `/v/<id>` and `giaouoc verify`. The browser's counterpart is
shared/web/static/verify/tlog.js; both run the table tests/vectors/tlog.json.

An **entry** is the RFC 8785 text `{"commit", "time", "type", "v": 1}`: public, and without its salt it says nothing. `commit`
is base64url HMAC-SHA256(salt, RFC 8785 of the subject); the **subject** `{id, type, token_sha256, pdf_sha256, time, ...}` and
the salt are handed out with the document, in the extra data of its proof (C2SP tlog-proof). The subject repeats the entry's
time, so that whoever has the proof can make the entry's bytes again. Digests are 64 hex digits, times RFC 3339 in UTC.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.kernel import base64url, canonical, merkle, notes
from shared.kernel.codetext import id_digits
from shared.kernel.malformed import Malformed
from shared.kernel.tokens import DocumentClaims, DocumentKind
from shared.kernel.trust import TrustList
from shared.kernel.verification import LogFacts

PROOF_HEADER: Final = "c2sp.org/tlog-proof@v1"
SALT_BYTES: Final = 32
MAX_PROOF_BYTES: Final = 1 << 16
CERTIFICATE, PLEDGE, TRUST_LIST = "certificate", "pledge", "trust-list"
"""Types of entries that verifiers know; the log has more (shared.transparency)."""
TYPE_OF: Final = {DocumentKind.CERTIFICATE: CERTIFICATE, DocumentKind.PLEDGE: PLEDGE}
_NUMBER = re.compile("0|[1-9][0-9]{0,14}")  # below 2^53: what a verifier in JavaScript reads exactly
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_SUBJECT_MEMBERS = frozenset({"id", "type", "token_sha256", "pdf_sha256", "time"})


class BadProof(Malformed):
    """Not a proof as we write it, or one of a log that the trust list does not name: it says nothing either way."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log (C2SP tlog-checkpoint): `size` entries under `root`."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed as a note."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode('ascii')}\n"


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof taken apart, nothing verified: `path` from the leaf's sibling upwards, `note` the signed checkpoint."""

    extra: bytes
    index: int
    path: tuple[bytes, ...]
    note: bytes

    @property
    def text(self) -> str:
        """As C2SP tlog-proof spells it."""
        lines = [PROOF_HEADER, f"extra {_encoded(self.extra)}", f"index {self.index}", *map(_encoded, self.path)]
        return "\n".join(lines) + "\n\n" + self.note.decode()


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What opens an entry: its salt and its subject, both handed out with the document."""

    salt: bytes
    subject: Mapping[str, Any]

    @property
    def extra(self) -> bytes:
        """The extra data of a proof: RFC 8785 `{salt, subject}`, the salt in base64url."""
        return canonical.canonical({"salt": base64url.encode(self.salt), "subject": dict(self.subject)})

    @property
    def entry(self) -> bytes:
        """The entry's bytes in the log."""
        commit = hmac.digest(self.salt, canonical.canonical(dict(self.subject)), "sha256")
        return entry_bytes(commit, time=self.subject["time"], kind=self.subject["type"])


def log_origin(host: str) -> str:
    """The name of a host's first log, which is also its address without the scheme."""
    return f"{host}/log"


def entry_bytes(commit: bytes, *, time: str, kind: str) -> bytes:
    """The bytes of an entry. `commit` is 32 bytes; for a trust list its plain SHA-256."""
    return canonical.canonical({"commit": base64url.encode(commit), "time": time, "type": kind, "v": 1})


def parse_checkpoint(text: str) -> Checkpoint:
    """A checkpoint from the text of a note. Further lines (extensions) are allowed and mean nothing here.

    Raises BadProof(`checkpoint`).
    """
    lines = text[:-1].split("\n") if text.endswith("\n") else []
    if len(lines) < 3 or not all(lines) or not _NUMBER.fullmatch(lines[1]):
        raise BadProof("checkpoint")
    return Checkpoint(lines[0], int(lines[1]), _hash(lines[2], "checkpoint"))


def parse_proof(data: bytes) -> Proof:
    """Raises BadProof: `too_large`, `not_utf8`, `proof` (another form), `path`."""
    if len(data) > MAX_PROOF_BYTES:
        raise BadProof("too_large")
    try:
        head, blank, note = data.decode("utf-8").partition("\n\n")
    except UnicodeDecodeError:
        raise BadProof("not_utf8") from None
    lines = head.split("\n")
    if not blank or len(lines) < 3 or lines[0] != PROOF_HEADER:
        raise BadProof("proof")
    if not lines[1].startswith("extra ") or not lines[2].startswith("index "):
        raise BadProof("proof")
    index = lines[2].removeprefix("index ")
    if not _NUMBER.fullmatch(index) or len(lines) > 3 + merkle.MAX_PATH:
        raise BadProof("proof")
    path = tuple(_hash(line, "path") for line in lines[3:])
    return Proof(_decoded(lines[1].removeprefix("extra "), "proof"), int(index), path, note.encode())


def parse_disclosure(extra: bytes) -> Disclosure:
    """Salt and subject from a proof's extra data. A subject may have members that this release does not know.

    Raises BadProof(`extra`).
    """
    try:
        whole = canonical.parse_canonical(extra, max_bytes=MAX_PROOF_BYTES)
        if not isinstance(whole, dict) or whole.keys() != {"salt", "subject"} or not isinstance(whole["salt"], str):
            raise BadProof("extra")
        disclosed = Disclosure(base64url.decode(whole["salt"]), whole["subject"])
    except Malformed:
        raise BadProof("extra") from None
    subject = disclosed.subject
    if len(disclosed.salt) != SALT_BYTES or not isinstance(subject, dict) or not subject.keys() >= _SUBJECT_MEMBERS:
        raise BadProof("extra")
    if not all(isinstance(subject[name], str) for name in _SUBJECT_MEMBERS) or not _TIME.fullmatch(subject["time"]):
        raise BadProof("extra")
    return disclosed


def check_proof(
    data: bytes, claims: DocumentClaims, token: bytes, trust: TrustList, *, pdf: bytes | None = None
) -> LogFacts:
    """Whether this proof shows that this very token (and `pdf`, if it is at hand) stands in a log of the trust list.

    `claims` are the verified ones of `token`. `included` is False for a whole proof that is not about this document, or whose
    checkpoint the log has not signed, or whose path does not lead there. Raises Malformed for what is no proof at all, or of
    a log that the list does not name: then no proof is at hand.
    """
    proof = parse_proof(data)
    note = notes.parse_note(proof.note)
    checkpoint = parse_checkpoint(note.text)
    disclosed = parse_disclosure(proof.extra)
    key = _log_key(trust, checkpoint, note.text)
    about_this = _is_about(disclosed.subject, claims, token, pdf)
    return LogFacts(included=about_this and _is_signed(note, key) and _is_in(proof, disclosed.entry, checkpoint))


def _is_about(subject: Mapping[str, Any], claims: DocumentClaims, token: bytes, pdf: bytes | None) -> bool:
    named = (subject["id"], subject["type"]) == (id_digits(claims.id), TYPE_OF[claims.kind])
    same_token = hmac.compare_digest(subject["token_sha256"].encode(), _sha256(token).encode())
    return named and same_token and (pdf is None or subject["pdf_sha256"] == _sha256(pdf))


def _log_key(trust: TrustList, checkpoint: Checkpoint, text: str) -> notes.Vkey:
    """The key of the log in force; of a log that ended only its final checkpoint counts, since its key may be stolen."""
    log = trust.log
    if log is not None and checkpoint.origin == log.origin:
        return notes.parse_vkey(log.vkey)
    for past in log.past if log is not None else ():
        if checkpoint.origin == past.origin and notes.parse_note(past.final.encode()).text == text:
            return notes.parse_vkey(past.vkey)
    raise BadProof("unknown_log")


def _is_signed(note: notes.Note, key: notes.Vkey) -> bool:
    try:
        return bool(note.signed_by([key]))
    except notes.BadNote:
        return False


def _is_in(proof: Proof, entry: bytes, checkpoint: Checkpoint) -> bool:
    try:
        root = merkle.root_of_path(merkle.leaf_hash(entry), proof.index, checkpoint.size, proof.path)
    except merkle.NotInTree:
        return False
    return root == checkpoint.root


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decoded(text: str, reason: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadProof(reason) from None
    if _encoded(data) != text:
        raise BadProof(reason)
    return data


def _hash(text: str, reason: str) -> bytes:
    data = _decoded(text, reason)
    if len(data) != merkle.HASH_BYTES:
        raise BadProof(reason)
    return data
