"""Objects in a folder: documents, lists and pictures by key, written once (port Objects; contract tests/contract).

`data/<key>` holds the bytes, `type/<key>` the content type where it is not what the key's ending says, `aside` what is
being written. An object gets its name by link(2) of a file that is on the disk already, so it is whole or not there;
it is never changed in place, so a backup may hard-link it. Links for clients are signed (signed_urls.py) and served by
infra/embedded/server.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from datetime import timedelta
from pathlib import Path
from typing import Final

from shared.embedded.files import disk_errors, make_folder, name_anew, name_once, put_aside, sync_folder
from shared.embedded.signed_urls import Grant, UrlSigner
from shared.kernel.clock import Clock
from shared.kernel.errors import Conflict, NotFound, Refused
from shared.kernel.limits import check_object_key
from shared.kernel.ports import Upload

ABANDONED_S: Final = 24 * 3600
"""Files put aside longer ago were left by a process that was killed."""

TYPES: Final = {
    ".cwt": "application/cwt",
    ".html": "text/html; charset=utf-8",
    ".ics": "text/calendar; charset=utf-8",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
DEFAULT_TYPE: Final = "application/octet-stream"


class FolderObjects:
    """The objects below `folder`; links begin with `origin` (`https://HOST`) and expire by `clock`."""

    def __init__(self, folder: Path, *, origin: str, clock: Clock, secret_file: Path) -> None:
        self._data, self._types, self._aside = folder / "data", folder / "type", folder / "aside"
        with disk_errors():
            for each in (self._data, self._types, self._aside):
                make_folder(each)
            self._remove_abandoned()
        self._origin = origin.rstrip("/")
        self._clock = clock
        self._signer = UrlSigner(secret_file)

    def put_new(self, key: str, data: bytes, content_type: str) -> bool:
        path = self._path(key)
        with disk_errors():
            if not path.exists():
                make_folder(path.parent)
                if name_once(put_aside(self._aside, data), path):
                    self._note_type(key, content_type)
                    return True
            return self._same_again(key, len(data), hashlib.sha256(data).digest(), content_type)

    def replace(self, key: str, data: bytes, content_type: str) -> None:
        path = self._path(key)
        with disk_errors():
            make_folder(path.parent)
            name_anew(put_aside(self._aside, data), path)
            self._note_type(key, content_type)

    def get(self, key: str) -> bytes:
        with disk_errors():
            return self.path(key).read_bytes()

    def size(self, key: str) -> int:
        return self.path(key).stat().st_size

    def content_type(self, key: str) -> str:
        """As it was given with the bytes. Raises NotFound."""
        self.path(key)
        try:
            return (self._types / key).read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return _type_by_ending(key)

    def path(self, key: str) -> Path:
        """The file of an object, to be read only. Raises NotFound."""
        path = self._path(key)
        if not path.is_file():
            raise NotFound("objects.not_found", key=key)
        return path

    def upload_url(self, key: str, *, content_type: str, max_bytes: int, lifetime_s: int = 900) -> Upload:
        self._path(key)
        until = self._clock.now() + timedelta(seconds=lifetime_s)
        grant = Grant(
            method="PUT", key=key, until=int(until.timestamp()), content_type=content_type, max_bytes=max_bytes
        )
        url = self._origin + self._signer.link(grant)
        return Upload(url=url, headers={"Content-Type": content_type}, key=key, expires_at=until)

    def download_url(self, key: str, *, filename: str, lifetime_s: int = 300) -> str:
        self._path(key)
        until = int((self._clock.now() + timedelta(seconds=lifetime_s)).timestamp())
        return self._origin + self._signer.link(Grant(method="GET", key=key, until=until, filename=filename))

    def check_url(self, method: str, path_and_query: str) -> Grant:
        """What a request for /objects/... is allowed. Raises Forbidden(objects.bad_link), Refused(objects.link_expired)."""
        grant = self._signer.check(method, path_and_query, self._clock.now())
        self._path(grant.key)
        return grant

    def receive(self, grant: Grant, content_type: str) -> Receiving:
        """Begin to take an upload. Raises Refused: objects.wrong_type, objects.already_uploaded."""
        if grant.method != "PUT" or content_type.strip().lower() != grant.content_type.lower():
            raise Refused("objects.wrong_type", expected=grant.content_type)
        return Receiving(self, grant, self._aside)

    def keep_received(self, grant: Grant, aside: Path, size: int, digest: bytes) -> bool:
        """Name an upload that was put aside: True; False if these very bytes came before (called by Receiving)."""
        path = self._path(grant.key)
        make_folder(path.parent)
        if name_once(aside, path):
            self._note_type(grant.key, grant.content_type)
            return True
        try:
            return self._same_again(grant.key, size, digest, grant.content_type)
        except Conflict:
            raise Refused("objects.already_uploaded") from None

    def _path(self, key: str) -> Path:
        check_object_key(key)
        return self._data / key

    def _same_again(self, key: str, size: int, digest: bytes, content_type: str) -> bool:
        path = self.path(key)
        if path.stat().st_size != size or hashlib.sha256(path.read_bytes()).digest() != digest:
            raise Conflict("objects.other_bytes", key=key)
        sync_folder(path.parent)  # whoever came first may have been killed before that
        self._note_type(key, content_type)
        return False

    def _note_type(self, key: str, content_type: str) -> None:
        path = self._types / key
        if content_type == _type_by_ending(key):
            if path.exists():
                path.unlink(missing_ok=True)
            return
        make_folder(path.parent)
        name_anew(put_aside(self._aside, content_type.encode()), path)

    def _remove_abandoned(self) -> None:
        for entry in os.scandir(self._aside):
            if entry.stat().st_mtime < time.time() - ABANDONED_S:
                Path(entry.path).unlink(missing_ok=True)


class Receiving:
    """An upload under way: `write` the parts as they come, then `finish`, or `abandon`. Nothing shows before the end."""

    def __init__(self, objects: FolderObjects, grant: Grant, aside: Path) -> None:
        self._objects, self._grant = objects, grant
        self._path = aside / f"{os.getpid()}-{secrets.token_hex(8)}"
        with disk_errors():
            self._file = self._path.open("xb")
        self._digest = hashlib.sha256()
        self._size = 0

    def write(self, part: bytes) -> None:
        """Raises Refused(objects.too_large) as soon as the limit is passed; then nothing is kept."""
        self._size += len(part)
        if self._size > self._grant.max_bytes:
            self.abandon()
            raise Refused("objects.too_large", max_bytes=self._grant.max_bytes)
        self._digest.update(part)
        with disk_errors():
            self._file.write(part)

    def finish(self) -> bool:
        """Keep it: True; False if the same bytes stood there. Raises Refused(objects.already_uploaded)."""
        try:
            with disk_errors():
                self._file.flush()
                os.fsync(self._file.fileno())
                self._file.close()
                return self._objects.keep_received(self._grant, self._path, self._size, self._digest.digest())
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Forget what came so far."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def _type_by_ending(key: str) -> str:
    return TYPES.get(os.path.splitext(key)[1], DEFAULT_TYPE)
