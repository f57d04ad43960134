"""Key files: encrypted, mode 0600, opened by one passphrase, the key in force chosen by the clock."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from shared.documents.seal_certificate import make_seal_certificate
from shared.embedded import keyfiles
from shared.embedded.keyfiles import KeyFolder, KeyFolderError, read_passphrase
from shared.kernel.clock import FixedClock
from shared.kernel.errors import Unavailable
from shared.texts import catalogue
from tests.contract.key_folders import FROM, PASSPHRASE, UNTIL, key_folder

CLOCK = FixedClock(FROM + timedelta(days=40))


def refused(folder: Path, passphrase: bytes = PASSPHRASE) -> str:
    with pytest.raises(KeyFolderError) as caught:
        KeyFolder(folder, passphrase, CLOCK)
    assert caught.value.code in catalogue()
    return caught.value.code


def test_keys_are_there_when_the_folder_is_opened_again(tmp_path: Path) -> None:
    made = key_folder(tmp_path)
    again = KeyFolder(tmp_path / "keys", PASSPHRASE, CLOCK)
    assert again.keys() == made.keys()
    assert sorted(info.purpose for info in made.keys()) == sorted(keyfiles.PURPOSES)  # noqa: SIM118
    signature = made.signer("TDKT", "document").sign(b"x")
    assert again.signer("TDKT", "document").sign(b"x") == signature
    assert again.certificate("TDKT") == made.certificate("TDKT")


def test_files_are_closed_to_others_and_hold_no_key_in_clear(tmp_path: Path) -> None:
    made = key_folder(tmp_path)
    files = list((tmp_path / "keys").iterdir())
    assert len(files) == 7
    for path in files:
        assert path.stat().st_mode & 0o777 == 0o600
    header = json.loads((tmp_path / "keys" / "folder.json").read_bytes())
    assert (header["kdf"], header["n"] >= 2**15, header["r"], header["p"]) == ("scrypt", True, 8, 1)
    nonces = {json.loads(path.read_bytes())["nonce"] for path in files}
    assert len(nonces) == 7
    assert "private" not in repr(made.signer("TDKT", "ticket")).lower()


def test_a_wrong_passphrase_is_told_from_a_damaged_file(tmp_path: Path) -> None:
    key_folder(tmp_path)
    assert refused(tmp_path / "keys", b"another passphrase") == "keys.wrong_passphrase"
    path = next((tmp_path / "keys").glob("TDKT-ticket-*.key"))
    whole = path.read_bytes()
    for damage in (whole[:100], b"", b"[]", whole.replace(b'"issuer": "TDKT"', b'"issuer": "OTHER"')):
        path.write_bytes(damage)
        assert refused(tmp_path / "keys") == "keys.damaged"
    path.write_bytes(whole)
    KeyFolder(tmp_path / "keys", PASSPHRASE, CLOCK)


def test_a_header_that_asks_for_endless_work_is_refused(tmp_path: Path) -> None:
    key_folder(tmp_path)
    path = tmp_path / "keys" / "folder.json"
    header = json.loads(path.read_bytes())
    for change in ({"n": 2**30}, {"n": 2}, {"r": 999}, {"v": 2}):
        path.write_text(json.dumps({**header, **change}))
        assert refused(tmp_path / "keys") == "keys.damaged"


def test_a_short_passphrase_makes_no_folder(tmp_path: Path) -> None:
    assert refused(tmp_path / "keys", b"short") == "keys.weak_passphrase"
    assert not (tmp_path / "keys" / "folder.json").exists()


def test_the_clock_chooses_among_yearly_keys(tmp_path: Path) -> None:
    clock = FixedClock(FROM)
    keys = KeyFolder(tmp_path / "keys", PASSPHRASE, clock)
    this = keys.create_key("TDKT", "ticket", FROM, UNTIL)
    following = keys.create_key("TDKT", "ticket", UNTIL - timedelta(days=30), UNTIL + timedelta(days=365))
    for at, expected in ((FROM, this), (UNTIL - timedelta(days=30), following), (UNTIL, following)):
        clock.at = at
        assert keys.signer("TDKT", "ticket").kid == expected.kid
    for at in (FROM - timedelta(seconds=1), UNTIL + timedelta(days=365)):
        clock.at = at
        with pytest.raises(Unavailable):
            keys.signer("TDKT", "ticket")
    assert keys.signer_by_kid(this.kid).kid == this.kid


def test_bad_orders_make_no_key(tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path / "keys", PASSPHRASE, CLOCK)
    for issuer, purpose, until in (("tdkt", "ticket", UNTIL), ("../X", "ticket", UNTIL), ("T", "x", UNTIL), ("T", "root", FROM),
                                   ("T", "seal", UNTIL)):  # fmt: skip
        with pytest.raises(ValueError):
            keys.create_key(issuer, purpose, FROM, until)
    assert keys.keys() == ()


def test_the_products_own_certificate_fits(tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path / "keys", PASSPHRASE, CLOCK)
    keys.create_key(
        "TDKT",
        "seal",
        FROM,
        UNTIL,
        lambda signer, valid_from, valid_until: make_seal_certificate(
            signer, issuer_name="Ban Thi đua - Khen thưởng", valid_from=valid_from, valid_until=valid_until
        ),
    )
    assert keys.certificate("TDKT")[0] == 0x30


def test_the_passphrase_comes_from_a_file_or_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.write_bytes(PASSPHRASE + b"\r\n")
    assert read_passphrase(file=path) == PASSPHRASE
    reading, writing = os.pipe()
    os.write(writing, PASSPHRASE + b"\n")
    os.close(writing)
    assert read_passphrase(descriptor=reading) == PASSPHRASE
    for attempt in ({"file": tmp_path / "none"}, {}):
        with pytest.raises(KeyFolderError):
            read_passphrase(**attempt)  # type: ignore[arg-type]
