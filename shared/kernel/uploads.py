"""What was uploaded, as it was when first read. Called by the consumers that take lists in, at every delivery.

Whoever got an upload's form may replace the file while the form lives, also between two deliveries of one message. So the
first delivery keeps what it read under a key of ours, and every later one reads that: half a list of one file and half of
another cannot come together.
"""

from __future__ import annotations

from typing import Final

from shared.kernel.errors import Conflict, NotFound
from shared.kernel.ports import Objects

KEPT: Final = "imports/kept/"
"""Beside the uploads, so that the copies go when those do; below no prefix under which anybody may upload."""


def first_reading(objects: Objects, upload: str, *, kept: str) -> bytes:
    """The bytes under `upload` as first read under `kept`, which names the reader's own: KEPT + that name is the key.

    Of two that read at once the first to keep its bytes has read for both. Raises NotFound, Unavailable.
    """
    key = KEPT + kept
    try:
        return objects.get(key)
    except NotFound:
        data = objects.get(upload)
    try:
        objects.put_new(key, data, "application/octet-stream")
    except Conflict:
        return objects.get(key)
    return data
