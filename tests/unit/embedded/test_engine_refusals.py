"""What stops an engine from starting: always a sentence in both languages and exit code 1, never a trace."""

import contextlib
import os
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shared.embedded.files import put_aside
from shared.embedded.sqlite_errors import StoreError
from shared.embedded.store import Store
from tests.trial_engine import command, engine, environment, free_port


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of an engine that ran once and was stopped."""
    with engine(tmp_path_factory.mktemp("before")) as running:
        pass
    return Path(running.data)


@pytest.fixture
def data(stopped: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    shutil.copytree(stopped, tmp_path / "data", ignore=shutil.ignore_patterns("*.wake", "*.owners"))
    return tmp_path / "data"


def refused(vi: str, en: str, data: Path, **more: str) -> str:
    """Starts an engine that must not start; what it said."""
    run = command("run", env=environment(data, **{"PORT": str(free_port()), **more}))
    said = run.stdout + run.stderr
    assert run.returncode == 1, said
    assert vi in said
    assert en in said
    assert "Traceback" not in said
    return said


def test_a_port_in_use_names_another(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused(f"Cổng {port}", f"Port {port} is in use", tmp_path / "data", PORT=str(port))
        assert f"PORT={port + 1}" in said


@pytest.mark.parametrize("given", ["abc", "0", "70000", "-1", "80 80", "９"])
def test_a_port_that_is_none(tmp_path: Path, given: str) -> None:
    refused("cần một số từ 1 đến 65535", "a number from 1 to 65535", tmp_path / "data", PORT=given)


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a letter")
    refused("Không ghi được vào thư mục dữ liệu", "cannot be written to", tmp_path / "data")
    assert (tmp_path / "data").read_text() == "a letter"


@contextmanager
def small_disk(folder: Path, size: str, *options: str) -> Iterator[Path]:
    """A file system of its own on a folder, where this machine lets us."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", ",".join((f"size={size}", *options)), "tmpfs", str(folder)]
    if os.geteuid() != 0 or not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("mounting a small disk needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_read_only_folder(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        (tmp_path / "data").mkdir(mode=0o500)
        refused("Không ghi được vào thư mục dữ liệu", "cannot be written to", tmp_path / "data")
        return
    with small_disk(tmp_path / "disk", "1m", "ro") as disk:
        refused("Không ghi được vào thư mục dữ liệu", "cannot be written to", disk / "data")


@pytest.mark.parametrize("size", ["4k", "12k", "60k", "120k", "15m"])
def test_a_full_disk(tmp_path: Path, size: str) -> None:
    with small_disk(tmp_path / "disk", size) as disk:
        refused("đầy", "full", disk / "data")


@pytest.mark.parametrize("kilobytes", [4, 12, 40, 60, 120])
def test_a_disk_that_is_full_when_the_store_is_made(tmp_path: Path, kilobytes: int) -> None:
    with small_disk(tmp_path / "disk", f"{kilobytes}k") as disk, pytest.raises(StoreError) as caught:
        Store(disk / "store.db")
    assert caught.value.code == "store.disk_full"


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 4096) == 4096:
            continue


def test_a_store_that_filled_its_disk_is_intact(data: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "400k") as disk:
        shutil.copytree(data, disk / "data")
        fill(disk / "filler")
        refused("đầy", "full", disk / "data")
        (disk / "filler").unlink()
        connection = sqlite3.connect(disk / "data" / "store.db")
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()


def spoil_store(data: Path) -> None:
    with (data / "store.db").open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xa5" * 4096 * 5)


def write_text(data: Path) -> None:
    (data / "store.db").write_text("Kính gửi Sở Nội vụ\n" * 200)


def make_newer(data: Path) -> None:
    connection = sqlite3.connect(data / "store.db")
    connection.execute("PRAGMA user_version=99")
    connection.close()


def make_foreign(data: Path) -> None:
    (data / "store.db").unlink()
    connection = sqlite3.connect(data / "store.db")
    connection.execute("CREATE TABLE books (title)")
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "vi", "en"),
    [
        (spoil_store, "hỏng", "damaged"),
        (write_text, "hỏng", "damaged"),
        (make_newer, "mới hơn", "newer"),
        (make_foreign, "chương trình khác", "another program"),
    ],
    ids=["damaged", "text", "newer", "foreign"],
)
def test_a_store_that_cannot_be_used(data: Path, spoil: Callable[[Path], None], vi: str, en: str) -> None:
    for name in ("store.db-wal", "store.db-shm"):
        (data / name).unlink(missing_ok=True)
    spoil(data)
    before = (data / "store.db").read_bytes()
    refused(vi, en, data)
    assert (data / "store.db").read_bytes() == before, "and is left as it was"


def test_a_wrong_passphrase(data: Path, tmp_path: Path) -> None:
    (tmp_path / "word").write_text("không phải mật khẩu này\n")
    refused("Mật khẩu", "passphrase", data, KEY_PASSPHRASE_FILE=str(tmp_path / "word"))


def test_a_passphrase_file_that_is_not_there_or_no_text(data: Path, tmp_path: Path) -> None:
    refused("KEY_PASSPHRASE_FILE", "cannot be read", data, KEY_PASSPHRASE_FILE=str(tmp_path / "none"))
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    refused("KEY_PASSPHRASE_FILE", "cannot be read", data, KEY_PASSPHRASE_FILE=str(tmp_path / "bytes"))


@pytest.mark.parametrize("content", [b"", b"{}", b'{"v": 1', b"\x00" * 300, b"[1, 2]"])
def test_a_damaged_key_file(data: Path, content: bytes) -> None:
    key = next((data / "keys").glob("TDOAN-document-*.key"))
    key.write_bytes(content)
    said = refused("hỏng", "damaged", data)
    assert key.name in said


def test_a_key_file_with_one_letter_changed(data: Path) -> None:
    key = next((data / "keys").glob("TDOAN-seal-*.key"))
    key.write_text(key.read_text().replace('"purpose": "seal"', '"purpose": "document"'))
    refused("hỏng", "damaged", data)


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00" * 300])
def test_a_damaged_key_folder(data: Path, content: bytes) -> None:
    (data / "keys" / "folder.json").write_bytes(content)
    refused("hỏng", "damaged", data)


def test_a_damaged_link_secret(data: Path) -> None:
    (data / "links.secret").write_bytes(b"short")
    refused("links.secret bị hỏng", "links.secret is damaged", data)


def test_a_trust_list_that_its_root_did_not_sign(data: Path) -> None:
    published = data / "public" / "data" / ".well-known" / "giaouoc" / "keys.json"
    published.write_bytes(published.read_bytes().replace(b"TDOAN", b"TDOAM"))
    refused("danh sách khóa", "trust list", data)


def test_settings_that_are_wrong(tmp_path: Path) -> None:
    refused("SMTP_URL", "settings", tmp_path / "data", SMTP_URL="mail.tinh.vn")
    refused("GIAOUOC_ISSUER", "settings", tmp_path / "data", GIAOUOC_ISSUER="sở nội vụ")


def test_a_description_that_is_wrong(tmp_path: Path) -> None:
    broken = tmp_path / "serverless.yml"
    broken.write_text("service: x\nprovider: [\n")
    refused("serverless.yml", "serverless.yml", tmp_path / "data", GIAOUOC_DESCRIPTION=str(broken))
    refused("serverless.yml", "serverless.yml", tmp_path / "data", GIAOUOC_DESCRIPTION=str(tmp_path / "none.yml"))


def test_a_word_that_is_no_command() -> None:
    run = command("rnu")
    assert run.returncode == 2
    assert "Traceback" not in run.stderr


def test_nothing_half_written_is_taken_for_a_passphrase(tmp_path: Path) -> None:
    """The sample's passphrase is made once; a start that was cut off leaves none rather than an empty one."""
    put_aside(tmp_path, b"left by a start that was killed")
    with engine(tmp_path) as running:
        assert len((running.data / "passphrase").read_text()) == 32
        assert (running.data / "passphrase").stat().st_mode & 0o077 == 0
