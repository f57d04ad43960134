"""Objects in a folder: signed links, uploads under way, what a crash leaves behind."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from shared.embedded.objects import FolderObjects
from shared.embedded.signed_urls import content_disposition
from shared.kernel.clock import FixedClock
from shared.kernel.errors import Forbidden, Refused
from tests.contract.object_clients import NOW, FolderClient
from tests.hostile import HOSTILE_NAMES


@pytest.fixture
def client(tmp_path: Path) -> FolderClient:
    return FolderClient(tmp_path)


def address(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def put_address(client: FolderClient, max_bytes: int = 10) -> str:
    return address(client.objects.upload_url("up/1", content_type="text/csv", max_bytes=max_bytes).url)


def test_a_link_expires(client: FolderClient) -> None:
    link = put_address(client)
    client.clock.at = NOW + timedelta(seconds=899)
    assert client.objects.check_url("PUT", link).max_bytes == 10
    client.clock.at = NOW + timedelta(seconds=900)
    with pytest.raises(Refused) as caught:
        client.objects.check_url("PUT", link)
    assert caught.value.code == "objects.link_expired"


@pytest.mark.parametrize(
    ("old", "new"),
    [("up/1", "up/2"), ("max=10", "max=99"), ("max=10", "max=10&max=99"), ("text%2Fcsv", "text%2Fhtml"), ("until=", "until=9"),
     ("sig=", "sig=0"), ("&sig=", "&x=1&sig="), ("/objects/", "/objects/../"), ("max=10", "max=1٠"), ("type=", "Type=")],
)  # fmt: skip
def test_nothing_in_a_link_can_be_altered(client: FolderClient, old: str, new: str) -> None:
    link = put_address(client)
    assert old in link
    with pytest.raises(Forbidden):
        client.objects.check_url("PUT", link.replace(old, new, 1))


def test_a_link_is_for_its_method_and_its_folder(client: FolderClient, tmp_path: Path) -> None:
    link = put_address(client)
    for method in ("GET", "HEAD", "POST", "DELETE"):
        with pytest.raises(Forbidden):
            client.objects.check_url(method, link)
    down = address(client.objects.download_url("up/1", filename="x"))
    assert client.objects.check_url("HEAD", down).method == "GET"
    with pytest.raises(Forbidden):
        client.objects.check_url("PUT", down)
    with pytest.raises(Forbidden):
        FolderClient(tmp_path / "other").objects.check_url("PUT", link)
    for bad in ("", "/objects/", "/objects/up/1", "/objects/up/1?", "/objects/up/1?until=1&name=x&sig=é", "/x?until=1"):
        with pytest.raises(Forbidden):
            client.objects.check_url("GET", bad)


def test_an_upload_over_its_size_is_refused_while_it_comes(client: FolderClient, tmp_path: Path) -> None:
    receiving = client.objects.receive(client.objects.check_url("PUT", put_address(client)), "text/csv")
    receiving.write(b"0123456789")
    with pytest.raises(Refused) as caught:
        receiving.write(b"x")
    assert caught.value.code == "objects.too_large"
    assert list((tmp_path / "objects" / "aside").iterdir()) == []
    assert not (tmp_path / "objects" / "data" / "up").exists()


def test_an_upload_is_taken_once(client: FolderClient) -> None:
    grant = client.objects.check_url("PUT", put_address(client))
    for body, outcome in ((b"one", True), (b"one", False)):
        receiving = client.objects.receive(grant, "text/csv")
        receiving.write(body)
        assert receiving.finish() is outcome
    receiving = client.objects.receive(grant, "text/csv")
    receiving.write(b"two")
    with pytest.raises(Refused) as caught:
        receiving.finish()
    assert caught.value.code == "objects.already_uploaded"
    assert client.objects.get("up/1") == b"one"
    with pytest.raises(Refused):
        client.objects.receive(grant, "text/html")


def test_an_abandoned_upload_leaves_nothing(client: FolderClient, tmp_path: Path) -> None:
    receiving = client.objects.receive(client.objects.check_url("PUT", put_address(client)), "text/csv")
    receiving.write(b"x")
    receiving.abandon()
    assert list((tmp_path / "objects" / "aside").iterdir()) == []


def test_what_a_killed_process_put_aside_is_removed_after_a_day(client: FolderClient, tmp_path: Path) -> None:
    aside = tmp_path / "objects" / "aside"
    for name, age in (("old", 90_000), ("new", 60)):
        (aside / name).write_bytes(b"x")
        then = os.stat(aside / name).st_mtime - age
        os.utime(aside / name, (then, then))
    FolderObjects(tmp_path / "objects", origin="https://x", clock=FixedClock(NOW), secret_file=tmp_path / "secret")
    assert [path.name for path in aside.iterdir()] == ["new"]


def test_files_and_secret_are_for_the_engine_only(client: FolderClient, tmp_path: Path) -> None:
    client.objects.put_new("a/b", b"x", "text/plain")
    for path in (tmp_path / "secret", client.objects.path("a/b")):
        assert path.stat().st_mode & 0o077 == 0


def test_a_new_object_leaves_one_file_and_nothing_aside(client: FolderClient, tmp_path: Path) -> None:
    client.objects.put_new("a/b.pdf", b"x", "application/pdf")
    files = [
        str(path.relative_to(tmp_path / "objects")) for path in (tmp_path / "objects").rglob("*") if path.is_file()
    ]
    assert files == ["data/a/b.pdf"]


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, "", "\r\nX: y", '";x="', "../../etc/passwd"], ids=lambda _: "")
def test_no_file_name_breaks_the_header(name: str) -> None:
    header = content_disposition(name)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert header.startswith("attachment; filename=")
    assert "/" not in header
