"""Signing keys in a folder of encrypted files (ports Keyring, KeyStore; called by shared/edge/wiring.py, infra/commands).

Each key is one file, mode 0600: a JSON header in clear (issuer, purpose, kid, validity, public key, certificate) and
the private key under AES-256-GCM with the header as associated data. The AES key comes from one passphrase by scrypt
(RFC 7914) with one salt for the folder, so opening all keys costs one derivation. `folder.json` keeps salt, parameters
and a sealed empty text, by which a wrong passphrase is told from a damaged file.

Ed25519 for ticket, document, credential, checkpoint and root, P-256 for seal (FORMATS 2). Backups leave the folder out.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from shared.embedded.files import disk_errors, make_folder, name_once, put_aside
from shared.embedded.signers import EcdsaSigner
from shared.kernel import base64url
from shared.kernel.clock import Clock, rfc3339
from shared.kernel.errors import Problem, Unavailable
from shared.kernel.key_store import KeyInfo, MakeCertificate
from shared.kernel.keys import Ed25519Signer
from shared.kernel.ports import Signer

PURPOSES: Final = ("ticket", "document", "credential", "checkpoint", "root", "seal")
SCRYPT: Final = {"n": 2**15, "r": 8, "p": 1}
MAX_SCRYPT_N: Final = 2**20
_ISSUER = re.compile(r"[A-Z0-9][A-Z0-9-]{0,11}")
_CHECK: Final = b"giaouoc/key-folder/1"


class KeyFolderError(Problem):
    """The key folder cannot be used: the process says why and ends."""


class KeyFolder:
    """The keys of one folder, opened with its passphrase. `signer` gives the key that is valid by `clock`."""

    long_purposes: tuple[str, ...] = ()
    """A key in memory signs data of any length."""

    def __init__(self, folder: Path, passphrase: bytes, clock: Clock) -> None:
        """Opens the folder, making it if it is absent. Raises KeyFolderError: keys.wrong_passphrase, keys.damaged,
        keys.weak_passphrase."""
        self._folder, self._clock = folder, clock
        self._signers: dict[bytes, Signer] = {}
        self._infos: dict[bytes, KeyInfo] = {}
        with disk_errors():
            make_folder(folder)
            if not (folder / "folder.json").exists():
                _make_folder_file(folder, passphrase)
            self._cipher = _open_folder_file(folder / "folder.json", passphrase)
            for path in sorted(folder.glob("*.key")):
                self._remember(*_open_key(path, self._cipher))

    def create_key(
        self,
        issuer: str,
        purpose: str,
        valid_from: datetime,
        valid_until: datetime,
        make_certificate: MakeCertificate | None = None,
        *,
        long: bool = False,
    ) -> KeyInfo:
        """See kernel/key_store.py. One file, so nothing is left half made. Other processes see it when they open the
        folder again."""
        if long:
            raise ValueError("every key of the folder signs data of any length")
        valid_from, valid_until = valid_from.replace(microsecond=0), valid_until.replace(microsecond=0)
        if not _ISSUER.fullmatch(issuer) or purpose not in PURPOSES or valid_until <= valid_from:
            raise ValueError("issuer, purpose or validity of a key")
        key, signer, certificate = _generate(purpose, valid_from, valid_until, make_certificate)
        info = KeyInfo(
            kid=signer.kid,
            issuer=issuer,
            purpose=purpose,
            alg=signer.alg,
            public_key=signer.public_key(),
            valid_from=valid_from,
            valid_until=valid_until,
            certificate=certificate,
        )
        private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        content = _sealed(_header(info), private, self._cipher)
        with disk_errors():
            name_once(put_aside(self._folder, content), self._folder / f"{issuer}-{purpose}-{signer.kid.hex()}.key")
        self._remember(info, signer)
        return info

    def keys(self) -> tuple[KeyInfo, ...]:
        """All keys of the folder, older ones too, by issuer, purpose and start of validity."""
        return tuple(sorted(self._infos.values(), key=lambda each: (each.issuer, each.purpose, each.valid_from)))

    def signer(self, issuer: str, purpose: str, *, length: int = 0) -> Signer:  # noqa: ARG002 - here any length is signed
        return self._signers[self._current(issuer, purpose).kid]

    def signer_by_kid(self, kid: bytes) -> Signer:
        """A key by its id, whether valid now or not: a ticket is shown again under the key it was made with."""
        try:
            return self._signers[kid]
        except KeyError:
            raise Unavailable("keys.no_key", kid=kid.hex()) from None

    def certificate(self, issuer: str) -> bytes:
        certificate = self._current(issuer, "seal").certificate
        if certificate is None:
            raise Unavailable("keys.no_certificate", issuer=issuer)
        return certificate

    def _current(self, issuer: str, purpose: str) -> KeyInfo:
        now = self._clock.now()
        valid = [
            each
            for each in self._infos.values()
            if (each.issuer, each.purpose) == (issuer, purpose) and each.valid_from <= now < each.valid_until
        ]
        if not valid:
            raise Unavailable("keys.no_key", issuer=issuer, purpose=purpose)
        return max(valid, key=lambda each: each.valid_from)

    def _remember(self, info: KeyInfo, signer: Signer) -> None:
        if signer.kid != info.kid or signer.public_key() != info.public_key:
            raise KeyFolderError("keys.damaged", file=info.kid.hex())
        self._infos[info.kid] = info
        self._signers[info.kid] = signer


def read_passphrase(*, file: Path | None = None, descriptor: int | None = None) -> bytes:
    """The passphrase from KEY_PASSPHRASE_FILE, or from the pipe that the supervisor hands to its children.

    One line break at the end does not count. Raises KeyFolderError: keys.no_passphrase, keys.passphrase_file.
    """
    try:
        if file is not None:
            text = file.read_bytes()
        elif descriptor is not None:
            with os.fdopen(descriptor, "rb") as pipe:
                text = pipe.read(4096)
        else:
            raise KeyFolderError("keys.no_passphrase")
    except OSError as error:
        raise KeyFolderError("keys.passphrase_file", file=str(file)) from error
    return text.removesuffix(b"\n").removesuffix(b"\r")


def _generate(
    purpose: str, valid_from: datetime, valid_until: datetime, make_certificate: MakeCertificate | None
) -> tuple[Ed25519PrivateKey | EllipticCurvePrivateKey, Signer, bytes | None]:
    if purpose != "seal":
        key = Ed25519PrivateKey.generate()
        return key, Ed25519Signer(key), None
    if make_certificate is None:
        raise ValueError("a seal key needs a certificate")
    seal = generate_private_key(SECP256R1())
    signer = EcdsaSigner(seal)
    return seal, signer, make_certificate(signer, valid_from, valid_until)


def _make_folder_file(folder: Path, passphrase: bytes) -> None:
    salt = secrets.token_bytes(16)
    header: dict[str, Any] = {"v": 1, "kdf": "scrypt", **SCRYPT, "salt": base64url.encode(salt)}
    if len(passphrase) < 8:
        raise KeyFolderError("keys.weak_passphrase", least=8)
    name_once(put_aside(folder, _sealed(header, _CHECK, _derive(header, passphrase))), folder / "folder.json")


def _open_folder_file(path: Path, passphrase: bytes) -> AESGCM:
    header, nonce, sealed = _parts(path)
    n, r, p = header.get("n"), header.get("r"), header.get("p")
    if not (header.get("v") == 1 and isinstance(n, int) and 2**14 <= n <= MAX_SCRYPT_N and r == 8 and p == 1):
        raise KeyFolderError("keys.damaged", file=path.name)
    cipher = _derive(header, passphrase)
    try:
        cipher.decrypt(nonce, sealed, _associated(header))
    except InvalidTag:
        raise KeyFolderError("keys.wrong_passphrase") from None
    return cipher


def _derive(header: Mapping[str, Any], passphrase: bytes) -> AESGCM:
    salt = base64url.decode(header["salt"])
    scrypt = Scrypt(salt=salt, length=32, n=header["n"], r=header["r"], p=header["p"])
    return AESGCM(scrypt.derive(passphrase))


def _sealed(header: Mapping[str, Any], secret: bytes, cipher: AESGCM) -> bytes:
    nonce = secrets.token_bytes(12)
    sealed = cipher.encrypt(nonce, secret, _associated(header))
    content = {**header, "nonce": base64url.encode(nonce), "sealed": base64url.encode(sealed)}
    return json.dumps(content, indent=1, sort_keys=True).encode() + b"\n"


def _parts(path: Path) -> tuple[dict[str, Any], bytes, bytes]:
    try:
        header = json.loads(path.read_bytes())
        return header, base64url.decode(header.pop("nonce")), base64url.decode(header.pop("sealed"))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KeyFolderError("keys.damaged", file=path.name) from None


def _open_key(path: Path, cipher: AESGCM) -> tuple[KeyInfo, Signer]:
    header, nonce, sealed = _parts(path)
    try:
        key = load_der_private_key(cipher.decrypt(nonce, sealed, _associated(header)), password=None)
        info = _info(header)
    except (InvalidTag, ValueError, KeyError, TypeError):
        raise KeyFolderError("keys.damaged", file=path.name) from None
    if isinstance(key, Ed25519PrivateKey):
        return info, Ed25519Signer(key)
    if isinstance(key, EllipticCurvePrivateKey):
        return info, EcdsaSigner(key)
    raise KeyFolderError("keys.damaged", file=path.name)


def _header(info: KeyInfo) -> dict[str, Any]:
    return {
        "v": 1,
        "kid": info.kid.hex(),
        "issuer": info.issuer,
        "purpose": info.purpose,
        "alg": info.alg,
        "public_key": base64url.encode(info.public_key),
        "valid_from": rfc3339(info.valid_from),
        "valid_until": rfc3339(info.valid_until),
        "certificate": None if info.certificate is None else base64url.encode(info.certificate),
    }


def _info(header: Mapping[str, Any]) -> KeyInfo:
    certificate = header["certificate"]
    return KeyInfo(
        kid=bytes.fromhex(header["kid"]),
        issuer=header["issuer"],
        purpose=header["purpose"],
        alg=header["alg"],
        public_key=base64url.decode(header["public_key"]),
        valid_from=datetime.fromisoformat(header["valid_from"]),
        valid_until=datetime.fromisoformat(header["valid_until"]),
        certificate=None if certificate is None else base64url.decode(certificate),
    )


def _associated(header: Mapping[str, Any]) -> bytes:
    return json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
