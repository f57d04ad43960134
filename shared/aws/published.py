"""A file in the bucket that the distribution reads, sent only when it is not there already. Called by publish_static.py.

Unlike `Objects` this compares what stands beside the bytes too: a file under a wrong type or life is sent again.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from botocore.exceptions import ClientError

from shared.aws.faults import code_of

_DIGEST: Final = "sha256"


def send_if_changed(s3: Any, bucket: str, key: str, data: bytes, *, content_type: str, caching: str) -> bool:
    """Whether it was sent. Raises the SDK's errors."""
    digest = hashlib.sha256(data).hexdigest()
    if _held(s3, bucket, key) == (digest, content_type, caching):
        return False
    s3.put_object(
        Bucket=bucket,
        Key=key,
        Body=data,
        ContentType=content_type,
        CacheControl=caching,
        Metadata={_DIGEST: digest},
    )
    return True


def _held(s3: Any, bucket: str, key: str) -> tuple[str, str, str] | None:
    """Digest, type and life of what is there; None if nothing is."""
    try:
        head = s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if code_of(error) in ("404", "NoSuchKey"):
            return None
        raise
    return head.get("Metadata", {}).get(_DIGEST, ""), head["ContentType"], head.get("CacheControl", "")
