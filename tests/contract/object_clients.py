"""The client's side of Objects' addresses, as a browser uses them: for the contract suite."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from shared.embedded.objects import FolderObjects
from shared.embedded.signed_urls import content_disposition
from shared.kernel.clock import FixedClock
from shared.kernel.errors import Problem
from shared.kernel.ports import Upload

NOW = datetime(2027, 2, 12, 0, 30, tzinfo=UTC)


@dataclass
class Download:
    status: int
    body: bytes = b""
    content_type: str = ""
    disposition: str = ""


class FolderClient:
    """Stands where infra/embedded/server serves /objects/."""

    def __init__(self, folder: Path) -> None:
        self.clock = FixedClock(NOW)
        self.objects = FolderObjects(
            folder / "objects", origin="https://tdkt.example", clock=self.clock, secret_file=folder / "secret"
        )

    def send(self, upload: Upload, body: bytes) -> bool:
        """Whether the upload was taken."""
        address = urlsplit(upload.url)
        assert (address.scheme, address.netloc) == ("https", "tdkt.example")
        try:
            grant = self.objects.check_url("PUT", f"{address.path}?{address.query}")
            receiving = self.objects.receive(grant, upload.headers["Content-Type"])
            for place in range(0, len(body), 1000):
                receiving.write(body[place : place + 1000])
            receiving.finish()
        except Problem:
            return False
        return True

    def fetch(self, url: str) -> Download:
        address = urlsplit(url)
        try:
            grant = self.objects.check_url("GET", f"{address.path}?{address.query}")
        except Problem:
            return Download(403)
        return Download(
            200,
            self.objects.path(grant.key).read_bytes(),
            self.objects.content_type(grant.key),
            content_disposition(grant.filename),
        )


class S3Client:
    """Speaks to the bucket's own addresses."""

    def __init__(self, objects: Any) -> None:
        self.objects = objects

    def send(self, upload: Upload, body: bytes) -> bool:
        import requests

        if upload.fields is None:
            answer = requests.put(upload.url, data=body, headers=dict(upload.headers), timeout=5)
        else:
            answer = requests.post(upload.url, data=dict(upload.fields), files={"file": body}, timeout=5)
        return bool(answer.ok)

    def fetch(self, url: str) -> Download:
        import requests

        answer = requests.get(url, timeout=5)
        headers = answer.headers
        return Download(
            answer.status_code,
            answer.content,
            headers.get("content-type", ""),
            headers.get("content-disposition", ""),
        )
