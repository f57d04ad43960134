"""The verification bundle of a sealed pledge (`/v/<id>.bundle.json`), and the check that anybody can repeat (FORMATS 6).

Bundle = {type, id (39 digits), issuer, version, text, text_sha256, token, pdf_sha256, sealed_at, signatures: [{party,
means, statement, attestation, received_at, disputed_at}]}: `text` and `statement` as JSON objects whose RFC 8785 bytes are
what is hashed; token and attestation base64url; digests hex; times RFC 3339 UTC. No address, no credential, nothing
with which a signer could be reached. Made for functions/public/bundle.py; the check is what a verifier does with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.kernel import base64url, cose, tokens
from shared.kernel.canonical import canonical, digest
from shared.kernel.clock import rfc3339
from shared.kernel.codetext import id_digits
from shared.kernel.errors import NotFound
from shared.kernel.keys import PublicKey
from shared.kernel.malformed import Malformed
from shared.kernel.ports import Table
from shared.kernel.tokens import DocumentClaims, DocumentKind
from shared.pledges.items import load, load_draft, load_signatures
from shared.pledges.model import PUBLIC_ID, Signature
from shared.pledges.statement import MEANS_LINK, STATEMENT_TYPE, open_attestation, read_statement
from shared.pledges.text import TEXT_TYPE, text_fields

BUNDLE_TYPE = "giaouoc/pledge-bundle/1"
_FIELDS = frozenset({
    "type", "id", "issuer", "version", "text", "text_sha256", "token", "pdf_sha256", "sealed_at", "signatures",
})  # fmt: skip
_SIGNATURE_FIELDS = frozenset({"party", "means", "statement", "attestation", "received_at", "disputed_at"})

KeyOf = Callable[[bytes], PublicKey | None]
"""The issuer's document key of a kid, by the caller's pinned trust list; None for a key that is not in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong, and with which party's signature (None: with the bundle itself). `code` is `bundle.<word>`."""

    code: str
    party: int | None = None


class MakeBundle:
    """The bundle of a sealed pledge."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, public_id: str) -> dict[str, Any]:
        """Raises NotFound: no such pledge, or not sealed."""
        item = self._table.get(f"public#{public_id}", "pledge")
        pledge = load(self._table, PUBLIC_ID.read(item.body).pledge).pledge if item else None
        if pledge is None or pledge.seal is None or pledge.seal.sealed_at is None:
            raise NotFound("pledge.not_found")
        return {
            "type": BUNDLE_TYPE,
            "id": public_id,
            "issuer": pledge.issuer,
            "version": pledge.version,
            "text": text_fields(load_draft(self._table, pledge.id, pledge.version)),
            "text_sha256": pledge.text_sha256,
            "token": base64url.encode(bytes.fromhex(pledge.seal.token)),
            "pdf_sha256": pledge.seal.pdf_sha256,
            "sealed_at": rfc3339(pledge.seal.sealed_at),
            "signatures": [_made(each) for each in load_signatures(self._table, pledge.id, pledge.version)],
        }


def check_bundle(bundle: Mapping[str, Any], key_of: KeyOf) -> tuple[Finding, ...]:
    """All that is wrong with a bundle; empty if text, token and every signature hold together.

    A signature by link rests on the issuer's attestation alone: whoever shows the result says so (FORMATS 6). Status and
    log are not looked at here. Never raises for what a stranger put into the bundle.
    """
    try:
        return _checked(bundle, key_of)
    except (Malformed, KeyError, TypeError, ValueError, AttributeError):
        return (Finding(code="bundle.form"),)


def _checked(bundle: Mapping[str, Any], key_of: KeyOf) -> tuple[Finding, ...]:
    text = bundle["text"]
    if set(bundle) != _FIELDS or bundle["type"] != BUNDLE_TYPE or text["type"] != TEXT_TYPE:
        return (Finding(code="bundle.form"),)
    findings = []
    if digest(text).hex() != bundle["text_sha256"]:
        findings.append(Finding(code="bundle.text_altered"))
    findings += _token_findings(bundle, key_of)
    parties = {party["no"]: party for party in text["parties"]}
    signed: list[int] = [each["party"] for each in bundle["signatures"]]
    if {type(number) for number in (bundle["version"], *signed)} - {int}:  # in Python True == 1
        return (Finding(code="bundle.form"),)
    findings += [Finding(code="bundle.signature_missing", party=no) for no in parties if no not in signed]
    nonces: set[str] = set()
    for place, each in enumerate(bundle["signatures"]):
        code = "signature_twice" if each["party"] in signed[:place] else _signature_fault(bundle, each, parties, key_of)
        nonce = each["statement"]["nonce"]
        if code is None and nonce in nonces:
            code = "signature_replayed"
        if code is None:
            nonces.add(nonce)
        else:
            findings.append(Finding(code=f"bundle.{code}", party=each["party"]))
    return tuple(findings)


def _token_findings(bundle: Mapping[str, Any], key_of: KeyOf) -> list[Finding]:
    sealed = tokens.read(base64url.decode(bundle["token"]))
    key = key_of(sealed.kid)
    if key is None:
        return [Finding(code="bundle.unknown_key")]
    try:
        claims = sealed.open(key)
    except Malformed:
        return [Finding(code="bundle.token_altered")]
    fits = (
        isinstance(claims, DocumentClaims)
        and claims.kind is DocumentKind.PLEDGE
        and (claims.issuer, id_digits(claims.id)) == (bundle["issuer"], bundle["id"])
        and claims.text_sha256 == bytes.fromhex(bundle["text_sha256"])
    )
    return [] if fits else [Finding(code="bundle.token_of_another")]


def _signature_fault(
    bundle: Mapping[str, Any], each: Mapping[str, Any], parties: Mapping[int, Mapping[str, Any]], key_of: KeyOf
) -> str | None:
    """What is wrong with one signature, or None."""
    said, party = each["statement"], parties.get(each["party"])
    if set(each) != _SIGNATURE_FIELDS or said["type"] != STATEMENT_TYPE:
        return "form"
    if party is None or said["party"] != {key: party[key] for key in ("no", "unit", "name", "role")}:
        return "signature_of_another_party"
    expected = (bundle["issuer"], bundle["id"], bundle["version"], bundle["text_sha256"])
    if (said["issuer"], said["pledge"], said["version"], said["text_sha256"]) != expected:
        return "signature_of_another_text"
    if each["means"] != MEANS_LINK:
        return "unknown_means"
    attestation = base64url.decode(each["attestation"])
    key = key_of(cose.parse(attestation).kid)
    if key is None:
        return "unknown_key"
    try:
        attested = open_attestation(attestation, key)
    except Malformed:
        return "signature_altered"
    same = canonical(attested["statement"]) == canonical(said) and attested["received_at"] == each["received_at"]
    in_time = said["issued_at"] <= each["received_at"] <= said["expires_at"]
    return None if same and in_time and attested["means"] == each["means"] else "signature_altered"


def _made(signature: Signature) -> dict[str, Any]:
    return {
        "party": signature.party,
        "means": signature.means,
        "statement": read_statement(signature.statement),
        "attestation": base64url.encode(bytes.fromhex(signature.attestation)),
        "received_at": rfc3339(signature.signed_at),
        "disputed_at": rfc3339(signature.disputed_at) if signature.disputed_at else None,
    }
