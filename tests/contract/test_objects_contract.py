"""What every Objects does (shared/kernel/ports.py), whichever store is behind it."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from shared.kernel.errors import Conflict, NotFound, Refused

KEY = "certificates/2027/Abc-1.pdf"


def test_what_is_put_comes_back(object_client: Any) -> None:
    objects = object_client.objects
    data = bytes(range(256)) * 40
    assert objects.put_new(KEY, data, "application/pdf") is True
    assert objects.get(KEY) == data
    assert objects.size(KEY) == len(data)


def test_an_empty_object(object_client: Any) -> None:
    assert object_client.objects.put_new("log/empty", b"", "text/plain")
    assert object_client.objects.get("log/empty") == b""
    assert object_client.objects.size("log/empty") == 0


def test_the_same_bytes_again_change_nothing(object_client: Any) -> None:
    objects = object_client.objects
    objects.put_new(KEY, b"one", "application/pdf")
    assert objects.put_new(KEY, b"one", "application/pdf") is False
    assert objects.get(KEY) == b"one"


@pytest.mark.parametrize("other", [b"two", b"one more", b""])
def test_other_bytes_under_a_key_are_a_conflict(object_client: Any, other: bytes) -> None:
    objects = object_client.objects
    objects.put_new(KEY, b"one", "application/pdf")
    with pytest.raises(Conflict):
        objects.put_new(KEY, other, "application/pdf")
    assert objects.get(KEY) == b"one"


def test_replace_takes_the_place_of_whatever_stood_there(object_client: Any) -> None:
    objects = object_client.objects
    objects.replace("status/TDKT-r0", b"1", "application/json")
    objects.replace("status/TDKT-r0", b"22", "application/json")
    assert objects.get("status/TDKT-r0") == b"22"
    assert objects.size("status/TDKT-r0") == 2


def test_what_is_absent_is_not_found(object_client: Any) -> None:
    with pytest.raises(NotFound):
        object_client.objects.get("no/such")
    with pytest.raises(NotFound):
        object_client.objects.size("no/such")


@pytest.mark.parametrize(
    "key",
    ["", "/a", "a/", "a//b", "../a", "a/../b", "a/./b", ".", "..", "a b", "a\\b", "é", "a\x00", "a\n", "a?b", "a%2e", "x" * 201,
     "/".join(["x" * 100] * 10)],
)  # fmt: skip
def test_keys_that_lead_elsewhere_are_refused(object_client: Any, key: str) -> None:
    objects = object_client.objects
    for attempt in (
        lambda: objects.put_new(key, b"x", "text/plain"),
        lambda: objects.replace(key, b"x", "text/plain"),
        lambda: objects.get(key),
        lambda: objects.size(key),
        lambda: objects.upload_url(key, content_type="text/plain", max_bytes=1),
        lambda: objects.download_url(key, filename="x"),
    ):
        with pytest.raises(Refused) as caught:
            attempt()
        assert caught.value.code == "objects.bad_key"


def test_one_of_many_writers_wins(object_client: Any) -> None:
    objects = object_client.objects
    start = threading.Barrier(6)
    won: list[int] = []
    lost: list[int] = []

    def attempt(number: int) -> None:
        start.wait()
        try:
            objects.put_new(KEY, b"%d" % number, "application/pdf")
            won.append(number)
        except Conflict:
            lost.append(number)

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert len(lost) == 5
    assert objects.get(KEY) == b"%d" % won[0]


def test_an_upload_by_its_address(object_client: Any) -> None:
    objects = object_client.objects
    body = b"name,unit\n" * 3000
    upload = objects.upload_url("uploads/u1.csv", content_type="text/csv", max_bytes=100_000)
    assert upload.key == "uploads/u1.csv"
    assert object_client.send(upload, body)
    assert objects.get("uploads/u1.csv") == body


def test_a_download_is_an_attachment_of_the_given_name_and_type(object_client: Any) -> None:
    objects = object_client.objects
    objects.put_new(KEY, b"%PDF-", "application/pdf")
    objects.put_new("lists/odd.bin", b"x", "text/calendar; charset=utf-8")
    answer = object_client.fetch(objects.download_url(KEY, filename='Giấy "chứng nhận"\r\n.pdf'))
    assert (answer.status, answer.body, answer.content_type) == (200, b"%PDF-", "application/pdf")
    assert answer.disposition.startswith("attachment")
    assert "\r" not in answer.disposition
    assert "filename*=UTF-8''Gi%E1%BA%A5y" in answer.disposition
    odd = object_client.fetch(objects.download_url("lists/odd.bin", filename="a.ics"))
    assert odd.content_type == "text/calendar; charset=utf-8"


def test_replace_brings_its_content_type(object_client: Any) -> None:
    objects = object_client.objects
    for kind in ("text/plain", "application/json", "text/plain"):
        objects.replace("status/x.json", b"{}", kind)
        assert object_client.fetch(objects.download_url("status/x.json", filename="x")).content_type == kind
