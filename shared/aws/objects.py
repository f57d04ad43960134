"""`Objects` on S3: one bucket, written once by If-None-Match, large bodies by presigned addresses (called by use cases).

Uploads of strangers are presigned forms (POST), the only kind whose size S3 itself limits: a presigned PUT would take
any length up to 5 GB. A form cannot demand that the key be free, so whoever got the form may replace the file within the
link's life, also after it was handed in. Upload keys are random and one person's, so nobody replaces another's list; whoever
takes a file over keeps what it first read (shared/kernel/uploads.py); the bucket keeps both versions.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from botocore.exceptions import ClientError

from shared.aws.faults import code_of, status_of, unavailable_when_later
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.errors import Conflict, NotFound, Unavailable
from shared.kernel.limits import check_object_key
from shared.kernel.ports import Upload

ATTEMPTS: Final = 4


class S3Objects:
    """The objects of one bucket."""

    def __init__(
        self,
        client: Any,
        bucket: str,
        *,
        clock: Clock | None = None,
        caching: Callable[[str], str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`clock` tells when an upload's address expires; the signatures go by the machine's own. `caching`: the
        Cache-Control under which a key is served, in a bucket that is read through a distribution."""
        self._caching = caching
        self._sleep = sleep
        self._client = client
        self._bucket = bucket
        self._clock = clock or SystemClock()

    def put_new(self, key: str, data: bytes, content_type: str) -> bool:
        """See ports.Objects."""
        check_object_key(key)
        for _ in range(ATTEMPTS):
            try:
                self._put(key, data, content_type, IfNoneMatch="*")
            except ClientError as error:
                if status_of(error) == 412:
                    return self._same(key, data)
                if code_of(error) != "ConditionalRequestConflict":
                    raise
                self._sleep(random.uniform(0.02, 0.2))  # noqa: S311 - another writer of this key is under way: ask again
                continue
            return True
        raise Unavailable("objects.unavailable")

    def replace(self, key: str, data: bytes, content_type: str) -> None:
        """See ports.Objects."""
        check_object_key(key)
        self._put(key, data, content_type)

    def get(self, key: str) -> bytes:
        """See ports.Objects."""
        answer = self._ask(self._client.get_object, key)
        with unavailable_when_later("objects.unavailable"):
            data: bytes = answer["Body"].read()
        return data

    def get_version(self, key: str) -> tuple[bytes, str]:
        """The bytes and what names exactly these, for replace_version. Raises as get does."""
        answer = self._ask(self._client.get_object, key)
        with unavailable_when_later("objects.unavailable"):
            return answer["Body"].read(), str(answer["ETag"])

    def replace_version(self, key: str, data: bytes, content_type: str, version: str | None) -> None:
        """Puts `data` in the place of that version, or as the first (None). Raises Conflict(objects.changed) if by now
        something else stands there, which is left alone."""
        check_object_key(key)
        condition = {"IfNoneMatch": "*"} if version is None else {"IfMatch": version}
        for _ in range(ATTEMPTS):
            try:
                self._put(key, data, content_type, **condition)
            except ClientError as error:
                if code_of(error) == "ConditionalRequestConflict":
                    self._sleep(random.uniform(0.02, 0.2))  # noqa: S311 - as above
                    continue
                if status_of(error) != 412 and code_of(error) != "NoSuchKey":
                    raise
                if status_of(error) == 412 and self.get(key) == data:
                    return  # ours, by an attempt whose answer was lost
                raise Conflict("objects.changed", key=key) from error
            return
        raise Unavailable("objects.unavailable")

    def size(self, key: str) -> int:
        """See ports.Objects."""
        return int(self._ask(self._client.head_object, key)["ContentLength"])

    def upload_url(self, key: str, *, content_type: str, max_bytes: int, lifetime_s: int = 900) -> Upload:
        """See ports.Objects. POST `fields`, then the file as field `file`, to `url`."""
        check_object_key(key)
        form = self._client.generate_presigned_post(
            self._bucket,
            key,
            Fields={"Content-Type": content_type},
            Conditions=[{"Content-Type": content_type}, ["content-length-range", 0, max_bytes]],
            ExpiresIn=lifetime_s,
        )
        return Upload(
            url=form["url"],
            headers={},
            key=key,
            expires_at=self._clock.now() + timedelta(seconds=lifetime_s),
            fields=form["fields"],
        )

    def download_url(self, key: str, *, filename: str, lifetime_s: int = 300) -> str:
        """See ports.Objects."""
        check_object_key(key)
        address: str = self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "ResponseContentDisposition": attachment(filename),
                "ResponseCacheControl": "private, no-store",
            },
            ExpiresIn=lifetime_s,
        )
        return address

    def _put(self, key: str, data: bytes, content_type: str, **more: str) -> None:
        if self._caching is not None:
            more["CacheControl"] = self._caching(key)
        with unavailable_when_later("objects.unavailable"):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=data, ContentType=content_type, **more)

    def _same(self, key: str, data: bytes) -> bool:
        """False if the key holds these bytes. Raises Conflict if it holds others."""
        if self.size(key) == len(data) and self.get(key) == data:
            return False
        raise Conflict("objects.other_bytes", key=key)

    def _ask(self, operation: Any, key: str) -> Any:
        check_object_key(key)
        try:
            with unavailable_when_later("objects.unavailable"):
                return operation(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if code_of(error) in ("NoSuchKey", "404"):
                raise NotFound("objects.not_found", key=key) from error
            raise


def attachment(filename: str) -> str:
    """Content-Disposition of a download (RFC 6266): the name in UTF-8, and a plain one for old programs."""
    printable = "".join(letter if letter.isprintable() else "_" for letter in filename)
    plain = "".join(letter if letter.isascii() and letter not in '"\\%;' else "_" for letter in printable)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(printable, safe='')}"
