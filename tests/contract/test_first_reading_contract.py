"""An upload that is replaced after it was first read changes nothing for who reads it again, on either engine."""

from __future__ import annotations

from typing import Any

import pytest

from shared.kernel.errors import NotFound
from shared.kernel.uploads import first_reading

UPLOAD = "imports/awards/d1/upload1"


def test_what_was_first_read_is_read_ever_after(object_client: Any) -> None:
    objects = object_client.objects
    objects.replace(UPLOAD, b"first", "text/csv")
    assert first_reading(objects, UPLOAD, kept="awards/l1") == b"first"
    objects.replace(UPLOAD, b"other", "text/csv")
    assert first_reading(objects, UPLOAD, kept="awards/l1") == b"first"
    assert first_reading(objects, UPLOAD, kept="awards/l2") == b"other", "another list of the same key reads for itself"


def test_of_two_that_read_at_once_the_first_reads_for_both(object_client: Any) -> None:
    objects = object_client.objects
    objects.replace(UPLOAD, b"first", "text/csv")

    class Slow:
        """Between this one's reading and keeping, the file is replaced and read by another."""

        def __getattr__(self, name: str) -> Any:
            return getattr(objects, name)

        def put_new(self, key: str, data: bytes, content_type: str) -> bool:
            objects.replace(UPLOAD, b"other", "text/csv")
            assert first_reading(objects, UPLOAD, kept="awards/l1") == b"other"
            put: bool = objects.put_new(key, data, content_type)
            return put

    slow: Any = Slow()
    assert first_reading(slow, UPLOAD, kept="awards/l1") == b"other"


def test_what_was_never_uploaded_is_kept_by_nobody(object_client: Any) -> None:
    for _ in range(2):
        with pytest.raises(NotFound):
            first_reading(object_client.objects, UPLOAD, kept="awards/l1")
